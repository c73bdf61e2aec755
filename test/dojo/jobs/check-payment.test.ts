// Payments compared with what Dojo shows. The stand-in for Dojo is the other side; time passes in
// the database.
import t, { type Test } from 'tap'
import { refund } from '../../../src/sandbox/dojo/refunds.ts'
import { reverseByDojo } from '../../../src/sandbox/dojo/payment-intents.ts'
import type { IntentRecord } from '../../../src/sandbox/dojo/state.ts'
import { limits } from '../../../src/limits.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { setDojoAccount } from '../../../src/operator/payment-checks.ts'
import { readUnmatchedPayments } from '../../../src/store/payments/unmatched.ts'
import { brokenRules } from '../../support/load.ts'
import {
  actionsOf,
  gbp,
  historyOf,
  lock,
  newIntent,
  newOrder,
  newTables,
  pay,
  read,
  statusUpdated,
} from '../../support/orders.ts'
import { startFakeDojo, type Play } from '../../support/fake-dojo.ts'
import { newParty, until } from '../../support/visits.ts'
import { SECRETS_KEY, startWithDojo, type WithDojo } from '../../support/with-dojo.ts'

const unmatchedOf = async ({ server: { store, venue } }: WithDojo) =>
  await readUnmatchedPayments(store.database, venue.locationId)

/** An order of 10.00 that a payment of it, with a tip of 1.00, has settled. */
async function paidOrder(stand: WithDojo, { id }: { id: string }): Promise<string> {
  const {
    server: { venue },
  } = stand
  const { id: orderId } = await newOrder(venue, 1_000)
  const { status } = await pay(venue, orderId, 1_000, { paymentIntentId: id, tipsAmount: gbp(100) })
  if (status !== 200) throw new Error(`the payment was answered with ${status}`)
  return orderId
}

const isReopened = async (
  t: Test,
  { server: { venue } }: WithDojo,
  orderId: string,
): Promise<void> => {
  t.match(await read(venue, orderId), {
    status: 'New',
    payable: true,
    paidAmount: gbp(0),
    tipsAmount: gbp(0),
    payments: [],
  })
}
const isPaid = async (t: Test, { server: { venue } }: WithDojo, orderId: string): Promise<void> => {
  t.match(await read(venue, orderId), {
    status: 'Finalized',
    payable: false,
    paidAmount: gbp(1_000),
    tipsAmount: gbp(100),
  })
}

t.test('verified after it is answered', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent, later, notices } = stand
  await server.venue.call(
    'HandleEvent',
    statusUpdated(newIntent(), 'Authorized', new Date().toISOString()),
  )

  t.test('a payment that agrees with Dojo counts, and nothing is left to do', async (t) => {
    // A tip is not compared: it may be settled at Dojo after the payment.
    for (const tipsAmount of [gbp(100), gbp(50), undefined]) {
      const intent = paidIntent(1_000, tipsAmount === undefined ? {} : { tipsAmount })
      const orderId = await paidOrder(stand, intent.shown)
      await later()
      await isPaid(t, stand, orderId)
      t.same(await server.sql("SELECT 1 FROM jobs WHERE kind = 'PaymentCheck'"), [])
    }
    t.same(await unmatchedOf(stand), [])
    t.match(
      await server.app.inject('/metrics').then(({ payload }) => payload),
      /epos_payments_checked_total\{outcome="verified"\} 3/,
    )
  })

  const mismatches: Array<{ name: string; intent: () => IntentRecord; reason: RegExp }> = [
    {
      name: 'another amount',
      intent: () => paidIntent(999),
      reason: /is 9\.99 GBP at Dojo, but the payment is 10\.00 GBP/,
    },
    {
      name: 'another currency',
      intent: () => paidIntent(1_000, { amount: { value: 1_000, currencyCode: 'EUR' } }),
      reason: /is in EUR at Dojo, but the payment is in GBP/,
    },
    {
      name: 'another order',
      intent: () => paidIntent(1_000, { orderDetails: { externalId: 'ord_other' } }),
      reason: /is for the order ord_other at Dojo/,
    },
  ]
  for (const { name, intent, reason } of mismatches) {
    t.test(`${name}: the payment is void, the order open, and the operator notified`, async (t) => {
      const record = intent()
      const orderId = await paidOrder(stand, record.shown)
      await later()
      await isReopened(t, stand, orderId)
      const [last] = (await historyOf(server, orderId)).slice(-1)
      t.equal(last!.action, 'PaymentVoided')
      t.match(String(last!.detail['reason']), reason, 'the history says why')
      t.match(await unmatchedOf(stand), [{ paymentIntentId: record.shown.id, reason }])
      t.ok(
        notices.some(
          ({ message, paymentIntentId }) =>
            /differs from what Dojo shows/.test(message) && paymentIntentId === record.shown.id,
        ),
      )
      await until(
        'Dojo has heard of it',
        async () =>
          (await server.sql("SELECT 1 FROM jobs WHERE kind = 'OrderUpdated'")).length === 0,
      )
      await later(60)
      await isReopened(t, stand, orderId)
      await server.sql('UPDATE payment_intents SET unmatched_at = NULL, unmatched_reason = NULL')
    })
  }

  t.test('not paid yet: a moment of grace, then the payment is void', async (t) => {
    const record = paidIntent(1_000)
    record.shown.status = 'Created'
    const orderId = await paidOrder(stand, record.shown)
    await later()
    await isPaid(t, stand, orderId)
    await later(limits.dojoLagSeconds)
    await isReopened(t, stand, orderId)
    t.match(await unmatchedOf(stand), [
      { paymentIntentId: record.shown.id, reason: /is Created at Dojo, which is not paid/ },
    ])
    await server.sql('UPDATE payment_intents SET unmatched_at = NULL, unmatched_reason = NULL')
  })

  t.test(
    'an intent that Dojo does not know, and a new status, are unmatched and void nothing',
    async (t) => {
      const newWord = paidIntent(1_000)
      newWord.shown.status = 'Settling' as never
      for (const { id, reason } of [
        { id: newIntent(), reason: /Dojo does not know/ },
        { id: newWord.shown.id, reason: /is Settling at Dojo/ },
      ]) {
        const orderId = await paidOrder(stand, { id })
        await later()
        t.same(await unmatchedOf(stand), [], 'not at once')
        await later(limits.checkUncertainSeconds)
        t.match(await unmatchedOf(stand), [{ paymentIntentId: id, reason }])
        await isPaid(t, stand, orderId)
        t.same(
          await server.sql("SELECT 1 FROM jobs WHERE kind = 'PaymentCheck'"),
          [],
          'and Dojo is not asked again',
        )
        await server.sql('UPDATE payment_intents SET unmatched_at = NULL, unmatched_reason = NULL')
      }
    },
  )

  t.test('off: nothing is compared, but money that goes back still counts', async (t) => {
    const stand = await startWithDojo(t, { settings: { verifyPayments: 'off' } })
    const { server, paidIntent, later } = stand
    const record = paidIntent(999)
    const orderId = await paidOrder(stand, record.shown)
    t.same(await server.sql("SELECT 1 FROM jobs WHERE kind = 'PaymentCheck'"), [])
    await server.venue.call(
      'HandleEvent',
      statusUpdated(record.shown.id, 'Captured', record.shown.updatedAt),
    )
    await later()
    await isPaid(t, stand, orderId)
    reverseByDojo(stand.world, stand.account, record)
    await server.venue.call(
      'HandleEvent',
      statusUpdated(
        record.shown.id,
        'Captured',
        new Date(Date.parse(record.shown.updatedAt) - 1).toISOString(),
      ),
    )
    await later()
    await isReopened(t, stand, orderId)
  })
})

t.test('verified before it is answered', async (t) => {
  const stand = await startWithDojo(t, { settings: { verifyPayments: 'before' } })
  const {
    server: { venue },
    paidIntent,
    world,
    account,
  } = stand
  const faults = world.faultsOf(account)

  t.test('a payment that agrees with Dojo is recorded', async (t) => {
    const record = paidIntent(1_000)
    const orderId = await paidOrder(stand, record.shown)
    await isPaid(t, stand, orderId)
    faults.add({ kind: 'api-cut' })
    t.equal(
      (await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id, tipsAmount: gbp(100) }))
        .status,
      200,
      'a repetition does not ask Dojo',
    )
    faults.clear()
    const manual = paidIntent(1_000, { captureMode: 'Manual' })
    t.equal(manual.shown.status, 'Authorized')
    await isPaid(t, stand, await paidOrder(stand, manual.shown))
  })

  const cases: Array<{ name: string; intent: () => string; message: RegExp }> = [
    { name: 'unknown', intent: newIntent, message: /Dojo does not know the payment intent/ },
    {
      name: 'another amount',
      intent: () => paidIntent(1_001).shown.id,
      message: /is 10\.01 GBP at Dojo, but the payment is 10\.00 GBP/,
    },
    {
      name: 'another currency',
      intent: () => paidIntent(1_000, { amount: { value: 1_000, currencyCode: 'EUR' } }).shown.id,
      message: /is in EUR at Dojo/,
    },
    {
      name: 'not paid',
      intent: () => Object.assign(paidIntent(1_000).shown, { status: 'Created' }).id,
      message: /is Created at Dojo, which is not paid/,
    },
    {
      name: 'gone back',
      intent: () => Object.assign(paidIntent(1_000).shown, { status: 'Reversed' }).id,
      message: /is Reversed at Dojo, which is not paid/,
    },
    {
      name: 'canceled',
      intent: () => Object.assign(paidIntent(1_000).shown, { status: 'Canceled' }).id,
      message: /is Canceled at Dojo, which is not paid/,
    },
    {
      name: 'another order',
      intent: () =>
        Object.assign(paidIntent(1_000).shown, { orderDetails: { externalId: 'ord_other' } }).id,
      message: /is for the order ord_other at Dojo/,
    },
  ]
  for (const { name, intent, message } of cases) {
    t.test(`${name}: a conflict that says so, on an order and with a new one`, async (t) => {
      const { id: orderId } = await newOrder(venue, 1_000)
      const refused = await pay(venue, orderId, 1_000, { paymentIntentId: intent() })
      t.equal(refused.status, 409)
      t.match(refused.error.debugMessage, message)
      t.same(await actionsOf(stand.server, orderId), ['Created'])
      const created = await venue.call('CreateOrder', {
        dojoOrderId: newIntent(),
        details: { orderType: 'Collection', collection: {} },
        items: [],
        totalAmount: gbp(1_000),
        payments: [{ paymentIntentId: intent(), paidAmount: gbp(1_000) }],
      })
      t.equal(created.status, 409)
      t.match(created.error.debugMessage, message)
    })
  }

  t.test('many payments of one order: Dojo is asked about several at once', async (t) => {
    const create = async () => {
      const payments = Array.from({ length: 24 }, () => ({
        paymentIntentId: paidIntent(100).shown.id,
        paidAmount: gbp(100),
      }))
      const startedAt = performance.now()
      const { status, error } = await venue.call('CreateOrder', {
        dojoOrderId: newIntent(),
        details: { orderType: 'Collection', collection: {} },
        items: [],
        totalAmount: gbp(2_400),
        payments,
      })
      return { status, message: error.debugMessage, tookMs: performance.now() - startedAt }
    }
    faults.add({ kind: 'api-slow', delayMs: 100 })
    const quick = await create()
    faults.clear()
    t.equal(quick.status, 200)
    t.ok(quick.tookMs < 24 * 100, `after ${quick.tookMs} ms`)
    faults.add({ kind: 'api-slow', delayMs: limits.verifyAllTimeoutMs / 2 })
    const late = await create()
    faults.clear()
    t.match(late, { status: 503, message: /did not answer for all of them in time/ })
    t.ok(late.tookMs < limits.verifyAllTimeoutMs + 3_000, `after ${late.tookMs} ms`)
  })

  t.test('an unknown order is not found, whatever the intent', async (t) => {
    t.equal((await pay(venue, 'ord_none', 1_000)).status, 404)
  })

  for (const fault of [
    { kind: 'api-500' },
    { kind: 'api-cut' },
    { kind: 'api-slow', delayMs: limits.verifyBeforeTimeoutMs + 2_000 },
  ] as const) {
    t.test(
      `${fault.kind}: not recorded, answered in time as a fault, and right once Dojo is back`,
      async (t) => {
        const record = paidIntent(1_000)
        const { id: orderId } = await newOrder(venue, 1_000)
        faults.add(fault)
        const startedAt = Date.now()
        const refused = await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })
        faults.clear()
        t.match(refused, {
          status: 503,
          error: {
            errorType: 'UnexpectedError',
            debugMessage:
              /^The payment was not recorded: it cannot be verified with Dojo now\. Dojo /,
          },
        })
        t.ok(Date.now() - startedAt < limits.verifyBeforeTimeoutMs + 4_000, 'in time')
        t.notMatch(refused.error.debugMessage, /sk_sandbox|DOJO_API_URL|http|127\.0\.0\.1/)
        t.equal(
          (await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })).status,
          200,
        )
      },
    )
  }

  t.test('a rejected key: one notice for the operator, and nothing is recorded', async (t) => {
    faults.add({ kind: 'api-401' })
    const { id: orderId } = await newOrder(venue, 1_000)
    await stand.server.jobs!.idle()
    for (let attempt = 0; attempt < 3; attempt++) {
      t.equal((await pay(venue, orderId, 1_000)).status, 503)
    }
    t.equal(
      stand.notices.filter(({ message }) => /rejected this venue's API key/.test(message)).length,
      1,
    )
  })
})

t.test('in a venue without events, payments are checked again', async (t) => {
  const waits = async ({ server: { sql } }: WithDojo): Promise<number | undefined> =>
    (
      await sql<{ seconds: number }>(
        `SELECT extract(epoch FROM j.next_attempt_at - p.recorded_at)::float8 AS seconds
          FROM jobs j JOIN payments p ON p.payment_intent_id = j.entity_id WHERE j.kind = 'PaymentCheck'`,
      )
    )[0]?.seconds
  const isNear = (t: Test, seconds: number | undefined, wanted: number): void => {
    t.ok(
      seconds !== undefined && Math.abs(seconds - wanted) < 10,
      `after about ${wanted} seconds`,
      { seconds },
    )
  }

  for (const verifyPayments of ['before', 'after'] as const) {
    t.test(`after a minute, five and fifteen, and then no more (${verifyPayments})`, async (t) => {
      const stand = await startWithDojo(t, { settings: { verifyPayments } })
      const orderId = await paidOrder(
        stand,
        stand.paidIntent(1_000, { tipsAmount: gbp(100) }).shown,
      )
      await stand.later()
      for (const [before, at] of [
        [0, 60],
        [60, 300],
        [300, 900],
      ] as const) {
        isNear(t, await waits(stand), at)
        await stand.later(at - before)
      }
      t.equal(await waits(stand), undefined, 'and then no more')
      await isPaid(t, stand, orderId)
    })
  }

  t.test('so a reversal without an event opens the bill', async (t) => {
    for (const seconds of limits.unheardCheckSeconds) {
      const stand = await startWithDojo(t)
      const record = stand.paidIntent(1_000, { tipsAmount: gbp(100) })
      const orderId = await paidOrder(stand, record.shown)
      await stand.later()
      await stand.later(seconds - 30)
      reverseByDojo(stand.world, stand.account, record)
      await stand.later()
      await isPaid(t, stand, orderId)
      await stand.later(30)
      await isReopened(t, stand, orderId)
      t.equal(await waits(stand), undefined)
    }
  })

  t.test(
    'not after an event or with a webhook secret; an event of another account does not count',
    async (t) => {
      const stand = await startWithDojo(t)
      const {
        server: { venue, sql },
        paidIntent,
        later,
      } = stand
      await paidOrder(stand, paidIntent(1_000, { tipsAmount: gbp(100) }).shown)
      await later()
      isNear(t, await waits(stand), 60)
      const secret =
        "INSERT INTO webhook_secrets (location_id, secret_id, subscription_id, sealed, retired_at) VALUES ($1, 'sec_1', 'sub_1', '', $2)"
      await sql(secret, [venue.locationId, new Date()])
      await sql("UPDATE locations SET dojo_account_id = 'acc_own'")
      await venue.call('HandleEvent', {
        ...statusUpdated(newIntent(), 'Authorized', new Date().toISOString()),
        accountId: 'acc_other',
      })
      await later(60)
      isNear(t, await waits(stand), 300)
      await sql('UPDATE webhook_secrets SET retired_at = NULL')
      await later(240)
      t.equal(await waits(stand), undefined, 'with a webhook secret')

      await sql('DELETE FROM webhook_secrets')
      await venue.call('HandleEvent', {
        ...statusUpdated(newIntent(), 'Authorized', new Date().toISOString()),
        accountId: 'acc_own',
      })
      await paidOrder(stand, paidIntent(1_000, { tipsAmount: gbp(100) }).shown)
      await later()
      t.equal(await waits(stand), undefined, 'with an event')
    },
  )
})

t.test('partial refunds', async (t) => {
  const stand = await startWithDojo(t)
  const { server, world, account, paidIntent, later } = stand
  const { venue } = server
  const giveBack = async (record: IntentRecord, amount: number): Promise<void> => {
    refund(world, account, record, { amount })
    await venue.call(
      'HandleEvent',
      statusUpdated(record.shown.id, record.shown.status, record.shown.updatedAt),
    )
  }
  const taken = async () => {
    const record = paidIntent(1_000, { tipsAmount: gbp(100) })
    const orderId = await paidOrder(stand, record.shown)
    await later()
    return { record, orderId }
  }
  const stands = async (
    t: Test,
    orderId: string,
    paidMinor: number,
    tipsMinor: number,
    name: string,
  ): Promise<void> => {
    const order = await read(venue, orderId)
    t.same(
      [order.paidAmount, order.tipsAmount, order.payable],
      [gbp(paidMinor), gbp(tipsMinor), paidMinor < 1_000],
      name,
    )
    t.same(
      order.payments!.map(({ paidAmount, tipsAmount }) => [paidAmount, tipsAmount]),
      [[gbp(paidMinor), gbp(tipsMinor)]],
      `${name}, in the payment`,
    )
  }

  t.test('each reduces the payment: the goods first, then the tip, then it is void', async (t) => {
    const { record, orderId } = await taken()
    await giveBack(record, 300)
    await later()
    await stands(t, orderId, 700, 100, '3.00')
    await giveBack(record, 700)
    await later()
    await stands(t, orderId, 0, 100, 'all of the goods')
    await giveBack(record, 60)
    await later()
    await stands(t, orderId, 0, 40, 'and some of the tip')
    await giveBack(record, 40)
    t.match(await read(venue, orderId), {
      paidAmount: gbp(0),
      tipsAmount: gbp(0),
      payments: [],
      payable: true,
      status: 'New',
    })
    t.same(await actionsOf(server, orderId), [
      'Created',
      'PaymentRecorded',
      'PaymentRefunded',
      'PaymentRefunded',
      'PaymentRefunded',
      'PaymentVoided',
    ])
    t.equal(
      (await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id, tipsAmount: gbp(100) }))
        .status,
      200,
      'the payment sent again is a repetition and pays nothing',
    )
    t.match(await read(venue, orderId), { paidAmount: gbp(0) })
  })

  t.test(
    'two at once, reported in any order and twice, are never more than was refunded',
    async (t) => {
      const { record, orderId } = await taken()
      await Promise.all([giveBack(record, 200), giveBack(record, 300), giveBack(record, 500)])
      await Promise.all([later(), later()])
      await later()
      await stands(t, orderId, 0, 100, '2.00, 3.00 and 5.00')
    },
  )

  t.test('a reopened order is settled by paying what was refunded', async (t) => {
    const { record, orderId } = await taken()
    await giveBack(record, 250)
    await later()
    t.equal((await pay(venue, orderId, 251)).status, 409)
    t.match(await pay(venue, orderId, 250), {
      status: 200,
      body: { status: 'Finalized', payable: false },
    })
  })
  t.test('rules', async (t) => {
    t.strictSame(
      (await brokenRules(server.sql)).filter(
        (rule) => !rule.startsWith('no payment of Dojo falls') && !rule.startsWith('what is known'),
      ),
      [],
    )
  })
})

t.test('money that Dojo captured and no order has', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent, later } = stand
  const { venue } = server
  const captured = async ({ shown }: IntentRecord): Promise<void> => {
    await venue.call('HandleEvent', statusUpdated(shown.id, 'Captured', shown.updatedAt))
  }

  t.test('is recorded on the order that it names', async (t) => {
    const { id: orderId } = await newOrder(venue, 1_000)
    const record = paidIntent(1_000, {
      tipsAmount: gbp(100),
      orderDetails: { externalId: orderId },
    })
    await captured(record)
    t.match(await unmatchedOf(stand), [
      { paymentIntentId: record.shown.id, reason: 'Dojo captured it, but no order has it.' },
    ])
    await later(limits.unmatchedCheckSeconds)
    await isPaid(t, stand, orderId)
    t.same(await unmatchedOf(stand), [])
    t.match((await historyOf(server, orderId)).at(-1), {
      action: 'PaymentRecorded',
      detail: { paymentIntentId: record.shown.id, recovered: /captured/ },
    })
    t.equal(
      (await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id, tipsAmount: gbp(100) }))
        .status,
      200,
      'Dojo recording it late is a repetition',
    )
  })

  t.test('less what was refunded of it meanwhile', async (t) => {
    const { id: orderId } = await newOrder(venue, 1_000)
    const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
    refund(stand.world, stand.account, record, { amount: 400 })
    await captured(record)
    await later(limits.unmatchedCheckSeconds)
    t.match(await read(venue, orderId), { status: 'New', paidAmount: gbp(600), payable: true })
  })

  t.test('not while the order is locked, then it is', async (t) => {
    const { id: orderId } = await newOrder(venue, 1_000)
    await lock(venue, orderId, 'busy', 60)
    const record = paidIntent(1_000, {
      tipsAmount: gbp(100),
      orderDetails: { externalId: orderId },
    })
    await captured(record)
    await later(limits.unmatchedCheckSeconds)
    t.match(await unmatchedOf(stand), [{ reason: /cannot be recorded: The order .* is locked by/ }])
    await venue.call('DeleteOrderLock', { orderId, lockId: 'busy' })
    await later(60)
    await isPaid(t, stand, orderId)
    t.same(await unmatchedOf(stand), [])
  })

  t.test('and goes to the unmatched list where it does not fit, with the reason', async (t) => {
    const { id: small } = await newOrder(venue, 500)
    const { id: paid } = await newOrder(venue, 1_000)
    await pay(venue, paid, 1_000, { paymentIntentId: paidIntent(1_000).shown.id })
    const cases: Array<{ name: string; record: IntentRecord; reason: RegExp }> = [
      {
        name: 'more than the balance',
        record: paidIntent(1_000, { orderDetails: { externalId: small } }),
        reason: /more than the balance of 5\.00 GBP/,
      },
      {
        name: 'a paid order',
        record: paidIntent(1_000, { orderDetails: { externalId: paid } }),
        reason: /is Finalized; no further changes/,
      },
      { name: 'no order named', record: paidIntent(1_000), reason: /names no order/ },
      {
        name: 'an unknown order',
        record: paidIntent(1_000, { orderDetails: { externalId: 'ord_gone' } }),
        reason: /for the order ord_gone, which this venue does not have/,
      },
      {
        name: 'another currency',
        record: paidIntent(1_000, {
          amount: { value: 1_000, currencyCode: 'EUR' },
          orderDetails: { externalId: small },
        }),
        reason: /captured 10\.00 EUR, but the orders of this venue are in GBP/,
      },
    ]
    for (const { record } of cases) await captured(record)
    await later(limits.unmatchedCheckSeconds)
    const unmatched = new Map(
      (await unmatchedOf(stand)).map(({ paymentIntentId, reason }) => [paymentIntentId, reason]),
    )
    for (const { name, record, reason } of cases) {
      t.match(unmatched.get(record.shown.id) ?? '', reason, name)
    }
    t.equal(unmatched.size, cases.length)
    t.match(
      (await unmatchedOf(stand)).find(
        ({ paymentIntentId }) => paymentIntentId === cases[4]!.record.shown.id,
      ),
      { amountMinor: null, orderId: small },
      'an amount is in the currency of the venue',
    )
    t.same(
      await server.sql("SELECT 1 FROM jobs WHERE kind = 'PaymentCheck' AND entity_id = ANY ($1)", [
        cases.map(({ record }) => record.shown.id),
      ]),
      [],
      'and Dojo is not asked again',
    )

    for (const { record } of cases) {
      reverseByDojo(stand.world, stand.account, record)
      await venue.call(
        'HandleEvent',
        statusUpdated(record.shown.id, 'Reversed', record.shown.updatedAt),
      )
    }
    t.same(await unmatchedOf(stand), [], 'until it goes back')
  })

  t.test('the deposit of a party is not a payment of an order', async (t) => {
    const { id: orderId } = await newOrder(venue, 1_000)
    const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
    await newParty(venue, await newTables(server, venue, ['1']), {
      deposit: { totalAmount: gbp(1_000), paymentIntentIds: [record.shown.id] },
    })
    await captured(record)
    await later(limits.unmatchedCheckSeconds)
    t.same(await unmatchedOf(stand), [])
    t.match(await read(venue, orderId), { status: 'New', paidAmount: gbp(0) }, 'the order is open')
  })
})

t.test('one state for each payment, whatever arrives when', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent, later } = stand
  const { venue } = server
  const at = (second: number): string => new Date(Date.now() + second * 1000).toISOString()

  t.test(
    'a reversal by an event counts at once, and what Dojo shows afterwards counts when it is newer',
    async (t) => {
      const record = paidIntent(1_000)
      const orderId = await paidOrder(stand, record.shown)
      await later()
      await venue.call(
        'HandleEvent',
        statusUpdated(
          record.shown.id,
          'Reversed',
          new Date(Date.parse(record.shown.updatedAt) + 1).toISOString(),
        ),
      )
      await isReopened(t, stand, orderId)
      record.shown.updatedAt = at(10)
      await later(limits.unmatchedCheckSeconds)
      await isPaid(t, stand, orderId)
      t.same(await actionsOf(server, orderId), [
        'Created',
        'PaymentRecorded',
        'PaymentVoided',
        'PaymentRestored',
      ])
    },
  )

  t.test('where events and API contradict each other, it goes to the unmatched list', async (t) => {
    const record = paidIntent(1_000)
    const orderId = await paidOrder(stand, record.shown)
    await later()
    await venue.call('HandleEvent', statusUpdated(record.shown.id, 'Reversed', at(5)))
    await later(limits.unmatchedCheckSeconds)
    t.same(await unmatchedOf(stand), [], 'not at once: it may show it in a moment')
    await later(limits.checkUncertainSeconds)
    t.match(await unmatchedOf(stand), [
      { reason: /Dojo reported the payment intent .* as Reversed, but shows it as Captured/ },
    ])
    await isReopened(t, stand, orderId)
    await server.sql('UPDATE payment_intents SET unmatched_at = NULL, unmatched_reason = NULL')
  })

  t.test(
    'a voided payment does not count again on an order that was paid otherwise meanwhile',
    async (t) => {
      const record = paidIntent(1_000)
      const orderId = await paidOrder(stand, record.shown)
      await later()
      await venue.call(
        'HandleEvent',
        statusUpdated(
          record.shown.id,
          'Reversed',
          new Date(Date.parse(record.shown.updatedAt) + 1).toISOString(),
        ),
      )
      await paidOnOrder(orderId)
      record.shown.updatedAt = at(10)
      await later(limits.unmatchedCheckSeconds)
      t.match(await read(venue, orderId), { status: 'Finalized', paidAmount: gbp(1_000) })
      t.match(await unmatchedOf(stand), [
        { paymentIntentId: record.shown.id, reason: /cannot be recorded: .* is Finalized/ },
      ])

      async function paidOnOrder(orderId: string): Promise<void> {
        const other = paidIntent(1_000)
        t.equal((await pay(venue, orderId, 1_000, { paymentIntentId: other.shown.id })).status, 200)
      }
    },
  )

  t.test('events of another account are kept, flagged and without effect', async (t) => {
    const record = paidIntent(1_000)
    const orderId = await paidOrder(stand, record.shown)
    const own = statusUpdated(record.shown.id, 'Captured', record.shown.updatedAt)
    await venue.call('HandleEvent', own)
    await later()
    t.match(
      await server.sql('SELECT dojo_account_id FROM locations'),
      [{ dojo_account_id: own.accountId }],
      'the account is known by an intent that the key opens',
    )
    const foreign = {
      ...statusUpdated(record.shown.id, 'Reversed', at(20)),
      accountId: 'acc-other',
    }
    t.equal((await venue.call('HandleEvent', foreign)).status, 200)
    await isPaid(t, stand, orderId)
    t.match(await server.sql('SELECT flag FROM dojo_events WHERE event_id = $1', [foreign.id]), [
      { flag: 'foreign-account' },
    ])
    t.ok(stand.notices.some(({ message }) => /another Dojo account/.test(message)))

    reverseByDojo(stand.world, stand.account, record)
    t.equal(await setDojoAccount(server.store, venue.locationId, 'acc-other'), 1)
    await later()
    await isReopened(t, stand, orderId)
  })
})

t.test('a key revoked halfway: one notice, nothing is lost, and a new key goes on', async (t) => {
  const stand = await startWithDojo(t)
  const { server, world, account, dojo, paidIntent, later, notices } = stand
  const {
    venue: { locationId },
    store: { prisma },
    sql,
  } = server
  const record = paidIntent(999)
  world.faultsOf(account).add({ kind: 'api-401' })
  const orders = [
    await paidOrder(stand, record.shown),
    await paidOrder(stand, paidIntent(1_000).shown),
  ]
  await until(
    'it is noticed',
    async () => (await sql('SELECT 1 FROM dojo_key_refusals')).length === 1,
  )
  await server.jobs!.idle()
  t.equal(notices.filter(({ message }) => /rejected this venue's API key/.test(message)).length, 1)
  t.equal(
    (await sql("SELECT 1 FROM jobs WHERE kind = 'PaymentCheck' AND dead_at IS NULL")).length,
    2,
  )
  const asked = world.faultsOf(account).list()[0]!.hits
  await sql('UPDATE jobs SET next_attempt_at = now()')
  await server.jobs!.idle()
  t.equal(world.faultsOf(account).list()[0]!.hits, asked, 'Dojo is left alone')

  world.faultsOf(account).clear()
  await setDojoKey(prisma, locationId, dojo.key, SECRETS_KEY)
  await later()
  await isReopened(t, stand, orders[0]!)
  await isPaid(t, stand, orders[1]!)
})

t.test('no answer that makes no sense changes a payment', async (t) => {
  let play: Play = 'cut'
  const shown = (more: object = {}) => ({
    id: 'pi_odd',
    status: 'Reversed',
    amount: gbp(1_000),
    createdAt: '2026-11-20T20:00:00Z',
    updatedAt: '2026-11-20T20:00:00Z',
    ...more,
  })
  const fake = await startFakeDojo(t, ({ path }) =>
    path.startsWith('/payment-intents')
      ? play
      : { status: 200, json: { eventType: 'OrderUpdated', event: { orderId: 'x' } } },
  )
  const stand = await startWithDojo(t, { dojoApiUrl: fake.url })
  const {
    server: { sql },
    later,
  } = stand
  const orderId = await paidOrder(stand, { id: 'pi_odd' })
  const plays: Array<[name: string, play: Play, error: RegExp]> = [
    ['cut off', 'cut', /connection was cut/],
    ['an HTML page', { status: 200, text: '<html>Welcome</html>' }, /the answer is not JSON/],
    ['an HTML page that says not found', { status: 404, text: '<html>404</html>' }, /404/],
    ['elsewhere', { status: 301, json: {} }, /301/],
    ['a list', { status: 200, json: [] }, /does not have the shape/],
    [
      'a number for a status',
      { status: 200, json: shown({ status: 7 }) },
      /does not have the shape/,
    ],
    ['no status', { status: 200, json: shown({ status: undefined }) }, /has no status/],
    ['no amount', { status: 200, json: shown({ amount: null }) }, /has no amount/],
    [
      'a negative amount',
      { status: 200, json: shown({ amount: gbp(-1) }) },
      /an amount that is not a whole number/,
    ],
    [
      'an amount that is not exact',
      {
        status: 200,
        text:
          '{"id":"pi_odd","status":"Reversed","createdAt":"2026-11-20T20:00:00Z",' +
          '"amount":{"value":9007199254740993,"currencyCode":"GBP"}}',
      },
      /an amount that is not a whole number/,
    ],
    [
      'no time',
      { status: 200, json: shown({ createdAt: undefined, updatedAt: undefined }) },
      /has no createdAt|has no updatedAt/,
    ],
    [
      'another intent',
      { status: 200, json: shown({ id: 'pi_other' }) },
      /carries another payment intent/,
    ],
    [
      'busy',
      { status: 429, json: { title: 'Slow down' }, headers: { 'retry-after': '60' } },
      /429 Slow down/,
    ],
  ]
  for (const [name, next, error] of plays) {
    await t.test(name, async (t) => {
      play = next
      await sql(
        "UPDATE jobs SET next_attempt_at = now(), last_error = NULL, dead_at = NULL WHERE kind = 'PaymentCheck'",
      )
      await later()
      const [row] = await sql<{ last_error: string; dead_at: Date | null }>(
        "SELECT last_error, dead_at FROM jobs WHERE kind = 'PaymentCheck'",
      )
      t.match(row!.last_error, error)
      t.notMatch(row!.last_error, /sk_sandbox/)
      t.equal(row!.dead_at, null, 'and it is asked again')
      await isPaid(t, stand, orderId)
    })
  }
  play = { status: 200, json: shown({ updatedAt: new Date().toISOString() }) }
  await sql("UPDATE jobs SET next_attempt_at = now() WHERE kind = 'PaymentCheck'")
  await later()
  await isReopened(t, stand, orderId)
})
