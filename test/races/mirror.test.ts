// A till that keeps its own orders, and Dojo, at one order at once, on two instances.
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { applyAllWaiting } from '../../src/actions/orders/apply-waiting.ts'
import { chance, startPair, tally, testWithRules } from '../support/load.ts'
import { gbp, lock, newIntent, pay, read, statusUpdated } from '../support/orders.ts'
import { tillAt } from '../support/till.ts'
import { newMirror, orderAtTill, putOrder } from '../support/till-mirror.ts'

const VERSIONS = 40
const LINES = 3

t.test('a mirrored order in a storm', async (t) => {
  const pair = await startPair(t)
  const { server, other, venue, both } = pair
  const till = await newMirror(t, server)
  const tills = [till, tillAt(t, other, till)] as const
  const test = testWithRules(t, server)

  /** What the till has in each version: lines that grow and shrink, so that each is different. */
  const versionsOf = ({ whole }: ReturnType<typeof chance>) =>
    Array.from({ length: VERSIONS }, (_, index) => {
      const amounts = Array.from({ length: whole(1, LINES) }, () => whole(1, 900))
      return {
        version: index + 1,
        reference: `v${index + 1}`,
        lines: amounts.map((amountMinor, line) => ({ id: `${line}`, name: 'Dish', amountMinor })),
        totalMinor: amounts.reduce((sum, amount) => sum + amount, 0),
      }
    })

  const storm = async (t: Test): Promise<string> => {
    const random = chance(t)
    const id = `order-${randomUUID()}`
    const versions = versionsOf(random)
    await putOrder(till, id, versions[0]!)
    const replies: { status: number; body: unknown }[] = []
    const taken = new Set<number>([1])
    const put = async (): Promise<void> => {
      for (const version of random.shuffled(versions)) {
        const reply = await putOrder(random.pick(tills), id, version)
        replies.push(reply)
        if (reply.status < 300) taken.add(version.version)
      }
    }
    const machine = async (): Promise<void> => {
      for (let turn = 0; turn < VERSIONS; turn++) {
        const lockId = randomUUID()
        const at = random.pick(both)
        const locked = await lock(at, id, lockId)
        if (locked.status !== 200) continue
        const { totalAmount, paidAmount } = locked.body
        const amount = Math.min(totalAmount!.value - paidAmount!.value, random.whole(1, 200))
        const paymentIntentId = newIntent()
        if (amount > 0) {
          const reply = await pay(at, id, amount, { lockId, paymentIntentId })
          t.equal(reply.status, 200, 'what the lock shows can be paid')
        }
        await random.pick(both).call('DeleteOrderLock', { orderId: id, lockId })
        if (random.percent(50)) {
          await random.pick(both).call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed'))
        }
      }
    }
    await Promise.all([put(), put(), machine(), machine()])
    const counts = tally(replies)
    t.strictSame(
      Object.keys(counts).filter((status) => !['200', '409', '412', '423'].includes(status)),
      [],
      'every answer is one of the expected ones',
    )
    await applyAllWaiting(server.store.database, () => {})
    const order = await read(venue, id)
    t.ok(order.paidAmount!.value <= order.totalAmount!.value)
    const newest = versions[Math.max(...taken) - 1]!
    const { body } = await till.call('GET /orders/{orderId}', { orderId: id })
    if (body.waiting !== undefined) {
      t.equal(body.waiting.version, newest.version, 'the newest version waits')
      t.equal(body.waiting.problem.code, 'below-paid', 'for money that has to go back first')
      return id
    }
    t.strictSame(
      [order.reference, order.totalAmount, order.items?.length],
      [newest.reference, gbp(newest.totalMinor), newest.lines.length],
      'the newest version that was taken is the one that is here, whole',
    )
    return id
  }

  test('no put is undone by an older one, and no bill falls below what is paid', async (t) => {
    await storm(t)
  })

  test('nor where what the till says under a lock waits for its end', async (t) => {
    await server.sql("UPDATE locations SET locked_then = 'wait' WHERE location_id = $1", [
      venue.locationId,
    ])
    const id = await storm(t)
    const waited = await server.sql(
      "SELECT 1 FROM order_history WHERE location_id = $1 AND order_id = $2 AND action = 'MirrorWaits'",
      [venue.locationId, id],
    )
    t.ok(waited.length > 0, 'puts met locks')
  })

  test('the same order for the first time from both instances is one order', async (t) => {
    for (let round = 0; round < 10; round++) {
      const id = `new-${randomUUID()}`
      const replies = await Promise.all(
        [1, 2, 1, 2].map(
          async (version, index) =>
            await putOrder(tills[index % 2]!, id, orderAtTill(version * 100, { version })),
        ),
      )
      t.equal(replies.filter(({ status }) => status === 201).length, 1, 'one of them opened it')
      const others = Object.keys(tally(replies)).filter(
        (status) => !['200', '201', '412'].includes(status),
      )
      t.strictSame(others, [])
      t.equal((await read(venue, id)).totalAmount!.value, 200)
    }
  })
})
