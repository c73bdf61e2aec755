// One request of Dojo: why it was refused, what to do about it, and the order that it was for.
import { useEffect, useRef } from 'preact/hooks'
import { CopyButton } from '../../../page/browser/copy-button.tsx'
import { Button } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Failure, Notice, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import { base, formats, till } from '../session.ts'
import { curlOfRequest } from './curl.ts'
import { from, LOOKS, orderPath, type RequestWithBodies } from './requests.ts'

interface RequestDetailProps {
  requestId: string
  onClose: () => void
}

export function RequestDetail({ requestId, onClose }: RequestDetailProps) {
  const { data, problem, reload } = useLoad(
    `request ${requestId}`,
    async () =>
      await till.call<RequestWithBodies>('GET', `/dojo/requests/${encodeURIComponent(requestId)}`),
  )
  const panel = useRef<HTMLElement>(null)
  const isRead = data !== undefined
  useEffect(() => {
    // On a narrow screen it is below the list.
    if (isRead) panel.current?.scrollIntoView({ block: 'nearest' })
  }, [isRead])
  return (
    <aside class="panel" aria-label="Request" ref={panel}>
      <div class="panel__head row--wrap">
        <h2>{data?.capability ?? 'Request'}</h2>
        {data === undefined ? null : <Status request={data} />}
        <span class="push">
          <Button isSmall kind="quiet" icon="cross" onPress={onClose}>
            Close
          </Button>
        </span>
      </div>
      <div class="panel__body stack stack--4">
        {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
        {data === undefined ? <Waiting rows={4} /> : <Detail request={data} />}
      </div>
    </aside>
  )
}

function Status({ request: { outcome, status } }: { request: RequestWithBodies }) {
  const { icon, tone } = LOOKS[outcome]
  return (
    <span class={`status ${tone}`}>
      <Icon name={icon} />
      {status}
    </span>
  )
}

function Detail({ request }: { request: RequestWithBodies }) {
  const { outcome, errorType, sentence, whatToDo, bodies } = request
  return (
    <>
      {errorType === undefined ? null : (
        <Notice tone={outcome === 'Failed' ? 'bad' : 'warn'} icon="warn">
          <b>
            {outcome}: {errorType}.
          </b>{' '}
          {sentence}
        </Notice>
      )}
      {whatToDo === undefined ? null : (
        <div>
          <h3>What to do</h3>
          <p>{whatToDo}</p>
        </div>
      )}
      <Facts request={request} />
      {bodies === undefined ? (
        <p class="small soft">
          What it said was not kept. Bodies are kept only while somebody has switched that on below
          the list.
        </p>
      ) : (
        <>
          <Body name="Request" text={bodies.request} />
          <Body name="Answer" text={bodies.answer} />
        </>
      )}
      <Copy request={request} />
    </>
  )
}

function Copy({ request }: { request: RequestWithBodies }) {
  const copied = curlOfRequest(request, location.origin + base.replace(/\/console$/, ''))
  if (copied === undefined) return null
  return (
    <div class="split row--wrap">
      <CopyButton text={copied.text} what="curl" hint={HINT} />
      {copied.isIncomplete ? <span class="small soft">without what was left out</span> : null}
    </div>
  )
}

const HINT = 'Set EPOS_CREDENTIAL to the name and password of the venue, as name:password.'

const WAYS: Record<RequestWithBodies['transport'], string> = {
  rest: 'over REST',
  socket: 'through the socket',
  webhook: 'by webhook',
}

function Facts({ request }: { request: RequestWithBodies }) {
  const { at, durationMs, transport, product, traceId, orderId, orderName } = request
  const clock = formats.value.clock(at)
  return (
    <dl class="kv">
      <dt>At</dt>
      <dd>
        {formats.value.day(at)}, {clock}, took {durationMs} ms
      </dd>
      <dt>From</dt>
      <dd>
        {from(request)}, {WAYS[transport]}
        {product === undefined ? null : `, for ${product}`}
      </dd>
      {orderName === undefined ? null : (
        <>
          <dt>Order</dt>
          <dd>
            <a href={orderPath(request, clock)}>{orderName}, as it was then</a>
          </dd>
        </>
      )}
      {orderId !== undefined && orderName === undefined ? (
        <>
          <dt>Order</dt>
          <dd>
            <span class="mono tiny">{orderId}</span>, which this venue does not have
          </dd>
        </>
      ) : null}
      {request.paymentIntentId === undefined ? null : (
        <>
          <dt>Payment</dt>
          <dd class="mono tiny">{request.paymentIntentId}</dd>
        </>
      )}
      <dt>Trace</dt>
      <dd class="mono tiny">{traceId}</dd>
    </dl>
  )
}

function Body({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <p class="label">{name}</p>
      <pre class="code" tabIndex={0} aria-label={name}>
        {text === '' ? 'empty' : text}
      </pre>
    </div>
  )
}
