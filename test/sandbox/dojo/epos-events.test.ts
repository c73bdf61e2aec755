// Events of the EPOS, and Bookings, which reads again what they name.
import t from 'tap'
import { startSandbox, type StartedSandbox } from '../support/dojo.ts'
import type { EposFault, InMemoryEpos } from '../support/epos.ts'
import { bodyOf, startRegistered } from '../support/registered.ts'

const READS = ['GetOrderById', 'GetPartyById', 'GetReservationById']
const at = (hour: number): string => `2026-03-06T${hour}:00:00.000Z`
const auth = ({ username, password }: InMemoryEpos): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  'content-type': 'application/json',
})

async function made(epos: InMemoryEpos, path: string, body: object): Promise<string> {
  const response = await fetch(epos.url + path, {
    method: 'POST',
    headers: auth(epos),
    body: JSON.stringify(body),
  })
  return ((await response.json()) as { id: string }).id
}

interface Kind {
  eventType: string
  idField: string
  read: string
  known: 'orders' | 'parties' | 'reservations'
  noun: string
  add: (epos: InMemoryEpos) => Promise<string>
  change: (epos: InMemoryEpos, id: string) => void
  changed: object
  remove: (epos: InMemoryEpos, id: string) => void
}

const kinds: Kind[] = [
  {
    eventType: 'OrderUpdated',
    idField: 'orderId',
    read: 'GetOrderById',
    known: 'orders',
    noun: 'order',
    add: async (epos) => epos.addOrder({ totalMinor: 4000 }),
    change: (epos, id) => {
      epos.orders.get(id)!.totalMinor = 4500
    },
    changed: { totalAmount: { value: 4500 } },
    remove: (epos, id) => {
      epos.orders.delete(id)
    },
  },
  {
    eventType: 'PartyUpdated',
    idField: 'partyId',
    read: 'GetPartyById',
    known: 'parties',
    noun: 'party',
    add: async (epos) =>
      await made(epos, '/v1/parties', {
        dojoPartyId: 'dojo-1',
        tableIds: ['table-1'],
        startTime: at(19),
      }),
    change: (epos, id) => {
      epos.parties.get(id)!.party.status = 'Left'
    },
    changed: { status: 'Left' },
    remove: (epos, id) => {
      epos.parties.delete(id)
    },
  },
  {
    eventType: 'ReservationUpdated',
    idField: 'reservationId',
    read: 'GetReservationById',
    known: 'reservations',
    noun: 'reservation',
    add: async (epos) =>
      await made(epos, '/v1/reservations', {
        dojoReservationId: 'dojo-1',
        name: 'Ada',
        covers: 2,
        tableIds: ['table-1'],
        startTime: at(19),
        endTime: at(21),
      }),
    change: (epos, id) => {
      epos.reservations.get(id)!.reservation.covers = 5
    },
    changed: { covers: 5 },
    remove: (epos, id) => {
      epos.reservations.delete(id)
    },
  },
]

async function sendEvent(
  { call, sandbox }: StartedSandbox,
  { eventType, idField }: Pick<Kind, 'eventType' | 'idField'>,
  id: string,
): Promise<number> {
  const { status } = await call('POST', '/epos/events', { eventType, event: { [idField]: id } })
  await sandbox.simulation.clock.idle()
  return status
}

const knownTo = ({ sandbox, key }: StartedSandbox, { known }: Kind, id: string): unknown =>
  sandbox.simulation.account(key).bookings[known].get(id)
const logOf = async ({ call }: StartedSandbox): Promise<string> =>
  (await call('GET', '/sandbox/log')).body

for (const kind of kinds) {
  t.test(`${kind.eventType}: it is read again, and forgotten when it is gone`, async (t) => {
    const started = await startSandbox(t)
    const epos = await startRegistered(t, started, READS)
    const id = await kind.add(epos)
    epos.seen.length = 0
    t.equal(await sendEvent(started, kind, id), 200)
    t.match(knownTo(started, kind, id), { id }, 'read when it is new')
    kind.change(epos, id)
    t.notMatch(
      knownTo(started, kind, id),
      kind.changed,
      'nothing is known of a change that no event told',
    )
    await sendEvent(started, kind, id)
    t.match(knownTo(started, kind, id), kind.changed, 'read when it changed')
    kind.remove(epos, id)
    await sendEvent(started, kind, id)
    t.equal(knownTo(started, kind, id), undefined, 'forgotten when it is gone')
    t.strictSame(
      epos.seen.map(({ capability }) => capability),
      [kind.read, kind.read, kind.read],
    )
    t.match(
      await logOf(started),
      new RegExp(
        `Event ${kind.eventType} ${id}\n.* Bookings read the ${kind.noun} ${id}\n[^]* Bookings forgot the ${kind.noun} ${id}\n$`,
      ),
    )
  })

  t.test(`${kind.eventType}: without ${kind.read} it is taken and not read`, async (t) => {
    const started = await startSandbox(t)
    const epos = await startRegistered(
      t,
      started,
      READS.filter((name) => name !== kind.read),
    )
    const id = await kind.add(epos)
    epos.seen.length = 0
    t.equal(await sendEvent(started, kind, id), 200)
    t.strictSame(epos.seen, [])
    t.match(await logOf(started), new RegExp(`not read: ${kind.read} is not registered`))
  })

  t.test(`${kind.eventType}: what nobody ever had is no trouble`, async (t) => {
    const started = await startSandbox(t)
    await startRegistered(t, started, READS)
    t.equal(await sendEvent(started, kind, 'nobody'), 200)
    t.match(await logOf(started), new RegExp(`Bookings forgot the ${kind.noun} nobody`))
  })
}

type Trouble = (epos: InMemoryEpos, started: StartedSandbox, id: string) => unknown

const faulty =
  (fault: EposFault): Trouble =>
  (epos, _started, id) => {
    epos.faults.add(fault)
    epos.orders.delete(id)
  }

const troubles: Array<[string, Trouble, RegExp]> = [
  [
    'an error of the server',
    faulty('unknown-order-is-500'),
    /could not read the order .*answered 500 UnexpectedError/,
  ],
  [
    'an empty answer',
    faulty('unknown-order-is-empty-200'),
    /could not read the order .*The field id is missing/,
  ],
  [
    'an answer of the wrong shape',
    (epos) => epos.faults.add('wrong-shape'),
    /could not read the order .*totalAmount/,
  ],
  [
    'a credential that it refuses',
    async (epos, { call }) =>
      await call('PUT', '/epos/integrations/rest', bodyOf({ ...epos, password: 'wrong' }, READS)),
    /could not read the order .*answered 401/,
  ],
  [
    'nobody who listens',
    async (epos) => {
      await epos.close()
    },
    /could not read the order .*got no answer: connection refused; nothing listens there/,
  ],
]

for (const [what, bring, line] of troubles) {
  t.test(`${what} is logged and makes Bookings forget nothing`, async (t) => {
    const started = await startSandbox(t)
    const epos = await startRegistered(t, started, READS)
    const id = epos.addOrder()
    await sendEvent(started, kinds[0]!, id)
    await bring(epos, started, id)
    t.equal(await sendEvent(started, kinds[0]!, id), 200)
    t.match(await logOf(started), line)
    t.match(knownTo(started, kinds[0]!, id), { id })
  })
}

for (const fault of ['errors-as-html', 'errors-without-type'] as const) {
  t.test(`a 404 says that it is gone, in whatever form it comes: ${fault}`, async (t) => {
    const started = await startSandbox(t)
    const epos = await startRegistered(t, started, READS)
    const id = epos.addOrder()
    await sendEvent(started, kinds[0]!, id)
    await faulty(fault)(epos, started, id)
    await sendEvent(started, kinds[0]!, id)
    t.equal(knownTo(started, kinds[0]!, id), undefined)
  })
}

t.test('after many events at once Bookings has the latest state of the EPOS', async (t) => {
  const started = await startSandbox(t)
  const epos = await startRegistered(t, started, READS)
  const ids = Array.from({ length: 20 }, () => epos.addOrder())
  await Promise.all([...ids, ...ids].map(async (id) => await sendEvent(started, kinds[0]!, id)))
  for (const id of ids.slice(10)) epos.orders.delete(id)
  await Promise.all(ids.map(async (id) => await sendEvent(started, kinds[0]!, id)))
  const { orders } = started.sandbox.simulation.account(started.key).bookings
  t.strictSame([...orders.keys()].sort(), ids.slice(0, 10).sort())
})

t.test('an event is answered at once with what was sent', async (t) => {
  const started = await startSandbox(t)
  let read = (): void => {}
  const reading = new Promise<void>((resolve) => {
    read = resolve
  })
  await startRegistered(t, started, READS, { onRequest: async () => await reading })
  const body = { eventType: 'OrderUpdated', event: { orderId: 'ord-1' } }
  const answer = await started.call('POST', '/epos/events', body)
  t.match(answer, { status: 200 })
  t.strictSame(answer.body, body)
  read()
  await started.sandbox.simulation.clock.idle()
})

t.test('an event needs no registration at all', async (t) => {
  const started = await startSandbox(t)
  t.equal(await sendEvent(started, kinds[0]!, 'ord-1'), 200)
  t.match(
    await logOf(started),
    /Event OrderUpdated ord-1\n.*not read: GetOrderById is not registered\n$/,
  )
})

const refused: unknown[] = [
  {},
  [],
  { eventType: 'OrderUpdated' },
  { event: { orderId: '1' } },
  { eventType: 'OrderCreated', event: { orderId: '1' } },
  { eventType: 'orderUpdated', event: { orderId: '1' } },
  { eventType: '', event: { orderId: '1' } },
  { eventType: null, event: { orderId: '1' } },
  { eventType: 'OrderUpdated', event: { partyId: '1' } },
  { eventType: 'PartyUpdated', event: { orderId: '1' } },
  { eventType: 'ReservationUpdated', event: { orderId: '1' } },
  { eventType: 'OrderUpdated', event: {} },
  { eventType: 'OrderUpdated', event: { orderId: '' } },
  { eventType: 'OrderUpdated', event: { orderId: 1 } },
  { eventType: 'OrderUpdated', event: { orderId: null } },
  { eventType: 'OrderUpdated', event: 'ord-1' },
  { eventType: 'OrderUpdated', event: { orderId: '1', partyId: '2' } },
  { eventType: '__proto__', event: { orderId: '1' } },
  { eventType: 'constructor', event: { orderId: '1' } },
]

t.test('an event without the id of its entity is refused', async (t) => {
  const started = await startSandbox(t)
  const epos = await startRegistered(t, started, READS)
  for (const body of refused) {
    t.equal((await started.call('POST', '/epos/events', body)).status, 400, JSON.stringify(body))
  }
  await started.sandbox.simulation.clock.idle()
  t.strictSame(epos.seen, [])
})

t.test('hostile ids are passed on unchanged', async (t) => {
  const started = await startSandbox(t)
  const epos = await startRegistered(t, started, READS)
  const ids = [
    'a/b',
    '../v1/areas',
    '%2e%2e',
    '?a=b',
    '#a',
    ' ',
    'é💳',
    '$&',
    '{orderId}',
    '__proto__',
    "'; DROP TABLE orders",
  ]
  for (const id of ids) {
    epos.addOrder({ id })
    t.equal(await sendEvent(started, kinds[0]!, id), 200, id)
    t.match(knownTo(started, kinds[0]!, id), { id }, `${id} is known`)
  }
  t.equal(
    await sendEvent(started, kinds[0]!, 'a'.repeat(100_000)),
    200,
    'one of no sensible length',
  )
})

t.test("the log is the account's own", async (t) => {
  const started = await startSandbox(t)
  await sendEvent(started, kinds[0]!, 'ord-1')
  const other = await started.call('GET', '/sandbox/log', undefined, {
    authorization: 'Basic sk_sandbox_other',
  })
  t.match(other, { status: 200, body: '' })
  t.equal(
    (await started.call('GET', '/sandbox/log', undefined, { authorization: undefined })).status,
    401,
  )
})
