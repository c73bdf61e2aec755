// The business day while it runs: its report as it would be now, and what a manager should look at.
import { useState } from 'preact/hooks'
import { count } from '../../../page/browser/formats.ts'
import { Failure, Figures, Notice, Waiting } from '../../../page/browser/parts.tsx'
import { asProblem, type Problem } from '../../../page/browser/problem.ts'
import { toast } from '../../../page/browser/dialog.tsx'
import { Frame } from '../frame.tsx'
import { useLive } from '../live.ts'
import { formats, me, till } from '../session.ts'
import { CloseDay } from './close-day.tsx'
import { readDay, type Day, type DayNow, type Report } from './day.ts'
import { Exceptions } from './exceptions.tsx'
import { Hours } from './hours.tsx'
import { Sides } from './report.tsx'

export function DayPage() {
  const { data, problem, reload } = useLive(`day ${me.value!.venue.id}`, readDay)
  const { time, day: dayName } = formats.value
  const number = data?.exceptions.length ?? 0
  const opened = data?.day?.openedAt
  return (
    <Frame
      title="Day"
      sub={opened === undefined ? '' : `${dayName(opened)}, open since ${time(opened)}`}
      counts={{ Day: { number, label: count(number, 'exception') } }}
    >
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined ? <Waiting /> : <Loaded now={data} onChanged={reload} />}
    </Frame>
  )
}

function Loaded({ now, onChanged }: { now: DayNow; onChanged: () => void }) {
  const { day, exceptions, hours } = now
  const report = day?.report
  if (day === undefined || report === undefined) {
    return (
      <>
        <NoDay onOpened={onChanged} />
        <Exceptions exceptions={exceptions} />
      </>
    )
  }
  return (
    <>
      <DayFigures report={report} />
      <CloseDay day={day} report={report} onClosed={onChanged} />
      <div class="cols cols--wide">
        <div class="stack">
          <Exceptions exceptions={exceptions} />
          <Hours hours={hours} />
        </div>
        <Sides day={day} report={report} />
      </div>
    </>
  )
}

function DayFigures({ report }: { report: Report }) {
  const { money } = formats.value
  const { takingsMinor, sales, openOrders, differenceMinor, tipsMinor } = report
  return (
    <Figures
      figures={[
        { name: 'Taken', value: money(takingsMinor), note: 'all tenders, without tips' },
        {
          name: 'Sold on closed bills',
          value: money(sales.totalMinor),
          note: `${count(sales.orders, 'bill')}, ${count(sales.covers, 'cover')}`,
        },
        {
          name: 'Paid on open bills',
          value: money(openOrders.paidMinor),
          note: `${count(openOrders.count, 'bill')} open, ${money(openOrders.totalMinor)}`,
        },
        {
          name: 'Out by',
          value: money(differenceMinor),
          tone: differenceMinor === 0 ? 'good' : 'bad',
          note: 'taken, less sold and open',
        },
        { name: 'Tips', value: money(tipsMinor), note: 'on top' },
      ]}
    />
  )
}

function NoDay({ onOpened }: { onOpened: () => void }) {
  const [problem, setProblem] = useState<Problem>()
  const open = async (): Promise<void> => {
    try {
      await till.call<Day>('POST', '/days', { floatMinor: 0 })
      toast({ icon: 'day', title: 'The day is open.' })
      onOpened()
    } catch (error) {
      setProblem(asProblem(error))
    }
  }
  return (
    <>
      <Notice
        icon="day"
        action={
          <button
            type="button"
            class="btn btn--main"
            onClick={() => {
              void open()
            }}
          >
            Open the day
          </button>
        }
      >
        <b>No business day is open.</b> Orders and payments go on; they are counted in the next day
        that is opened.
      </Notice>
      {problem === undefined ? null : <Failure problem={problem} />}
    </>
  )
}
