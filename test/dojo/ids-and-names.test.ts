// Ids that name nothing, or several things, and names that nobody can read, in every field of
// Dojo's requests that has one.
import t from 'tap'
import type { CapabilityName } from '../../src/contract/capabilities.ts'
import { gbp, inSeconds, newIntent, newOrder, newTables, orderRequest } from '../support/orders.ts'
import { startServer } from '../support/server.ts'
import {
  dump,
  newParty,
  newReservation,
  partyRequest,
  reservationRequest,
} from '../support/visits.ts'

/** The input with another value at a path such as `details.dineIn.tableId` or `tableIds[1]`. */
function withValue(input: object, path: string, value: string): object {
  const copy = JSON.parse(JSON.stringify(input)) as Record<string, any>
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '')
  const last = keys.pop()!
  let node = copy
  for (const key of keys) node = node[key]
  node[last] = value
  return copy
}

t.test('ids and names of Dojo', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const [tableId] = (await newTables(server, venue, ['Table 1'])) as [string]
  const reservation = await newReservation(venue, [tableId])
  const party = await newParty(venue, [tableId])
  const { id: orderId } = await newOrder(venue, 1_000)
  const modifier = { name: 'Rare', plu: 'M', quantity: 1, amountPerModifier: gbp(0) }
  const subItem = {
    name: 'Chips',
    plu: 'S',
    quantity: 1,
    amountPerItem: gbp(0),
    modifiers: [modifier],
  }
  const dineIn = { tableId, waiterId: '42', partyId: party.id, reservationId: reservation.id }
  const order = {
    ...orderRequest(1_000, { details: { orderType: 'DineIn', dineIn } }),
    displayName: 'Ada',
    customer: { name: 'Ada' },
    discounts: [{ name: 'Early', amountTotal: gbp(0) }],
    taxLines: [{ name: 'VAT', amountTotal: gbp(0) }],
    payments: [{ paymentIntentId: newIntent(), paidAmount: gbp(1_000) }],
  }
  order.items = [{ ...order.items[0]!, modifiers: [modifier], subItems: [subItem] }]
  const deposit = { totalAmount: gbp(500), paymentIntentIds: ['pi_1', 'pi_2'] }
  const seated = {
    ...partyRequest([tableId], { name: 'Ada', deposit, status: 'Seated' }),
    partyId: party.id,
  }
  const booked = { ...reservationRequest([tableId]), reservationId: reservation.id }
  const event = {
    id: 'evt_1',
    accountId: 'acc_1',
    event: 'payment_intent.status_updated',
    createdAt: inSeconds(0),
    data: { paymentIntentId: 'pi_1', paymentStatus: 'Captured', captureMode: 'Auto' },
  }

  const cases: [CapabilityName, object, ids: string[], names: string[]][] = [
    [
      'CreateOrder',
      order,
      [
        'dojoOrderId',
        'payments[0].paymentIntentId',
        ...Object.keys(dineIn).map((name) => `details.dineIn.${name}`),
      ],
      [
        'displayName',
        'customer.name',
        'items[0].name',
        'items[0].modifiers[0].name',
        'items[0].subItems[0].name',
        'items[0].subItems[0].modifiers[0].name',
        'discounts[0].name',
        'taxLines[0].name',
      ],
    ],
    [
      'RecordOrderPaymentById',
      { orderId, paymentIntentId: newIntent(), paidAmount: gbp(1_000) },
      ['paymentIntentId'],
      [],
    ],
    ['CreateOrderLock', { orderId, lockId: 'lock-1', expiry: inSeconds(60) }, ['lockId'], []],
    [
      'CreateParty',
      {
        ...partyRequest([tableId]),
        name: 'Ada',
        deposit,
        reservationId: 'r',
        dojoReservationId: 'd',
      },
      [
        'dojoPartyId',
        'reservationId',
        'dojoReservationId',
        'tableIds[0]',
        'deposit.paymentIntentIds[1]',
      ],
      ['name'],
    ],
    [
      'UpdateParty',
      seated,
      ['dojoPartyId', 'tableIds[0]', 'deposit.paymentIntentIds[0]'],
      ['name'],
    ],
    [
      'CreateReservation',
      reservationRequest([tableId]),
      ['dojoReservationId', 'tableIds[0]'],
      ['name'],
    ],
    ['UpdateReservation', booked, ['dojoReservationId', 'tableIds[0]'], ['name']],
    ['HandleEvent', event, ['id', 'accountId', 'data.paymentIntentId'], []],
  ]
  const before = await dump(server)
  const refuses = async (
    name: CapabilityName,
    input: object,
    [path, value]: readonly [string, string],
  ): Promise<void> => {
    const { status, error } = await venue.call(name, withValue(input, path, value) as never)
    const what = `${name} ${path} ${JSON.stringify(value)}`
    t.equal(status, 400, what)
    t.match(error?.debugMessage, `The field ${path}`, what)
  }
  const found: [CapabilityName, object, texts: string[]][] = [
    [
      'CreateOrder',
      order,
      [
        'items[0].plu',
        'items[0].modifiers[0].plu',
        'items[0].subItems[0].plu',
        'items[0].subItems[0].modifiers[0].plu',
      ],
    ],
    ['SearchOrders', { dineIn }, Object.keys(dineIn).map((name) => `dineIn.${name}`)],
    ['SearchTables', { areaId: 'a', waiterId: '42' }, ['areaId', 'waiterId']],
    ['SearchParties', { tableId }, ['tableId']],
    ['SearchReservations', { tableId }, ['tableId']],
  ]
  for (const [name, input, texts] of found) {
    for (const path of texts) {
      for (const text of ['x\ud800', '\udfffx', '\ufffd']) await refuses(name, input, [path, text])
    }
    if (name !== 'CreateOrder') t.equal((await venue.call(name, input as never)).status, 200, name)
  }
  for (const [name, input, ids, names] of cases) {
    for (const path of ids) {
      for (const id of ['', 'pi\ud800', 'pi\udfff', 'pi\ufffd']) {
        await refuses(name, input, [path, id])
      }
    }
    for (const path of names) {
      for (const unseen of [' ', '\u200b\u2800', '\u202e', '\u{e0061}', '\n']) {
        await refuses(name, input, [path, unseen])
      }
    }
  }
  t.strictSame(await dump(server), before, 'nothing has changed')
  for (const [name, input] of cases.filter(([each]) => each !== 'UpdateParty')) {
    if (name === 'RecordOrderPaymentById') continue
    const { status, error } = await venue.call(name, input as never)
    t.equal(status, name === 'UpdateReservation' ? 409 : 200, `${name} ${error?.debugMessage}`)
  }
})
