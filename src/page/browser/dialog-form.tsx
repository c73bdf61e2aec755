// A dialog that asks for something, and then does one thing with it.
import type { ComponentChildren } from 'preact'
import { Dialog } from './dialog.tsx'
import { Button, Form, useAct } from './form.tsx'
import { Failure } from './parts.tsx'

interface DialogFormProps {
  title: string
  /** What the button says that does it, and the one that does not. */
  verb: string
  cancel?: string
  /** Whether the fields have what it needs. */
  isReady: boolean
  /** The dialog stays open, and says why, when this is refused. */
  work: () => Promise<void>
  onClose: () => void
  children: ComponentChildren
}

export function DialogForm(props: DialogFormProps) {
  const { title, verb, cancel = 'Cancel', isReady, work, onClose, children } = props
  const { run, isBusy, problem } = useAct()
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        onSubmit={() => {
          run(async () => {
            await work()
            onClose()
          })
        }}
      >
        {children}
        {problem === undefined ? null : <Failure problem={problem} />}
        <div class="dialog__foot">
          <Button onPress={onClose}>{cancel}</Button>
          <Button kind="main" submits disabled={isBusy || !isReady}>
            {verb}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
