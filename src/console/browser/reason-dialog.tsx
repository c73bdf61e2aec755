// A dialog that does one thing, and asks why.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { DialogForm } from '../../page/browser/dialog-form.tsx'
import { TextField } from '../../page/browser/form.tsx'

interface ReasonDialogProps {
  title: string
  /** What the button says that does it, and the one that does not. */
  verb: string
  cancel: string
  /** The dialog stays open, and says why, when this is refused. */
  work: (reason: string) => Promise<void>
  onClose: () => void
  /** What it will do. */
  children: ComponentChildren
}

export function ReasonDialog({ work, children, ...dialog }: ReasonDialogProps) {
  const [reason, setReason] = useState('')
  return (
    <DialogForm
      {...dialog}
      isReady={reason.trim() !== ''}
      work={async () => {
        await work(reason)
      }}
    >
      <p>{children}</p>
      <TextField
        label="Why"
        value={reason}
        onChange={setReason}
        input={{ required: true, maxLength: 300, autofocus: true }}
      />
    </DialogForm>
  )
}
