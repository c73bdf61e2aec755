// Tills may write what Dojo's contract has limits for. Every field of every operation that writes,
// with its longest value, and all of Dojo's answers after each: they are held against the contract
// where they arrive.
import t, { type Test } from 'tap'
import { operations } from '../../src/till/operations.ts'
import { fieldsOf, filledIn, longest, type Known, type Shape } from '../support/longest-values.ts'
import { inSeconds, lock, orderRequest } from '../support/orders.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { newMirror } from '../support/till-mirror.ts'
import { newTill, type Till } from '../support/till.ts'

/** Dojo's payments and machines, and the venue's own systems: Dojo sees none of their texts. */
const UNSEEN = new RegExp(
  '^/(orders/\\{orderId\\}/card-payments|payments|refunds|unmatched-payments' +
    '|terminals|webhooks|dojo)',
)

const absent = undefined
const writes = operations.filter(({ path, does }) => does === 'write' && !UNSEEN.test(path))

/** A text in place of another, of the same length. */
const like = (end: string, length = 500): string => 'x'.repeat(length - end.length) + end

class Writer {
  /** The fields that were sent, by operation. */
  readonly filled: Map<string, Set<string>>

  readonly t: Test
  readonly server: TestServer
  readonly till: Till

  constructor(t: Test, server: TestServer, till: Till, filled = new Map<string, Set<string>>()) {
    this.filled = filled
    this.t = t
    this.server = server
    this.till = till
  }

  /** Writes the longest values, and reads all that Dojo can read. */
  // eslint
  async write(id: string, path: Record<string, string> = {}, known: Known = {}): Promise<any> {
    const { method, path: url, body } = writes.find((operation) => operation.id === id)!
    const input = body === undefined ? undefined : longest(body as Shape, known)
    const { status, body: answer, problem } = await this.till.call(`${method} ${url}`, path, input)
    this.t.ok(status < 300, id, { status, problem })
    this.filled.set(id, new Set([...(this.filled.get(id) ?? []), ...filledIn(input ?? {})]))
    await this.readAll()
    return answer
  }

  async readAll(): Promise<void> {
    const { venue } = this.server
    const { body: orders } = await venue.call('SearchOrders', {})
    for (const { id: orderId } of orders.data!) {
      await venue.call('GetOrderById', { orderId })
      await venue.call('GetOrderBillById', { orderId })
    }
    for (const completedOnly of [false, true]) {
      const { body: parties } = await venue.call('SearchParties', { completedOnly })
      for (const { id } of parties.data!) await venue.call('GetPartyById', { partyId: id })
    }
    const { body: reservations } = await venue.call('SearchReservations', {})
    for (const { id } of reservations.data!) {
      await venue.call('GetReservationById', { reservationId: id })
    }
    await venue.call('SearchTables', {})
    await venue.call('ListAreas', {})
  }

  /** Every operation was called, and each of its fields was sent. */
  check(): void {
    for (const { id, body } of writes) {
      const sent = this.filled.get(id)
      this.t.ok(sent, `${id} was called`)
      const missing = fieldsOf((body ?? {}) as Shape).filter(
        (field) => ![...(sent ?? [])].some((each) => `${each}.`.startsWith(`${field}.`)),
      )
      this.t.strictSame(missing, [], `${id}: each field was sent`)
    }
  }
}

interface Places {
  tableId: string
  waiterId: string
  areaId: string
  plu: string
}

const PRICED = { priceMinor: 1_000, taxRateHundredths: 2_000 }

async function setUp(writer: Writer): Promise<Places> {
  await writer.write(
    'changeVenue',
    {},
    {
      timeZone: 'Europe/London',
      verifyPayments: 'off',
      onePartyPerTable: false,
      refuseOverlappingReservations: false,
      waiterAccess: false,
      cashRoundingMinor: null,
      kind: 'native',
    },
  )
  const longText = '\u{1F355}'.repeat(500)
  const lines = [
    { lineType: 'Text', text: { value: longText, size: 'Body', align: 'Center', bold: true } },
    { lineType: 'URL', url: { url: `https://example.com/${like('', 400)}`, showQr: true } },
    { lineType: 'MerchantName', merchantName: { name: longText } },
  ]
  await writer.write('setBillTemplate', {}, { header: lines, footer: lines })
  const { id: areaId } = await writer.write('makeArea')
  await writer.write('changeArea', { areaId })
  const { id: tableId } = await writer.write('makeTable', {}, { areaId })
  await writer.write('changeTable', { tableId }, { areaId })
  const serves = { areaIds: [areaId], tableIds: [tableId] }
  const { id: waiterId } = await writer.write('makeWaiter', {}, serves)
  await writer.write('changeWaiter', { waiterId }, serves)
  await writer.write('givePin', { waiterId }, { pin: '739105' })
  await writer.write('takePin', { waiterId })
  const modifier = { ...PRICED, plu: 'M', kind: 'Modifier', parts: absent }
  await writer.write('makeMenuItem', {}, modifier)
  await writer.write('makeMenuItem', {}, { ...PRICED, plu: 'S', kind: 'SubItem', parts: ['M'] })
  const other = { taxRateHundredths: 1_250, plu: 'OTHER', kind: 'Item', parts: absent }
  await writer.write('makeMenuItem', {}, other)
  const item = { ...PRICED, kind: 'Item', parts: ['M', 'S'] }
  const { plu } = await writer.write('makeMenuItem', {}, item)
  await writer.write('changeMenuItem', { plu }, item)
  await writer.write('setAvailability', { plu })
  await writer.write(
    'writeSetup',
    {},
    { ...item, areaId, 'waiters.areaIds': [areaId], tableIds: [tableId] },
  )
  return { areaId, tableId, waiterId, plu }
}

async function receiveGuests(writer: Writer, { tableId }: Places): Promise<string> {
  const times = { startTime: inSeconds(3_600), endTime: inSeconds(7_200) }
  const booking = { ...times, tableIds: [tableId] }
  const { id: reservationId } = await writer.write('bookReservation', {}, booking)
  await writer.write('changeReservation', { reservationId }, booking)
  const seat = { tableIds: [tableId], expectedEndTime: inSeconds(7_200) }
  const { id: guests } = await writer.write('seatParty', {}, { ...seat, id: absent, reservationId })
  await writer.write('finishParty', { partyId: guests })
  const { id: other } = await writer.write('bookReservation', {}, { ...booking, id: like('o') })
  await writer.write('cancelReservation', { reservationId: other })
  const { id: partyId } = await writer.write('seatParty', {}, { ...seat, reservationId: absent })
  await writer.write('describeParty', { partyId }, seat)
  await writer.write('moveParty', { partyId }, seat)
  return partyId
}

/** The parts of an ordered line have ids of their own. */
const ordered = (plu: string): Known => ({
  plu,
  'modifiers.id': like('m'),
  'modifiers.plu': 'M',
  'subItems.id': like('s'),
  'subItems.plu': 'S',
  'subItems.modifiers.id': like('t'),
  'subItems.modifiers.plu': 'M',
})

async function takeOrder(writer: Writer, orderId: string, { plu }: Places): Promise<void> {
  const { lines } = await writer.write('addLines', { orderId }, ordered(plu))
  const lineId = (lines as { id: string }[])[0]!.id
  await writer.write('changeLine', { orderId, lineId }, { quantity: 9 })
  await writer.write('voidLine', { orderId, lineId }, { quantity: 1 })
  const others = { id: like('u'), plu: 'OTHER', modifiers: absent, subItems: absent }
  await writer.write('addLines', { orderId }, { ...others, unitAmountMinor: absent })
  await writer.write('bumpLine', { orderId, lineId })
  await writer.write('recallLine', { orderId, lineId })
  await writer.write('bumpOrder', { orderId })
  await writer.write('noteBillPrinted', { orderId })
  await writer.write('setOrderStatus', { orderId }, { status: 'Ready' })
  const amount = { amountMinor: 10, percentageHundredths: absent }
  const percentage = { amountMinor: absent, percentageHundredths: 10 }
  await writer.write('addDiscount', { orderId }, { ...amount, lineId })
  const part = { ...percentage, lineId: absent, id: like('p') }
  const { discounts } = await writer.write('addDiscount', { orderId }, part)
  await writer.write('setServiceCharge', { orderId }, amount)
  await writer.write('setServiceCharge', { orderId }, percentage)
  t.equal(discounts.length, 2)
  await writer.write('removeDiscount', { orderId, discountId: like('p') })
}

async function regroup(writer: Writer, orderId: string, { tableId }: Places): Promise<void> {
  const { venue } = writer.server
  const portion = { id: like('n'), tableId, 'lines.lineId': like('u'), quantity: 1 }
  const { newOrder } = await writer.write('splitOffOrder', { orderId }, portion)
  await writer.write('mergeOrders', { orderId }, { fromOrderId: newOrder.id })
  for (const orderType of ['Collection', 'DineIn']) {
    await writer.write('changeOrderType', { orderId }, { orderType })
  }
  await writer.write('holdOrder', { orderId })
  await writer.write('letGoOfOrder', { orderId })
  await lock(venue, orderId, like('', 100), 60)
  await writer.write('unlockOrder', { orderId })
  const opened = { id: like('c'), orderType: 'Collection', tableId: absent, partyId: absent }
  const { id: canceled } = await writer.write('openOrder', {}, { ...opened, waiterId: absent })
  const line = { id: like('l'), plu: 'OTHER', modifiers: absent, subItems: absent }
  await writer.write('addLines', { orderId: canceled }, line)
  await writer.write('cancelOrder', { orderId: canceled })
}

async function payAndLeave(writer: Writer, orderId: string, partyId: string): Promise<void> {
  await writer.server.sql(
    "UPDATE parties SET deposit_total_minor = 500, deposit_payment_intent_ids = '{}' WHERE party_id = $1",
    [partyId],
  )
  await writer.write('takeDeposit', { orderId }, { id: like('d') })
  const part = { tender: 'Cash', amountMinor: 10, tipsMinor: 10, tenderedMinor: 20 }
  await writer.write('takePayment', { orderId }, part)
  await writer.write('voidPayment', { orderId, paymentId: like('') })
  const rest = {
    id: like('r'),
    tender: 'Other',
    amountMinor: absent,
    tenderedMinor: absent,
    lineIds: absent,
  }
  const { status } = await writer.write('takePayment', { orderId }, rest)
  t.equal(status, 'Finalized')
  await writer.write('reopenOrder', { orderId })
  await writer.write('setOrderStatus', { orderId }, { status: 'Finalized' })
  await writer.write('finishParty', { partyId })
}

/** What a till that keeps its own orders may write, in a venue of that kind. */
async function mirror({ t, server, filled }: Writer): Promise<void> {
  const venue = await server.newVenue('The White Hart')
  const till = await newMirror(t, server, venue)
  const writer = new Writer(t, { ...server, venue }, till, filled)
  const seats = { tableId: 't', waiterId: '7', partyId: 'p', reservationId: 'r' }
  const booking = { name: 'Ada', covers: 2, tableIds: ['t'] }
  const times = { startTime: inSeconds(3_600), endTime: inSeconds(7_200) }
  await till.call('POST /tables', {}, { id: 't', name: 'Again' })
  await till.call('POST /waiters', {}, { id: '7', name: 'Ben' })
  await till.call('POST /parties', {}, { id: 'p', tableIds: ['t'] })
  await till.call('POST /reservations', {}, { id: 'r', ...booking, ...times })
  const order: Known = { ...seats, status: 'Ready', totalMinor: 100, 'payments.id': like('p') }
  const id = like('o', 100)
  await writer.write('mirrorOrder', { id }, { ...order, version: 1 })
  await writer.write('mirrorOrders', {}, { ...order, 'orders.id': like('q', 100), version: 1 })
  const snapshot = { ...order, 'orders.id': id, version: 2, status: 'Finalized' }
  await writer.write('mirrorSnapshot', {}, snapshot)
  const { body: created } = await venue.call('CreateOrder', orderRequest(1_000))
  const { body: other } = await venue.call('CreateOrder', orderRequest(1_000))
  const { body: inbox } = await till.call('GET /mirror/inbox')
  const [entry] = inbox.entries as { version: number }[]
  const taken = { version: entry!.version, mirrorId: like('m', 100), status: 'Accepted' }
  await writer.write('acknowledgeInbox', { kind: 'order', id: created.id }, taken)
  await writer.write('refuseOrder', { orderId: other.id })
}

t.test('Dojo’s answers keep the contract whatever tills write', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const writer = new Writer(t, server, await newTill(t, server, { role: 'owner' }))
  const day = new Date().toISOString().slice(0, 10)
  const { id: dayId } = await writer.write('openDay', {}, { day })
  const places = await setUp(writer)
  const partyId = await receiveGuests(writer, places)
  const { tableId, waiterId } = places
  const seats = { tableId, waiterId, partyId, orderType: 'DineIn' }
  const { id: orderId } = await writer.write('openOrder', {}, seats)
  await writer.write('describeOrder', { orderId }, seats)
  await takeOrder(writer, orderId, places)

  const { body: shown } = await venue.call('GetOrderById', { orderId })
  const taxes = shown.taxLines!
  t.equal(taxes.length, 3, 'two of items, and one of the service charge')
  t.equal(new Set(taxes.map(({ id }) => id)).size, 3, 'tax lines have ids of their own')
  t.ok(shown.customer!.phoneNumber!.length > 0, 'what fits is there')

  await regroup(writer, orderId, places)
  await payAndLeave(writer, orderId, partyId)
  await writer.write('countDay', { dayId })
  await writer.write('closeDay', { dayId })
  for (const [id, path] of [
    ['retireMenuItem', { plu: 'OTHER' }],
    ['retireWaiter', { waiterId }],
    ['retireTable', { tableId }],
    ['retireArea', { areaId: places.areaId }],
  ] as const) {
    await writer.write(id, path)
  }
  await mirror(writer)
  writer.check()

  // As it could be written before there were limits.
  await server.sql(
    `UPDATE orders SET customer_phone = $1, customer_email = $2 WHERE order_id = $3`,
    ['1'.repeat(51), 'x'.repeat(255), orderId],
  )
  await server.sql('UPDATE order_tax_lines SET tax_id = $1, name = $1', ['T'.repeat(208)])
  const { body: old } = await venue.call('GetOrderById', { orderId })
  t.strictSame([old.customer!.phoneNumber, old.customer!.emailAddress], [undefined, undefined])
  t.ok(old.taxLines!.every(({ id }) => id!.length <= 60))
  await venue.call('SearchOrders', {})
})
