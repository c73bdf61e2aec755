// Dojo's events on their way out: as a webhook to whoever subscribed, and through HandleEvent where
// that is registered.
import { request } from 'undici'
import { limits } from '../limits.ts'
import { Crash, spoken } from '../epos/client.ts'
import { signatureOf } from './signature.ts'
import { randomOf, type Account, type IntentRecord, type Subscription } from './state.ts'
import type { DojoEvent, SandboxJob, World } from './simulation.ts'

export type EventName =
  'payment_intent.created' | 'payment_intent.status_updated' | 'payment_intent.send-receipt'

export const eventNames: readonly EventName[] = [
  'payment_intent.created',
  'payment_intent.status_updated',
  'payment_intent.send-receipt',
]

/** The same event goes both ways under one id. */
export function announce(
  world: World,
  account: Account,
  event: EventName,
  { shown }: IntentRecord,
): void {
  const subscriptions = [...account.subscriptions.values()].filter(
    ({ events }) => events?.includes(event) === true,
  )
  const handled =
    world.registered(account).has(`HandleEvent:${event}`) && account.rest !== undefined
  if (subscriptions.length === 0 && !handled) return
  const message: DojoEvent = {
    id: `evt_${randomOf(account).text(22)}`,
    event,
    accountId: account.accountId,
    createdAt: world.timeline.now(),
    data: {
      paymentIntentId: shown.id,
      paymentStatus: shown.status,
      captureMode: shown.captureMode,
    },
  }
  for (const { id } of subscriptions) {
    plan(world, account, {
      kind: 'deliver-webhook',
      key: account.key,
      subscriptionId: id!,
      event: message,
      attempt: 1,
    })
  }
  if (handled) {
    plan(world, account, { kind: 'deliver-event', key: account.key, event: message, attempt: 1 })
  }
}

type Delivery = Extract<SandboxJob, { event: DojoEvent }>

function plan(world: World, account: Account, job: Delivery): void {
  const faults = world.faultsOf(account)
  const target = job.kind === 'deliver-webhook' ? 'Webhook' : 'HandleEvent'
  const shuffled = faults.take('events-shuffled', target)
  const waitMs =
    (faults.take('events-delayed', target)?.delayMs ?? 0) +
    (shuffled === undefined ? 0 : Math.floor(faults.draw(shuffled) * (shuffled.delayMs ?? 0)))
  world.timeline.in(waitMs, job)
  if (faults.take('events-doubled', target) !== undefined) world.timeline.in(waitMs, job)
}

export async function deliverEvent(
  world: World,
  account: Account,
  job: Extract<SandboxJob, { kind: 'deliver-event' }>,
): Promise<void> {
  const epos = world.eposOf(account)
  if (epos === undefined || !world.registered(account).has(`HandleEvent:${job.event.event}`)) return
  try {
    const exchange = await epos.call('HandleEvent', job.event, { product: 'Payments' })
    world.log(
      account,
      `HandleEvent ${shortly(job.event)}: ${exchange.status === 200 ? 'taken' : spoken(exchange)}`,
    )
    if (exchange.status === 200) return
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    world.log(account, error.message)
  }
  retry(world, account, job)
}

export async function deliverWebhook(
  world: World,
  account: Account,
  job: Extract<SandboxJob, { kind: 'deliver-webhook' }>,
): Promise<void> {
  const subscription = account.subscriptions.get(job.subscriptionId)
  const secret = subscription?.secrets?.find(({ isActive }) => isActive === true)
  if (subscription === undefined) return
  if (secret === undefined) {
    world.log(
      account,
      `Webhook ${shortly(job.event)} to ${subscription.url}: not sent, for no secret is active`,
    )
    return
  }
  const outcome = await post(subscription, JSON.stringify(job.event), secret.value!)
  const taken = typeof outcome === 'number' && outcome >= 200 && outcome <= 299
  world.log(
    account,
    `Webhook ${shortly(job.event)} to ${subscription.url}: ${taken ? 'taken' : `refused, ${outcome}`}`,
  )
  if (!taken) retry(world, account, job)
}

/** Resolves to the status of the answer, or to why there is none. */
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

/** Each wait is twice the one before. */
function retry(world: World, account: Account, job: Delivery): void {
  if (job.attempt >= limits.deliveryAttempts) {
    world.log(account, `  given up after ${job.attempt} attempts`)
    return
  }
  world.timeline.in(limits.deliveryBackoffSeconds * 1000 * 2 ** (job.attempt - 1), {
    ...job,
    attempt: job.attempt + 1,
  })
}

const shortly = ({ event, data }: DojoEvent): string =>
  `${event} ${data.paymentIntentId} ${data.paymentStatus}`
