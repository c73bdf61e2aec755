// Closing the business day: its report is frozen, and bills that are still open go over into the
// next day if somebody says so.
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { DialogForm } from '../../../page/browser/dialog-form.tsx'
import { Button } from '../../../page/browser/form.tsx'
import { count } from '../../../page/browser/formats.ts'
import { Notice, Segments } from '../../../page/browser/parts.tsx'
import { formats, till } from '../session.ts'
import type { Day, Report } from './day.ts'

interface CloseDayProps {
  day: Day
  report: Report
  onClosed: () => void
}

export function CloseDay(props: CloseDayProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <div class="row">
      <span class="push">
        <Button
          icon="lock"
          onPress={() => {
            setOpen(true)
          }}
        >
          Close the day…
        </Button>
      </span>
      {isOpen ? (
        <CloseDialog
          {...props}
          onClose={() => {
            setOpen(false)
          }}
        />
      ) : null}
    </div>
  )
}

type OpenBills = 'keep' | 'carry'

const CHOICES: readonly { value: OpenBills; label: string }[] = [
  { value: 'keep', label: 'Wait until they are paid' },
  { value: 'carry', label: 'Carry them over' },
]

function CloseDialog({
  day,
  report: { openOrders, differenceMinor },
  onClosed,
  onClose,
}: CloseDayProps & { onClose: () => void }) {
  const [openBills, setOpenBills] = useState<OpenBills>('keep')
  const { money } = formats.value
  const hasOpen = openOrders.count > 0
  return (
    <DialogForm
      title="Close the day"
      verb="Close the day"
      cancel="Leave it open"
      isReady={!hasOpen || openBills === 'carry'}
      onClose={onClose}
      work={async () => {
        const carryOpenOrders = openBills === 'carry'
        await till.call<Day>('POST', `/days/${day.id}/close`, { carryOpenOrders })
        toast({ icon: 'day', title: 'The day is closed.', text: 'Its report stays as it is.' })
        onClosed()
      }}
    >
      <p>
        Its report is frozen. Orders and payments go on, and are counted in the next day that is
        opened.
      </p>
      {differenceMinor === 0 ? null : (
        <Notice icon="warn" tone="warn">
          It is out by <b>{money(differenceMinor)}</b>: what was taken is not what was sold and is
          open.
        </Notice>
      )}
      {hasOpen ? (
        <>
          <p>
            <b>{count(openOrders.count, 'bill')}</b> of {money(openOrders.totalMinor)}{' '}
            {openOrders.count === 1 ? 'is' : 'are'} still open.
          </p>
          <Segments
            label="Bills that are open"
            choices={CHOICES}
            chosen={openBills}
            onChoose={setOpenBills}
          />
        </>
      ) : null}
    </DialogForm>
  )
}
