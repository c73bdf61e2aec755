// What can be done with money that belongs to no order: it goes back to the guest's card, or
// somebody looked into it and takes it off the list.
import { toast } from '../../../page/browser/dialog.tsx'
import { ReasonDialog } from '../reason-dialog.tsx'
import { formats, till } from '../session.ts'
import type { UnmatchedPayment } from './candidates.ts'

const KEEP = 'Keep it on the list'

interface DialogProps {
  /** The path of the payment in the till API. */
  path: string
  onClose: () => void
  onDone: () => void
}

export function RefundDialog({
  path,
  leftMinor,
  onClose,
  onDone,
}: DialogProps & { leftMinor: number }) {
  const sum = formats.value.money(leftMinor)
  const refund = async (reason: string): Promise<void> => {
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
    <ReasonDialog
      title={`Refund ${sum}?`}
      verb={`Refund ${sum}`}
      cancel={KEEP}
      work={refund}
      onClose={onClose}
    >
      Dojo gives it back to the card that paid, tip included. This cannot be undone.
    </ReasonDialog>
  )
}

export function DismissDialog({ path, onClose, onDone }: DialogProps) {
  const dismiss = async (reason: string): Promise<void> => {
    await till.call('POST', `${path}/dismiss`, { reason })
    toast({ icon: 'tickc', title: 'It is off the list.' })
    onDone()
  }
  return (
    <ReasonDialog
      title="Nothing to do?"
      verb="Dismiss"
      cancel={KEEP}
      work={dismiss}
      onClose={onClose}
    >
      It changes no bill and moves no money. The reason stays on record.
    </ReasonDialog>
  )
}
