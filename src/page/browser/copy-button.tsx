// A button that copies a text, and says so.
import { toast } from './dialog.tsx'
import { Button, useAct } from './form.tsx'
import { Failure } from './parts.tsx'

interface CopyButtonProps {
  text: string
  /** What the text is: `curl`. */
  what: string
  /** What to know before it is used. */
  hint?: string | undefined
}

export function CopyButton({ text, what, hint }: CopyButtonProps) {
  const { run, problem } = useAct()
  return (
    <>
      <Button
        icon="copy"
        isSmall
        onPress={() => {
          run(async () => {
            await navigator.clipboard.writeText(text)
            toast({ icon: 'copy', title: `Copied as ${what}.`, text: hint })
          })
        }}
      >
        Copy as {what}
      </Button>
      {problem === undefined ? null : <Failure problem={problem} />}
    </>
  )
}
