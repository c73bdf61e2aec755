// Refunds of payments that Dojo took. The stand-in for Dojo is the other side; a proxy on the way
// there loses answers and delays them.
import t, { type Test } from 'tap'
import { createDojoClient } from '../../../src/dojo/client/index.ts'
import { Unavailable } from '../../../src/domain/errors.ts'
import { limits } from '../../../src/limits.ts'
import { auditDay } from '../../../src/dojo/jobs/audit-day.ts'
import {
  createIntent,
  payByCard,
  reverseByDojo,
} from '../../../src/sandbox/dojo/payment-intents.ts'
import { refund as giveBackElsewhere } from '../../../src/sandbox/dojo/refunds.ts'
import type { IntentRecord } from '../../../src/sandbox/dojo/state.ts'
import type { RefundAtDojo } from '../../../src/actions/payments/refund-at-dojo.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { startFakeDojo, type Asked, type Play } from '../../support/fake-dojo.ts'
import { brokenRules, chance } from '../../support/load.ts'
import { gbp, historyOf, lock, newOrder, pay, statusUpdated } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newTill, type Till, type TillReply } from '../../support/till.ts'
import { SECRETS_KEY, startWithDojo, type WithDojo } from '../../support/with-dojo.ts'

const REFUND = 'POST /payments/{paymentId}/refunds'

interface Paid {
  orderId: string
  paymentId: string
  record: IntentRecord
}

/** An order that is settled by a payment of a card, read by a terminal or not. */
async function paid(
  { server: { venue, sql }, world, account }: WithDojo,
  { amountMinor = 1_000, tipsMinor = 100, by = 'online' as 'online' | 'terminal' } = {},
): Promise<Paid> {
  const record = createIntent(world, account, {
    amount: gbp(amountMinor),
    tipsAmount: gbp(tipsMinor),
    reference: 'test',
  })
  payByCard(world, account, record, by)
  const { id: orderId } = await newOrder(venue, amountMinor)
  const { status } = await pay(venue, orderId, amountMinor, {
    paymentIntentId: record.shown.id,
    tipsAmount: gbp(tipsMinor),
  })
  if (status !== 200) throw new Error(`the payment was answered with ${status}`)
  const [row] = await sql<{ payment_id: string }>(
    'SELECT payment_id FROM payments WHERE payment_intent_id = $1',
    [record.shown.id],
  )
  return { orderId, paymentId: row!.payment_id, record }
}

const refund = async (
  till: Till,
  { paymentId }: Pick<Paid, 'paymentId'>,
  body: object = {},
  options?: { key: string },
): Promise<TillReply> =>
  await till.call(REFUND, { paymentId }, { reason: 'Cold soup', ...body }, options)

/** What the bill has, and what Dojo gave back. */
async function isLeft(
  t: Test,
  { server: { venue } }: WithDojo,
  { orderId, record }: Paid,
  {
    paidMinor,
    tipsMinor = 0,
    backMinor,
  }: { paidMinor: number; tipsMinor?: number; backMinor: number },
): Promise<void> {
  t.equal(record.refundedMinor, backMinor, `Dojo gave ${backMinor} back`)
  const { body } = await venue.call('GetOrderById', { orderId })
  t.match(
    body,
    {
      paidAmount: gbp(paidMinor),
      tipsAmount: gbp(tipsMinor),
      status: backMinor === 0 ? 'Finalized' : 'New',
      payable: backMinor !== 0,
    },
    `${paidMinor} and a tip of ${tipsMinor} are paid`,
  )
}

/** The day as an auditor sees it, once its payments are old enough to be looked at. */
async function agrees(
  t: Test,
  {
    server: {
      store: { database },
      venue: { locationId },
      sql,
    },
    dojo,
    later,
  }: WithDojo,
): Promise<void> {
  await later()
  await sql("UPDATE payments SET recorded_at = now() - interval '1 minute'")
  const client = createDojoClient({ apiUrl: dojo.url, key: dojo.key, softwareHouseId: 'house' })
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' }).format(
    new Date(Date.now() - 60_000),
  )
  const { differences, matched } = await auditDay(database, client, locationId, day)
  await client.close()
  t.same(differences, [], 'what is here is what Dojo has')
  t.ok(matched.count > 0)
  const sums = await sql(`SELECT p.payment_id FROM payments p
    WHERE (
      SELECT sum(m.amount_minor + m.tips_minor) FROM payment_movements m
      WHERE m.location_id = p.location_id AND m.payment_id = p.payment_id
    ) <> CASE WHEN p.voided_at IS NULL
        THEN p.amount_minor + coalesce(p.tips_minor, 0) - p.refunded_minor - p.refunded_tips_minor ELSE 0 END`)
  t.same(sums, [], 'and the movements add up to what is left')
  // Rules about the newest event do not hold here: Dojo's answers and its API count as well.
  t.same(
    (await brokenRules(sql)).filter((broken) => !/ word of /.test(broken)),
    [],
  )
}

t.test('a payment that needs no card to refund', async (t) => {
  const stand = await startWithDojo(t)
  const { server, account, world, later } = stand
  const till = await newTill(t, server, { tillName: 'Bar' })

  const cases = [
    {
      name: 'all of it, with the tip',
      amountMinor: undefined,
      backMinor: 1_100,
      paidMinor: 0,
      tipsMinor: 0,
    },
    {
      name: 'all of it, as an amount',
      amountMinor: 1_100,
      backMinor: 1_100,
      paidMinor: 0,
      tipsMinor: 0,
    },
    { name: 'a part', amountMinor: 300, backMinor: 300, paidMinor: 700, tipsMinor: 100 },
    { name: 'all but the tip', amountMinor: 1_000, backMinor: 1_000, paidMinor: 0, tipsMinor: 100 },
    {
      name: 'all but a part of the tip',
      amountMinor: 1_060,
      backMinor: 1_060,
      paidMinor: 0,
      tipsMinor: 40,
    },
  ]
  for (const { name, amountMinor, backMinor, ...left } of cases) {
    t.test(name, async (t) => {
      const it = await paid(stand)
      const done = await refund(till, it, amountMinor === undefined ? {} : { amountMinor })
      t.equal(done.status, 200, done.text)
      t.match(done.body, {
        paymentId: it.paymentId,
        orderId: it.orderId,
        paymentIntentId: it.record.shown.id,
        amountMinor: backMinor,
        reason: 'Cold soup',
        status: 'Done',
        dojoRefundId: /^rfnd_/,
        till: 'Bar',
      })
      t.match(account.refunds.get(done.body.dojoRefundId), {
        amountMinor: backMinor,
        refundReason: 'Cold soup',
      })
      await isLeft(t, stand, it, { ...left, backMinor })
      const [change] = (await historyOf(server, it.orderId)).slice(-1)
      t.match(
        change,
        {
          action: backMinor === 1_100 ? 'PaymentVoided' : 'PaymentRefunded',
          detail: { refundId: done.body.id, refundReason: 'Cold soup' },
          caller_device_id: 'Bar',
        },
        'the record names who did it',
      )
      await later()
      await isLeft(t, stand, it, { ...left, backMinor })
      t.equal(
        (await historyOf(server, it.orderId)).length,
        3,
        'and what Dojo shows afterwards changes nothing',
      )
      t.same(
        (await till.call(`GET ${REFUND.slice(5)}`, it as never)).body.rows.map(
          (row: { id: string }) => row.id,
        ),
        [done.body.id],
      )
    })
  }

  t.test('in parts, until nothing is left', async (t) => {
    const it = await paid(stand)
    for (const amountMinor of [1, 999, 60]) {
      t.equal((await refund(till, it, { amountMinor })).status, 200)
    }
    await isLeft(t, stand, it, { paidMinor: 0, tipsMinor: 40, backMinor: 1_060 })
    t.match((await refund(till, it, { amountMinor: 41 })).problem, {
      status: 409,
      code: 'more-than-refundable',
      refundableMinor: 40,
    })
    t.match((await refund(till, it)).body, { amountMinor: 40, status: 'Done' })
    t.match((await refund(till, it)).problem, { status: 409, code: 'void' })
    await isLeft(t, stand, it, { paidMinor: 0, backMinor: 1_100 })
  })

  t.test(
    'a refund made elsewhere meanwhile is not repeated, nor mistaken for this one',
    async (t) => {
      const it = await paid(stand)
      giveBackElsewhere(world, account, it.record, { amount: 900 })
      t.match((await refund(till, it, { amountMinor: 300 })).problem, {
        status: 409,
        code: 'more-than-refundable',
        refundableMinor: 200,
      })
      t.match((await refund(till, it)).body, { amountMinor: 200, status: 'Done' })
      await isLeft(t, stand, it, { paidMinor: 0, backMinor: 1_100 })
      const reversed = await paid(stand)
      reverseByDojo(world, account, reversed.record)
      t.match((await refund(till, reversed)).problem, { status: 409, code: 'void' })
    },
  )

  t.test('refused by Dojo, in its words', async (t) => {
    const it = await paid(stand)
    it.record.capturedMinor = 1_050
    const refused = await refund(till, it, { id: 'too-much' })
    t.match(refused.problem, {
      status: 409,
      code: 'dojo-refused',
      detail: /Only 1050 can still be refunded/,
      refundId: 'too-much',
    })
    t.match((await refund(till, it, { id: 'too-much' })).problem, { code: 'dojo-refused' })
    await isLeft(t, stand, it, { paidMinor: 1_000, tipsMinor: 100, backMinor: 0 })
    it.record.capturedMinor = 1_100
    t.match(
      (await refund(till, it, { id: 'too-much' })).problem,
      { code: 'dojo-refused' },
      'it stays refused',
    )
    t.equal((await refund(till, it)).status, 200, 'and another is another')
  })

  t.test('the same again is the same refund', async (t) => {
    const it = await paid(stand)
    const other = await paid(stand)
    for (const [body, options] of [
      [{ id: 'mine', amountMinor: 100 }, undefined],
      [{ amountMinor: 100 }, { key: 'key-1' }],
    ] as const) {
      const before = it.record.refundedMinor
      const first = await refund(till, it, body, options)
      t.same((await refund(till, it, body, options)).body, first.body)
      t.equal(it.record.refundedMinor, before + 100)
      const code =
        options === undefined
          ? { status: 409, code: 'content-differs' }
          : { status: 422, code: 'key-reused' }
      t.match((await refund(till, it, { ...body, amountMinor: 99 }, options)).problem, code)
      t.match((await refund(till, it, { ...body, reason: 'Another' }, options)).problem, code)
      t.match((await refund(till, other, body, options)).problem, code)
      t.equal(other.record.refundedMinor, 0)
    }
  })

  t.test('at once', async (t) => {
    const it = await paid(stand)
    const replies = await Promise.all(
      Array.from(
        { length: 6 },
        async () => await refund(till, it, { amountMinor: 300 }, { key: 'at-once' }),
      ),
    )
    t.same(
      replies.map(({ status }) => status),
      [200, 200, 200, 200, 200, 200],
    )
    t.equal(new Set(replies.map(({ body }) => body.dojoRefundId)).size, 1)
    await isLeft(t, stand, it, { paidMinor: 700, tipsMinor: 100, backMinor: 300 })
    const others = await Promise.all(
      [1, 2, 3, 4].map(
        async (each) => await refund(till, it, { id: `each-${each}`, amountMinor: 500 }),
      ),
    )
    t.equal(others.filter(({ status }) => status === 200).length, 1, 'no more than there is')
    for (const { status, problem } of others) {
      t.ok(
        status === 200 ||
          problem.code === 'refund-unknown' ||
          problem.code === 'more-than-refundable',
        problem?.code,
      )
    }
    await isLeft(t, stand, it, { paidMinor: 200, tipsMinor: 100, backMinor: 800 })
  })

  t.test('while Dojo holds a lock, on a payment of the venue, and on unknown ids', async (t) => {
    const it = await paid(stand)
    t.equal((await refund(till, it, { amountMinor: 10 })).status, 200)
    t.equal((await lock(server.venue, it.orderId, 'lock-1')).status, 200)
    t.match((await refund(till, it, { amountMinor: 10 })).problem, { status: 423, code: 'locked' })
    t.equal(it.record.refundedMinor, 10)
    await server.sql(
      `INSERT INTO payments (location_id, payment_id, order_id, tender, amount_minor)
        SELECT location_id, 'pay_cash', order_id, 'Cash', 1 FROM orders WHERE order_id = $1`,
      [it.orderId],
    )
    t.match((await refund(till, { paymentId: 'pay_cash' })).problem, {
      status: 409,
      code: 'not-by-dojo',
    })
    await server.sql("DELETE FROM payments WHERE payment_id = 'pay_cash'")
    t.match((await refund(till, { paymentId: 'pay_none' })).problem, { status: 404 })
    t.match((await till.call(`GET ${REFUND.slice(5)}`, { paymentId: 'pay_none' })).problem, {
      status: 404,
    })
    for (const name of ['check', 'withdraw']) {
      t.match(
        (
          await till.call(
            `POST /refunds/{refundId}/${name}`,
            { refundId: 'rfd_none' },
            name === 'check' ? undefined : { reason: 'x' },
          )
        ).problem,
        { status: 404 },
      )
    }
    for (const body of [
      { amountMinor: 0 },
      { amountMinor: -1 },
      { amountMinor: 1.5 },
      { amountMinor: limits.maxAmountMinor + 1 },
      { reason: ' ' },
      { reason: 'x'.repeat(301) },
      { id: 'x'.repeat(101) },
      { id: "'; DROP" },
      { extra: 1 },
    ]) {
      t.match(
        (await refund(till, it, body)).problem,
        { status: 400, code: 'schema' },
        JSON.stringify(body),
      )
    }
    t.match((await till.call('GET /refunds')).problem, { status: 400 })
  })

  t.test('roles, and another venue', async (t) => {
    const it = await paid(stand)
    const theirs = await newTill(t, server, {
      role: 'owner',
      venue: await server.newVenue('The White Hart'),
    })
    const done = await refund(await newTill(t, server, { role: 'owner' }), it, { amountMinor: 1 })
    t.equal(done.status, 200)
    for (const role of ['kitchen', 'waiter'] as const) {
      const other = await newTill(t, server, { role })
      t.match((await refund(other, it)).problem, { status: 403, code: 'forbidden' })
      for (const name of ['check', 'withdraw']) {
        t.equal(
          (
            await other.call(
              `POST /refunds/{refundId}/${name}`,
              { refundId: done.body.id },
              name === 'check' ? undefined : { reason: 'x' },
            )
          ).status,
          403,
        )
      }
      const mayRead = role === 'waiter' ? 200 : 403
      t.equal(
        (await other.call(`GET ${REFUND.slice(5)}`, { paymentId: it.paymentId })).status,
        mayRead,
      )
      t.equal((await other.call('GET /refunds?status=Done')).status, mayRead)
    }
    t.equal((await refund(theirs, it)).status, 404)
    t.equal((await theirs.call(`GET ${REFUND.slice(5)}`, { paymentId: it.paymentId })).status, 404)
    t.same((await theirs.call('GET /refunds?status=Done')).body.rows, [])
    for (const name of ['check', 'withdraw']) {
      t.equal(
        (
          await theirs.call(
            `POST /refunds/{refundId}/${name}`,
            { refundId: done.body.id },
            name === 'check' ? undefined : { reason: 'x' },
          )
        ).status,
        404,
      )
    }
    t.equal(it.record.refundedMinor, 1)
  })

  t.test('both sides agree in the end', async (t) => {
    await agrees(t, stand)
    const ids: string[] = []
    for (let after: string | undefined, pages = 0; pages === 0 || after !== undefined; pages++) {
      const { body } = await till.call(
        `GET /refunds?status=Done&limit=3${after === undefined ? '' : `&after=${after}`}`,
      )
      ids.push(...body.rows.map((row: { id: string }) => row.id))
      after = body.after
    }
    const wanted = await server.sql<{ refund_id: string }>(
      "SELECT refund_id FROM refunds WHERE status = 'Done' ORDER BY requested_at, refund_id",
    )
    t.same(
      ids,
      wanted.map(({ refund_id: id }) => id),
      'page by page, oldest first',
    )
    t.same((await till.call('GET /refunds?status=Pending')).body.rows, [])
  })
})

t.test('a payment that needs the card to refund', async (t) => {
  const stand = await startWithDojo(t)
  const { server, account, world, later } = stand
  world.faultsOf(account).add({ kind: 'refund-needs-card' })
  const till = await newTill(t, server)
  const owed = async (): Promise<string[]> =>
    (await till.call('GET /refunds?status=CardRequired')).body.rows.map(
      (row: { id: string }) => row.id,
    )
  const settle = async (refundId: string): Promise<TillReply> =>
    await till.call('POST /refunds/{refundId}/check', { refundId })

  t.test('the refund is CardRequired until a card machine has given it', async (t) => {
    const it = await paid(stand, { by: 'terminal' })
    const refused = await refund(till, it, { id: 'owed-1', amountMinor: 400 })
    t.match(refused.problem, {
      status: 409,
      code: 'card-must-be-present',
      refundId: 'owed-1',
      amountMinor: 400,
      detail: /card must be present: refund 4\.00 GBP on a card machine/,
    })
    t.match((await refund(till, it, { id: 'owed-1', amountMinor: 400 })).problem, {
      code: 'card-must-be-present',
      amountMinor: 400,
    })
    t.match(
      (await refund(till, it, { amountMinor: 100 })).problem,
      { status: 409, code: 'card-must-be-present', refundId: 'owed-1' },
      'one at a time',
    )
    t.same(await owed(), ['owed-1'])
    t.match((await settle('owed-1')).problem, { status: 409, code: 'refund-unknown' })
    giveBackElsewhere(world, account, it.record, { amount: 399 })
    t.match((await settle('owed-1')).problem, { code: 'refund-unknown' }, 'a penny less is not it')
    await isLeft(t, stand, it, { paidMinor: 601, tipsMinor: 100, backMinor: 399 })
    giveBackElsewhere(world, account, it.record, { amount: 1 })
    t.match((await settle('owed-1')).body, { status: 'Done', amountMinor: 400 })
    t.match((await settle('owed-1')).body, { status: 'Done' })
    t.match((await refund(till, it, { id: 'owed-1', amountMinor: 400 })).body, { status: 'Done' })
    t.match(
      (
        await till.call(
          'POST /refunds/{refundId}/withdraw',
          { refundId: 'owed-1' },
          { reason: 'x' },
        )
      ).problem,
      { status: 409, code: 'final' },
    )
    await isLeft(t, stand, it, { paidMinor: 600, tipsMinor: 100, backMinor: 400 })
    t.same(await owed(), [])
  })

  t.test('Dojo reports it by an event', async (t) => {
    for (const { amountMinor, status } of [
      { amountMinor: 200, status: 'Captured' },
      { amountMinor: 1_100, status: 'Refunded' },
    ]) {
      const it = await paid(stand, { by: 'terminal' })
      t.equal((await refund(till, it, { amountMinor })).status, 409)
      giveBackElsewhere(world, account, it.record, { amount: amountMinor })
      await server.venue.call(
        'HandleEvent',
        statusUpdated(it.record.shown.id, status, new Date(Date.now() + 1_000).toISOString()),
      )
      await later()
      t.same(await owed(), [])
      await isLeft(t, stand, it, {
        paidMinor: Math.max(0, 1_000 - amountMinor),
        tipsMinor: amountMinor === 200 ? 100 : 0,
        backMinor: amountMinor,
      })
    }
  })

  t.test('withdrawn: no bill changes, and another can be requested', async (t) => {
    const it = await paid(stand, { by: 'terminal' })
    t.equal((await refund(till, it, { id: 'not-after-all' })).status, 409)
    for (let again = 0; again < 2; again++) {
      t.match(
        (
          await till.call(
            'POST /refunds/{refundId}/withdraw',
            { refundId: 'not-after-all' },
            { reason: 'They ate it' },
          )
        ).body,
        { status: 'Refused', problem: 'Withdrawn: They ate it' },
      )
    }
    t.match((await settle('not-after-all')).problem, { code: 'dojo-refused' })
    await isLeft(t, stand, it, { paidMinor: 1_000, tipsMinor: 100, backMinor: 0 })
    t.match((await refund(till, it, { amountMinor: 1 })).problem, {
      code: 'card-must-be-present',
      amountMinor: 1,
    })
  })

  t.test('both sides agree in the end', async (t) => {
    await agrees(t, stand)
  })
})

/**
 * Between the server and the stand-in for Dojo: what goes by can be lost, or other things can
 * happen first.
 */
async function startWithPost(
  t: Test,
  options: Parameters<typeof startWithDojo>[1] = {},
): Promise<
  WithDojo & {
    post: {
      onRefund: (pass: () => Promise<Play>) => Promise<Play>
      onLook: (pass: () => Promise<Play>) => Promise<Play>
    }
  }
> {
  const whole = async (pass: () => Promise<Play>): Promise<Play> => await pass()
  const post = { onRefund: whole, onLook: whole }
  let url = ''
  const pass = async ({ method, path, headers, body }: Asked): Promise<Play> => {
    const {
      connection: _,
      host: __,
      'content-length': ___,
      'transfer-encoding': ____,
      ...rest
    } = headers
    const response = await fetch(url + path, {
      method,
      headers: rest as Record<string, string>,
      ...(method === 'GET' ? {} : { body }),
    })
    const text = await response.text()
    return text === ''
      ? { status: response.status, text }
      : { status: response.status, json: JSON.parse(text) as unknown }
  }
  const fake = await startFakeDojo(t, async (asked) => {
    if (asked.path.endsWith('/refunds')) return await post.onRefund(async () => await pass(asked))
    if (asked.method === 'GET' && asked.path.startsWith('/payment-intents/')) {
      return await post.onLook(async () => await pass(asked))
    }
    return await pass(asked)
  })
  const stand = await startWithDojo(t, { ...options, dojoApiUrl: fake.url })
  url = stand.dojo.url
  return { ...stand, post }
}

t.test('lost, late and stale answers', async (t) => {
  const stand = await startWithPost(t)
  const { server, account, post, later } = stand
  const till = await newTill(t, server)
  const reset = (): void => {
    post.onRefund = post.onLook = async (pass) => await pass()
  }
  t.afterEach(reset)
  const event = async ({ record }: Paid, status = 'Captured'): Promise<void> => {
    await server.venue.call(
      'HandleEvent',
      statusUpdated(record.shown.id, status, new Date(Date.now() + 1_000).toISOString()),
    )
  }

  for (const { name, body, status, left } of [
    {
      name: 'a part',
      body: { amountMinor: 300 },
      status: 'Captured',
      left: { paidMinor: 700, tipsMinor: 100, backMinor: 300 },
    },
    { name: 'all of it', body: {}, status: 'Refunded', left: { paidMinor: 0, backMinor: 1_100 } },
  ]) {
    t.test(`${name}: the answer is lost, Dojo reports it, and it is asked for again`, async (t) => {
      const it = await paid(stand)
      // The check of the payment itself would see the refund as well, and settle it.
      await later()
      const count = account.refunds.size
      post.onRefund = async (pass) => {
        await pass()
        return 'cut'
      }
      const lost = await refund(till, it, body, { key: `lost ${name}`.replaceAll(' ', '-') })
      t.equal(lost.status, 202, lost.text)
      t.match(lost.body, { status: 'Pending', problem: /Dojo did not answer/ })
      reset()
      await event(it, status)
      await later()
      await isLeft(t, stand, it, left)
      t.match((await till.call(`GET ${REFUND.slice(5)}`, { paymentId: it.paymentId })).body.rows, [
        { status: 'Done' },
      ])
      t.equal(
        (await refund(till, it, body, { key: `lost ${name}`.replaceAll(' ', '-') })).status,
        200,
      )
      t.equal(account.refunds.size, count + 1, 'one refund at Dojo')
      await isLeft(t, stand, it, left)
    })

    t.test(`${name}: the event comes before the answer`, async (t) => {
      const it = await paid(stand)
      post.onRefund = async (pass) => {
        const answer = await pass()
        await event(it, status)
        await later()
        return answer
      }
      const done = await refund(till, it, body)
      t.match(done.body, { status: 'Done', dojoRefundId: /^rfnd_/ })
      await later()
      await isLeft(t, stand, it, left)
    })

    t.test(`${name}: Dojo's API shows it late`, async (t) => {
      const it = await paid(stand)
      const before = structuredClone(it.record.shown)
      post.onLook = async () => ({ status: 200, json: before })
      const done = await refund(till, it, body, { key: `stale-${status}` })
      t.equal(done.status, 200)
      await isLeft(t, stand, it, left)
      await later()
      await isLeft(t, stand, it, left)
      t.same((await refund(till, it, body, { key: `stale-${status}` })).body, done.body)
      reset()
      await event(it, status)
      await later(limits.checkAgainMostSeconds)
      await isLeft(t, stand, it, left)
    })
  }

  t.test('pending: another refund is refused, and the same again uses the same key', async (t) => {
    const it = await paid(stand)
    const before = structuredClone(it.record.shown)
    const count = account.refunds.size
    post.onLook = async () => ({ status: 200, json: before })
    post.onRefund = async (pass) => {
      await pass()
      return { status: 503, text: '' }
    }
    t.match((await refund(till, it, { id: 'again', amountMinor: 300 })).body, { status: 'Pending' })
    await later()
    t.match((await refund(till, it, { id: 'another', amountMinor: 300 })).problem, {
      status: 409,
      code: 'refund-unknown',
      refundId: 'again',
    })
    t.match(
      (await till.call('POST /refunds/{refundId}/withdraw', { refundId: 'again' }, { reason: 'x' }))
        .problem,
      { status: 409, code: 'refund-unknown' },
    )
    t.same(
      (await till.call('GET /refunds?status=Pending')).body.rows.map(
        (row: { id: string }) => row.id,
      ),
      ['again'],
    )
    post.onRefund = async (pass) => await pass()
    t.match((await refund(till, it, { id: 'again', amountMinor: 300 })).body, {
      status: 'Done',
      dojoRefundId: /^rfnd_/,
    })
    t.equal(account.refunds.size, count + 1)
    await isLeft(t, stand, it, { paidMinor: 700, tipsMinor: 100, backMinor: 300 })
    t.match((await refund(till, it, { id: 'another', amountMinor: 300 })).body, { status: 'Done' })
    reset()
    await event(it)
    await later(limits.checkAgainMostSeconds)
    await isLeft(t, stand, it, { paidMinor: 400, tipsMinor: 100, backMinor: 600 })
  })

  t.test('Dojo does not answer at all: nothing is written, and nothing requested', async (t) => {
    const it = await paid(stand)
    await later()
    post.onLook = async () => ({ status: 403, json: { title: 'Forbidden' } })
    t.match((await refund(till, it)).problem, { status: 409, code: 'dojo-refused' })
    post.onLook = async () => ({ status: 404, json: { title: 'Not found' } })
    t.match((await refund(till, it)).problem, {
      status: 409,
      code: 'dojo-refused',
      detail: /does not know the payment intent/,
    })
    post.onLook = async () => 'cut'
    t.equal((await refund(till, it)).status, 503)
    t.same((await till.call(`GET ${REFUND.slice(5)}`, { paymentId: it.paymentId })).body.rows, [])
    reset()
    await later(limits.checkAgainMostSeconds)
  })

  const answers: Array<{
    name: string
    play: Play
    status: 'Pending' | 'CardRequired' | 'Refused'
  }> = [
    { name: 'an answer without an id', play: { status: 200, json: {} }, status: 'Pending' },
    { name: 'no JSON', play: { status: 200, text: 'ok' }, status: 'Pending' },
    {
      name: 'a key that it rejects',
      play: { status: 401, json: { title: 'Unauthorized' } },
      status: 'Pending',
    },
    {
      name: 'a page of some web server',
      play: { status: 404, text: 'not here' },
      status: 'Pending',
    },
    {
      name: 'the same under way',
      play: { status: 409, json: { detail: 'In progress.' } },
      status: 'Pending',
    },
    {
      name: 'a bad request',
      play: { status: 400, json: { detail: 'Too old.' } },
      status: 'Refused',
    },
    {
      name: 'words about the card',
      play: { status: 400, json: { detail: 'Card-present payments need a matched refund.' } },
      status: 'CardRequired',
    },
    {
      name: 'other words about the card',
      play: { status: 409, json: { title: 'The cardholder must be present' } },
      status: 'CardRequired',
    },
  ]
  for (const { name, play, status } of answers) {
    t.test(`${name}: ${status}`, async (t) => {
      const it = await paid(stand)
      post.onRefund = async () => play
      await refund(till, it, { id: `answer-${name.replaceAll(' ', '-')}` })
      t.match((await till.call(`GET ${REFUND.slice(5)}`, { paymentId: it.paymentId })).body.rows, [
        { status },
      ])
      await setDojoKey(server.store.prisma, server.venue.locationId, stand.dojo.key, SECRETS_KEY)
      await later()
      await isLeft(t, stand, it, { paidMinor: 1_000, tipsMinor: 100, backMinor: 0 })
    })
  }

  t.test('both sides agree in the end', async (t) => {
    await agrees(t, stand)
  })
})

t.test('refunds in a storm: each is done once or not at all', async (t) => {
  const { pick, percent, whole } = chance(t)
  let die = false
  const dies = async <T>(outcome: T): Promise<T> => {
    if (die && percent(10)) throw new Unavailable('dead')
    return outcome
  }
  const refundAtDojo = ({ readIntent, refund }: RefundAtDojo): RefundAtDojo => ({
    readIntent,
    refund: async (...asked) => await dies(await refund(...(await dies(asked)))),
  })
  const stand = await startWithPost(t, { overrides: { refundAtDojo } })
  const { server, account, world, post, later } = stand
  world.faultsOf(account).add({ kind: 'refund-needs-card' })
  const till = await newTill(t, server)
  const all = await Promise.all(
    Array.from(
      { length: 12 },
      async () => await paid(stand, { by: percent(15) ? 'terminal' : 'online' }),
    ),
  )
  await later()
  const shown = new Map(all.map(({ record }) => [record.shown.id, structuredClone(record.shown)]))
  const busy: Play = { status: 503, json: { title: 'Busy' }, headers: { 'retry-after': '0' } }
  post.onRefund = async (pass) => {
    if (percent(25)) return busy
    const answer = await pass()
    return percent(25) ? busy : answer
  }
  post.onLook = async (pass) => {
    const answer = await pass()
    const stale =
      typeof answer === 'object' && 'json' in answer && percent(40)
        ? shown.get((answer.json as { id: string }).id)
        : undefined
    return percent(5) ? busy : stale === undefined ? answer : { status: 200, json: stale }
  }
  die = true
  const asked: Array<{ it: Paid; body: { id: string; amountMinor?: number } }> = []
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let count = 0; count < 12; count++) {
        const it = pick(all)
        if (asked.length === 0 || percent(60)) {
          asked.push({
            it,
            body: {
              id: `storm-${asked.length}`,
              ...(percent(10) ? {} : { amountMinor: whole(1, 400) }),
            },
          })
        }
        const {
          it: { paymentId },
          body,
        } = pick(asked)
        await refund(till, { paymentId }, body)
        if (percent(20)) {
          await server.venue.call(
            'HandleEvent',
            statusUpdated(it.record.shown.id, it.record.shown.status, it.record.shown.updatedAt),
          )
        }
        if (percent(10) && it.record.shown.status === 'Captured') {
          giveBackElsewhere(world, account, it.record, {
            amount: whole(1, Math.min(50, it.record.capturedMinor - it.record.refundedMinor)),
          })
        }
      }
    }),
  )
  die = false
  post.onRefund = post.onLook = async (pass) => await pass()
  const noted = new Map(
    (
      await server.sql<{ payment_intent_id: string; minor: number }>(
        `SELECT payment_intent_id,
          CASE WHEN voided_at IS NULL THEN refunded_minor + refunded_tips_minor ELSE amount_minor + tips_minor END::int AS minor
        FROM payments`,
      )
    ).map(({ payment_intent_id: id, minor }) => [id, minor]),
  )
  for (const { record } of all) {
    t.ok(noted.get(record.shown.id)! <= record.refundedMinor, 'never more is noted than went back')
  }
  for (const { it, body } of asked) {
    t.ok([200, 409].includes((await refund(till, it, body)).status), 'in the end each is known')
  }
  // Refunds made elsewhere are reported by events, as Dojo does.
  for (const {
    record: { shown },
  } of all) {
    await server.venue.call(
      'HandleEvent',
      statusUpdated(shown.id, shown.status, new Date(Date.now() + 1_000).toISOString()),
    )
  }
  await later(limits.checkAgainMostSeconds)
  t.same((await till.call('GET /refunds?status=Pending')).body.rows, [])
  const rows = await server.sql<{
    refund_id: string
    payment_intent_id: string
    status: string
    amount_minor: number
  }>(
    'SELECT refund_id, payment_intent_id, status, refunds.amount_minor::int FROM refunds JOIN payments USING (location_id, payment_id)',
  )
  for (const {
    refund_id: id,
    payment_intent_id: intent,
    status,
    amount_minor: amountMinor,
  } of rows) {
    const made = account.refundKeys.get(`${intent} ${id}`)
    if (status !== 'Done') {
      t.equal(made, undefined, `${id} is ${status}, and Dojo gave nothing for it`)
    } else if (made !== undefined) {
      t.equal(account.refunds.get(made.refundId)?.amountMinor, amountMinor, `${id} was given once`)
    }
  }
  t.ok(rows.some(({ status }) => status === 'Done'))
  await agrees(t, stand)
})

t.test('the process dies', async (t) => {
  let die: 'before' | 'after' | undefined
  const refundAtDojo = ({ readIntent, refund }: RefundAtDojo): RefundAtDojo => ({
    readIntent,
    refund: async (...asked) => {
      if (die === 'before') throw new Unavailable('dead')
      const outcome = await refund(...asked)
      if (die === 'after') throw new Unavailable('dead')
      return outcome
    },
  })
  const stand = await startWithDojo(t, { overrides: { refundAtDojo } })
  const { server, account, later } = stand
  const till = await newTill(t, server)

  for (const when of ['before', 'after'] as const) {
    for (const body of [{ amountMinor: 300 }, {}]) {
      t.test(`${when} Dojo has it: ${JSON.stringify(body)}`, async (t) => {
        const left =
          body.amountMinor === undefined
            ? { paidMinor: 0, backMinor: 1_100 }
            : { paidMinor: 700, tipsMinor: 100, backMinor: 300 }
        const none = { paidMinor: 1_000, tipsMinor: 100, backMinor: 0 }
        for (const isChecked of [false, true]) {
          const it = await paid(stand)
          const count = account.refunds.size
          die = when
          const key = `${when}-${body.amountMinor ?? 'all'}-${String(isChecked)}`
          t.equal((await refund(till, it, body, { key })).status, 503)
          die = undefined
          t.match(
            (await till.call('GET /refunds?status=Pending')).body.rows,
            [{ paymentId: it.paymentId }],
            'it is known that it may have been requested',
          )
          if (isChecked) {
            await later(limits.refundCheckSeconds)
            await isLeft(t, stand, it, when === 'after' ? left : none)
          }
          t.equal((await refund(till, it, body, { key })).status, 200)
          await isLeft(t, stand, it, left)
          t.equal(account.refunds.size, count + 1)
        }
      })
    }
  }
  t.test('both sides agree in the end', async (t) => {
    await agrees(t, stand)
  })
})

t.test('a server or a venue that cannot ask Dojo', async (t) => {
  const stand = await startWithDojo(t)
  const { server } = stand
  const till = await newTill(t, server)
  const it = await paid(stand)
  await server.jobs!.idle()
  await server.sql('UPDATE locations SET dojo_key_sealed = NULL')
  t.match((await refund(till, it)).problem, {
    status: 409,
    code: 'dojo-refused',
    detail: /set-dojo-key/,
  })
  await setDojoKey(server.store.prisma, server.venue.locationId, 'sk_prod_wrong', SECRETS_KEY)
  t.match((await refund(till, it)).problem, {
    status: 409,
    code: 'dojo-refused',
    detail: /Dojo rejected the key/,
  })
  t.match(
    await server.sql('SELECT refused_at FROM dojo_key_refusals'),
    [{ refused_at: Date }],
    'and the till hears why',
  )
  await setDojoKey(server.store.prisma, server.venue.locationId, stand.dojo.key, SECRETS_KEY)
  t.equal((await refund(till, it)).status, 200)

  const alone = await startServer(t)
  const { id: orderId } = await newOrder(alone.venue, 500)
  await pay(alone.venue, orderId, 500, { paymentIntentId: 'pi_alone' })
  const [row] = await alone.sql<{ payment_id: string }>('SELECT payment_id FROM payments')
  t.match((await refund(await newTill(t, alone), { paymentId: row!.payment_id })).problem, {
    status: 409,
    code: 'dojo-refused',
    detail: /SOFTWARE_HOUSE_ID/,
  })
})
