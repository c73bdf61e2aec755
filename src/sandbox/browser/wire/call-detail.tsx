// One call: what was sent, what came back, and the row of the checklist that it belongs to.
import { CopyButton } from '../../../page/browser/copy-button.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Failure, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import type { WireEntry } from '../../wire/entry.ts'
import { account, formats } from '../live.ts'
import { sandbox } from '../session.ts'
import { curlOfCall } from './curl.ts'
import { answerInWords, kindOf, LOOKS } from './words.ts'

export function CallDetail({ number }: { number: number }) {
  const { data, problem, reload } = useLoad(
    String(number),
    async () => await sandbox.call<WireEntry>('GET', `/wire/${number}`),
  )
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  return data === undefined ? <Waiting rows={3} /> : <Detail entry={data} />
}

function Detail({ entry }: { entry: WireEntry }) {
  const { name, at, by, method, path, headers, sent, received, noAnswer, row } = entry
  const { icon, tone } = LOOKS[kindOf(entry)]
  const head = Object.entries(headers).map(([header, value]) => `${header}: ${value}`)
  return (
    <section class="panel call" aria-labelledby="call">
      <div class="panel__head row--wrap">
        <h2 id="call">{name}</h2>
        <span class="small faint">
          {formats.value.clock(at)}, {by}
        </span>
        <span class={`push state small ${tone}`}>
          <Icon name={icon} />
          {noAnswer ?? answerInWords(entry)}
        </span>
      </div>
      <div class="panel__body cols cols--half">
        <div class="stack stack--2">
          <p class="label">Sent</p>
          <pre class="code" tabIndex={0}>
            {[`${method} ${path}`, ...head, '', sent].join('\n').trim()}
          </pre>
        </div>
        <div class="stack stack--2">
          <p class="label">Answered</p>
          <pre class="code" tabIndex={0}>
            {[answerInWords(entry), '', received].join('\n').trim()}
          </pre>
        </div>
      </div>
      {entry.contractErrors.map((error) => (
        <p key={error} class="panel__foot bad state">
          <Icon name="warn" />
          {error}
        </p>
      ))}
      <div class="panel__foot split row--wrap">
        <span>
          {row === undefined ? (
            'This call belongs to no row of the checklist.'
          ) : (
            <>
              Checklist, {row.section}: <b class="strong">{row.name}.</b> {row.expected}
            </>
          )}
        </span>
        <Copy entry={entry} />
      </div>
    </section>
  )
}

/** Over a WebSocket there is no curl: what is copied is the message. */
function Copy({ entry }: { entry: WireEntry }) {
  const address = account.value?.rest
  const isHttp = entry.to === 'epos' && entry.transport === 'rest' && address !== undefined
  const text = isHttp ? curlOfCall(entry, address) : entry.sent
  if (text === '' || entry.isCut) return null
  return <CopyButton text={text} what={isHttp ? 'curl' : 'text'} hint={isHttp ? HINT : undefined} />
}

const HINT = 'It asks for the password of the venue.'
