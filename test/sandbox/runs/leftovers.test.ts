// What a certification leaves in a venue: nothing that is open, and nothing for staff to look into.
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { certify } from '../../../src/sandbox/runs/certifier.ts'
import { seedDemo } from '../../../src/operator/demo.ts'
import { readUnmatchedPayments } from '../../../src/store/payments/unmatched.ts'
import { startServer } from '../../support/server.ts'

t.test('a certification cleans up', async (t) => {
  const server = await startServer(t)
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const { venue, store } = server
  const { locationId, username, password } = venue
  await server.asOwner(locationId, seedDemo)
  const idsBefore = new Set(
    (await server.sql<{ id: string }>('SELECT order_id AS id FROM orders')).map(({ id }) => id),
  )
  const { verdict, runs } = await certify({
    url: `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`,
    username,
    password,
    product: 'all',
    wait: async (milliseconds) => {
      await server.sql(
        'UPDATE order_locks SET expires_at = expires_at - make_interval(secs => $1)',
        [milliseconds / 1000],
      )
    },
  })
  t.same(
    runs.filter(({ outcome }) => outcome !== 'passed').map(({ reason }) => reason),
    [],
  )
  t.equal(verdict, 'passed')

  const orders = await server.sql<{ id: string; status: string; name: string }>(
    'SELECT order_id AS id, status, display_name AS name FROM orders',
  )
  const created = orders.filter(({ id }) => !idsBefore.has(id))
  t.ok(created.length > 20, 'it needed many orders')
  t.same([...new Set(created.map(({ status }) => status))], ['Canceled'])
  t.same([...new Set(created.map(({ name }) => name))], ['Test order'])
  const payments = await server.sql<{ id: string; isVoid: boolean }>(
    'SELECT payment_intent_id AS id, voided_at IS NOT NULL AS "isVoid" FROM payments',
  )
  t.ok(payments.length > 20, 'it paid much')
  t.ok(
    payments.every(({ isVoid }) => isVoid),
    'all of it went back',
  )
  t.ok(payments.every(({ id }) => id.startsWith('pi_sandbox_')))
  t.same(await server.sql('SELECT 1 FROM order_locks WHERE ended_at IS NULL'), [])
  t.same(await readUnmatchedPayments(store.database, locationId), [])
})
