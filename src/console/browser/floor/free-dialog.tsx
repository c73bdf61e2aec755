// Frees a table that somebody left locked. The safe button has the focus; it says what happens to
// money that is on its way, and asks why.
import { useState } from 'preact/hooks'
import { countdown } from '../../../page/browser/formats.ts'
import { Dialog, toast } from '../../../page/browser/dialog.tsx'
import { Button, Form, TextField, useAct } from '../../../page/browser/form.tsx'
import { Failure, Notice } from '../../../page/browser/parts.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import { waiterNames } from '../live.ts'
import { till } from '../session.ts'
import type { FloorOrder } from './floor.ts'

interface FreeDialogProps {
  order: Pick<FloorOrder, 'id' | 'name' | 'lock'>
  onClose: () => void
}

export function FreeDialog({ order: { id, name, lock }, onClose }: FreeDialogProps) {
  const left = lock === undefined ? 0 : (Date.parse(lock.expiresAt) - useNow()) / 1000
  return (
    <Dialog title={left > 0 ? `Free ${name}?` : `${name} is free now`} onClose={onClose}>
      {lock !== undefined && left > 0 ? (
        <Force id={id} name={name} lock={lock} left={left} onClose={onClose} />
      ) : (
        <>
          <p>The lock has ended by itself. There is nothing to do.</p>
          <div class="dialog__foot">
            <Button kind="main" autofocus onPress={onClose}>
              Close
            </Button>
          </div>
        </>
      )}
    </Dialog>
  )
}

interface ForceProps {
  id: string
  name: string
  lock: NonNullable<FloorOrder['lock']>
  left: number
  onClose: () => void
}

function Force({ id, name, lock, left, onClose }: ForceProps) {
  const [reason, setReason] = useState('')
  const { run, isBusy, problem } = useAct()
  const free = async (): Promise<void> => {
    await till.call('POST', `/orders/${encodeURIComponent(id)}/unlock`, { reason })
    toast({ icon: 'unlock', title: `${name} is free.`, text: AFTERWARDS })
    onClose()
  }
  return (
    <Form
      onSubmit={() => {
        run(free)
      }}
    >
      <p>
        {holderOf(lock)}. It ends by itself in <b>{countdown(left)}</b>.
      </p>
      <Notice tone="warn" icon="warn">
        <b>A card may be tapped at this moment.</b> Money that is on its way is recorded all the
        same, as far as there is a balance; the rest is shown under Money.
      </Notice>
      <TextField
        label="Why"
        value={reason}
        onChange={setReason}
        input={{ required: true, maxLength: 300, placeholder: 'The machine was dropped' }}
      />
      {problem === undefined ? null : <Failure problem={problem} />}
      <div class="dialog__foot">
        <Button autofocus onPress={onClose}>
          Leave it locked
        </Button>
        <Button kind="danger-main" submits disabled={isBusy || reason.trim() === ''}>
          Free {name}
        </Button>
      </div>
    </Form>
  )
}

const AFTERWARDS = 'This cannot be undone. The machine hears of it when it asks next.'

function holderOf({ kind, deviceId, till, waiterId, product }: ForceProps['lock']): string {
  const waiter = waiterId === undefined ? '' : ` for ${waiterNames.value.get(waiterId) ?? waiterId}`
  if (kind === 'TillHold') return `${till ?? 'A till'} is changing the order${waiter}`
  if (deviceId === undefined) return `${product ?? 'Dojo'} is taking a payment${waiter}`
  return `Card machine ${deviceId} is taking a payment${waiter}`
}
