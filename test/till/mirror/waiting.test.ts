// What a till sends while somebody pays, where its venue has that wait: it takes effect when the
// lock has ended, on the order as the payments have left it.
import t from 'tap'
import { applyAllWaiting } from '../../../src/actions/orders/apply-waiting.ts'
import { bar, gbp, lock, newIntent, pay, read, statusUpdated } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { isProblem, newTill } from '../../support/till.ts'
import { newMirror, orderAtTill, putOrder } from '../../support/till-mirror.ts'

t.test('changes that wait for the end of a lock', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const till = await newMirror(t, server)
  const owner = await newTill(t, server, { role: 'owner' })
  const set = await owner.call('PATCH /venue', {}, { lockedThen: 'wait' })
  t.match(set, { status: 200, body: { lockedThen: 'wait' } })

  const cash = (amountMinor: number) => ({ payments: [{ id: 'c1', tender: 'Cash', amountMinor }] })
  const shown = async (orderId: string) =>
    (await till.call('GET /orders/{orderId}', { orderId })).body
  const locked = async (id: string, totalMinor = 2_000) => {
    await putOrder(till, id, orderAtTill(totalMinor))
    await lock(venue, id, `lock-${id}`, 60, bar)
  }
  const unlock = async (orderId: string) =>
    await venue.call('DeleteOrderLock', { orderId, lockId: `lock-${orderId}` })
  const expire = async (orderId: string) => {
    await server.sql(
      `UPDATE order_locks SET expires_at = clock_timestamp() - interval '1 second'
       WHERE location_id = $1 AND order_id = $2`,
      [venue.locationId, orderId],
    )
  }
  const sweep = async () => {
    const told: string[] = []
    await applyAllWaiting(server.store.database, (_, message) => told.push(message))
    t.strictSame(told, [])
  }
  const eventsOf = async (id: string) => {
    const { body } = await till.call('GET /orders/{orderId}/history', { orderId: id })
    return (body.rows as { action: string }[]).map(({ action }) => action)
  }

  t.test('a guest pays what they were shown, and then owes the rest', async (t) => {
    const id = 'more'
    await locked(id)
    const before = await read(venue, id)
    const put = await putOrder(till, id, orderAtTill(2_500, { version: 2 }))
    t.match(put, {
      status: 200,
      body: { totalMinor: 2_000, mirrorVersion: 1, waiting: { version: 2, totalMinor: 2_500 } },
    })
    await sweep()
    t.strictSame(await read(venue, id), before, 'nothing that the guest sees changes')
    t.equal((await pay(venue, id, 2_000, { lockId: `lock-${id}` })).status, 200)
    t.match(await shown(id), { status: 'Finalized', waiting: { version: 2 } })
    t.match((await unlock(id)).body, {
      status: 'Accepted',
      totalAmount: gbp(2_500),
      paidAmount: gbp(2_000),
      payable: true,
    })
    const after = await shown(id)
    t.match(after, { mirrorVersion: 2, balanceMinor: 500 })
    t.notOk(after.waiting)
  })

  t.test('the newest waits, and each version counts once', async (t) => {
    const id = 'newest'
    await locked(id)
    await putOrder(till, id, orderAtTill(2_500, { version: 2 }))
    const third = orderAtTill(3_000, { version: 3 })
    await putOrder(till, id, third)
    const again = await putOrder(till, id, third)
    t.match(again, { status: 200, body: { version: 1, waiting: { version: 3 } } })
    for (const version of [1, 2]) {
      const older = await putOrder(till, id, orderAtTill(2_500, { version }))
      isProblem(t, older, 412, 'stale', /at version 3 already; version \d is older/)
    }
    isProblem(t, await putOrder(till, id, orderAtTill(1, { version: 3 })), 409, 'content-differs')
    const orders = [{ id, ...third }]
    t.match((await till.call('POST /mirror/orders', {}, { orders })).body.results, [
      { id, outcome: 'waiting', totalMinor: 2_000 },
    ])
    const back = await putOrder(till, id, orderAtTill(2_000, { version: 4, note: 'no dessert' }))
    t.match(back.body, { mirrorVersion: 4, note: 'no dessert' }, 'what is owed is as before')
    t.notOk(back.body.waiting)
    await unlock(id)
    t.match(await shown(id), { mirrorVersion: 4, totalMinor: 2_000 })
  })

  t.test('a lock that only expires is noticed without a call, and once', async (t) => {
    const id = 'expires'
    await locked(id)
    await putOrder(till, id, orderAtTill(1_500, { version: 2, ...cash(1_500) }))
    t.match(await shown(id), { paidMinor: 0, totalMinor: 2_000 })
    await expire(id)
    await Promise.all([sweep(), sweep(), sweep()])
    t.match(await shown(id), { status: 'Finalized', totalMinor: 1_500, paidMinor: 1_500 })
    const actions = await eventsOf(id)
    t.equal(actions.filter((action) => action === 'Mirrored').length, 2, 'opened, and changed once')
  })

  t.test('who locks the order next sees what waited', async (t) => {
    const id = 'next'
    await locked(id)
    await putOrder(till, id, orderAtTill(2_400, { version: 2 }))
    await expire(id)
    t.match((await lock(venue, id, 'another', 60, bar)).body, { totalAmount: gbp(2_400) })
    const [last, before] = await server.sql<{ action: string; transaction: string }>(
      `SELECT action, xmin::text AS transaction FROM order_history
       WHERE location_id = $1 AND order_id = $2 ORDER BY sequence DESC LIMIT 2`,
      [venue.locationId, id],
    )
    t.strictSame([before!.action, last!.action], ['Mirrored', 'Locked'])
    t.equal(last!.transaction, before!.transaction, 'both or neither')
  })

  t.test('what waited closes the order, so that it cannot be locked', async (t) => {
    const id = 'closes'
    await locked(id)
    await putOrder(till, id, orderAtTill(2_000, { version: 2, ...cash(2_000) }))
    await expire(id)
    const refused = await lock(venue, id, 'another', 60, bar)
    t.match(refused, { status: 409, body: { debugMessage: /Finalized/ } })
    t.match(await shown(id), { status: 'Finalized', paidMinor: 2_000, mirrorVersion: 2 })
  })

  t.test('what would be refused without the lock is refused at once', async (t) => {
    const id = 'refused'
    await putOrder(till, id, orderAtTill(2_000))
    await pay(venue, id, 1_000)
    await lock(venue, id, `lock-${id}`, 60, bar)
    const cases = [
      [orderAtTill(900, { version: 2 }), 'below-paid'],
      [orderAtTill(2_000, { version: 2, ...cash(1_001) }), 'overpaid'],
      [orderAtTill(2_000, { version: 2, status: 'Canceled' }), 'paid'],
      [orderAtTill(2_500, { version: 2, status: 'Finalized' }), 'unpaid'],
      [orderAtTill(2_500, { version: 2, tableId: 'nowhere' }), 'unknown-reference'],
    ] as const
    for (const [order, code] of cases) {
      const { problem } = await putOrder(till, id, order)
      t.equal(problem.code, code)
    }
    t.notOk((await shown(id)).waiting)
    await unlock(id)
  })

  t.test('what the payments leave no room for the till hears of', async (t) => {
    const id = 'below'
    await locked(id)
    const less = orderAtTill(1_200, { version: 2 })
    const { position } = (await till.call('GET /events')).body
    await putOrder(till, id, less)
    const paymentIntentId = newIntent()
    await pay(venue, id, 1_500, { lockId: `lock-${id}`, paymentIntentId })
    t.match((await unlock(id)).body, { totalAmount: gbp(2_000), paidAmount: gbp(1_500) })
    const problem = { status: 409, code: 'below-paid', detail: /give 3\.00 GBP back first/ }
    t.match(await shown(id), {
      mirrorVersion: 1,
      waiting: { version: 2, totalMinor: 1_200, problem: { ...problem, giveBackMinor: 300 } },
    })
    const { body } = await till.call(`GET /events?after=${position}`)
    const told = (body.events as { type: string }[]).filter(
      ({ type }) => type === 'order.not-applied',
    )
    t.match(told, [{ detail: { mirrorVersion: 2, giveBackMinor: 300 } }], 'once')
    isProblem(t, await putOrder(till, id, less), 409, 'below-paid')
    const snapshot = await till.call('POST /mirror/orders', {}, { orders: [{ id, ...less }] })
    t.match(snapshot.body.results, [{ id, outcome: 'refused', problem }])
    await sweep()
    t.equal((await eventsOf(id)).filter((action) => action === 'MirrorNotApplied').length, 1)
    await venue.call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed'))
    await sweep()
    const after = await shown(id)
    t.match(after, { mirrorVersion: 2, totalMinor: 1_200, paidMinor: 0 }, 'there is room again')
    t.notOk(after.waiting)
  })

  t.test('what is no longer open at the till is closed after the lock', async (t) => {
    const other = await server.newVenue('The White Hart')
    const till = await newMirror(t, server, other)
    await server.sql("UPDATE locations SET locked_then = 'wait' WHERE location_id = $1", [
      other.locationId,
    ])
    const lockOf = async (orderId: string) => await lock(other, orderId, `l-${orderId}`, 60, bar)
    const unlockOf = async (orderId: string) =>
      await other.call('DeleteOrderLock', { orderId, lockId: `l-${orderId}` })
    for (const id of ['a', 'b', 'c']) {
      await putOrder(till, id, orderAtTill(1_000))
      await lockOf(id)
    }
    const send = async (...ids: string[]) => {
      const orders = ids.map((id) => ({ id, ...orderAtTill(1_000) }))
      return (await till.call('PUT /mirror/orders', {}, { orders })).body.results
    }
    const waits = ['a', 'b', 'c'].map((id) => ({ id, outcome: 'waiting', status: 'Accepted' }))
    t.match(await send(), waits)
    t.match(await send(), waits, 'and again')
    await pay(other, 'b', 400, { lockId: 'l-b' })
    t.match(await send('c'), [
      { id: 'c', outcome: 'changed' },
      { id: 'a', outcome: 'waiting' },
      { id: 'b', outcome: 'refused', problem: { code: 'paid' } },
    ])
    for (const id of ['a', 'b', 'c']) await unlockOf(id)
    t.equal((await read(other, 'a')).status, 'Canceled')
    t.match(await read(other, 'b'), { status: 'Accepted', paidAmount: gbp(400) })
    t.equal((await read(other, 'c')).status, 'Accepted', 'the till has it after all')
  })
})
