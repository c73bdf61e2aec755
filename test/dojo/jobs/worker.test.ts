// Events to Dojo: what is queued with a change arrives, whatever happens on the way. The stand-in
// for Dojo is the other side.
import { queueJob } from '../../../src/store/jobs/jobs.ts'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { newId } from '../../../src/domain/ids.ts'
import { createJobWorker } from '../../../src/dojo/jobs/worker.ts'
import { cannotRefundAtDojo } from '../../../src/dojo/jobs/refund.ts'
import { jobRunners } from '../../../src/dojo/jobs/runners.ts'
import { limits } from '../../../src/limits.ts'
import { readWaitingJobs, retryDeadJobs } from '../../../src/store/jobs/backlog.ts'
import { changeSettings } from '../../../src/operator/settings.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { startFakeDojo } from '../../support/fake-dojo.ts'
import { newOrder, newTables, orderRequest, pay } from '../../support/orders.ts'
import { onInstance, startServer, type TestServer, type Venue } from '../../support/server.ts'
import { startSandbox, type StartedSandbox } from '../../sandbox/support/dojo.ts'

const SECRETS_KEY = '00'.repeat(32)

interface Stood {
  server: TestServer
  dojo: StartedSandbox
  told: () => string[]
}

const keyOf = (venue: Venue): string => `sk_sandbox_${venue.locationId}`

async function talkingServer(
  t: Test,
  dojoApiUrl: string,
  databaseUrl?: string,
): Promise<TestServer> {
  const environment = { DOJO_API_URL: dojoApiUrl, SOFTWARE_HOUSE_ID: 'house', SECRETS_KEY }
  const server = await startServer(t, {
    environment,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  })
  const {
    store: { prisma },
    venue: { locationId },
  } = server
  await setDojoKey(prisma, locationId, keyOf(server.venue), SECRETS_KEY)
  // Made-up payments, which Dojo would be asked about.
  await changeSettings(server.store, locationId, { verifyPayments: 'off' })
  return server
}

async function stand(t: Test): Promise<Stood> {
  const dojo = await startSandbox(t)
  const server = await talkingServer(t, dojo.url)
  return { server, dojo, told: () => toldOf(dojo, server.venue) }
}

/** What Dojo heard of a venue, as `OrderUpdated ord_1`. */
const toldOf = ({ sandbox: { simulation: world } }: StartedSandbox, venue: Venue): string[] =>
  world.account(keyOf(venue)).log.flatMap(({ text }) => /^Event (\w+ \S+)$/.exec(text)?.[1] ?? [])

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (await holds()) return
    await wait(10)
  }
  throw new Error(`It never came to: ${what}`)
}

const quiet = async ({ server }: Stood): Promise<void> => {
  await until(
    'nothing is queued',
    async () => (await server.sql("SELECT 1 FROM jobs WHERE kind <> 'PaymentCheck'")).length === 0,
  )
}

t.test('every change of an order, a party and a reservation reaches Dojo', async (t) => {
  const stood = await stand(t)
  const {
    server: { venue },
    told,
  } = stood
  const tableIds = await newTables(stood.server, venue, ['1'])
  const expected: string[] = []
  const changed = async (event: string): Promise<void> => {
    expected.push(event)
    await quiet(stood)
    t.same(told(), expected, event)
  }
  const { body: order } = await venue.call('CreateOrder', orderRequest(4_000))
  await changed(`OrderUpdated ${order.id}`)
  const payment = { paymentIntentId: 'pi_1', paidAmount: { value: 100, currencyCode: 'GBP' } }
  await venue.call('RecordOrderPaymentById', { orderId: order.id, ...payment })
  await changed(`OrderUpdated ${order.id}`)
  await venue.call('HandleEvent', {
    id: 'evt_1',
    accountId: 'acc',
    event: 'payment_intent.status_updated',
    createdAt: new Date().toISOString(),
    data: { paymentIntentId: 'pi_1', paymentStatus: 'Reversed', captureMode: 'Auto' },
  })
  await changed(`OrderUpdated ${order.id}`)
  await venue.call('CancelOrderById', { orderId: order.id })
  await changed(`OrderUpdated ${order.id}`)

  const slot = {
    startTime: '2030-01-01T18:00:00.000Z',
    endTime: '2030-01-01T20:00:00.000Z',
    tableIds,
    name: 'Kaplan',
    covers: 2,
  }
  const { body: reservation } = await venue.call('CreateReservation', {
    dojoReservationId: 'dr_1',
    ...slot,
  })
  await changed(`ReservationUpdated ${reservation.id}`)
  await venue.call('UpdateReservation', {
    reservationId: reservation.id,
    dojoReservationId: 'dr_1',
    ...slot,
    covers: 3,
  })
  await changed(`ReservationUpdated ${reservation.id}`)
  const stay = { startTime: '2030-01-01T18:00:00.000Z', tableIds, status: 'Seated' }
  const { body: party } = await venue.call('CreateParty', {
    dojoPartyId: 'dp_1',
    ...stay,
    reservationId: reservation.id,
  })
  await changed(`PartyUpdated ${party.id}`)
  await venue.call('UpdateParty', { partyId: party.id, dojoPartyId: 'dp_1', ...stay, covers: 4 })
  await changed(`PartyUpdated ${party.id}`)
  await venue.call('DeletePartyById', { partyId: party.id })
  await changed(`PartyUpdated ${party.id}`)
  await venue.call('DeleteReservationById', { reservationId: reservation.id })
  await changed(`ReservationUpdated ${reservation.id}`)
})

t.test('what changes nothing sends no event: repetitions, refusals, locks', async (t) => {
  const stood = await stand(t)
  const {
    server: { venue, sql },
    told,
  } = stood
  const request = orderRequest(4_000)
  const { body: order } = await venue.call('CreateOrder', request)
  await quiet(stood)
  await venue.call('CreateOrder', request)
  await venue.call('RecordOrderPaymentById', {
    orderId: order.id,
    paymentIntentId: 'pi_1',
    paidAmount: { value: 100_000_000, currencyCode: 'GBP' },
  })
  await venue.call('CreateOrderLock', {
    orderId: order.id,
    lockId: 'l',
    expiry: new Date(Date.now() + 60_000).toISOString(),
  })
  await venue.call('DeleteOrderLock', { orderId: order.id, lockId: 'l' })
  t.same(await sql('SELECT * FROM jobs'), [])
  t.same(told(), [`OrderUpdated ${order.id}`])
})

t.test('a venue without a key queues nothing', async (t) => {
  const {
    server: { venue, sql, store },
    told,
  } = await stand(t)
  await store.prisma.location.update({
    where: { locationId: venue.locationId },
    data: { dojoKeySealed: null },
  })
  await venue.call('CreateOrder', orderRequest(4_000))
  t.same(await sql('SELECT * FROM jobs'), [])
  t.same(told(), [])
})

t.test('a burst of changes while Dojo is away is one event', async (t) => {
  const stood = await stand(t)
  const {
    server: { venue, sql },
    dojo,
    told,
  } = stood
  const account = dojo.sandbox.simulation.account(keyOf(venue))
  dojo.sandbox.simulation.faultsOf(account).add({ kind: 'api-500', on: 'EposEvents_Submit' })
  const { body: order } = await venue.call('CreateOrder', orderRequest(4_000))
  for (let i = 0; i < 10; i++) {
    await venue.call('RecordOrderPaymentById', {
      orderId: order.id,
      paymentIntentId: `pi_${i}`,
      paidAmount: { value: 10, currencyCode: 'GBP' },
    })
  }
  const [row] = await sql<{ version: number; last_error: string; attempts: number }>(
    'SELECT version, last_error, attempts FROM jobs',
  )
  t.equal(row!.version, 11)
  t.equal((await sql('SELECT 1 FROM jobs')).length, 1)
  await until(
    'it was tried',
    async () =>
      (await sql<{ last_error: string | null }>('SELECT last_error FROM jobs'))[0]!.last_error !==
      null,
  )
  t.match(
    (await sql<{ last_error: string }>('SELECT last_error FROM jobs'))[0]!.last_error,
    /Dojo answered POST \/epos\/events with 500/,
  )
  dojo.sandbox.simulation.faultsOf(account).clear()
  await sql('UPDATE jobs SET next_attempt_at = now()')
  await quiet(stood)
  t.same(told(), [`OrderUpdated ${order.id}`])
})

t.test('a change while its event is being sent gets another event', async (t) => {
  const told: string[] = []
  const { promise: changed, resolve: change } = Promise.withResolvers<void>()
  const dojo = await startFakeDojo(t, async ({ body }) => {
    const { event } = JSON.parse(body) as { event: { orderId: string } }
    told.push(event.orderId)
    await changed
    return { status: 200, json: JSON.parse(body) as object }
  })
  const { venue, sql } = await talkingServer(t, dojo.url)
  const { id } = await newOrder(venue, 4_000)
  await until('its event is being sent', () => told.length === 1)
  for (let i = 0; i < 3; i++) await pay(venue, id, 10)
  change()
  await until('nothing is queued', async () => (await sql('SELECT 1 FROM jobs')).length === 0)
  t.same(told, [id, id])
})

t.test('an event is not sent before its change can be read', async (t) => {
  const stood = await stand(t)
  const {
    server: { venue, store },
    dojo,
    told,
  } = stood
  const { body: order } = await venue.call('CreateOrder', orderRequest(4_000))
  await quiet(stood)
  // Queued and due, so that only the row's lock keeps the second change from being sent too early.
  dojo.sandbox.simulation
    .faultsOf(dojo.sandbox.simulation.account(keyOf(venue)))
    .add({ kind: 'api-500', times: 1 })
  await venue.call('RecordOrderPaymentById', {
    orderId: order.id,
    paymentIntentId: 'pi_1',
    paidAmount: { value: 10, currencyCode: 'GBP' },
  })
  await until(
    'it failed once',
    async () =>
      (
        await store.database.rows(
          { name: 'x', text: 'SELECT 1 FROM jobs WHERE last_error IS NOT NULL' },
          [],
        )
      ).length === 1,
  )
  const before = told().length
  await store.database.transaction(async (tx) => {
    queueJob(tx, { locationId: venue.locationId, kind: 'OrderUpdated', entityId: order.id })
    await tx.rows(
      { name: 'y', text: "UPDATE jobs SET next_attempt_at = now() - interval '1 minute'" },
      [],
    )
    await stood.server.jobs!.idle()
    t.equal(told().length, before, 'held by the transaction')
  })
  await quiet(stood)
  t.equal(told().length, before + 1)
})

t.test(
  'a rejected key: the venue is marked, its operator told once, and Dojo left alone',
  async (t) => {
    const lines: string[] = []
    const { server, dojo } = await stand(t)
    const { venue, sql, store } = server
    server.app.log.warn = ((_detail: object, message: string) => {
      lines.push(message)
    }) as never
    const account = dojo.sandbox.simulation.account(keyOf(venue))
    dojo.sandbox.simulation.faultsOf(account).add({ kind: 'api-401' })
    for (let i = 0; i < 5; i++) await venue.call('CreateOrder', orderRequest(4_000))
    await until(
      'it is marked',
      async () => (await sql('SELECT 1 FROM dojo_key_refusals')).length === 1,
    )
    await server.jobs!.idle()
    t.equal(lines.filter((line) => /rejected this venue's API key/.test(line)).length, 1)
    const tries = dojo.sandbox.simulation.faultsOf(account).list()[0]!.hits
    await sql('UPDATE jobs SET next_attempt_at = now()')
    await server.jobs!.idle()
    t.equal(dojo.sandbox.simulation.faultsOf(account).list()[0]!.hits, tries, 'not asked again')

    dojo.sandbox.simulation.faultsOf(account).clear()
    await setDojoKey(store.prisma, venue.locationId, keyOf(venue), SECRETS_KEY)
    await until('everything is sent', async () => (await sql('SELECT 1 FROM jobs')).length === 0)
  },
)

t.test('an event that Dojo refuses is given up, and can be retried', async (t) => {
  const stood = await stand(t)
  const {
    server: { venue, sql },
    dojo,
    told,
  } = stood
  const world = dojo.sandbox.simulation
  const submit = world.faultsOf(world.account(keyOf(venue)))
  submit.add({ kind: 'api-500' })
  const { body: order } = await venue.call('CreateOrder', orderRequest(4_000))
  await sql("UPDATE jobs SET queued_at = now() - interval '25 hours', next_attempt_at = now()")
  await until(
    'it is given up',
    async () => (await sql('SELECT 1 FROM jobs WHERE dead_at IS NOT NULL')).length === 1,
  )
  submit.clear()
  await stood.server.jobs!.idle()
  t.same(told(), [], 'nobody tries it again by itself')
  t.match(await readWaitingJobs(stood.server.store.database, { deadOnly: true }), [
    { entityId: order.id, lastError: /500/ },
  ])
  t.equal(await retryDeadJobs(stood.server.store.database, venue.locationId), 1)
  await quiet(stood)
  t.same(told(), [`OrderUpdated ${order.id}`])
})

t.test('the wait that Dojo asks for is bounded', async (t) => {
  const plays = [
    {
      name: 'a wait of a year',
      play: { status: 429, json: { title: 'Slow down' }, headers: { 'retry-after': '31536000' } },
      mostSeconds: limits.jobMaxRetryAfterSeconds,
    },
    {
      name: 'a wait that no clock knows',
      play: {
        status: 429,
        json: { title: 'Slow down' },
        headers: { 'retry-after': '99999999999999999999' },
      },
      mostSeconds: limits.jobMaxRetryAfterSeconds,
    },
    {
      name: 'a key that may not do this may do other things',
      play: { status: 403, json: { title: 'Forbidden' } },
      mostSeconds: limits.jobBackoffSeconds,
    },
    {
      name: 'what comes too early may come again',
      play: { status: 425, json: { title: 'Too Early' } },
      mostSeconds: limits.jobBackoffSeconds,
    },
  ]
  for (const { name, play, mostSeconds } of plays) {
    const dojo = await startFakeDojo(t, () => play)
    const { venue, sql } = await talkingServer(t, dojo.url)
    await venue.call('CreateOrder', orderRequest(4_000))
    await until(
      'it was tried',
      async () =>
        (await sql('SELECT 1 FROM jobs WHERE last_error IS NOT NULL AND dead_at IS NULL'))
          .length === 1,
    )
    t.match(await sql('SELECT refused_at FROM dojo_key_refusals'), [], name)
    const [row] = await sql<{ seconds: number }>(
      'SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS seconds FROM jobs',
    )
    t.ok(row!.seconds <= mostSeconds, `${name}: ${row!.seconds} s`)
  }
})

t.test('a change revives a job that was given up', async (t) => {
  const stood = await stand(t)
  const {
    server: { venue, sql },
    told,
  } = stood
  const { body: order } = await venue.call('CreateOrder', orderRequest(4_000))
  await quiet(stood)
  await sql(
    `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at, dead_at, attempts)
      VALUES ($1, 'OrderUpdated', $2, now(), now(), now(), now(), 20)`,
    [venue.locationId, order.id],
  )
  await venue.call('CancelOrderById', { orderId: order.id })
  await quiet(stood)
  t.equal(told().length, 2)
})

t.test('a slow venue delays no other, and none waits for a poll', async (t) => {
  const stood = await stand(t)
  const { server, dojo } = stood
  const world = dojo.sandbox.simulation
  const others = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => await server.newVenue(`Venue ${index}`)),
  )
  for (const venue of others) {
    await setDojoKey(server.store.prisma, venue.locationId, keyOf(venue), SECRETS_KEY)
  }
  world.faultsOf(world.account(keyOf(server.venue))).add({ kind: 'api-slow', delayMs: 4_000 })
  await Promise.all(
    Array.from(
      { length: 20 },
      async () => await server.venue.call('CreateOrder', orderRequest(4_000)),
    ),
  )
  const delaysMs: number[] = []
  for (let round = 0; round < 3; round++) {
    await Promise.all(
      others.map(async (venue) => {
        const { body: order } = await venue.call('CreateOrder', orderRequest(4_000))
        const committedMs = performance.now()
        while (!toldOf(dojo, venue).includes(`OrderUpdated ${order.id}`)) await wait(2)
        delaysMs.push(performance.now() - committedMs)
      }),
    )
  }
  t.ok(toldOf(dojo, server.venue).length < 20, 'while the slow one still has events to hear of')
  delaysMs.sort((a, b) => a - b)
  const said = `median ${Math.round(delaysMs[15]!)} ms, longest ${Math.round(delaysMs.at(-1)!)} ms`
  t.ok(delaysMs[15]! < limits.jobPollMs / 2, said)
  world.faultsOf(world.account(keyOf(server.venue))).clear()
})

t.test('two instances: nothing is sent by both at once, and nothing is lost', async (t) => {
  const inFlight = new Set<string>()
  const told: string[] = []
  let atOnce = 0
  const dojo = await startFakeDojo(t, async ({ body }) => {
    const {
      event: { orderId },
    } = JSON.parse(body) as { event: { orderId: string } }
    if (inFlight.has(orderId)) atOnce++
    inFlight.add(orderId)
    await wait(5)
    inFlight.delete(orderId)
    told.push(orderId)
    return { status: 200, json: JSON.parse(body) as object }
  })
  const first = await talkingServer(t, dojo.url)
  const second = await talkingServer(t, dojo.url, first.databaseUrl)
  const { venue } = first
  const there = onInstance(t, second, venue)
  const orders = await Promise.all(
    Array.from(
      { length: 30 },
      async (_, index) =>
        (await (index % 2 === 0 ? venue : there).call('CreateOrder', orderRequest(4_000))).body.id,
    ),
  )
  await Promise.all(
    orders.flatMap((orderId) =>
      [venue, there].map(
        async (each, index) =>
          await each.call('RecordOrderPaymentById', {
            orderId,
            paymentIntentId: `pi_${orderId}_${index}`,
            paidAmount: { value: 10, currencyCode: 'GBP' },
          }),
      ),
    ),
  )
  await until('nothing is queued', async () => (await first.sql('SELECT 1 FROM jobs')).length === 0)
  t.equal(atOnce, 0)
  for (const orderId of orders) t.ok(told.includes(orderId), orderId)
})

t.test('a server that stops waits for its running jobs, but not for ever', async (t) => {
  const server = await startServer(t)
  const {
    venue,
    sql,
    store: { database, prisma },
  } = server
  await setDojoKey(prisma, venue.locationId, keyOf(venue), SECRETS_KEY)
  const { promise: never } = Promise.withResolvers<never>()
  let asked = 0
  const connect = () => ({
    call: async () => {
      asked++
      return await never
    },
    close: async () => {},
  })
  const notice = () => {}
  const worker = createJobWorker({
    database,
    run: {
      ...jobRunners({ database, newId, notice, refundAtDojo: cannotRefundAtDojo }),
      CardPayment: async () => undefined,
    },
    openKey: () => keyOf(venue),
    connect,
    notice,
    stopMs: 50,
  })
  worker.start()
  await venue.call('CreateOrder', orderRequest(4_000))
  await until('it is on its way', () => asked === 1)
  await worker.stop()
  t.equal(
    (await sql('SELECT 1 FROM jobs WHERE claimed_until > now()')).length,
    1,
    'kept for the next process',
  )
  await venue.call('CreateOrder', orderRequest(4_000))
  t.equal(asked, 1, 'no further job begins')
})

t.test(
  'a key that cannot be decrypted is an error like any other: listed, and retried',
  async (t) => {
    const stood = await stand(t)
    const {
      server: { venue, sql, store },
      told,
    } = stood
    await setDojoKey(store.prisma, venue.locationId, keyOf(venue), '11'.repeat(32))
    const { body: order } = await venue.call('CreateOrder', orderRequest(4_000))
    await until(
      'it was tried',
      async () =>
        (await sql("SELECT 1 FROM jobs WHERE last_error LIKE '%cannot be decrypted%'")).length ===
        1,
    )
    await setDojoKey(store.prisma, venue.locationId, keyOf(venue), SECRETS_KEY)
    await quiet(stood)
    t.same(told(), [`OrderUpdated ${order.id}`])
  },
)
