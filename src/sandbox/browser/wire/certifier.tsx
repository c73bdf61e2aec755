// The certifier: a button, the checklist as it runs, and the report.
import { useEffect, useState } from 'preact/hooks'
import { Button, useAct, type Act } from '../../../page/browser/form.tsx'
import { count } from '../../../page/browser/formats.ts'
import { Icon, type IconName } from '../../../page/browser/icon.tsx'
import { Failure, Notice } from '../../../page/browser/parts.tsx'
import { Problem } from '../../../page/browser/problem.ts'
import type { CertificationRow, CertificationView } from '../../runs/certification.ts'
import { certification } from '../live.ts'
import { sandbox } from '../session.ts'
import { milliseconds } from './words.ts'
import { saveText } from './save-text.ts'

const PRODUCTS = [
  { value: 'pay-at-table', name: 'Pay at Table' },
  { value: 'order-and-pay', name: 'Order and Pay' },
  { value: 'bookings', name: 'Bookings' },
  { value: 'all', name: 'Everything' },
] as const

/** More passed rows than this are folded into their number. */
const MOST_PASSED = 12

export function Certifier() {
  const act = useAct()
  const { problem } = act
  const [product, setProduct] = useState<string>('pay-at-table')
  const { value } = certification
  const isRunning = value?.isRunning === true
  useEffect(() => {
    void readNewest()
  }, [])
  return (
    <section class="panel" aria-labelledby="certifier">
      <div class="panel__head">
        <h2 id="certifier">Certifier</h2>
        <select
          class="input certifier__product"
          aria-label="Product"
          value={product}
          disabled={isRunning}
          onChange={({ currentTarget }) => {
            setProduct(currentTarget.value)
          }}
        >
          {PRODUCTS.map(({ value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        <span class="push">
          <StartOrStop view={value} product={product} act={act} />
        </span>
      </div>
      {problem === undefined ? null : <Failure problem={problem} />}
      {value === undefined ? (
        <p class="panel__body soft">
          Plays the go-live checklist against the registered till, scenario by scenario. Its test
          orders are canceled again, and the cards get their money back.
        </p>
      ) : (
        <Checklist view={value} />
      )}
    </section>
  )
}

interface StartOrStopProps {
  view: CertificationView | undefined
  product: string
  act: Act
}

function StartOrStop({ view, product, act: { run, isBusy } }: StartOrStopProps) {
  const call = (method: 'POST' | 'DELETE', body?: object) => (): void => {
    run(async () => {
      certification.value = await sandbox.call(method, '/certification', body)
    })
  }
  return view?.isRunning === true ? (
    <Button icon="pause" isSmall disabled={isBusy || view.isStopping} onPress={call('DELETE')}>
      {view.isStopping ? 'Stopping' : 'Stop'}
    </Button>
  ) : (
    <Button kind="main" isSmall disabled={isBusy} onPress={call('POST', { product })}>
      Certify
    </Button>
  )
}

async function readNewest(): Promise<void> {
  try {
    certification.value = await sandbox.call<CertificationView>('GET', '/certification')
  } catch (error) {
    if (!(error instanceof Problem && error.status === 404)) throw error
    certification.value = undefined
  }
}

function Checklist({ view }: { view: CertificationView }) {
  const { rows, isRunning, verdict, sentence } = view
  const counted = (state: CertificationRow['state']): number =>
    rows.filter((row) => row.state === state).length
  const [passed, failed, skipped] = [counted('passed'), counted('failed'), counted('skipped')]
  const done = passed + failed + skipped
  const folded = passed > MOST_PASSED ? rows.filter(({ state }) => state !== 'passed') : rows
  return (
    <>
      <div class="panel__body stack stack--2">
        <div class="split">
          <span>
            <b>{`${done} of ${rows.length}`}</b>{' '}
            <span class="soft">{`${passed} passed, ${failed} failed`}</span>
          </span>
          <span class="small soft">{(view.milliseconds / 1000).toFixed(1)} s</span>
        </div>
        <progress
          class="progress--work"
          max={rows.length}
          value={done}
          aria-label={`${done} of ${rows.length} scenarios are played`}
        />
        {verdict === undefined ? null : (
          <Notice
            tone={verdict === 'passed' ? 'good' : 'warn'}
            icon={verdict === 'passed' ? 'tickc' : 'warn'}
          >
            {sentence}
          </Notice>
        )}
      </div>
      <div role="list" aria-label="Scenarios">
        {folded.length === rows.length ? null : (
          <div class="run run--ok" role="listitem">
            <span class="good">
              <Icon name="tickc" />
            </span>
            <span>{count(passed, 'scenario')}</span>
            <span />
            <span class="small good">passed</span>
          </div>
        )}
        {folded.map((row) => (
          <Row key={row.name} row={row} />
        ))}
      </div>
      <ReportFoot isRunning={isRunning} />
    </>
  )
}

const LOOKS: Record<CertificationRow['state'], { icon: IconName; tone: string; name: string }> = {
  passed: { icon: 'tickc', tone: 'good', name: 'run--ok' },
  failed: { icon: 'crossc', tone: 'bad', name: 'run--no' },
  skipped: { icon: 'ban', tone: 'soft', name: 'run--no' },
  running: { icon: 'pulse', tone: 'live', name: 'run--now' },
  'to come': { icon: 'circle', tone: 'faint', name: 'run--next' },
}

function Row({ row }: { row: CertificationRow }) {
  const { icon, tone, name } = LOOKS[row.state]
  return (
    <div class={`run ${name}`} role="listitem">
      <span class={tone}>
        <Icon name={icon} />
      </span>
      <span class={row.state === 'failed' ? 'strong' : undefined} title={row.expected}>
        {row.name}
      </span>
      <span class="small faint">
        {row.milliseconds === undefined ? '' : `${milliseconds(row.milliseconds)} ms`}
      </span>
      <span class={`small ${tone}`}>{row.state}</span>
      {row.reason === undefined ? null : <p class="run__why">{row.reason}</p>}
    </div>
  )
}

function ReportFoot({ isRunning }: { isRunning: boolean }) {
  const { run, isBusy, problem } = useAct()
  return (
    <div class="panel__foot split">
      <span>{problem?.message ?? (isRunning ? 'The report comes at the end.' : 'The report')}</span>
      <Button
        icon="save"
        isSmall
        disabled={isBusy || isRunning}
        onPress={() => {
          run(async () => {
            saveText('certification.md', await sandbox.text('/certification/report.md'))
          })
        }}
      >
        Report
      </Button>
    </div>
  )
}
