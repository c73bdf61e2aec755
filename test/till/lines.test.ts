import t from 'tap'
import { startServer } from '../support/server.ts'
import { newMenu, newTill } from '../support/till.ts'

t.test('lines', async (t) => {
  const server = await startServer(t)
  await newMenu(server, server.venue, [{ plu: 'X', kind: 'Modifier', priceMinor: 50 }, { plu: 'B', priceMinor: 1000, parts: ['X'] }])
  const till = await newTill(t, server, { tillName: 'Bar' })
  const opened = await till.call('POST /orders', {}, { orderType: 'DineIn', covers: 2 })
  t.equal(opened.status, 201, opened.text)
  const added = await till.call('POST /orders/{orderId}/lines', { orderId: opened.body.id }, { lines: [{ plu: 'B', quantity: 3, modifiers: [{ plu: 'X' }] }] }, { key: 'k1' })
  t.equal(added.status, 200, added.text)
  t.equal(added.body.totalMinor, 3150)
  const again = await till.call('POST /orders/{orderId}/lines', { orderId: opened.body.id }, { lines: [{ plu: 'B', quantity: 3, modifiers: [{ plu: 'X' }] }] }, { key: 'k1' })
  t.same(again.body, added.body)
  const line = added.body.lines[0].id
  const voided = await till.call('POST /orders/{orderId}/lines/{lineId}/void', { orderId: opened.body.id, lineId: line }, { reason: 'wrong' })
  t.equal(voided.body.totalMinor, 0, voided.text)
  const seen = await server.venue.call('GetOrderById', { orderId: opened.body.id })
  t.equal(seen.status, 200)
})
