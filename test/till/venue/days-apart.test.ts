// A day is counted on a distributed database as on one node: there each order is booked by
// statements of its own.
import t from 'tap'
import { newOrder, pay } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newTill } from '../../support/till.ts'

t.test('on a distributed database each order counts in one day', async (t) => {
  const server = await startServer(t, { overrides: { isDistributed: true } })
  const { venue } = server
  const office = await newTill(t, server, { tillName: 'Office' })
  const day = async (totals: readonly number[]): Promise<object> => {
    const opened = await office.call('POST /days', {}, { floatMinor: 0 })
    t.equal(opened.status, 201, opened.text)
    for (const total of totals) await pay(venue, (await newOrder(venue, total)).id, total)
    const path = { dayId: opened.body.id as string }
    const closed = await office.call('POST /days/{dayId}/close', path, {})
    t.equal(closed.status, 200, closed.text)
    return closed.body.report
  }
  const sales = (totalMinor: number) => ({ takingsMinor: totalMinor, sales: { totalMinor } })
  t.match(await day([600]), sales(600), 'one order')
  t.match(await day([1_200, 500, 250]), sales(1_950), 'several')
  t.match(await day([]), sales(0), 'and none twice')
})
