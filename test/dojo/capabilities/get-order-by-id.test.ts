import t from 'tap'
import { inSeconds, newOrder } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'

t.test('GetOrderById', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const order = await newOrder(venue, 1250)

  const cases = [
    { name: 'an id that nobody has', orderId: 'ord_nobody', caller: venue },
    { name: "another venue's id", orderId: order.id, caller: other },
  ]
  for (const { name, orderId, caller } of cases) {
    t.test(`refuses ${name}`, async (t) => {
      const { status, error } = await caller.call('GetOrderById', { orderId })
      t.equal(status, 404)
      t.equal(error.errorType, 'NotFound')
      t.equal(error.debugMessage, `There is no order with the id ${orderId} in this venue.`)
    })
  }

  t.test('answers the order, locked or not', async (t) => {
    const before = await venue.call('GetOrderById', { orderId: order.id })
    t.equal(before.status, 200)
    t.same(before.body, order)
    await venue.call('CreateOrderLock', {
      orderId: order.id,
      lockId: 'lock-1',
      expiry: inSeconds(60),
    })
    const locked = await venue.call('GetOrderById', { orderId: order.id })
    t.same(locked.body, order, 'a lock changes nothing of what Dojo sees')
    t.equal(locked.body.payable, true)
  })
})
