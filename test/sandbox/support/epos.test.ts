// The EPOS in memory, with which others are tested: right in everything that the contract says,
// unless a fault is switched on, and then wrong in what the fault's name says.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  capabilityNames,
  type CapabilityName,
  type Input,
  type Output,
  type Schemas,
} from '../../../src/contract/capabilities.ts'
import { operations } from '../../../src/contract/document.ts'
import { compileComponent, compileSchema } from '../../../src/contract/validation.ts'
import {
  eposFaults,
  startEpos,
  type BuiltInFault,
  type EposOptions,
  type InMemoryEpos,
} from './epos.ts'

// --- Dojo's side

interface Reply<Body> {
  status: number
  type: string | null
  text: string
  body: Body & Partial<Schemas['EPOSError']>
}
interface Extra {
  headers?: Record<string, string>
  password?: string
  raw?: string
}
type Place = Pick<InMemoryEpos, 'url' | 'username' | 'password'>

const operationOf = new Map(operations.map((operation) => [operation.name, operation]))

async function call<Name extends CapabilityName>(
  place: Place,
  name: Name,
  input: Input<Name>,
  { headers, password = place.password, raw }: Extra = {},
): Promise<Reply<NonNullable<Output<Name>>>> {
  const { method, path, body } = operationOf.get(name)!
  const response = await fetch(
    place.url +
      path.replaceAll(/\{(\w+)\}/g, (_, id: string) =>
        encodeURIComponent((input as Record<string, string>)[id]!),
      ),
    {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${place.username}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: body === undefined ? undefined : (raw ?? JSON.stringify(input)),
    },
  )
  const text = await response.text()
  const type = response.headers.get('content-type')
  const isJson = text !== '' && type?.startsWith('application/json') === true
  return { status: response.status, type, text, body: isJson ? JSON.parse(text) : {} }
}

const gbp = (value: number): Schemas['Money'] => ({ value, currencyCode: 'GBP' })
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()
const hour = (hour: number): string => `2026-03-06T${hour}:00:00.000Z`

let made = 0
const newId = (): string => `dojo-${++made}`

const pay = async (
  epos: Place,
  orderId: string,
  value: number,
  more: Partial<Schemas['PaymentWithLockId']> = {},
  extra: Extra = {},
) =>
  await call(
    epos,
    'RecordOrderPaymentById',
    { orderId, paymentIntentId: newId(), paidAmount: gbp(value), ...more },
    extra,
  )
const lock = async (epos: Place, orderId: string, lockId: string, extra: Extra = {}) =>
  await call(epos, 'CreateOrderLock', { orderId, lockId, expiry: inSeconds(60) }, extra)
const unlock = async (epos: Place, orderId: string, lockId: string) =>
  await call(epos, 'DeleteOrderLock', { orderId, lockId })
const read = async (epos: Place, orderId: string): Promise<Schemas['Order']> =>
  (await call(epos, 'GetOrderById', { orderId })).body
const paidOf = async (epos: Place, orderId: string): Promise<number> =>
  (await read(epos, orderId)).paidAmount!.value
const foundBy = async (epos: Place, search: Input<'SearchOrders'>): Promise<string[]> =>
  (await call(epos, 'SearchOrders', search)).body.data!.map(({ id }) => id)

const orderRequest = (more: Partial<Input<'CreateOrder'>> = {}): Input<'CreateOrder'> => ({
  dojoOrderId: newId(),
  details: { orderType: 'DineIn', dineIn: { tableId: 'table-1' } },
  items: [{ name: 'Set menu', plu: '100', quantity: 1, amountPerItem: gbp(1000) }],
  totalAmount: gbp(1000),
  payments: [],
  ...more,
})
const partyRequest = (more: Partial<Input<'CreateParty'>> = {}): Input<'CreateParty'> => ({
  dojoPartyId: newId(),
  tableIds: ['table-1'],
  startTime: hour(19),
  ...more,
})
const reservationRequest = (
  more: Partial<Input<'CreateReservation'>> = {},
): Input<'CreateReservation'> => ({
  dojoReservationId: newId(),
  name: 'Ada',
  covers: 2,
  tableIds: ['table-1'],
  startTime: hour(19),
  endTime: hour(21),
  ...more,
})
const statusUpdated = (
  paymentIntentId: string,
  paymentStatus: string,
  createdAt = new Date().toISOString(),
): Schemas['Event'] => ({
  id: newId(),
  accountId: 'acc-1',
  event: 'payment_intent.status_updated',
  createdAt,
  data: { paymentIntentId, paymentStatus, captureMode: 'Auto' },
})

async function started(t: Test, options: EposOptions = {}): Promise<InMemoryEpos> {
  const epos = await startEpos(options)
  t.teardown(epos.close)
  return epos
}

// --- the right one

const isError = compileComponent('EPOSError')

t.test('a correct EPOS answers all operations as the contract says', async (t) => {
  const epos = await started(t)
  const walked = new Set<CapabilityName>()
  const step = async <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
  ): Promise<NonNullable<Output<Name>>> => {
    walked.add(name)
    const { status, text, body } = await call(epos, name, input)
    t.equal(status, 200, name)
    const { answer } = operationOf.get(name)!
    if (answer === undefined) {
      t.equal(text, '', `${name} answers without a body`)
    } else {
      const validate = compileSchema(answer)
      t.ok(validate(body), `${name} answers as the contract says`, {
        errors: validate.errors,
        body,
      })
    }
    return body
  }

  await step('ListAreas', {})
  const { data: tables } = await step('SearchTables', { areaId: 'area-garden' })
  const tableIds = [tables![0]!.id]
  const booking = reservationRequest({ tableIds })
  const { id: reservationId } = await step('CreateReservation', booking)
  await step('GetReservationById', { reservationId })
  await step('UpdateReservation', { ...booking, reservationId, covers: 3 })
  await step('SearchReservations', { tableId: tableIds[0]!, fromTime: hour(18), toTime: hour(22) })
  const seating = partyRequest({
    tableIds,
    reservationId,
    deposit: { totalAmount: gbp(500), paymentIntentIds: ['pi-deposit'] },
  })
  const { id: partyId } = await step('CreateParty', seating)
  await step('GetPartyById', { partyId })
  await step('UpdateParty', { ...seating, partyId, status: 'Main run' })
  await step('SearchParties', { tableId: tableIds[0]! })

  const { id: orderId } = await step(
    'CreateOrder',
    orderRequest({
      details: { orderType: 'DineIn', dineIn: { tableId: tableIds[0]!, partyId, reservationId } },
    }),
  )
  const { id: unwanted } = await step(
    'CreateOrder',
    orderRequest({ details: { orderType: 'Collection', collection: { asap: true } } }),
  )
  await step('CancelOrderById', { orderId: unwanted })
  t.same(await foundBy(epos, { payableOnly: true, dineIn: { partyId } }), [orderId])
  await step('SearchOrders', { cursor: { limit: 1 } })
  await step('CreateOrderLock', { orderId, lockId: 'lock-1', expiry: inSeconds(60) })
  await step('ExtendOrderLock', { orderId, lockId: 'lock-1', expiry: inSeconds(120) })
  await step('RecordOrderPaymentById', {
    orderId,
    lockId: 'lock-1',
    paymentIntentId: 'pi-1',
    paidAmount: gbp(400),
    tipsAmount: gbp(50),
  })
  const paid = await step('RecordOrderPaymentById', {
    orderId,
    lockId: 'lock-1',
    paymentIntentId: 'pi-2',
    paidAmount: gbp(600),
  })
  t.match(paid, {
    status: 'Finalized',
    payable: false,
    paidAmount: gbp(1000),
    tipsAmount: gbp(50),
    payments: [{ paymentIntentId: 'pi-1', tipsAmount: gbp(50) }, { paymentIntentId: 'pi-2' }],
  })
  await step('GetOrderBillById', { orderId })
  await step('DeleteOrderLock', { orderId, lockId: 'lock-1' })
  await step('HandleEvent', statusUpdated('pi-1', 'Reversed'))
  const reopened = await step('GetOrderById', { orderId })
  t.match(reopened, { status: 'New', payable: true, paidAmount: gbp(600), tipsAmount: gbp(0) })
  t.same(
    reopened.payments!.map(({ paymentIntentId }) => paymentIntentId),
    ['pi-2'],
  )
  await step('DeletePartyById', { partyId })
  await step('DeleteReservationById', { reservationId })
  t.same([...walked].sort(), [...capabilityNames].sort(), 'all operations were called')
})

t.test('a correct EPOS refuses', async (t) => {
  const epos = await started(t)
  const orderId = epos.addOrder({ totalMinor: 1000 })
  const canceled = epos.addOrder()
  await call(epos, 'CancelOrderById', { orderId: canceled })
  const party = partyRequest()
  const { id: partyId } = (await call(epos, 'CreateParty', party)).body
  await lock(epos, orderId, 'lock-1')
  const refusals: Array<{
    name: string
    reply: Promise<Reply<unknown>>
    status: number
    errorType: Schemas['EPOSErrorType']
  }> = [
    {
      name: 'a missing field',
      reply: call(epos, 'CreateOrder', orderRequest({ dojoOrderId: undefined })),
      status: 400,
      errorType: 'InvalidRequest',
    },
    {
      name: 'an amount that is none',
      reply: pay(epos, orderId, 12.5),
      status: 400,
      errorType: 'InvalidRequest',
    },
    {
      name: 'a body that is no object',
      reply: call(epos, 'SearchOrders', {}, { raw: '[]' }),
      status: 400,
      errorType: 'InvalidRequest',
    },
    {
      name: 'no body',
      reply: call(epos, 'SearchOrders', {}, { raw: '' }),
      status: 400,
      errorType: 'InvalidRequest',
    },
    {
      name: 'a cursor that it never gave',
      reply: call(epos, 'SearchOrders', { cursor: { after: 'x' } }),
      status: 400,
      errorType: 'InvalidRequest',
    },
    {
      name: 'a page of more than 100',
      reply: call(epos, 'SearchOrders', { cursor: { limit: 101 } }),
      status: 400,
      errorType: 'InvalidRequest',
    },
    {
      name: 'a time without its offset',
      reply: call(epos, 'SearchReservations', { fromTime: '2026-03-06T19:00:00' }),
      status: 400,
      errorType: 'InvalidRequest',
    },
    {
      name: 'a lock that has expired already',
      reply: call(epos, 'CreateOrderLock', { orderId, lockId: 'lock-2', expiry: inSeconds(-1) }),
      status: 400,
      errorType: 'InvalidRequest',
    },
    {
      name: 'a table that is not there',
      reply: call(epos, 'CreateParty', partyRequest({ tableIds: ['table-99'] })),
      status: 400,
      errorType: 'InvalidRequest',
    },
    {
      name: 'a reservation that is not there',
      reply: call(epos, 'GetReservationById', { reservationId: 'nobody' }),
      status: 404,
      errorType: 'NotFound',
    },
    {
      name: 'an extension of a lock that never was',
      reply: call(epos, 'ExtendOrderLock', {
        orderId: epos.addOrder(),
        lockId: 'lock-9',
        expiry: inSeconds(9),
      }),
      status: 404,
      errorType: 'NotFound',
    },
    {
      name: 'a payment without the lock',
      reply: pay(epos, orderId, 100),
      status: 409,
      errorType: 'Conflict',
    },
    {
      name: 'to cancel what is locked',
      reply: call(epos, 'CancelOrderById', { orderId }),
      status: 409,
      errorType: 'Conflict',
    },
    {
      name: 'a lock on what is canceled',
      reply: lock(epos, canceled, 'lock-3'),
      status: 409,
      errorType: 'Conflict',
    },
    {
      name: 'the same party with other content',
      reply: call(epos, 'CreateParty', { ...party, covers: 9 }),
      status: 409,
      errorType: 'Conflict',
    },
    {
      name: "another party's dojoPartyId",
      reply: call(epos, 'UpdateParty', { ...partyRequest(), partyId, status: 'Seated' }),
      status: 409,
      errorType: 'Conflict',
    },
    {
      name: 'payments above the total',
      reply: call(
        epos,
        'CreateOrder',
        orderRequest({ payments: [{ paymentIntentId: newId(), paidAmount: gbp(1001) }] }),
      ),
      status: 409,
      errorType: 'Conflict',
    },
  ]
  for (const { name, reply, status, errorType } of refusals) {
    const { status: found, body } = await reply
    t.match({ status: found, body }, { status, body: { errorType } }, name)
    t.ok(isError(body), `${name}: in the contract's error body`)
  }
  const unknown = await fetch(`${epos.url}/v1/nothing`, {
    headers: { authorization: `Basic ${Buffer.from('dojo:secret').toString('base64')}` },
  })
  t.equal(unknown.status, 404)
})

t.test('a correct EPOS allows', async (t) => {
  const epos = await started(t)
  const orderId = epos.addOrder({ totalMinor: 1000 })
  await lock(epos, orderId, 'lock-1', { headers: { 'device-id': 'tm_bar' } })
  t.equal(
    (await pay(epos, orderId, 100, {}, { headers: { 'device-id': 'tm_bar' } })).status,
    200,
    'a payment from the device that locked the order',
  )
  t.equal((await lock(epos, orderId, 'lock-1')).status, 200, 'the same lock again')
  await unlock(epos, orderId, 'lock-1')
  t.equal((await lock(epos, orderId, 'lock-1')).status, 200, 'a released lock once more')

  const inAdvance = orderRequest({
    payments: [{ paymentIntentId: newId(), paidAmount: gbp(1000) }],
  })
  const { body } = await call(epos, 'CreateOrder', inAdvance)
  t.match(
    body,
    { status: 'Accepted', payable: false, paidAmount: gbp(1000) },
    'an order that is paid in advance',
  )
  t.equal((await call(epos, 'CreateOrder', inAdvance)).body.id, body.id)
})

t.test('pages lead forward and back', async (t) => {
  const epos = await started(t)
  const ids = Array.from({ length: 5 }, () => epos.addOrder()).reverse()
  const page = async (cursor: Schemas['Cursor']) =>
    (await call(epos, 'SearchOrders', { cursor: { limit: 2, ...cursor } })).body
  const shown = ({ data }: Schemas['PagedOrdersResponse']): string[] => data!.map(({ id }) => id)
  const first = await page({})
  const second = await page({ after: first.after! })
  const third = await page({ after: second.after! })
  t.same([first, second, third].flatMap(shown), ids)
  t.same([first.before, third.after], [undefined, undefined])
  t.same(shown(await page({ before: third.before! })), ids.slice(2, 4))
  epos.orders.delete(ids[4]!)
  const empty = await page({ after: second.after! })
  t.same(shown(empty), [])
  t.same(shown(await page({ before: empty.before! })), ids.slice(2, 4), 'an empty page leads back')
})

t.test('tests can read and change its state', async (t) => {
  const asked: CapabilityName[] = []
  const epos = await started(t, {
    username: 'red',
    password: 'lion',
    venue: { currency: 'EUR', capabilities: ['GetOrderById', 'SearchOrders'] },
    onRequest: ({ capability }) => {
      asked.push(capability)
    },
  })
  const orderId = epos.addOrder({
    id: 'mine',
    totalMinor: 1234,
    tableId: 'table-2',
    waiterId: 'w7',
    displayName: 'By the window',
  })
  t.equal(orderId, 'mine')
  const order = await read(epos, orderId)
  t.match(order, {
    displayName: 'By the window',
    details: { dineIn: { tableId: 'table-2', waiterId: 'w7' } },
    totalAmount: { value: 1234, currencyCode: 'EUR' },
    payable: true,
  })
  t.equal(
    order.items!.reduce(
      (sum, { quantity, amountPerItem }) => sum + quantity * amountPerItem.value,
      0,
    ),
    1234,
    'the items add up',
  )
  epos.orders.get(orderId)!.totalMinor = 2000
  t.equal((await read(epos, orderId)).totalAmount!.value, 2000)
  t.equal((await call(epos, 'ListAreas', {})).status, 404, 'what is not registered is not there')
  await call(epos, 'SearchOrders', { payableOnly: true }, { headers: { 'waiter-id': 'w7' } })
  t.same(asked, ['GetOrderById', 'GetOrderById', 'SearchOrders'])
  t.match(epos.seen.at(-1), {
    capability: 'SearchOrders',
    headers: { 'waiter-id': 'w7' },
    body: { payableOnly: true },
  })
  const oldest = epos.seen[0]!
  epos.seen.push(...Array.from({ length: 1000 }, () => oldest))
  await read(epos, orderId)
  t.equal(epos.seen.length, 1000, 'no more than a thousand requests pile up')
})

t.test('it runs in its own process', async (t) => {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'epos.ts'), '--serve', '--orders', '3'],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  )
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string]
  const { orderIds, ...place } = JSON.parse(line) as Place & { orderIds: string[] }
  t.equal(orderIds.length, 3)
  t.ok((await read(place, orderIds[0]!)).totalAmount!.value > 1_000_000)
  child.disconnect()
  t.same(await once(child, 'exit'), [0, null], 'it ends with its parent')
})

// --- the wrong ones

/** True when what the fault's name says is seen. */
type Probe = (epos: InMemoryEpos) => Promise<boolean>

const lockProbes = {
  'lock-lets-two-in': async (epos) => {
    const orderId = epos.addOrder()
    await lock(epos, orderId, 'one')
    return (await lock(epos, orderId, 'two')).status === 200
  },
  'parallel-locks-both-win': async (epos) => {
    const orderId = epos.addOrder()
    const replies = await Promise.all(
      ['one', 'two'].map(async (lockId) => await lock(epos, orderId, lockId)),
    )
    return replies.every(({ status }) => status === 200)
  },
  'same-lock-again-refused': async (epos) => {
    const orderId = epos.addOrder()
    await lock(epos, orderId, 'one')
    return (await lock(epos, orderId, 'one')).status !== 200
  },
  'lock-never-expires': async (epos) => {
    const orderId = epos.addOrder()
    await lock(epos, orderId, 'one')
    epos.orders.get(orderId)!.locks[0]!.expiresAtMs = Date.now() - 1
    return (await lock(epos, orderId, 'two')).status === 409
  },
  'unlock-by-anyone': async (epos) => {
    const orderId = epos.addOrder()
    await lock(epos, orderId, 'one')
    await unlock(epos, orderId, 'two')
    return (await lock(epos, orderId, 'two')).status === 200
  },
  'unlock-twice-is-404': async (epos) => {
    const orderId = epos.addOrder()
    await lock(epos, orderId, 'one')
    await unlock(epos, orderId, 'one')
    return (await unlock(epos, orderId, 'one')).status === 404
  },
  'extend-of-anyone': async (epos) => {
    const orderId = epos.addOrder()
    await lock(epos, orderId, 'one')
    return (
      (await call(epos, 'ExtendOrderLock', { orderId, lockId: 'two', expiry: inSeconds(99) }))
        .status === 200
    )
  },
  'extend-ignored': async (epos) => {
    const orderId = epos.addOrder()
    await lock(epos, orderId, 'one')
    const expiry = inSeconds(99)
    await call(epos, 'ExtendOrderLock', { orderId, lockId: 'one', expiry })
    return epos.orders.get(orderId)!.locks[0]!.expiresAtMs !== Date.parse(expiry)
  },
  'payment-under-anothers-lock': async (epos) => {
    const orderId = epos.addOrder()
    await lock(epos, orderId, 'one')
    const replies = [await pay(epos, orderId, 10), await pay(epos, orderId, 10, { lockId: 'two' })]
    return replies.every(({ status }) => status === 200)
  },
  'get-refused-under-lock': async (epos) => {
    const orderId = epos.addOrder()
    await lock(epos, orderId, 'one')
    return (await call(epos, 'GetOrderById', { orderId })).status === 409
  },
} satisfies Partial<Record<BuiltInFault, Probe>>

const paymentProbes = {
  'payment-counted-twice': async (epos) => {
    const orderId = epos.addOrder()
    for (let time = 0; time < 2; time++) await pay(epos, orderId, 100, { paymentIntentId: 'pi-1' })
    return (await paidOf(epos, orderId)) === 200
  },
  'parallel-repetition-counted-twice': async (epos) => {
    const orderId = epos.addOrder()
    await Promise.all(
      [1, 2].map(async () => await pay(epos, orderId, 100, { paymentIntentId: 'pi-1' })),
    )
    return (await paidOf(epos, orderId)) === 200
  },
  'repeated-payment-refused': async (epos) => {
    const orderId = epos.addOrder()
    await pay(epos, orderId, 100, { paymentIntentId: 'pi-1' })
    return (await pay(epos, orderId, 100, { paymentIntentId: 'pi-1' })).status === 409
  },
  'parallel-payments-overpay': async (epos) => {
    const orderId = epos.addOrder({ totalMinor: 1000 })
    await Promise.all([1, 2, 3].map(async () => await pay(epos, orderId, 600)))
    return (await paidOf(epos, orderId)) > 1000
  },
  'overpayment-accepted': async (epos) =>
    (await pay(epos, epos.addOrder({ totalMinor: 1000 }), 1001)).status === 200,
  'other-currency-accepted': async (epos) =>
    (await pay(epos, epos.addOrder(), 0, { paidAmount: { value: 100, currencyCode: 'EUR' } }))
      .status === 200,
  'payment-on-canceled-order-accepted': async (epos) => {
    const orderId = epos.addOrder()
    await call(epos, 'CancelOrderById', { orderId })
    return (await pay(epos, orderId, 100)).status === 200
  },
  'intent-on-two-orders': async (epos) => {
    await pay(epos, epos.addOrder(), 100, { paymentIntentId: 'pi-1' })
    return (await pay(epos, epos.addOrder(), 100, { paymentIntentId: 'pi-1' })).status === 200
  },
  'intent-with-other-amount-accepted': async (epos) => {
    const orderId = epos.addOrder()
    await pay(epos, orderId, 100, { paymentIntentId: 'pi-1' })
    return (await pay(epos, orderId, 200, { paymentIntentId: 'pi-1' })).status === 200
  },
  'payment-lost': async (epos) => {
    const orderId = epos.addOrder()
    return (
      (await pay(epos, orderId, 100)).body.paidAmount?.value === 100 &&
      (await paidOf(epos, orderId)) === 0
    )
  },
  'tips-counted-as-paid': async (epos) => {
    const orderId = epos.addOrder()
    await pay(epos, orderId, 100, { tipsAmount: gbp(10) })
    return (await paidOf(epos, orderId)) === 110
  },
  'tips-not-kept': async (epos) => {
    const { tipsAmount, payments } = (
      await pay(epos, epos.addOrder(), 100, { tipsAmount: gbp(10) })
    ).body
    return tipsAmount!.value === 0 && payments![0]!.tipsAmount === undefined
  },
  'payments-not-listed': async (epos) =>
    (await pay(epos, epos.addOrder(), 100)).body.payments!.length === 0,
  'stale-balance': async (epos) => {
    const orderId = epos.addOrder()
    await pay(epos, orderId, 100)
    return (
      (await pay(epos, orderId, 20)).body.paidAmount!.value === 120 &&
      (await paidOf(epos, orderId)) === 100
    )
  },
  'stale-answer': async (epos) => {
    const orderId = epos.addOrder()
    return (
      (await pay(epos, orderId, 100)).body.paidAmount!.value === 0 &&
      (await paidOf(epos, orderId)) === 100
    )
  },
  'stays-payable-when-paid': async (epos) => {
    const { payable, status } = (await pay(epos, epos.addOrder({ totalMinor: 1000 }), 1000)).body
    return payable === true && status === 'Finalized'
  },
  'stays-open-when-paid': async (epos) => {
    const { payable, status } = (await pay(epos, epos.addOrder({ totalMinor: 1000 }), 1000)).body
    return payable === false && status === 'Accepted'
  },
} satisfies Partial<Record<BuiltInFault, Probe>>

const orderProbes = {
  'create-order-twice-makes-two': async (epos) => {
    const order = orderRequest()
    const ids = [
      await call(epos, 'CreateOrder', order),
      await call(epos, 'CreateOrder', order),
    ].map(({ body }) => body.id)
    return ids[0] !== ids[1] && epos.orders.size === 2
  },
  'cancel-of-paid-order-accepted': async (epos) => {
    const orderId = epos.addOrder({ totalMinor: 1000 })
    await pay(epos, orderId, 1000)
    return (await call(epos, 'CancelOrderById', { orderId })).status === 200
  },
  'payable-only-ignored': async (epos) => {
    const orderId = epos.addOrder({ totalMinor: 1000 })
    await pay(epos, orderId, 1000)
    return (await foundBy(epos, { payableOnly: true })).includes(orderId)
  },
  'table-filter-ignored': async (epos) => {
    const orderId = epos.addOrder({ tableId: 'table-1' })
    return (await foundBy(epos, { dineIn: { tableId: 'table-2' } })).includes(orderId)
  },
  'waiter-filter-ignored': async (epos) => {
    const orderId = epos.addOrder({ waiterId: 'w1' })
    return (await foundBy(epos, { dineIn: { waiterId: 'w2' } })).includes(orderId)
  },
  'wrong-shape': async (epos) =>
    ((await read(epos, epos.addOrder({ totalMinor: 1250 }))).totalAmount as unknown) === 12.5,
  'status-missing': async (epos) => !('status' in (await read(epos, epos.addOrder()))),
  'amounts-in-pounds': async (epos) =>
    (await read(epos, epos.addOrder({ totalMinor: 1250 }))).totalAmount!.value === 12.5,
  'bill-without-items': async (epos) =>
    (await call(epos, 'GetOrderBillById', { orderId: epos.addOrder() })).body.order.items!
      .length === 0,
  'bill-of-another-order': async (epos) => {
    epos.addOrder()
    const orderId = epos.addOrder()
    return (await call(epos, 'GetOrderBillById', { orderId })).body.order.id !== orderId
  },
  'pages-skip-under-change': async (epos) => {
    for (let count = 0; count < 4; count++) epos.addOrder()
    const first = (await call(epos, 'SearchOrders', { cursor: { limit: 2 } })).body
    epos.addOrder()
    const second = (await call(epos, 'SearchOrders', { cursor: { limit: 2, after: first.after! } }))
      .body
    return second.data!.some(({ id }) => first.data!.some((seen) => seen.id === id))
  },
  'page-limit-ignored': async (epos) => {
    for (let count = 0; count < 3; count++) epos.addOrder()
    return (await call(epos, 'SearchOrders', { cursor: { limit: 2 } })).body.data!.length === 3
  },
} satisfies Partial<Record<BuiltInFault, Probe>>

const eventProbes = {
  'reversal-ignored': async (epos) => {
    const orderId = epos.addOrder()
    await pay(epos, orderId, 100, { paymentIntentId: 'pi-1' })
    await call(epos, 'HandleEvent', statusUpdated('pi-1', 'Reversed'))
    return (await paidOf(epos, orderId)) === 100
  },
  'reversal-twice-breaks': async (epos) => {
    const event = statusUpdated('pi-1', 'Reversed')
    const statuses = [
      await call(epos, 'HandleEvent', event),
      await call(epos, 'HandleEvent', event),
    ].map(({ status }) => status)
    return statuses[0] === 200 && statuses[1] === 500
  },
  'late-event-wins': async (epos) => {
    const orderId = epos.addOrder()
    await pay(epos, orderId, 100, { paymentIntentId: 'pi-1' })
    await call(epos, 'HandleEvent', statusUpdated('pi-1', 'Captured'))
    await call(epos, 'HandleEvent', statusUpdated('pi-1', 'Canceled', hour(19)))
    return (await paidOf(epos, orderId)) === 0
  },
  'unknown-event-refused': async (epos) =>
    (
      await call(epos, 'HandleEvent', {
        ...statusUpdated('pi-1', 'Captured'),
        event: 'terminal.restarted',
        data: {},
      })
    ).status !== 200,
} satisfies Partial<Record<BuiltInFault, Probe>>

const visitProbes = {
  'tables-without-page': async (epos) => Array.isArray((await call(epos, 'SearchTables', {})).body),
  'area-filter-ignored': async (epos) =>
    (await call(epos, 'SearchTables', { areaId: 'area-bar' })).body.data!.some(
      ({ areaId }) => areaId !== 'area-bar',
    ),
  'create-party-twice-makes-two': async (epos) => {
    const party = partyRequest()
    for (let time = 0; time < 2; time++) await call(epos, 'CreateParty', party)
    return epos.parties.size === 2
  },
  'party-update-merges': async (epos) => {
    const party = partyRequest({ name: 'Ada' })
    const { id: partyId } = (await call(epos, 'CreateParty', party)).body
    return (
      (await call(epos, 'UpdateParty', { ...party, name: undefined, status: 'Seated', partyId }))
        .body.name === 'Ada'
    )
  },
  'party-deleted-still-found': async (epos) => {
    const { id: partyId } = (await call(epos, 'CreateParty', partyRequest())).body
    const { status } = await call(epos, 'DeletePartyById', { partyId })
    return status === 200 && (await call(epos, 'GetPartyById', { partyId })).status === 200
  },
  'party-table-filter-ignored': async (epos) => {
    await call(epos, 'CreateParty', partyRequest())
    return (await call(epos, 'SearchParties', { tableId: 'table-2' })).body.data!.length === 1
  },
  'completed-parties-in-default-search': async (epos) => {
    const party = partyRequest()
    const { id: partyId } = (await call(epos, 'CreateParty', party)).body
    await call(epos, 'UpdateParty', { ...party, partyId, status: 'Gone', endTime: hour(21) })
    return (await call(epos, 'SearchParties', {})).body.data!.length === 1
  },
  'create-reservation-twice-makes-two': async (epos) => {
    const reservation = reservationRequest()
    for (let time = 0; time < 2; time++) await call(epos, 'CreateReservation', reservation)
    return epos.reservations.size === 2
  },
  'reservation-update-lost': async (epos) => {
    const reservation = reservationRequest()
    const { id: reservationId } = (await call(epos, 'CreateReservation', reservation)).body
    const updated = (
      await call(epos, 'UpdateReservation', { ...reservation, reservationId, covers: 7 })
    ).body
    return (
      updated.covers === 7 &&
      (await call(epos, 'GetReservationById', { reservationId })).body.covers === 2
    )
  },
  'reservation-deleted-still-found': async (epos) => {
    const { id: reservationId } = (await call(epos, 'CreateReservation', reservationRequest())).body
    const { status } = await call(epos, 'DeleteReservationById', { reservationId })
    return (
      status === 200 && (await call(epos, 'GetReservationById', { reservationId })).status === 200
    )
  },
  'reservation-table-filter-ignored': async (epos) => {
    await call(epos, 'CreateReservation', reservationRequest())
    return (await call(epos, 'SearchReservations', { tableId: 'table-2' })).body.data!.length === 1
  },
  'reservation-times-ignored': async (epos) => {
    await call(epos, 'CreateReservation', reservationRequest())
    const found = [
      await call(epos, 'SearchReservations', { fromTime: hour(22) }),
      await call(epos, 'SearchReservations', { toTime: hour(18) }),
    ]
    return found.every(({ body }) => body.data!.length === 1)
  },
} satisfies Partial<Record<BuiltInFault, Probe>>

const transportProbes = {
  'unknown-order-is-500': async (epos) =>
    (await call(epos, 'GetOrderById', { orderId: 'nobody' })).status === 500,
  'unknown-order-is-empty-200': async (epos) => {
    const { status, text } = await call(epos, 'GetOrderById', { orderId: 'nobody' })
    return status === 200 && text === '{}'
  },
  'conflicts-are-400': async (epos) =>
    (await pay(epos, epos.addOrder({ totalMinor: 1000 }), 1001)).status === 400,
  'errors-are-200': async (epos) => {
    const { status, body } = await call(epos, 'GetOrderById', { orderId: 'nobody' })
    return status === 200 && body.errorType === 'NotFound'
  },
  'errors-as-html': async (epos) => {
    const { status, type } = await call(epos, 'GetOrderById', { orderId: 'nobody' })
    return status === 404 && type!.startsWith('text/html')
  },
  'errors-without-type': async (epos) =>
    !('errorType' in (await call(epos, 'GetOrderById', { orderId: 'nobody' })).body),
  'bad-json-is-500': async (epos) =>
    (await call(epos, 'SearchOrders', {}, { raw: '{"payableOnly":' })).status === 500,
  'open-door': async (epos) =>
    (await call(epos, 'ListAreas', {}, { password: 'wrong' })).status !== 401,
  'unauthorized-without-body': async (epos) => {
    const { status, text } = await call(epos, 'ListAreas', {}, { password: 'wrong' })
    return status === 401 && text === ''
  },
  slow: async (epos) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      let isAnswered = false
      const reply = read(epos, epos.addOrder()).then(() => {
        isAnswered = true
      })
      while (epos.seen.length === 0) await setImmediate()
      mock.timers.tick(2999)
      if (epos.faults.has('slow')) for (let turn = 0; turn < 20; turn++) await setImmediate()
      else await reply
      const wasLate = !isAnswered
      mock.timers.tick(1)
      await reply
      return wasLate
    } finally {
      mock.timers.reset()
    }
  },
} satisfies Partial<Record<BuiltInFault, Probe>>

const probes: Record<BuiltInFault, Probe> = {
  ...lockProbes,
  ...paymentProbes,
  ...orderProbes,
  ...eventProbes,
  ...visitProbes,
  ...transportProbes,
}

t.test('each fault does what its name says, and a correct EPOS has none', async (t) => {
  for (const fault of eposFaults) {
    const right = await startEpos()
    const wrong = await startEpos({ faults: [fault] })
    t.equal(await probes[fault](right), false, `${fault}: not of the right one`)
    t.equal(await probes[fault](wrong), true, fault)
    await Promise.all([right.close(), wrong.close()])
  }
})
