// Every capability through the core that all transports share, without HTTP: what production boots,
// called by name.
import t, { type Test } from 'tap'
import {
  capabilityNames,
  type CapabilityName,
  type Input,
} from '../../src/contract/capabilities.ts'
import { operations } from '../../src/contract/document.ts'
import { compileSchema } from '../../src/contract/validation.ts'
import type { Deps, Handlers } from '../../src/dojo/capabilities/handler.ts'
import { createUnknownFieldLog } from '../../src/dojo/capabilities/unknown-fields.ts'
import {
  createDispatch,
  type Call,
  type CallError,
  type Dispatched,
} from '../../src/dojo/dispatch.ts'
import type { VenueCaller } from '../../src/domain/caller.ts'
import { conflict, Unavailable } from '../../src/domain/errors.ts'
import { limits } from '../../src/limits.ts'
import { findCredential } from '../../src/store/venue/credentials.ts'
import { gbp, inSeconds, newTables, orderRequest } from '../support/orders.ts'
import { startServer, type TestServer, type TestServerOptions } from '../support/server.ts'
import { memoryLog, NINE, partyRequest, reservationRequest, SEVEN } from '../support/visits.ts'

const TRACE_ID = 'b'.repeat(32)
const answers = new Map(
  operations.map(({ name, answer }) => [name, answer && compileSchema(answer)]),
)

interface Core {
  server: TestServer
  caller: VenueCaller
  dispatch: (name: CapabilityName, input: unknown, as?: VenueCaller) => Promise<Dispatched<any>>
  /** Fails the test unless the call succeeds with an answer of the contract. */
  succeeds: <Name extends CapabilityName>(t: Test, name: Name, input: Input<Name>) => Promise<any>
}

async function startCore(t: Test, options: TestServerOptions = {}): Promise<Core> {
  const server = await startServer(t, options)
  const { venue } = (await findCredential(server.store.database, server.venue.username))!
  const caller = { ...venue, waiterId: '42', product: 'PayAtTable', deviceId: 'tm_7' }
  const dispatch: Core['dispatch'] = async (name, input, as = caller) =>
    await server.dispatch(name, as, input, { transport: 'socket', traceId: TRACE_ID })
  return {
    server,
    caller,
    dispatch,
    succeeds: async (t, name, input) => {
      const { output, error, call } = await dispatch(name, input)
      t.equal(error, undefined, name)
      t.same(call.served, { api: 'dojo', name })
      const fits = answers.get(name)
      if (fits === undefined) t.same(output ?? {}, {}, `${name} answers nothing`)
      // As it travels: fields that are undefined are none.
      else t.ok(fits(JSON.parse(JSON.stringify(output))), name, { errors: fits.errors, output })
      return output
    },
  }
}

t.test('all 22 capabilities answer without HTTP', async (t) => {
  const { server, succeeds: call } = await startCore(t)
  const [table, other] = (await newTables(server, server.venue, ['Table 1', 'Table 2'])) as [
    string,
    string,
  ]
  const called = new Set<CapabilityName>()
  const succeeds: typeof call = async (t, name, input) => {
    called.add(name)
    return await call(t, name, input)
  }

  const order = await succeeds(t, 'CreateOrder', orderRequest(1000))
  const orderId: string = order.id
  t.match(await succeeds(t, 'SearchOrders', {}), { data: [{ id: orderId }] })
  t.match(await succeeds(t, 'GetOrderById', { orderId }), { totalAmount: gbp(1000) })
  await succeeds(t, 'GetOrderBillById', { orderId })
  const lock = { orderId, lockId: 'lock-1' }
  await succeeds(t, 'CreateOrderLock', { ...lock, expiry: inSeconds(60) })
  await succeeds(t, 'ExtendOrderLock', { ...lock, expiry: inSeconds(90) })
  await succeeds(t, 'DeleteOrderLock', lock)
  const payment = { orderId, paymentIntentId: 'pi_1', paidAmount: gbp(400) }
  t.match(await succeeds(t, 'RecordOrderPaymentById', payment), { paidAmount: gbp(400) })
  const unpaid = await succeeds(t, 'CreateOrder', orderRequest(500))
  await succeeds(t, 'CancelOrderById', { orderId: unpaid.id })

  const party = partyRequest([table])
  const { id: partyId } = await succeeds(t, 'CreateParty', party)
  await succeeds(t, 'GetPartyById', { partyId })
  t.match(await succeeds(t, 'SearchParties', {}), { data: [{ id: partyId }] })
  await succeeds(t, 'UpdateParty', { ...party, partyId, status: 'Left', endTime: NINE })
  await succeeds(t, 'DeletePartyById', { partyId })

  const reservation = reservationRequest([other])
  const { id: reservationId } = await succeeds(t, 'CreateReservation', reservation)
  await succeeds(t, 'GetReservationById', { reservationId })
  await succeeds(t, 'UpdateReservation', { ...reservation, reservationId, covers: 3 })
  t.match(await succeeds(t, 'SearchReservations', {}), { data: [{ id: reservationId }] })
  await succeeds(t, 'DeleteReservationById', { reservationId })

  t.match(await succeeds(t, 'SearchTables', {}), { data: [{ id: table }, { id: other }] })
  await succeeds(t, 'ListAreas', {})
  await succeeds(t, 'HandleEvent', {
    id: 'evt_1',
    accountId: 'acc_1',
    event: 'something.new',
    createdAt: SEVEN,
    data: {},
  })
  t.strictSame([...called].sort(), capabilityNames.toSorted())
})

t.test('errors are the contract’s, with what a transport needs', async (t) => {
  const log = memoryLog()
  const { dispatch } = await startCore(t, {
    overrides: {
      logger: log.logger,
      handlers: {
        ListAreas: async () => {
          throw new Error('a bug')
        },
        SearchTables: async () => {
          throw new Unavailable('no database')
        },
      },
    },
  })
  const failing = async (name: CapabilityName, input: unknown): Promise<CallError> => {
    const { call, output, error } = await dispatch(name, input)
    t.equal(output, undefined)
    t.match(call.fault, { reason: error!.reason })
    t.equal(error!.traceId, TRACE_ID)
    return error!
  }

  t.match(await failing('GetOrderById', { orderId: 'ord_none' }), {
    errorType: 'NotFound',
    reason: 'not-found',
    debugMessage: 'There is no order with the id ord_none in this venue.',
  })
  const { dojoOrderId: _, ...incomplete } = orderRequest(1000)
  t.match(await failing('CreateOrder', incomplete), {
    errorType: 'InvalidRequest',
    reason: 'schema',
    debugMessage: 'The field dojoOrderId is missing.',
  })
  for (const [input, message] of [
    [null, 'The request body must be an object, not null.'],
    [[], 'The request body must be an object, not an array.'],
    ['text', 'The request body must be an object, not a string.'],
  ] as const) {
    t.match(await failing('CreateOrder', input), { debugMessage: message })
  }
  for (const input of [null, {}, { orderId: 7 }]) {
    t.match(await failing('GetOrderById', input), {
      errorType: 'InvalidRequest',
      debugMessage: 'The field orderId must be a string.',
    })
  }
  t.match(await failing('GetOrderById', { orderId: 'a\0b' }), { errorType: 'InvalidRequest' })

  log.clear()
  t.match(await failing('ListAreas', {}), { errorType: 'UnexpectedError', reason: 'bug' })
  t.match(
    log.lines(),
    [{ traceId: TRACE_ID, msg: 'unexpected error', error: { message: 'a bug' } }],
    'a bug is logged whole',
  )
  t.match(await failing('SearchTables', {}), {
    errorType: 'UnexpectedError',
    reason: 'unavailable',
    retryAfterSeconds: 1,
  })
})

t.test('a call says what log and metrics are to see', async (t) => {
  const { server, dispatch, caller } = await startCore(t)
  const { output: order } = await dispatch('CreateOrder', orderRequest(1000))
  const record = async (input: object): Promise<Call> =>
    (await dispatch('RecordOrderPaymentById', input)).call
  const payment = { orderId: order.id, paymentIntentId: 'pi_1', paidAmount: gbp(400) }

  const call = await record(payment)
  t.match(call, {
    served: { api: 'dojo', name: 'RecordOrderPaymentById' },
    transport: 'socket',
    traceId: TRACE_ID,
    caller: { locationId: server.venue.locationId, waiterId: '42', deviceId: 'tm_7' },
    payment: { orderId: order.id, paymentIntentId: 'pi_1' },
    fault: undefined,
  })
  t.equal(call.caller, caller)
  t.ok(call.durationMs > 0)
  t.match(
    (await record({ ...payment, paidAmount: 'all' })).payment,
    { orderId: order.id, paymentIntentId: 'pi_1' },
    'a payment is named even when it is refused',
  )
  t.match((await record({ orderId: 7, paymentIntentId: {} })).payment, {
    orderId: undefined,
    paymentIntentId: undefined,
  })
  t.equal((await dispatch('GetOrderById', { orderId: order.id })).call.payment, undefined)
})

t.test('a field that the contract does not have is logged once', async (t) => {
  const log = memoryLog()
  const { dispatch } = await startCore(t, { overrides: { logger: log.logger } })
  const { output: order } = await dispatch('CreateOrder', orderRequest(1000))
  log.clear()
  const logged = async (name: CapabilityName, input: object): Promise<unknown[]> => {
    t.equal((await dispatch(name, input)).error, undefined)
    const lines = log.lines().filter((line) => 'field' in line)
    log.clear()
    return lines.map(({ capability, field }) => `${String(capability)} ${String(field)}`)
  }
  const lock = { orderId: order.id, lockId: 'lock-1', expiry: inSeconds(60), waiterId: '42' }
  t.strictSame(await logged('CreateOrderLock', lock), ['CreateOrderLock waiterId'])
  t.strictSame(await logged('CreateOrderLock', { ...lock, waiterId: '7' }), [], 'and once only')
  const items = [
    { name: 'A', plu: '1', quantity: 1, amountPerItem: gbp(500), colour: 'red' },
    { name: 'B', plu: '2', quantity: 1, amountPerItem: gbp(500), colour: 'blue' },
  ]
  t.strictSame(
    await logged('CreateOrder', orderRequest(1000, { items } as object)),
    ['CreateOrder items[].colour'],
    'by its kind, and without its value',
  )
  t.strictSame(await logged('SearchOrders', { 'Ada Lovelace, 07700 900123': 1 }), [])
})

t.test('payments whose answer may not have reached Dojo are reported', async (t) => {
  const lost: [string, readonly string[]][] = []
  const caller = { locationId: 'loc_1', currency: 'GBP' } as VenueCaller
  const dispatch = createDispatch({
    deps: { store: { of: () => ({}) } } as unknown as Deps,
    handlers: {
      RecordOrderPaymentById: async (_deps: unknown, _caller: unknown, { orderId }: any) => {
        if (orderId === 'ord_bug') throw new Error('a bug')
        if (orderId === 'ord_paid') throw conflict('paid', 'It is paid.')
        return {}
      },
      CreateOrder: async () => ({}),
      GetOrderById: async () => ({}),
    } as unknown as Handlers,
    replyLost: (...payments) => {
      lost.push(payments)
    },
    unexpected: () => {},
  })
  const callOf = async (name: CapabilityName, input: object): Promise<Call> =>
    (await dispatch(name, caller, input, { transport: 'socket', traceId: TRACE_ID })).call
  const reported = (work: () => void): typeof lost => {
    work()
    return lost.splice(0)
  }
  const payment = { paymentIntentId: 'pi_1', paidAmount: gbp(400) }

  const call = await callOf('RecordOrderPaymentById', { orderId: 'ord_1', ...payment })
  t.strictSame(call.paymentIntentIds, ['pi_1'])
  t.strictSame(reported(call.answered), [], 'an answer that was sent')
  t.strictSame(reported(call.lost), [['loc_1', ['pi_1']]], 'one that was not')

  const bug = await callOf('RecordOrderPaymentById', { orderId: 'ord_bug', ...payment })
  t.strictSame(reported(bug.answered), [['loc_1', ['pi_1']]], 'a failure is no answer to Dojo')
  const refused = await callOf('RecordOrderPaymentById', { orderId: 'ord_paid', ...payment })
  t.strictSame(reported(refused.answered), [], 'a refusal is one')
  t.strictSame(reported(refused.lost), [['loc_1', ['pi_1']]], 'unless it is lost')

  const payments = ['pi_2', 'pi_3'].map((paymentIntentId) => ({
    paymentIntentId,
    paidAmount: gbp(100),
  }))
  const order = await callOf('CreateOrder', orderRequest(1000, { payments } as object))
  t.strictSame(reported(order.lost), [['loc_1', ['pi_2', 'pi_3']]], 'all that an order brings')

  const read = await callOf('GetOrderById', { orderId: 'ord_1' })
  t.strictSame(reported(read.lost), [], 'a call without payments')
  const wrong = await callOf('RecordOrderPaymentById', { orderId: 'ord_1' })
  t.strictSame(reported(wrong.lost), [], 'and one that does not fit the contract')
})

t.test('each field that the contract does not have is logged once, and only so many', async (t) => {
  const told: unknown[] = []
  const caller = { locationId: 'loc_1' } as VenueCaller
  const log = createUnknownFieldLog({ notice: (who, _message, detail) => told.push([who, detail]) })
  log(caller, 'CreateOrder', ['colour', 'items[].colour', 'colour'])
  log(caller, 'CreateOrder', ['colour', 'a\nforged line', 'x'.repeat(101)])
  log(caller, 'SearchOrders', ['colour'])
  t.strictSame(told, [
    [caller, { capability: 'CreateOrder', field: 'colour' }],
    [caller, { capability: 'CreateOrder', field: 'items[].colour' }],
    [caller, { capability: 'SearchOrders', field: 'colour' }],
  ])
  const many = Array.from({ length: limits.maxUnknownFieldsLogged }, (_, n) => `field${n}`)
  log(caller, 'CreateOrder', many)
  t.equal(told.length, limits.maxUnknownFieldsLogged)
})
