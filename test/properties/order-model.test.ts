// A whole order over the API, held against a model of it that is small enough to be right by
// looking at it.
import { randomUUID } from 'node:crypto'
import fc, { type AsyncCommand } from 'fast-check'
import t from 'tap'
import type { Schemas } from '../../src/contract/capabilities.ts'
import { brokenRules, strictly } from '../support/load.ts'
import {
  expireLock,
  gbp,
  holdOnTill,
  inSeconds,
  newOrder,
  read,
  setStatus,
  statusUpdated,
} from '../support/orders.ts'
import { assertRuns } from '../support/random-runs.ts'
import {
  onInstance,
  startServer,
  type Reply,
  type TestServer,
  type Venue,
} from '../support/server.ts'

// --- the model

const OPEN = [
  'New',
  'Submitted',
  'Confirmed',
  'Accepted',
  'Preparing',
  'Prepared',
  'Ready',
] as const
type Status = (typeof OPEN)[number] | 'Finalized' | 'Canceled'
const isNotPaid = (word: string): boolean => ['Reversed', 'Refunded', 'Canceled'].includes(word)

interface Model {
  orderType: 'DineIn' | 'Collection'
  total: number
  status: Status
  statusBefore: Status
  /** By intent, in the order in which they were recorded. */
  payments: Map<number, { amount: number; tip: number | undefined; stands: boolean }>
  /** Dojo's newest word, by intent. */
  words: Map<number, { word: string; second: number }>
  lock: { id: string; isHold: boolean; isLive: boolean } | undefined
  locksSeen: Set<string>
}

const standing = ({ payments }: Model) => [...payments].filter(([, { stands }]) => stands)
const paid = (model: Model): number =>
  standing(model).reduce((sum, [, { amount }]) => sum + amount, 0)
const tips = (model: Model): number =>
  standing(model).reduce((sum, [, { tip }]) => sum + (tip ?? 0), 0)
const balance = (model: Model): number => model.total - paid(model)
const isOpen = ({ status }: Model): boolean => status !== 'Finalized' && status !== 'Canceled'
const isPayable = (model: Model): boolean =>
  isOpen(model) && balance(model) > 0 && !(model.lock?.isHold === true && model.lock.isLive)
/** Whether the lock is live and not the caller's. */
const isBlocked = ({ lock }: Model, lockId?: string): boolean =>
  lock?.isLive === true && (lock.isHold || lock.id !== lockId)

// --- the order that it is a model of

/** What the runs came across. */
const met = new Set<string>()

interface Real {
  server: TestServer
  venue: Venue
  orderId: string
  run: string
}
type Command = AsyncCommand<Model, Real>

/**
 * What every command ends with: the answer was the expected one, and the order is as the model
 * says.
 */
async function compare(
  model: Model,
  { venue, orderId, run }: Real,
  expected: number,
  reply?: Reply<unknown>,
): Promise<void> {
  if (reply !== undefined && reply.status !== expected) {
    throw new Error(
      `answered ${reply.status} instead of ${expected}: ${JSON.stringify(reply.body)}`,
    )
  }
  const order = await read(venue, orderId)
  const seen = {
    status: order.status,
    payable: order.payable,
    paid: order.paidAmount!.value,
    tips: order.tipsAmount!.value,
    payments: order.payments!.map(({ paymentIntentId, paidAmount, tipsAmount }) => [
      paymentIntentId,
      paidAmount.value,
      tipsAmount?.value,
    ]),
  }
  const modelled = {
    status: model.status,
    payable: isPayable(model),
    paid: paid(model),
    tips: tips(model),
    payments: standing(model).map(([intent, { amount, tip }]) => [`${run}-${intent}`, amount, tip]),
  }
  strictly.equal(seen, modelled, 'the order is as the model says')
  // Where an operation answers the order, it is the one that can be read afterwards.
  const answer = reply?.status === 200 ? (reply.body as Partial<Schemas['Order']>) : undefined
  if (answer?.id !== undefined) strictly.equal(answer, order, 'it answered the order as it is')
}

const command = (
  text: string,
  run: Command['run'],
  check: Command['check'] = () => true,
): Command => ({ check, run, toString: () => text })

const payment = (
  intent: number,
  amountOf: (model: Model) => number,
  amountText: string,
  tip: number | undefined,
  lockId: string | undefined,
): Command =>
  command(
    `pay ${amountText} (tip ${tip}) by intent ${intent} with lock ${lockId}`,
    async (model, real) => {
      const amount = amountOf(model)
      const known = model.payments.get(intent)
      const word = model.words.get(intent)?.word
      const isNew =
        known === undefined &&
        isOpen(model) &&
        !isBlocked(model, lockId) &&
        amount <= balance(model) &&
        !(word !== undefined && isNotPaid(word))
      const isRepeated =
        known !== undefined && known.amount === amount && (known.tip ?? 0) === (tip ?? 0)
      if (isNew) {
        model.payments.set(intent, { amount, tip, stands: true })
        if (balance(model) === 0 && (model.orderType === 'DineIn' || model.status === 'Ready')) {
          model.statusBefore = model.status
          model.status = 'Finalized'
          met.add('settled')
        }
      }
      const reply = await real.venue.call('RecordOrderPaymentById', {
        orderId: real.orderId,
        paymentIntentId: `${real.run}-${intent}`,
        paidAmount: gbp(amount),
        tipsAmount: tip === undefined ? undefined : gbp(tip),
        lockId,
      })
      await compare(model, real, isNew || isRepeated ? 200 : 409, reply)
    },
    (model) => amountOf(model) > 0,
  )

const repetition = (intent: number, more: number): Command =>
  command(
    `intent ${intent} again, with ${more} more`,
    async (model, real) => {
      const { amount, tip } = model.payments.get(intent)!
      const reply = await real.venue.call('RecordOrderPaymentById', {
        orderId: real.orderId,
        paymentIntentId: `${real.run}-${intent}`,
        paidAmount: gbp(amount + more),
        tipsAmount: tip === undefined ? undefined : gbp(tip),
      })
      await compare(model, real, more === 0 ? 200 : 409, reply)
    },
    ({ payments }) => payments.has(intent),
  )

const event = (intent: number, word: string, second: number): Command =>
  command(`${word} at ${second} for intent ${intent}`, async (model, real) => {
    const known = model.words.get(intent)
    if (
      known === undefined ||
      second > known.second ||
      (second === known.second && isNotPaid(word) && !isNotPaid(known.word))
    ) {
      model.words.set(intent, { word, second })
      const payment = model.payments.get(intent)
      if (payment?.stands === true && isNotPaid(word)) {
        payment.stands = false
        if (model.status === 'Finalized') {
          model.status = model.statusBefore
          met.add('reopened')
        }
      }
    }
    const reply = await real.venue.call(
      'HandleEvent',
      statusUpdated(
        `${real.run}-${intent}`,
        word,
        `2026-03-01T19:00:${String(second).padStart(2, '0')}.000Z`,
      ),
    )
    await compare(model, real, 200, reply)
  })

const lock = (lockId: string): Command =>
  command(`lock ${lockId}`, async (model, real) => {
    const isOwn = model.lock?.id === lockId
    const isGiven = isOpen(model) && (isOwn || model.lock?.isLive !== true)
    if (isGiven) {
      model.lock = { id: lockId, isHold: false, isLive: true }
      model.locksSeen.add(lockId)
    }
    await compare(
      model,
      real,
      isGiven ? 200 : 409,
      await real.venue.call('CreateOrderLock', {
        orderId: real.orderId,
        lockId,
        expiry: inSeconds(600),
      }),
    )
  })

const extend = (lockId: string): Command =>
  command(`extend ${lockId}`, async (model, real) => {
    const isOwn = model.lock?.id === lockId
    if (isOwn) model.lock!.isLive = true
    await compare(
      model,
      real,
      isOwn ? 200 : model.locksSeen.has(lockId) ? 409 : 404,
      await real.venue.call('ExtendOrderLock', {
        orderId: real.orderId,
        lockId,
        expiry: inSeconds(600),
      }),
    )
  })

const unlock = (lockId: string): Command =>
  command(`unlock ${lockId}`, async (model, real) => {
    const isOwn = model.lock?.id === lockId
    const isRefused = !isOwn && !model.locksSeen.has(lockId) && model.lock?.isLive === true
    if (isOwn) model.lock = undefined
    await compare(
      model,
      real,
      isRefused ? 409 : 200,
      await real.venue.call('DeleteOrderLock', { orderId: real.orderId, lockId }),
    )
  })

const expire = (): Command =>
  command(
    'the lock expires',
    async (model, real) => {
      await expireLock(real.server, real.orderId)
      model.lock!.isLive = false
      await compare(model, real, 200)
    },
    (model) => model.lock !== undefined,
  )

const hold = (): Command =>
  command(
    'a till holds it',
    async (model, real) => {
      await holdOnTill(real.server, real.venue, real.orderId)
      model.lock = { id: 'the hold of a till', isHold: true, isLive: true }
      await compare(model, real, 200)
    },
    (model) => model.lock === undefined && isOpen(model),
  )

const letGo = (): Command =>
  command(
    'the till lets it go',
    async (model, real) => {
      await real.server.sql(
        "UPDATE order_locks SET ended_at = now() WHERE order_id = $1 AND kind = 'TillHold'",
        [real.orderId],
      )
      model.lock = undefined
      await compare(model, real, 200)
    },
    (model) => model.lock?.isHold === true,
  )

const kitchen = (status: (typeof OPEN)[number]): Command =>
  command(
    `the kitchen: ${status}`,
    async (model, real) => {
      await setStatus(real.server, real.orderId, status)
      model.status = status
      await compare(model, real, 200)
    },
    (model) =>
      isOpen(model) && OPEN.indexOf(status) > OPEN.indexOf(model.status as (typeof OPEN)[number]),
  )

const cancel = (): Command =>
  command('cancel', async (model, real) => {
    const isDone =
      model.status === 'Canceled' ||
      (isOpen(model) && standing(model).length === 0 && !isBlocked(model))
    if (isDone) {
      model.status = 'Canceled'
      met.add('canceled')
    }
    await compare(
      model,
      real,
      isDone ? 200 : 409,
      await real.venue.call('CancelOrderById', { orderId: real.orderId }),
    )
  })

// --- the runs

const intent = fc.integer({ min: 1, max: 5 })
const lockId = fc.constantFrom('a', 'b', 'c')
const tip = fc.option(fc.nat({ max: 30 }), { nil: undefined })
const maybeLockId = fc.option(lockId, { nil: undefined })

const part = fc
  .tuple(intent, fc.integer({ min: 1, max: 120 }), tip, maybeLockId)
  .map(([intent, amount, tip, lockId]) =>
    payment(intent, () => amount, String(amount), tip, lockId),
  )
const rest = fc
  .tuple(intent, tip, maybeLockId)
  .map(([intent, tip, lockId]) => payment(intent, balance, 'the rest', tip, lockId))
const word = fc
  .tuple(
    intent,
    fc.constantFrom('Authorized', 'Captured', 'Reversed', 'Refunded', 'Canceled', 'Unheard of'),
    fc.nat({ max: 5 }),
  )
  .map(([intent, word, second]) => event(intent, word, second))

// Each is taken as often as any other, so what matters most is named more than once.
const commands = fc.commands(
  [
    part,
    part,
    part,
    rest,
    rest,
    word,
    word,
    word,
    fc.tuple(intent, fc.constantFrom(0, 0, 1)).map(([intent, more]) => repetition(intent, more)),
    lockId.map(lock),
    lockId.map(extend),
    lockId.map(unlock),
    fc.constant(expire()),
    fc.constant(hold()),
    fc.constant(letGo()),
    fc.constant(cancel()),
    fc.constantFrom(...OPEN).map(kitchen),
  ],
  { maxCommands: 40, size: 'max' },
)

t.test('an order over the API is what a small model says', async (t) => {
  const server = await startServer(t)
  const venue = onInstance(strictly, server, server.venue)

  await assertRuns(
    t,
    fc.asyncProperty(
      fc.constantFrom('DineIn' as const, 'Collection' as const),
      fc.integer({ min: 1, max: 300 }),
      commands,
      async (orderType, total, commands) => {
        const details: Schemas['OrderDetails'] =
          orderType === 'DineIn'
            ? { orderType, dineIn: {} }
            : { orderType, collection: { asap: true } }
        const { id: orderId } = await newOrder(venue, total, { details })
        const model: Model = {
          orderType,
          total,
          status: 'New',
          statusBefore: 'New',
          payments: new Map(),
          words: new Map(),
          lock: undefined,
          locksSeen: new Set(),
        }
        await fc.asyncModelRun(
          () => ({ model, real: { server, venue, orderId, run: randomUUID() } }),
          commands,
        )
      },
    ),
    {
      runs: 60,
      missing: () => ['canceled', 'reopened', 'settled'].filter((what) => !met.has(what)),
    },
  )

  t.strictSame(await brokenRules(server.sql), [], 'every rule of the data holds')
})
