// Dojo's tester tool: one flow at a time, with what each step sent, received and expected.
import { useEffect, useState } from 'preact/hooks'
import { Button, Form, TextField, useAct } from '../../../page/browser/form.tsx'
import { Icon, type IconName } from '../../../page/browser/icon.tsx'
import { Empty, Failure, Panel, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import type { DojoSchemas } from '../../../contract/dojo-api.ts'
import { Frame } from '../frame.tsx'
import { dojo } from '../session.ts'

type Flow = DojoSchemas['FlowDescription']
type Result = DojoSchemas['FlowResult']

const PATH = '/epos-tester-tool/flows'
const LOOK_AGAIN_MS = 250

export function TesterPage() {
  const [name, setName] = useState<string>()
  const { data, problem, reload } = useLoad(
    'flows',
    async () => await dojo.call<Flow[]>('GET', PATH),
  )
  const flow = data?.find((each) => each.name === name)
  return (
    <Frame title="Tester" sub="one flow of Dojo’s tester tool at a time">
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined && problem === undefined ? <Waiting /> : null}
      {data === undefined ? null : (
        <div class="tester">
          <section class="panel" aria-labelledby="flows">
            <div class="panel__head">
              <h2 id="flows">Flows</h2>
            </div>
            <ul class="flows">
              {data.map((each) => (
                <li key={each.name}>
                  <button
                    type="button"
                    class="flow"
                    aria-pressed={each.name === name}
                    onClick={() => {
                      setName(each.name)
                    }}
                  >
                    {each.name}
                  </button>
                </li>
              ))}
            </ul>
          </section>
          {flow === undefined ? (
            <Empty icon="flask" title="Choose a flow">
              Each calls the registered till as Dojo does, and says what to mend.
            </Empty>
          ) : (
            <RunFlow key={flow.name} flow={flow} />
          )}
        </div>
      )}
    </Frame>
  )
}

function RunFlow({ flow }: { flow: Flow }) {
  const { run, isBusy, problem } = useAct()
  const [params, setParams] = useState<Record<string, string>>({})
  const [runId, setRunId] = useState<string>()
  const start = async (): Promise<void> => {
    const given = Object.entries(params).filter(([, value]) => value !== '')
    setRunId(undefined)
    const body = { flow: flow.name, params: Object.fromEntries(given) }
    setRunId(await dojo.call<string>('POST', PATH, body))
  }
  return (
    <div class="stack">
      <Panel title={flow.name}>
        <div class="panel__body">
          <Form
            onSubmit={() => {
              run(start)
            }}
          >
            {(flow.params ?? []).map(({ name = '', description = '', required }) => (
              <TextField
                key={name}
                label={name}
                value={params[name] ?? ''}
                onChange={(value) => {
                  setParams({ ...params, [name]: value })
                }}
                help={description}
                isMono
                input={{ autocomplete: 'off', spellcheck: false, required: required === true }}
              />
            ))}
            {problem === undefined ? null : <Failure problem={problem} />}
            <div>
              <Button kind="main" submits disabled={isBusy}>
                Run
              </Button>
            </div>
          </Form>
        </div>
      </Panel>
      {runId === undefined ? null : <Steps key={runId} runId={runId} />}
    </div>
  )
}

function Steps({ runId }: { runId: string }) {
  const { data, problem, reload } = useLoad(
    runId,
    async () => await dojo.call<Result>('GET', `${PATH}/${runId}`),
  )
  useEffect(() => {
    if (data?.status !== 'IN_PROGRESS') return undefined
    const timer = setTimeout(reload, LOOK_AGAIN_MS)
    return () => {
      clearTimeout(timer)
    }
  }, [data, reload])
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  if (data === undefined) return <Waiting rows={3} />
  const { icon, tone, word } = LOOKS[data.status ?? 'IN_PROGRESS']
  const aside = (
    <span class={`state small ${tone}`} role="status">
      <Icon name={icon} />
      {word}
    </span>
  )
  return (
    <Panel title="What happened" aside={aside}>
      <ol>
        {(data.steps ?? []).map((step, index) => (
          <Step key={index} step={step} />
        ))}
      </ol>
    </Panel>
  )
}

type Status = NonNullable<Result['status']>

const LOOKS: Record<Status, { icon: IconName; tone: string; word: string }> = {
  SUCCESS: { icon: 'tickc', tone: 'good', word: 'passed' },
  FAILURE: { icon: 'crossc', tone: 'bad', word: 'failed' },
  TIMED_OUT: { icon: 'wait', tone: 'bad', word: 'timed out' },
  IN_PROGRESS: { icon: 'pulse', tone: 'live', word: 'running' },
}

function Step({ step }: { step: DojoSchemas['StepResult'] }) {
  const { icon, tone } = LOOKS[step.status ?? 'IN_PROGRESS']
  const lines = step.additionalInformation ?? []
  return (
    <li class="step">
      <span class={tone}>
        <Icon name={icon} />
      </span>
      <div>
        <b>{step.name}</b>
        {lines.map((line, index) => (
          <p key={index} class={/^(Sent|Received) /.test(line) ? 'mono step__call' : 'small soft'}>
            {line}
          </p>
        ))}
      </div>
    </li>
  )
}
