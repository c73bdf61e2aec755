// Events for a till that asks again and again: each at least once, also after a restart of either
// side, and at once where somebody waits.
import t from 'tap'
import { lock, newOrder, pay } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newTill, type Till } from '../../support/till.ts'

interface Polled {
  events: { id: string; type: string; orderId?: string; order?: object }[]
  position: string
  reset: boolean
}

const poll = async (till: Till, query: Record<string, string> = {}): Promise<Polled> =>
  (await till.call(`GET /events?${new URLSearchParams(query).toString()}`)).body

t.test('asking for events', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server)
  const { venue } = server

  t.test('from the beginning, and on from the last position', async (t) => {
    const start = await poll(till)
    t.match(start, { events: [], reset: false })
    const order = await newOrder(venue, 1_000)
    await lock(venue, order.id, 'lock-1')
    await pay(venue, order.id, 400, { lockId: 'lock-1' })
    await pay(venue, order.id, 600, { lockId: 'lock-1' })
    const found = await poll(till, { after: start.position })
    t.strictSame(
      found.events.map(({ type }) => type),
      ['order.created', 'order.locked', 'payment.recorded', 'order.paid'],
    )
    t.match(found.events[3], { orderId: order.id, order: { balanceMinor: 0, status: 'Finalized' } })
    const again = await poll(till, { after: start.position })
    t.strictSame(
      again.events.map(({ id }) => id),
      found.events.map(({ id }) => id),
      'the same ids',
    )
    t.match(await poll(till, { after: found.position }), { events: [], reset: false })
  })

  t.test('waits until there is something', async (t) => {
    const { position } = await poll(till)
    const waiting = poll(till, { after: position, waitSeconds: '25' })
    const order = await newOrder(venue, 100)
    t.match(await waiting, { events: [{ type: 'order.created', orderId: order.id }] })
  })

  t.test('a position of another server begins anew', async (t) => {
    for (const after of ['nonsense', '999999999:999999999:']) {
      t.match(await poll(till, { after }), { events: [], reset: true, position: /^\d+:\d+:/ })
    }
  })
})
