// Delivers Dojo's events: as webhooks to subscribers, and through HandleEvent to an EPOS that has
// registered it.
import { request } from 'undici'
import { limits } from '../limits.ts'
import { SimulatedCrash } from '../epos/faulty-transport.ts'
import { describeExchange } from '../epos/exchange.ts'
import { signatureOf } from './signature.ts'
import { randomOf, type Account, type IntentRecord, type Subscription } from './state.ts'
import type { DojoEvent, SandboxJob, Simulation } from './simulation.ts'

export type EventName =
  'payment_intent.created' | 'payment_intent.status_updated' | 'payment_intent.send-receipt'

export const eventNames: readonly EventName[] = [
  'payment_intent.created',
  'payment_intent.status_updated',
  'payment_intent.send-receipt',
]

/** Webhook and HandleEvent carry the event under the same id. */
export function emitEvent(
  simulation: Simulation,
  account: Account,
  event: EventName,
  { shown, viaCounter }: IntentRecord,
): void {
  if (viaCounter === true) {
    simulation.counter.changed(account, shown.id)
    return
  }
  const subscriptions = [...account.subscriptions.values()].filter(
    ({ events }) => events?.includes(event) === true,
  )
  const handled = simulation.registered(account).has(`HandleEvent:${event}`)
  if (subscriptions.length === 0 && !handled) return
  const message: DojoEvent = {
    id: `evt_${randomOf(account).text(22)}`,
    event,
    accountId: account.accountId,
    createdAt: simulation.clock.now(),
    data: {
      paymentIntentId: shown.id,
      paymentStatus: shown.status,
      captureMode: shown.captureMode,
    },
  }
  for (const { id } of subscriptions) {
    schedule(simulation, account, {
      kind: 'deliver-webhook',
      key: account.key,
      subscriptionId: id!,
      event: message,
      attempt: 1,
    })
  }
  if (handled) {
    schedule(simulation, account, {
      kind: 'deliver-event',
      key: account.key,
      event: message,
      attempt: 1,
    })
  }
}

type Delivery = Extract<SandboxJob, { event: DojoEvent }>

function schedule(simulation: Simulation, account: Account, job: Delivery): void {
  const faults = simulation.faultsOf(account)
  const target = job.kind === 'deliver-webhook' ? 'Webhook' : 'HandleEvent'
  if (faults.take('events-lost', target) !== undefined) {
    simulation.log(account, `${target} ${describeEvent(job.event)}: lost (injected fault)`)
    return
  }
  const shuffled = faults.take('events-shuffled', target)
  const waitMs =
    (faults.take('events-delayed', target)?.delayMs ?? 0) +
    (shuffled === undefined ? 0 : Math.floor(faults.draw(shuffled) * (shuffled.delayMs ?? 0)))
  simulation.clock.scheduleIn(waitMs, job)
  if (faults.take('events-doubled', target) !== undefined) simulation.clock.scheduleIn(waitMs, job)
}

/** Calls HandleEvent. */
export async function deliverEvent(
  simulation: Simulation,
  account: Account,
  job: Extract<SandboxJob, { kind: 'deliver-event' }>,
): Promise<void> {
  const epos = simulation.eposClientOf(account)
  if (epos === undefined || !simulation.registered(account).has(`HandleEvent:${job.event.event}`)) {
    return
  }
  try {
    const exchange = await epos.call('HandleEvent', job.event, { product: 'Payments' })
    const isAccepted = exchange.status === 200
    const result = isAccepted ? 'accepted' : describeExchange(exchange)
    simulation.log(account, `HandleEvent ${describeEvent(job.event)}: ${result}`)
    if (isAccepted) return
  } catch (error) {
    if (!(error instanceof SimulatedCrash)) throw error
    simulation.log(account, error.message)
  }
  retry(simulation, account, job)
}

export async function deliverWebhook(
  simulation: Simulation,
  account: Account,
  job: Extract<SandboxJob, { kind: 'deliver-webhook' }>,
): Promise<void> {
  const subscription = account.subscriptions.get(job.subscriptionId)
  const secret = subscription?.secrets?.find(({ isActive }) => isActive === true)
  if (subscription === undefined) return
  if (secret === undefined) {
    simulation.log(
      account,
      `Webhook ${describeEvent(job.event)} to ${subscription.url}: not sent, no secret is active`,
    )
    return
  }
  const outcome = await post(subscription, JSON.stringify(job.event), secret.value!)
  const isAccepted = typeof outcome === 'number' && outcome >= 200 && outcome <= 299
  const result = isAccepted ? 'accepted' : `not accepted: ${outcome}`
  simulation.log(account, `Webhook ${describeEvent(job.event)} to ${subscription.url}: ${result}`)
  if (!isAccepted) retry(simulation, account, job)
}

/** Resolves to the status of the answer, or to why no answer came. */
async function post({ url }: Subscription, body: string, secret: string): Promise<number | string> {
  try {
    const { statusCode, body: answer } = await request(url!, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'dojo-signature': signatureOf(body, secret) },
      body,
      headersTimeout: limits.eposTimeoutMs,
      bodyTimeout: limits.eposTimeoutMs,
    })
    await answer.dump()
    return statusCode
  } catch (error) {
    return (error as Error).message
  }
}

/** Each wait is twice as long as the one before. */
function retry(simulation: Simulation, account: Account, job: Delivery): void {
  if (job.attempt >= limits.deliveryAttempts) {
    simulation.log(account, `  dropped after ${job.attempt} attempts`)
    return
  }
  simulation.clock.scheduleIn(limits.deliveryBackoffSeconds * 1000 * 2 ** (job.attempt - 1), {
    ...job,
    attempt: job.attempt + 1,
  })
}

const describeEvent = ({ event, data }: DojoEvent): string =>
  `${event} ${data.paymentIntentId} ${data.paymentStatus}`
