// The audit of a day, against the stand-in for Dojo and against a Dojo that answers nonsense.
import t, { type Test } from 'tap'
import { limits } from '../../../src/limits.ts'
import { auditDay, auditDayJob, type DayReport } from '../../../src/dojo/jobs/audit-day.ts'
import { cancelIntent, reverseByDojo } from '../../../src/sandbox/dojo/payment-intents.ts'
import { refund } from '../../../src/sandbox/dojo/refunds.ts'
import type { ClaimedJob } from '../../../src/store/jobs/claims.ts'
import {
  accountOf,
  clientOf,
  giveKey,
  makeIntent,
  payAt,
  recordPayment,
  voidPayment,
} from '../../support/evening.ts'
import { startFakeDojo, type Play } from '../../support/fake-dojo.ts'
import { gbp, newTables, newWaiter } from '../../support/orders.ts'
import { startServer, type TestServer, type Venue } from '../../support/server.ts'
import { newParty } from '../../support/visits.ts'
import { startSandbox, type StartedSandbox } from '../../sandbox/support/dojo.ts'

const DAY = '2026-11-20'
const at = (time: string, day = DAY): string => `${day}T${time}:00.000Z`

interface Stood {
  server: TestServer
  venue: Venue
  dojo: StartedSandbox
  audit: (day?: string) => Promise<DayReport>
}

/** Without a worker: only the test checks these payments. */
async function stand(t: Test): Promise<Stood> {
  const dojo = await startSandbox(t)
  const server = await startServer(t)
  const {
    venue,
    store: { database },
  } = server
  return {
    server,
    venue,
    dojo,
    audit: async (day = DAY) =>
      await auditDay(database, clientOf(dojo.url, venue), venue.locationId, day),
  }
}

/** Differences as `kind name: here, there`. */
const told = ({ differences }: DayReport): string[] =>
  differences.map(
    ({ kind, orderName, hereMinor, thereMinor }) =>
      `${kind} ${orderName}: ${hereMinor}, ${thereMinor}`,
  )

t.test('an evening with something of everything', async (t) => {
  const { server, venue, dojo, audit } = await stand(t)
  const {
    sandbox: { simulation: world },
  } = dojo
  const account = accountOf(dojo, venue)
  await newWaiter(server, venue, '1', { name: 'Becky' })
  const becky = { 'waiter-id': '1' }

  await payAt(
    server,
    venue,
    dojo,
    { at: at('19:00'), amountMinor: 2_000, tipsMinor: 200 },
    { name: 'Agrees', headers: becky },
  )
  await payAt(
    server,
    venue,
    dojo,
    { at: at('19:05'), amountMinor: 1_000, tipsMinor: 100 },
    { name: 'Served by 2', waiterId: '2' },
  )
  await payAt(
    server,
    venue,
    dojo,
    { at: at('12:00', '2026-11-01'), amountMinor: 500 },
    { name: 'Weeks ago' },
  )
  makeIntent(dojo, account, {
    at: at('19:10'),
    amountMinor: 1_970,
    orderId: await recordPayment(
      server,
      venue,
      { paymentIntentId: 'pi_unknown', at: at('19:12'), amountMinor: 700, tipsMinor: 50 },
      { name: 'Not at Dojo' },
    ),
  })
  makeIntent(dojo, account, {
    at: at('19:11'),
    amountMinor: 300,
    orderId: 'an order of somebody else',
  })
  makeIntent(dojo, account, { at: at('19:12'), amountMinor: 9_999 }, false)

  const cheaper = await payAt(
    server,
    venue,
    dojo,
    { at: at('19:20'), amountMinor: 3_000 },
    { name: 'Cheaper there' },
  )
  cheaper.shown.amount = { value: 2_900, currencyCode: 'GBP' }
  const reversed = await payAt(
    server,
    venue,
    dojo,
    { at: at('19:30'), amountMinor: 4_000, tipsMinor: 400 },
    { name: 'Reversed there', headers: becky },
  )
  reverseByDojo(world, account, reversed)
  const kept = await payAt(
    server,
    venue,
    dojo,
    { at: at('19:40'), amountMinor: 600 },
    { name: 'Void here' },
  )
  await voidPayment(server, venue, kept.shown.id)
  const canceled = makeIntent(dojo, account, { at: at('19:45'), amountMinor: 800 }, false)
  await recordPayment(
    server,
    venue,
    { paymentIntentId: canceled.shown.id, at: at('19:45'), amountMinor: 800 },
    { name: 'Canceled there, and void' },
  )
  cancelIntent(world, account, canceled)
  await voidPayment(server, venue, canceled.shown.id)
  const partly = await payAt(
    server,
    venue,
    dojo,
    { at: at('19:50'), amountMinor: 1_000, tipsMinor: 300 },
    { name: 'Refunded on both sides', headers: becky },
  )
  refund(world, account, partly, { amount: 150 })
  await server.sql(
    'UPDATE payments SET refunded_minor = 100, refunded_tips_minor = 50 WHERE payment_intent_id = $1',
    [partly.shown.id],
  )
  const unnoticed = await payAt(
    server,
    venue,
    dojo,
    { at: at('19:55'), amountMinor: 1_000 },
    { name: 'Refunded there' },
  )
  refund(world, account, unnoticed, { amount: 250 })

  const deposit = makeIntent(dojo, account, { at: at('10:00'), amountMinor: 5_000 })
  await newParty(venue, await newTables(server, venue, ['1']), {
    deposit: { totalAmount: gbp(5_000), paymentIntentIds: [deposit.shown.id] },
  })
  const early = makeIntent(dojo, account, { at: at('23:59'), amountMinor: 1_100 })
  await recordPayment(
    server,
    venue,
    { paymentIntentId: early.shown.id, at: at('00:01', '2026-11-21'), amountMinor: 1_100 },
    { name: 'After midnight' },
  )

  const report = await audit()
  t.same(told(report), [
    'missingHere Not at Dojo: 0, 1970',
    'missingHere undefined: 0, 300',
    'missingThere Not at Dojo: 750, 0',
    'differentAmount Cheaper there: 3000, 2900',
    'differentState Reversed there: 4400, 0',
    'differentState Void here: 0, 600',
    'refunded Refunded there: 1000, 750',
  ])
  t.same(
    report.matched,
    { count: 4, hereMinor: 2_200 + 1_100 + 1_150, thereMinor: 2_200 + 1_100 + 1_150 },
    'a canceled and void one holds nothing',
  )
  t.same(report.total, {
    count: 11,
    hereMinor: 4_450 + 750 + 3_000 + 4_400 + 1_000,
    thereMinor: 4_450 + 1_970 + 300 + 2_900 + 600 + 750,
  })
  t.same(report.exempt, {
    deposits: { count: 1, hereMinor: 0, thereMinor: 5_000 },
    otherDays: { count: 1, hereMinor: 0, thereMinor: 1_100 },
    underWay: { count: 0, hereMinor: 0, thereMinor: 0 },
  })
  t.same(
    report.tips.map(({ waiterId, waiterName, tipsMinor }) => [waiterId, waiterName, tipsMinor]),
    [
      ['1', 'Becky', 200 + 400 + 250],
      ['2', undefined, 100],
      [undefined, undefined, 50],
    ],
  )
  t.match(report, {
    locationId: venue.locationId,
    venue: 'The Red Lion',
    day: DAY,
    timeZone: 'Europe/London',
    currency: 'GBP',
    from: at('00:00'),
    until: at('00:00', '2026-11-21'),
    isOver: true,
  })

  t.same(
    told(await audit('2026-11-21')),
    [],
    'the day after has the payment after midnight, and finds its intent in the day before',
  )
  t.equal((await audit('2026-11-01')).matched.count, 1)
})

t.test('a payment is found by its id, wherever its intent was made', async (t) => {
  const { server, venue, dojo, audit } = await stand(t)
  const account = accountOf(dojo, venue)
  const cases = [
    {
      name: 'a minute before midnight here, and a minute after it there',
      made: at('00:01', '2026-11-21'),
    },
    { name: 'just within the margin', made: at('23:00', '2026-11-19') },
    { name: 'just outside of it', made: at('22:59', '2026-11-19') },
    { name: 'a link that was sent in summer', made: at('12:00', '2026-07-01') },
  ]
  for (const [index, { made }] of cases.entries()) {
    const { shown } = makeIntent(dojo, account, { at: made, amountMinor: 1_000 + index })
    await recordPayment(server, venue, {
      paymentIntentId: shown.id,
      at: at('23:59'),
      amountMinor: 1_000 + index,
    })
  }
  const report = await audit()
  t.same(told(report), [])
  t.equal(report.matched.count, cases.length)
  t.same(
    told(await audit('2026-11-19')),
    [],
    'and in the day in which it was made it is not missing',
  )
  t.equal((await audit('2026-11-19')).exempt.otherDays.count, 2)
})

t.test('more intents than a page has', async (t) => {
  const { server, venue, dojo, audit } = await stand(t)
  const account = accountOf(dojo, venue)
  const times = Array.from({ length: 2 * limits.auditPageIntents + 20 }, (_, index) =>
    new Date(Date.parse(at('12:00')) + index * 1_000).toISOString(),
  )
  const records = times.map((time) => makeIntent(dojo, account, { at: time, amountMinor: 100 }))
  for (const { shown } of [records[0]!, records[limits.auditPageIntents]!, records.at(-1)!]) {
    await recordPayment(server, venue, {
      paymentIntentId: shown.id,
      at: shown.createdAt,
      amountMinor: 100,
    })
  }
  const { matched, different, total } = await audit()
  t.same(matched, { count: 3, hereMinor: 300, thereMinor: 300 })
  t.same(different.missingHere, {
    count: times.length - 3,
    hereMinor: 0,
    thereMinor: (times.length - 3) * 100,
  })
  t.equal(total.count, times.length)
})

t.test('a day of 25 hours', async (t) => {
  const { server, venue, dojo, audit } = await stand(t)
  const account = accountOf(dojo, venue)
  // The clocks of London go back at 01:00 UTC.
  const instants = [
    { time: '2026-10-24T22:59:59.999Z', day: '2026-10-24' },
    { time: '2026-10-24T23:00:00.000Z', day: '2026-10-25' },
    { time: '2026-10-25T00:30:00.000Z', day: '2026-10-25' },
    { time: '2026-10-25T01:30:00.000Z', day: '2026-10-25' },
    { time: '2026-10-25T23:59:59.999Z', day: '2026-10-25' },
    { time: '2026-10-26T00:00:00.000Z', day: '2026-10-26' },
  ]
  for (const [index, { time }] of instants.entries()) {
    await payAt(server, venue, dojo, { at: time, amountMinor: 10 ** index })
    makeIntent(dojo, account, { at: time, amountMinor: 2 * 10 ** index })
  }
  const sumOf = (day: string): number =>
    instants.reduce((sum, each, index) => sum + (each.day === day ? 10 ** index : 0), 0)
  for (const [day, count] of [
    ['2026-10-24', 1],
    ['2026-10-25', 4],
    ['2026-10-26', 1],
  ] as const) {
    const { matched, different } = await audit(day)
    t.same(matched, { count, hereMinor: sumOf(day), thereMinor: sumOf(day) }, `${day}: recorded`)
    t.same(
      different.missingHere,
      { count, hereMinor: 0, thereMinor: 2 * sumOf(day) },
      `${day}: made`,
    )
  }
})

t.test('a venue sees its own payments only, and its own deposits', async (t) => {
  const { server, venue, dojo, audit } = await stand(t)
  const other = await server.newVenue('The White Hart')
  const { shown } = await payAt(server, venue, dojo, { at: at('19:00'), amountMinor: 1_000 })
  await recordPayment(server, other, {
    paymentIntentId: 'pi_other',
    at: at('19:00'),
    amountMinor: 5_000,
  })
  const {
    shown: { id: theirs },
  } = makeIntent(dojo, accountOf(dojo, venue), { at: at('20:00'), amountMinor: 300 })
  await recordPayment(server, other, { paymentIntentId: theirs, at: at('20:00'), amountMinor: 300 })
  await newParty(other, await newTables(server, other, ['1']), {
    deposit: { totalAmount: gbp(300), paymentIntentIds: [theirs, shown.id] },
  })
  const report = await audit()
  t.same(told(report), ['missingHere undefined: 0, 300'])
  t.same(report.matched, { count: 1, hereMinor: 1_000, thereMinor: 1_000 })
})

t.test('while the day goes on, what may still be on its way is left out', async (t) => {
  const { server, venue, dojo, audit } = await stand(t)
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London' }).format()
  const now = new Date().toISOString()
  await payAt(server, venue, dojo, { at: now, amountMinor: 1_000 })
  await recordPayment(server, venue, {
    paymentIntentId: 'pi_not_shown_yet',
    at: now,
    amountMinor: 500,
  })
  makeIntent(dojo, accountOf(dojo, venue), { at: now, amountMinor: 700 })
  const report = await audit(today)
  t.same(told(report), [])
  t.equal(report.total.count, 0)
  t.same(report.exempt.underWay, { count: 2, hereMinor: 0, thereMinor: 1_700 })
  t.ok(Date.parse(report.until) <= Date.now() - limits.dojoLagSeconds * 1000, 'it says until when')
  t.equal(report.isOver, false)
})

t.test('days that cannot be audited', async (t) => {
  const { audit } = await stand(t)
  const tomorrow = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London' }).format(
    Date.now() + 86_400_000,
  )
  await t.rejects(audit(tomorrow), {
    type: 'InvalidRequest',
    message: `The day ${tomorrow} has not begun at The Red Lion (Europe/London): choose one that is over, or today.`,
  })
  await t.rejects(audit('2026-02-30'), {
    type: 'InvalidRequest',
    message: /^2026-02-30 is not a day of the calendar/,
  })
})

t.test('an answer that makes no sense is an error, and never a difference', async (t) => {
  const server = await startServer(t)
  const {
    venue,
    store: { database },
  } = server
  await recordPayment(server, venue, {
    paymentIntentId: 'pi_1',
    at: at('19:00'),
    amountMinor: 1_000,
  })
  const whole = {
    id: 'pi_1',
    status: 'Captured',
    amount: gbp(1_000),
    createdAt: at('19:00'),
    updatedAt: at('19:00'),
  }
  const none = { data: [] }
  const page = (...data: object[]): Play => ({ status: 200, json: { data } })
  const cases: {
    name: string
    search?: Play | ((count: number) => Play)
    get?: Play
    fault: { name: string; message?: RegExp; status?: number }
  }[] = [
    {
      name: 'no JSON',
      search: { status: 200, text: '<html>' },
      fault: { name: 'DojoUnreadable', message: /is not JSON/ },
    },
    {
      name: 'a list',
      search: { status: 200, json: [] },
      fault: { name: 'DojoUnreadable', message: /does not have the shape/ },
    },
    {
      name: 'no id',
      search: page({ ...whole, id: null }),
      fault: {
        name: 'DojoUnreadable',
        message: /^Dojo answered POST \/payment-intents\/search with 200, but/,
      },
    },
    {
      name: 'no status',
      search: page({ ...whole, status: undefined }),
      fault: { name: 'DojoUnreadable' },
    },
    {
      name: 'no amount',
      search: page({ ...whole, amount: null }),
      fault: { name: 'DojoUnreadable' },
    },
    {
      name: 'an amount that is not exact',
      search: page({ ...whole, amount: gbp(2 ** 53) }),
      fault: { name: 'DojoUnreadable' },
    },
    {
      name: 'one of many',
      search: page(whole, { ...whole, id: 'pi_2' }, { ...whole, id: 'pi_3', amount: null }),
      fault: { name: 'DojoUnreadable' },
    },
    {
      name: 'a page that comes again and again',
      search: { status: 200, json: { data: [whole], after: 'pi_1' } },
      fault: { name: 'DojoUnreadable', message: /its pages never end/ },
    },
    {
      name: 'empty pages without an end',
      search: (count) => ({ status: 200, json: { data: null, after: `page ${count}` } }),
      fault: { name: 'DojoUnreadable', message: /its pages never end/ },
    },
    {
      name: 'no id, asked for by it',
      get: { status: 200, json: { ...whole, id: undefined } },
      fault: {
        name: 'DojoUnreadable',
        message: /^Dojo answered GET \/payment-intents\/\{paymentIntentId\} with 200, but/,
      },
    },
    {
      name: 'another intent than was asked for',
      get: { status: 200, json: { ...whole, id: 'pi_2' } },
      fault: { name: 'DojoUnreadable', message: /it carries another payment intent/ },
    },
    {
      name: 'part of a penny',
      get: { status: 200, json: { ...whole, amount: gbp(0.5) } },
      fault: { name: 'DojoUnreadable' },
    },
    {
      name: 'a refusal of the search',
      search: { status: 404, json: {} },
      fault: { name: 'DojoRefusal', status: 404 },
    },
    {
      name: 'a refusal of the intent that is no 404',
      get: { status: 400, json: {} },
      fault: { name: 'DojoRefusal', status: 400 },
    },
    {
      name: 'a page of somebody else that says 404',
      get: { status: 404, text: '<html>' },
      fault: { name: 'DojoRefusal', status: 404 },
    },
    { name: 'nobody there', search: 'cut', fault: { name: 'DojoUnreachable' } },
  ]
  for (const {
    name,
    search = { status: 200, json: none },
    get = { status: 404, json: { title: 'Not Found' } },
    fault,
  } of cases) {
    const dojo = await startFakeDojo(t, ({ path }, count) =>
      path !== '/payment-intents/search'
        ? get
        : typeof search === 'function'
          ? search(count)
          : search,
    )
    await t.rejects(
      auditDay(database, clientOf(dojo.url, venue), venue.locationId, DAY),
      fault,
      name,
    )
    t.ok(dojo.asked.length <= 2, `${name}: it is not asked on and on`)
  }

  const knowsNothing = await startFakeDojo(t, ({ path }) =>
    path === '/payment-intents/search'
      ? { status: 200, json: { data: null } }
      : { status: 404, json: { title: 'Not Found' } },
  )
  t.same(
    told(await auditDay(database, clientOf(knowsNothing.url, venue), venue.locationId, DAY)),
    [`missingThere Order ${(await onlyOrder(server)).slice(-6)}: 1000, 0`],
    'a 404 means that it is not there',
  )
  t.same(
    knowsNothing.asked.map(({ path }) => path),
    ['/payment-intents/search', '/payment-intents/pi_1?returnCanceled=true'],
  )
  t.same(JSON.parse(knowsNothing.asked[0]!.body), {
    startDate: at('23:00', '2026-11-19'),
    endDate: at('01:00', '2026-11-21'),
    cursor: { limit: 50 },
  })
})

const onlyOrder = async ({ sql }: TestServer): Promise<string> =>
  (await sql<{ order_id: string }>('SELECT order_id FROM orders'))[0]!.order_id

t.test('the job keeps the report, and has what differs checked', async (t) => {
  const { server, venue, dojo } = await stand(t)
  const {
    sql,
    store: { database },
  } = server
  await payAt(server, venue, dojo, { at: at('19:00'), amountMinor: 1_000 })
  await recordPayment(
    server,
    venue,
    { paymentIntentId: 'pi_unknown', at: at('19:30'), amountMinor: 500 },
    { name: 'Mr Kaplan' },
  )
  const {
    shown: { id: unrecorded },
  } = makeIntent(dojo, accountOf(dojo, venue), { at: at('20:00'), amountMinor: 300 })
  await giveKey(server, venue)
  await sql('DELETE FROM jobs')

  const noticed: unknown[] = []
  const run = async (ageSeconds: number): Promise<unknown> =>
    await auditDayJob({
      database,
      notice: (...of) => {
        noticed.push(of)
      },
    })(clientOf(dojo.url, venue), {
      locationId: venue.locationId,
      kind: 'DayAudit',
      entityId: DAY,
      ageSeconds,
    } as ClaimedJob)
  const kept = async () =>
    await sql<{ day: string; differences: number; report: DayReport; audited_at: Date }>(
      'SELECT day::text, differences, report, audited_at FROM day_audits',
    )

  t.equal(await run(60), undefined, 'it is done')
  const [first] = await kept()
  t.match(first, { day: DAY, differences: 2 })
  t.same(told(first!.report), ['missingHere undefined: 0, 300', 'missingThere Mr Kaplan: 500, 0'])
  const queued = await sql<{ job: string }>("SELECT kind || ' ' || entity_id AS job FROM jobs")
  t.same(
    queued.map(({ job }) => job).sort(),
    [`PaymentCheck ${unrecorded}`, 'PaymentCheck pi_unknown'].sort(),
  )
  t.same(
    noticed,
    [
      [
        venue.locationId,
        'the payments of a day differ from those at Dojo; see npx epos audit',
        {
          day: DAY,
          matched: 1,
          missingHere: 1,
          missingThere: 1,
          differentAmount: 0,
          differentState: 0,
          refunded: 0,
        },
      ],
    ],
    "counts, and nobody's name",
  )

  await run(60)
  t.equal(
    (await kept())[0]!.audited_at.getTime(),
    first!.audited_at.getTime(),
    'what was audited since it was queued is not audited twice',
  )
  await sql(
    "DELETE FROM payment_movements m USING payments p WHERE p.payment_id = m.payment_id AND p.payment_intent_id = 'pi_unknown'",
  )
  await sql(
    `DELETE FROM jobs; DELETE FROM payments WHERE payment_intent_id = 'pi_unknown';
      UPDATE day_audits SET audited_at = now() - interval '2 minutes'`,
  )
  reverseByDojo(
    dojo.sandbox.simulation,
    accountOf(dojo, venue),
    accountOf(dojo, venue).intents.get(unrecorded)!,
  )
  await run(60)
  t.match(await kept(), [{ day: DAY, differences: 0 }], 'a newer report takes its place')
  t.same(await sql('SELECT 1 FROM jobs'), [])
  t.equal(noticed.length, 1, 'a day that agrees is not spoken of')
})
