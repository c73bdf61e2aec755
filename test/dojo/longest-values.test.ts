// Tills may write what Dojo's contract has limits for. The longest value of every field that a till
// can write, and Dojo's answers afterwards: each is held against the contract where it arrives.
import t from 'tap'
import { operations } from '../../src/till/operations.ts'
import { inSeconds } from '../support/orders.ts'
import { startServer } from '../support/server.ts'
import { newTill } from '../support/till.ts'

interface Shape {
  type?: string
  anyOf?: Shape[]
  enum?: string[]
  format?: string
  pattern?: string
  maxLength?: number
  maximum?: number
  properties?: Record<string, Shape>
  items?: Shape
}

/** Where a text has no limit of its own. */
const UNLIMITED = 5_000

/** The longest value; `known` says what is taken instead, by the name of the field. */
function longest(shape: Shape, known: Record<string, unknown>, field = ''): unknown {
  if (field in known) return known[field]
  if (shape.enum !== undefined) return shape.enum[0]
  if (shape.anyOf !== undefined) return longest(shape.anyOf[0]!, known, field)
  switch (shape.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(shape.properties ?? {})
          .map(([name, below]) => [name, longest(below, known, name)])
          .filter(([, value]) => value !== undefined),
      )
    case 'array':
      return [longest(shape.items!, known)]
    case 'boolean':
      return true
    case 'integer':
      return Math.min(shape.maximum ?? 10, 10)
    default:
      return shape.format === 'date-time' ? inSeconds(3_600) : text(shape)
  }
}

/** Letters that take two units each, unless a pattern wants others. */
function text({ pattern, maxLength = UNLIMITED }: Shape): string {
  const wide = '\u{1F355}'.repeat(maxLength)
  return pattern === undefined || new RegExp(pattern, 'u').test(wide) ? wide : 'x'.repeat(maxLength)
}

t.test('Dojo’s answers keep the contract whatever tills write', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const till = await newTill(t, server, { role: 'owner' })
  const write = async (
    id: string,
    path: Record<string, string>,
    known: Record<string, unknown>,
  ): Promise<any> => {
    const { method, path: url, body } = operations.find((operation) => operation.id === id)!
    const input = longest(body as Shape, known)
    const { status, body: answer, problem } = await till.call(`${method} ${url}`, path, input)
    t.ok(status < 300, id, { status, problem })
    return answer
  }
  const absent = undefined

  await write('changeVenue', {}, { timeZone: 'Europe/London', verifyPayments: 'off' })
  await write(
    'writeSetup',
    {},
    {
      areaId: absent,
      areaIds: absent,
      tableIds: absent,
      parts: absent,
      kind: 'Item',
      priceMinor: 1_000,
      taxRateHundredths: 2_000,
    },
  )
  const { body: setup } = await till.call('GET /setup')
  const tableId = setup.tables[0].id as string
  const waiterId = setup.waiters[0].id as string
  const plu = setup.menu[0].plu as string
  await till.call(
    'POST /menu',
    {},
    { plu: 'OTHER', kind: 'Item', name: 'Other', priceMinor: 500, taxRateHundredths: 1_250 },
  )

  const reservation = await write(
    'bookReservation',
    {},
    { tableIds: [tableId], startTime: inSeconds(3_600), endTime: inSeconds(7_200) },
  )
  const party = await write(
    'seatParty',
    {},
    { tableIds: [tableId], reservationId: absent, expectedEndTime: inSeconds(7_200) },
  )
  const places = { tableId, waiterId, partyId: party.id }
  const order = await write('openOrder', {}, { ...places, orderType: 'DineIn' })
  const orderId = order.id as string
  await write('describeOrder', { orderId }, places)
  await write(
    'addLines',
    { orderId },
    { plu, unitAmountMinor: absent, modifiers: absent, subItems: absent },
  )
  await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'OTHER' }] })
  await write(
    'addDiscount',
    { orderId },
    { amountMinor: 10, percentageHundredths: absent, lineId: absent },
  )

  const { body: shown } = await venue.call('GetOrderById', { orderId })
  const taxes = shown.taxLines!
  t.equal(taxes.length, 2)
  t.equal(new Set(taxes.map(({ id }) => id)).size, 2, 'tax lines have ids of their own')
  t.ok(shown.customer!.phoneNumber!.length > 0, 'what fits is there')
  await venue.call('SearchOrders', {})
  await venue.call('GetOrderBillById', { orderId })
  await venue.call('SearchTables', {})
  await venue.call('ListAreas', {})
  await venue.call('GetPartyById', { partyId: party.id as string })
  await venue.call('SearchParties', {})
  await venue.call('GetReservationById', { reservationId: reservation.id as string })
  await venue.call('SearchReservations', {})

  // As it could be written before there were limits.
  await server.sql(
    `UPDATE orders SET customer_phone = $1, customer_email = $2 WHERE order_id = $3`,
    ['1'.repeat(51), 'x'.repeat(255), orderId],
  )
  await server.sql('UPDATE order_tax_lines SET tax_id = $1, name = $1', ['T'.repeat(208)])
  const { body: old } = await venue.call('GetOrderById', { orderId })
  t.strictSame([old.customer!.phoneNumber, old.customer!.emailAddress], [undefined, undefined])
  t.strictSame(
    old.taxLines!.map(({ id }) => id!.length),
    [60, 60],
  )
  await venue.call('SearchOrders', {})
})
