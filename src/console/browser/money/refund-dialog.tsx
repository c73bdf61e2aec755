// Money that is on no bill goes back to the guest's card.
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { DialogForm } from '../../../page/browser/dialog-form.tsx'
import { TextField } from '../../../page/browser/form.tsx'
import { formats, till } from '../session.ts'
import type { UnmatchedPayment } from './candidates.ts'

interface RefundDialogProps {
  path: string
  leftMinor: number
  onClose: () => void
  onDone: () => void
}

export function RefundDialog({ path, leftMinor, onClose, onDone }: RefundDialogProps) {
  const [reason, setReason] = useState('')
  const sum = formats.value.money(leftMinor)
  const refund = async (): Promise<void> => {
    const { status } = await till.call<NonNullable<UnmatchedPayment['refund']>>(
      'POST',
      `${path}/refund`,
      { reason },
    )
    toast(
      status === 'Done'
        ? { icon: 'undo', title: `${sum} goes back to the card.` }
        : { icon: 'wait', title: 'Dojo has not confirmed the refund yet. It is looked at again.' },
    )
    onDone()
  }
  return (
    <DialogForm
      title={`Refund ${sum}?`}
      verb={`Refund ${sum}`}
      cancel="Keep it on the list"
      isReady={reason.trim() !== ''}
      work={refund}
      onClose={onClose}
    >
      <p>Dojo gives it back to the card that paid, tip included. This cannot be undone.</p>
      <TextField
        label="Why"
        value={reason}
        onChange={setReason}
        input={{ required: true, maxLength: 300, autofocus: true }}
      />
    </DialogForm>
  )
}
