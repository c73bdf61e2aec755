// What a manager should look at, and the floor that everybody looks at.
import t from 'tap'
import { lock, newTables, pay } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newMenu, newTill, openOrder } from '../../support/till.ts'

const server = await startServer(t)
const { venue } = server
const [tableId, otherTableId] = await newTables(server, venue, ['Table 1', 'Table 2'])
await newMenu(server, venue, [{ plu: 'A', name: 'Pie', priceMinor: 1_000 }])
const till = await newTill(t, server, { role: 'manager', tillName: 'Office' })
const since = new Date(Date.now() - 60_000).toISOString()

const order = async (quantity = 3): Promise<{ orderId: string; lineId: string }> => {
  const { id: orderId } = await openOrder(till, { tableId })
  const { body } = await till.call(
    'POST /orders/{orderId}/lines',
    { orderId },
    { lines: [{ plu: 'A', quantity }] },
  )
  return { orderId, lineId: body.lines[0].id }
}
const exceptionsOf = async (orderId: string) => {
  const { body } = await till.call(`GET /exceptions?since=${encodeURIComponent(since)}`)
  return (body.rows as { orderId: string }[]).filter((row) => row.orderId === orderId)
}
const take = async ({ orderId, lineId }: { orderId: string; lineId: string }, quantity = 1) =>
  await till.call(
    'POST /orders/{orderId}/lines/{lineId}/void',
    { orderId, lineId },
    { quantity, reason: 'Wrong one' },
  )
const print = async (orderId: string) =>
  await till.call('POST /orders/{orderId}/bill/printed', { orderId })

t.test('what is taken off is another thing once the bill was printed', async (t) => {
  const own = await order()
  await take(own)
  await print(own.orderId)
  await till.call(
    'POST /orders/{orderId}/lines',
    { orderId: own.orderId },
    { lines: [{ plu: 'A' }] },
  )
  await take(own)
  t.match(await exceptionsOf(own.orderId), [
    { kind: 'TakenOffAfterBill', changeMinor: -1_000, orderName: 'Table 1', deviceId: 'Office' },
    { kind: 'LineVoided', changeMinor: -1_000, detail: { reason: 'Wrong one' } },
  ])
})

t.test('lines that are split off before a bill was printed are nobody’s concern', async (t) => {
  const { orderId, lineId } = await order()
  const split = async () =>
    await till.call(
      'POST /orders/{orderId}/split-off',
      { orderId },
      { lines: [{ lineId, quantity: 1 }] },
    )
  await split()
  t.same(await exceptionsOf(orderId), [])
  await venue.call('GetOrderBillById', { orderId }, { 'device-id': 'tm_1' })
  await split()
  t.match(await exceptionsOf(orderId), [
    { kind: 'TakenOffAfterBill', action: 'SplitOff', detail: { lines: [{ name: String }] } },
  ])
})

t.test('a lock broken by force, a tip above the bill', async (t) => {
  const { orderId } = await order()
  await lock(venue, orderId, 'theirs')
  await till.call('POST /orders/{orderId}/unlock', { orderId }, { reason: 'Dropped' })
  await pay(venue, orderId, 100, { tipsAmount: { value: 900, currencyCode: 'GBP' } })
  t.match(await exceptionsOf(orderId), [
    { kind: 'TipAboveBill', detail: { amountMinor: 100, tipsMinor: 900 } },
    { kind: 'ForcedUnlock', detail: { reason: 'Dropped' } },
  ])
})

t.test('the floor has it', async (t) => {
  const own = await order()
  const onFloor = async () => {
    const { tables } = (await till.call('GET /floor')).body
    return tables
      .flatMap(({ orders }: { orders: { id: string }[] }) => orders)
      .find(({ id }: { id: string }) => id === own.orderId)
  }
  t.match(await onFloor(), { balanceMinor: 3_000, name: 'Table 1' })
  await lock(venue, own.orderId, 'theirs', 60, { 'device-id': 'tm_1', 'waiter-id': '7' })
  t.match(await onFloor(), { lock: { kind: 'DojoLock', deviceId: 'tm_1', waiterId: '7' } })
  await venue.call('DeleteOrderLock', { orderId: own.orderId, lockId: 'theirs' })
  await print(own.orderId)
  const printed = await onFloor()
  t.type(printed.billPrintedAt, 'string')
  t.equal(printed.takenOffAt, undefined)
  await till.call('PATCH /orders/{orderId}', { orderId: own.orderId }, { tableId: otherTableId })
  const moved = await onFloor()
  t.match(moved, { name: 'Table 2', takenOffAt: undefined }, 'a bill that moves is no smaller')
  await take(own)
  t.type((await onFloor()).takenOffAt, 'string')
})

t.test('a printed bill is an entry that changes nothing; the bill as it was', async (t) => {
  const own = await order()
  const before = (await till.call('GET /orders/{orderId}', { orderId: own.orderId })).body
  await print(own.orderId)
  await print(own.orderId)
  t.same((await till.call('GET /orders/{orderId}', { orderId: own.orderId })).body, before)
  await take(own)
  const { rows } = (await till.call('GET /orders/{orderId}/history', { orderId: own.orderId })).body
  t.match(rows, [
    { action: 'Opened' },
    { action: 'LinesAdded', totalMinor: 3_000 },
    { action: 'BillPrinted', detail: { totalMinor: 3_000, balanceMinor: 3_000 } },
    { action: 'LineVoided', totalMinor: 2_000 },
  ])
  const at = encodeURIComponent(rows[2].at)
  const { orderId } = own
  const then = await till.call(`GET /orders/{orderId}/bill?at=${at}`, { orderId })
  t.match(then.body.order, { totalMinor: 3_000, version: before.version })
  const now = await till.call('GET /orders/{orderId}/bill?format=text', { orderId })
  t.match(now.text, /Total +£20\.00/)
})

t.test('the newest changes, newest first, with the name of the table', async (t) => {
  const { orderId } = await order()
  const { rows } = (await till.call('GET /changes?limit=2')).body
  t.match(rows, [
    { entity: 'Order', id: orderId, action: 'LinesAdded', name: 'Table 1' },
    { entity: 'Order', id: orderId, action: 'Opened' },
  ])
})
