// What Dojo makes in a venue whose till keeps its own orders waits until the till has it.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { mindInbox } from '../../../src/actions/orders/mind-inbox.ts'
import type { Database } from '../../../src/store/database/database.ts'
import {
  gbp,
  newIntent,
  newOrder,
  newTables,
  pay,
  read,
  statusUpdated,
} from '../../support/orders.ts'
import { startServer, type Venue } from '../../support/server.ts'
import { isProblem, type Till } from '../../support/till.ts'
import { newMirror, orderAtTill, putOrder } from '../../support/till-mirror.ts'
import { newParty, newReservation } from '../../support/visits.ts'

interface Entry {
  kind: string
  id: string
  version: number
  overdue: boolean
  deleted: boolean
  [more: string]: any
}

const inboxOf = async (till: Till): Promise<Entry[]> =>
  (await till.call('GET /mirror/inbox')).body.entries

const acknowledge = async (till: Till, { kind, id, version }: Entry, more: object = {}) =>
  await till.call('POST /mirror/inbox/{kind}/{id}/acknowledge', { kind, id }, { version, ...more })

t.test('the inbox', async (t) => {
  const server = await startServer(t)
  const mirror = async (name: string): Promise<{ venue: Venue; till: Till }> => {
    const venue = await server.newVenue(name)
    return { venue, till: await newMirror(t, server, venue) }
  }

  t.test(
    'an order of Dojo and its payments, one after the other, until acknowledged',
    async (t) => {
      const { venue, till } = await mirror('The Red Lion')
      const paymentIntentId = newIntent()
      const order = await newOrder(venue, 1_500, {
        payments: [{ paymentIntentId, paidAmount: gbp(1_500) }],
      })
      const [first, ...others] = await inboxOf(till)
      t.match(first, { kind: 'order', id: order.id, overdue: false, order: { totalMinor: 1_500 } })
      t.equal(others.length, 0, 'its payment waits until the order is at the till')
      const taken = await acknowledge(till, first!, { mirrorId: 'T-77', status: 'Preparing' })
      t.equal(taken.status, 200)
      t.equal((await acknowledge(till, first!, { mirrorId: 'T-77' })).status, 200, 'again is fine')
      isProblem(t, await acknowledge(till, first!, { mirrorId: 'T-78' }), 409, 'content-differs')
      t.match(await read(venue, order.id), { status: 'Preparing' })

      const [payment, ...none] = await inboxOf(till)
      t.match(payment, {
        kind: 'payment',
        payment: { paymentIntentId, amountMinor: 1_500 },
        order: { mirrorId: 'T-77' },
      })
      t.equal(none.length, 0)
      await venue.call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed'))
      await acknowledge(till, payment!)
      const [voided] = await inboxOf(till)
      t.match(
        voided,
        { kind: 'payment', version: 2, payment: { voided: true } },
        'it has changed since',
      )
      await acknowledge(till, voided!)
      t.strictSame(await inboxOf(till), [])

      const put = await putOrder(till, 'T-77', orderAtTill(1_600))
      t.match(put, { status: 200, body: { id: order.id, totalMinor: 1_600, dojoOrderId: /./ } })
      t.equal((await read(venue, order.id)).totalAmount?.value, 1_600)
      t.strictSame(await inboxOf(till), [], 'what the till did itself is no news to it')
    },
  )

  t.test('payments on orders of the till', async (t) => {
    const { venue, till } = await mirror('The Plough')
    await putOrder(till, 'order', orderAtTill(900))
    await pay(venue, 'order', 400)
    t.match(await inboxOf(till), [
      { kind: 'payment', payment: { amountMinor: 400 }, order: { id: 'order' } },
    ])
  })

  t.test('an order that is refused fails, and its money is to go back', async (t) => {
    const { venue, till } = await mirror('The Ship')
    await server.sql("UPDATE locations SET dojo_key_sealed = '\\x01' WHERE location_id = $1", [
      venue.locationId,
    ])
    const order = await newOrder(venue, 700, {
      payments: [{ paymentIntentId: newIntent(), paidAmount: gbp(700) }],
    })
    const path = { orderId: order.id }
    const refuse = async () =>
      await till.call('POST /mirror/inbox/order/{orderId}/refuse', path, {
        reason: 'Kitchen closed',
      })
    t.match(await refuse(), { status: 200, body: { status: 'Failed' } })
    t.equal((await refuse()).status, 200, 'again is fine')
    t.strictSame(await inboxOf(till), [])
    const jobs = await server.sql("SELECT entity_id FROM jobs WHERE kind = 'RefusedOrder'")
    t.strictSame(jobs, [{ entity_id: order.id }], 'the refund is queued with the refusal')
    const taken = await newOrder(venue, 500)
    await acknowledge(till, (await inboxOf(till))[0]!)
    isProblem(
      t,
      await till.call(
        'POST /mirror/inbox/order/{orderId}/refuse',
        { orderId: taken.id },
        { reason: 'x' },
      ),
      409,
      'final',
      /at the till already/,
    )
  })

  t.test('parties and reservations, also deleted ones', async (t) => {
    const { venue, till } = await mirror('The Crown')
    const tableIds = await newTables(server, venue, ['1'])
    const reservation = await newReservation(venue, tableIds)
    const party = await newParty(venue, tableIds, { name: 'Ada' })
    const [first, second] = await inboxOf(till)
    t.match(first, { kind: 'reservation', id: reservation.id, reservation: { tableIds } })
    t.match(second, { kind: 'party', id: party.id, party: { name: 'Ada' } })
    await acknowledge(till, first!)
    await venue.call('DeletePartyById', { partyId: party.id })
    t.match(await inboxOf(till), [{ kind: 'party', id: party.id, deleted: true, version: 2 }])
    await till.call('POST /parties', {}, { name: 'Walk-in', tableIds })
    t.equal((await inboxOf(till)).length, 1, 'the party that the till seated is no news to it')
  })

  t.test('what waits for too long is overdue, or refused where the venue wants that', async (t) => {
    const told: string[] = []
    const tell = (_: string, message: string): void => {
      told.push(message)
    }
    for (const inboxThen of ['notify', 'refuse']) {
      const { venue, till } = await mirror(`The ${inboxThen} ${randomUUID()}`)
      await server.sql(
        'UPDATE locations SET inbox_minutes = 5, inbox_then = $2::inbox_then WHERE location_id = $1',
        [venue.locationId, inboxThen],
      )
      const order = await newOrder(venue, 700)
      await mindInbox(server.store.database, tell)
      t.equal((await inboxOf(till))[0]!.overdue, false, 'not yet')
      await server.sql(
        "UPDATE inbox SET queued_at = queued_at - interval '6 minutes' WHERE location_id = $1",
        [venue.locationId],
      )
      const { position } = (await till.call('GET /events')).body
      await mindInbox(server.store.database, tell)
      await mindInbox(server.store.database, tell)
      const { body } = await till.call(`GET /events?after=${position}`)
      const types = (body.events as { type: string }[]).map(({ type }) => type)
      t.strictSame(types, [inboxThen === 'notify' ? 'order.overdue' : 'order.refused'])
      const { status } = await read(venue, order.id)
      t.equal(status, inboxThen === 'notify' ? 'New' : 'Failed')
      t.match(await inboxOf(till), inboxThen === 'notify' ? [{ overdue: true }] : [])
    }
    t.match(told, [/waits for the till/, /refused/])
    t.equal(told.length, 2, 'each once')
  })

  t.test('a server that dies while it minds the inbox leaves no order half refused', async (t) => {
    const { venue } = await mirror(`The dying ${randomUUID()}`)
    const order = await newOrder(venue, 700)
    await server.sql(
      `WITH w AS (UPDATE locations SET inbox_then = 'refuse' WHERE location_id = $1)
       UPDATE inbox SET queued_at = queued_at - interval '1 day' WHERE location_id = $1`,
      [venue.locationId],
    )
    const { database } = server.store
    let transactions = 0
    const dying: Database = {
      ...database,
      transaction: async (work) => {
        if (++transactions > 1) throw new Error('The process has died.')
        return await database.transaction(work)
      },
    }
    await mindInbox(dying, () => {}).catch(() => {})
    await mindInbox(database, () => {})
    t.equal((await read(venue, order.id)).status, 'Failed')
  })
})
