// Saves what the page has, as a file.
import { Button, useAct } from '../../../page/browser/form.tsx'
import { sandbox } from '../session.ts'
import { saveText } from './save-text.ts'

export function LogButton() {
  const { run, isBusy } = useAct()
  return (
    <Button
      icon="save"
      disabled={isBusy}
      onPress={() => {
        run(async () => {
          saveText('wire.json', await sandbox.text('/wire.json'))
        })
      }}
    >
      Log
    </Button>
  )
}
