// Tills and Dojo at one order at once, on two instances.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { atOnce, chance, deadlocks, startPair, tally, testWithRules } from '../support/load.ts'
import { gbp, lock, newIntent, pay, read, statusUpdated } from '../support/orders.ts'
import { isProblem, newMenu, newTill, openOrder, tillAt, type Till } from '../support/till.ts'

const TILLS = 8
const LINES_OF_EACH = 12

t.test('tills at once', async (t) => {
  const pair = await startPair(t)
  const { server, other, venue } = pair
  const test = testWithRules(t, server)
  await newMenu(server, venue, [
    { plu: 'X', kind: 'Modifier', priceMinor: 25 },
    { plu: 'A', priceMinor: 450, parts: ['X'] },
    { plu: 'B', priceMinor: 333 },
  ])
  const tills = await Promise.all(
    Array.from({ length: TILLS }, async (_, index) => {
      const till = await newTill(t, server, { tillName: `Till ${index + 1}` })
      return index % 2 === 0 ? till : tillAt(t, other, till)
    }),
  )

  /** Sends each line of a till, some of them twice, until it is taken. @returns the refusals */
  const serve = async (
    till: Till,
    orderId: string,
    index: number,
    { whole }: ReturnType<typeof chance>,
  ): Promise<number> => {
    let refused = 0
    for (let line = 0; line < LINES_OF_EACH; line++) {
      const ordered = {
        id: `l${index}-${line}`,
        plu: line % 2 === 0 ? 'A' : 'B',
        quantity: 1 + (line % 3),
        ...(line % 2 === 0 ? { modifiers: [{ id: `m${index}-${line}`, plu: 'X' }] } : {}),
      }
      const options = whole(0, 1) === 0 ? {} : { key: randomUUID() }
      const send = async () =>
        await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [ordered] }, options)
      for (;;) {
        const replies = await Promise.all(Array.from({ length: whole(1, 2) }, send))
        const odd = replies.filter(({ status }) => status !== 200 && status !== 423)
        if (odd.length > 0) throw new Error(odd[0]!.text)
        refused += replies.filter(({ status }) => status === 423).length
        if (replies.some(({ status }) => status === 200)) break
      }
    }
    return refused
  }

  interface Machine {
    locked: Array<{ before: object; after: object }>
    paid: Array<{ amount: number; tip: number }>
  }

  /** Locks, looks, pays a part of what it saw, looks again, unlocks: as a card machine does. */
  const useMachine = async (
    orderId: string,
    { locked, paid }: Machine,
    { whole }: ReturnType<typeof chance>,
  ): Promise<void> => {
    const machine = pair.both[0]!
    const lockId = randomUUID()
    const taken = await lock(machine, orderId, lockId, 60)
    if (taken.status !== 200) return
    const seen = taken.body
    const amount = Math.min(seen.totalAmount!.value - seen.paidAmount!.value, whole(1, 300))
    if (amount > 0) {
      const tip = whole(0, 50)
      const paymentIntentId = newIntent()
      const more = { lockId, paymentIntentId, tipsAmount: gbp(tip) }
      const reply = await pay(machine, orderId, amount, more)
      if (reply.status !== 200) throw new Error(JSON.stringify(reply.error))
      paid.push({ amount, tip })
    }
    const now = await read(machine, orderId)
    locked.push({ before: [seen.totalAmount, seen.items], after: [now.totalAmount, now.items] })
    await machine.call('DeleteOrderLock', { orderId, lockId })
  }

  test('eight tills add to one order while Dojo locks and pays it', async (t) => {
    const random = chance(t)
    const { id: orderId } = await openOrder(tills[0]!)
    const evening = { isOver: false }
    const seen: Machine = { locked: [], paid: [] }
    const machine = async (): Promise<void> => {
      while (!evening.isOver) {
        await useMachine(orderId, seen, random)
        // An order that was paid in full is settled; guests who stay are a reason to open it again.
        if ((await read(venue, orderId)).status === 'Finalized' && !evening.isOver) {
          await tills[0]!.call('POST /orders/{orderId}/reopen', { orderId }, { reason: 'one more' })
        }
      }
    }
    const [refusals] = await Promise.all([
      Promise.all(
        tills.map(async (till, index) => await serve(till, orderId, index, random)),
      ).finally(() => {
        evening.isOver = true
      }),
      machine(),
    ])

    const { body: order } = await tills[0]!.call('GET /orders/{orderId}', { orderId })
    const lineNumbers = Array.from({ length: LINES_OF_EACH }, (_, line) => line)
    const wanted = tills.flatMap((_, index) =>
      lineNumbers.flatMap((line) => [
        `l${index}-${line}`,
        ...(line % 2 === 0 ? [`m${index}-${line}`] : []),
      ]),
    )
    t.strictSame(
      order.lines.map(({ id }: { id: string }) => id).sort(),
      wanted.sort(),
      'no line is lost, and none is doubled',
    )
    const ofEach = lineNumbers.map((line) => (1 + (line % 3)) * (line % 2 === 0 ? 475 : 333))
    t.equal(order.totalMinor, TILLS * ofEach.reduce((sum, amount) => sum + amount, 0))
    const { locked, paid } = seen
    t.ok(
      locked.length > 0 && locked.every(({ before, after }) => isDeepStrictEqual(before, after)),
      'nothing changed under a lock',
    )
    t.same(
      [order.paidMinor, order.tipsMinor],
      [
        paid.reduce((sum, { amount }) => sum + amount, 0),
        paid.reduce((sum, { tip }) => sum + tip, 0),
      ],
    )
    t.equal((await read(venue, orderId)).payments!.length, paid.length)
    const refused = refusals.reduce((sum, count) => sum + count, 0)
    t.comment(
      `${locked.length} locks, ${paid.length} payments, ${refused} times refused for a lock`,
    )
  })

  test('the same line at once is one line', async (t) => {
    const { id: orderId } = await openOrder(tills[0]!)
    const replies = await Promise.all(
      tills.flatMap((till) =>
        [0, 1, 2].map(
          async () =>
            await till.call(
              'POST /orders/{orderId}/lines',
              { orderId },
              { lines: [{ id: 'same', plu: 'A' }] },
            ),
        ),
      ),
    )
    t.strictSame(tally(replies), { 200: 24 })
    t.equal((await tills[0]!.call('GET /orders/{orderId}', { orderId })).body.lines.length, 1)
  })

  test('one key at once has one effect and one answer', async (t) => {
    const { id: orderId } = await openOrder(tills[0]!)
    const key = randomUUID()
    const till = [tills[0]!, tillAt(t, other, tills[0]!)]
    const replies = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, index) =>
          await till[index % 2]!.call(
            'POST /orders/{orderId}/lines',
            { orderId },
            { lines: [{ plu: 'B' }] },
            { key },
          ),
      ),
    )
    t.strictSame(tally(replies), { 200: 20 })
    t.equal(new Set(replies.map(({ text }) => text)).size, 1)
    t.equal((await tills[0]!.call('GET /orders/{orderId}', { orderId })).body.totalMinor, 333)
    isProblem(
      t,
      await tills[1]!.call(
        'POST /orders/{orderId}/lines',
        { orderId },
        { lines: [{ plu: 'B' }] },
        { key },
      ),
      422,
      'key-reused',
    )
  })

  test('of cash and card at once, no more is taken than is owed', async (t) => {
    const { id: orderId } = await openOrder(tills[0]!)
    await tills[0]!.call(
      'POST /orders/{orderId}/lines',
      { orderId },
      { lines: [{ plu: 'A', quantity: 10 }] },
    )
    const cash = Promise.all(
      Array.from(
        { length: 10 },
        async (_, index) =>
          await tills[index % TILLS]!.call(
            'POST /orders/{orderId}/payments',
            { orderId },
            { tender: 'Cash', amountMinor: 500 },
          ),
      ),
    )
    const cards = atOnce(pair, 10, async (venue) => await pay(venue, orderId, 500))
    const replies = [...(await cash), ...(await cards)]
    t.equal(replies.filter(({ status }) => status < 300).length, 9)
    t.match(await read(venue, orderId), { paidAmount: gbp(4500), status: 'Finalized' })
  })

  test('merges in a circle lose nothing and do not entangle', async (t) => {
    const ids: string[] = []
    for (let index = 0; index < 4; index++) {
      const { id } = await openOrder(tills[0]!)
      await tills[0]!.call(
        'POST /orders/{orderId}/lines',
        { orderId: id },
        { lines: [{ plu: 'B', quantity: index + 1 }] },
      )
      ids.push(id)
    }
    const replies = await Promise.all(
      ids.flatMap((into, index) =>
        ids
          .filter((_, from) => from !== index)
          .map(
            async (fromOrderId) =>
              await tills[index % TILLS]!.call(
                'POST /orders/{orderId}/merge',
                { orderId: into },
                { fromOrderId },
              ),
          ),
      ),
    )
    t.strictSame(Object.keys(tally(replies)).sort(), ['200', '409'])
    const orders = await Promise.all(
      ids.map(async (orderId) => (await tills[0]!.call('GET /orders/{orderId}', { orderId })).body),
    )
    t.equal(
      orders.reduce((sum, { totalMinor }) => sum + (totalMinor as number), 0),
      10 * 333,
    )
    t.equal(orders.filter(({ status }) => status !== 'Canceled').length, 1)
  })

  test('a payment that goes to another order while Dojo takes it back is void there', async (t) => {
    for (let round = 0; round < 12; round++) {
      const [into, from] = [
        (await openOrder(tills[0]!)).id as string,
        (await openOrder(tills[0]!)).id as string,
      ]
      for (const orderId of [into, from]) {
        await tills[0]!.call(
          'POST /orders/{orderId}/lines',
          { orderId },
          { lines: [{ plu: 'B', quantity: 3 }] },
        )
      }
      const paymentIntentId = newIntent()
      const paying = pay(venue, from, 500, { paymentIntentId, tipsAmount: gbp(20) })
      const merging = tills[1]!.call(
        'POST /orders/{orderId}/merge',
        { orderId: into },
        { fromOrderId: from },
      )
      const telling = pair.both[1]!.call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed'))
      const [paid, merged, told] = await Promise.all([paying, merging, telling])
      t.ok(told.status === 200 && merged.status === 200, merged.text)
      t.match(
        await read(venue, into),
        { totalAmount: gbp(1998), paidAmount: gbp(0), tipsAmount: gbp(0), payments: [] },
        `paying answered ${paid.status}`,
      )
    }
  })

  test('the database never had to break off a deadlock', async (t) => {
    t.equal(await deadlocks(server), 0)
  })
})
