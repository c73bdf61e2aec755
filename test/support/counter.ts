// A counter: a till, an office, and the card machines of the stand-in for Dojo.
import type { Test } from 'tap'
import type { CounterTransport } from '../../src/domain/venue/venue.ts'
import type { Settings } from '../../src/operator/settings.ts'
import type { IntentRecord } from '../../src/sandbox/dojo/state.ts'
import { newOrder } from './orders.ts'
import { newTill, type Till, type TillReply } from './till.ts'
import { startWithDojo, type WithDojo } from './with-dojo.ts'
import { until } from './visits.ts'

export const ALL = '/orders/{orderId}/card-payments'
export const ONE = `${ALL}/{cardPaymentId}`

export interface Counter extends WithDojo {
  till: Till
  office: Till
  /** The machine that does with every card what the end of its TID says. */
  machine: (ending: string) => string
  /** An open order of that total. */
  bill: (amountMinor?: number) => Promise<string>
  start: (orderId: string, terminalId: string, more?: object, by?: Till) => Promise<TillReply>
  ask: (verb: string, started: TillReply, request?: object, by?: Till) => Promise<TillReply>
  /** Time passes at Dojo, and is seen here, until the card payment is so. */
  becomes: (started: TillReply, status: string, more?: object) => Promise<any>
  /** As if so many seconds had passed since the machine was done. */
  pass: (cardPaymentId: string, seconds: number) => Promise<void>
  intentOf: (shown: { paymentIntentId: string }) => IntentRecord
  orderNow: (orderId: string) => Promise<any>
  /** The card payment of an answer to a refund. */
  refundOf: (answer: TillReply, orderId: string) => TillReply
}

/** @param over how the venue reaches its card machines */
export async function openCounter(
  t: Test,
  over: CounterTransport = 'rest',
  settings: Settings = {},
): Promise<Counter> {
  const dojo = await startDojo(t, over, settings)
  const { server, world, account } = dojo
  const till = await newTill(t, server, { role: 'waiter', tillName: 'Bar' })
  const office = await newTill(t, server, { role: 'manager', tillName: 'Office' })
  const read = async ({ body: { id: cardPaymentId, orderId } }: TillReply): Promise<any> =>
    (await till.call(`GET ${ONE}`, { orderId, cardPaymentId })).body
  return {
    ...dojo,
    till,
    office,
    machine: (ending) =>
      [...account.terminals.values()].find(({ properties }) => properties.tid.endsWith(ending))!.id,
    bill: async (amountMinor = 1_000) => (await newOrder(server.venue, amountMinor)).id,
    start: async (orderId, terminalId, more = {}, by = till) =>
      await by.call(`POST ${ALL}`, { orderId }, { terminalId, ...more }),
    ask: async (verb, { body: { id: cardPaymentId, orderId } }, request = {}, by = till) => {
      const content = verb === 'cancel' || verb === 'release' ? undefined : request
      return await by.call(`POST ${ONE}/${verb}`, { orderId, cardPaymentId }, content)
    },
    becomes: async (started, status, more = {}) => {
      let shown = await read(started)
      const holds = (): boolean =>
        Object.entries({ status, ...more }).every(([field, value]) => shown[field] === value)
      await until(`the card payment is ${status}`, async () => {
        if (holds()) return true
        await world.clock.advance(1_000)
        await until('what the machine does is seen', async () =>
          isSeen(account, await read(started)),
        )
        shown = await read(started)
        return holds()
      })
      return shown
    },
    pass: async (cardPaymentId, seconds) => {
      await pass(server, cardPaymentId, seconds)
    },
    intentOf: ({ paymentIntentId }) => account.intents.get(paymentIntentId)!,
    orderNow: async (orderId) => (await till.call('GET /orders/{orderId}', { orderId })).body,
    refundOf: (answer, orderId) => ({
      ...answer,
      body: { id: answer.body.cardPaymentId, orderId },
    }),
  }
}

/** As if so many seconds had passed since the machine was done, and since Dojo was last asked. */
async function pass(
  server: WithDojo['server'],
  cardPaymentId: string,
  seconds: number,
): Promise<void> {
  await server.sql(
    `UPDATE card_payments SET attempts = (
        SELECT jsonb_agg(a || jsonb_build_object('overAtMs', (a->>'overAtMs')::bigint - $2::int * 1000))
        FROM jsonb_array_elements(attempts) AS a),
      started_at = started_at - make_interval(secs => $2::int),
      intent_read_at = intent_read_at - make_interval(secs => $2::int),
      by_hand = by_hand || jsonb_build_object('atMs', (by_hand->>'atMs')::bigint - $2::int * 1000)
    WHERE card_payment_id = $1`,
    [cardPaymentId, seconds],
  )
  await server.sql('UPDATE jobs SET next_attempt_at = now(), claimed_until = NULL')
  await server.jobs!.idle()
}

async function startDojo(t: Test, over: CounterTransport, settings: Settings): Promise<WithDojo> {
  const way = over === 'rest' ? {} : { counterTransport: over, counterAccount: 'abcdef0000000' }
  const overrides = { cardPauseMs: 10 }
  const dojo = await startWithDojo(t, { settings: { ...settings, ...way }, overrides })
  if (over === 'socket') await connected(dojo)
  return dojo
}

/** Resolves once the venue's socket for the counter is open at the stand-in. */
async function connected({ world, account, server }: WithDojo): Promise<void> {
  const { locationId } = server.venue
  await until('the socket for the counter is open', () =>
    world.counter.connections(account).has(locationId),
  )
}

/** Whether the till is shown the stand-in's session as it is by now. */
function isSeen({ sessions, counterPayments }: WithDojo['account'], shown: any): boolean {
  const overSocket = counterPayments?.get(shown.sessionId)
  const session = sessions.get(overSocket?.sessionId ?? shown.sessionId)?.shown
  if (shown.endedAt !== undefined || session === undefined) return true
  const prompt = session.notificationEvents.at(-1)?.notificationType
  if (overSocket !== undefined) {
    const status = SEEN_OVER_SOCKET[session.status] ?? session.status
    const isAtWork = shown.status === 'Waiting' || shown.status === 'Prompting'
    return status === shown.sessionStatus && (!isAtWork || prompt === shown.prompt)
  }
  const isPromptSeen = shown.status !== 'Prompting' || prompt === shown.prompt
  return session.status === shown.sessionStatus && isPromptSeen
}

/** The socket says less of a session that goes on, and has one word for two ways to be declined. */
const SEEN_OVER_SOCKET: Record<string, string> = {
  InitiateRequested: 'Initiated',
  CancelRequested: 'Initiated',
  SignatureVerificationAccepted: 'Initiated',
  SignatureVerificationRejected: 'Declined',
}
