// The problem that docs/till-api.md shows, beside a real one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lock } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newMenu, newTill, openOrder } from '../../support/till.ts'

/** Without what differs from one time to another. */
function stable(problem: string): string {
  return problem
    .replace(/"[0-9a-f]{32}"/, '"trace"')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 'time')
    .replace(/until [\d:]+ UTC, \d+ s/, 'until then')
    .replace(/"secondsLeft": \d+/, '"secondsLeft": 1')
}

t.test('the problem on the page is one that a till gets', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/till-api.md'), 'utf8')
  const shown = /^```json\n(\{.*?)^```$/ms.exec(page)![1]!
  const server = await startServer(t)
  const till = await newTill(t, server)
  await newMenu(server, server.venue, [{ plu: '3001', priceMinor: 100 }])
  await openOrder(till, { id: 'order-7' })
  await lock(server.venue, 'order-7', 'anna', 60, { 'device-id': 'tm_demo' })
  const path = { orderId: 'order-7' }
  const lines = [{ plu: '3001' }]
  const { problem } = await till.call('POST /orders/{orderId}/lines', path, { lines })
  t.equal(stable(JSON.stringify(problem, undefined, 2)), stable(shown).trim())
})
