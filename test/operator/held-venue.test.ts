// What an operator decides by a venue's row stays so until it is written.
import pg from 'pg'
import t from 'tap'
import { changeSettings, setBillTemplate } from '../../src/operator/settings.ts'
import { revokeCredentials, rotateCredential } from '../../src/operator/credentials.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { defaultBillTemplate } from '../../src/domain/paper/bill.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { untilWaiting } from '../support/visits.ts'

const SECRETS_KEY = '00'.repeat(32)

/** Runs `work` while another program changes the venue, which it commits once `work` waits. */
async function besides<T>(server: TestServer, sql: string, work: () => Promise<T>): Promise<T> {
  const other = new pg.Client({ connectionString: server.databaseUrl })
  await other.connect()
  try {
    await other.query('BEGIN')
    await other.query(sql)
    const working = work()
    working.catch(() => {})
    await untilWaiting(server)
    await other.query('COMMIT')
    return await working
  } finally {
    await other.end()
  }
}

t.test('the operator waits for the row before it reads it', async (t) => {
  const server = await startServer(t)
  const {
    store: { prisma },
    venue: { locationId, username },
  } = server
  await setDojoKey(prisma, locationId, 'sk_sandbox_1', SECRETS_KEY)
  await t.rejects(
    besides(
      server,
      'UPDATE locations SET dojo_key_sealed = NULL',
      async () => await changeSettings(server.store, locationId, { verifyPayments: 'before' }),
    ),
    { name: 'Refusal', message: /key/ },
    'the key was there when it asked',
  )
  const renamed = await besides(
    server,
    "UPDATE locations SET name = 'The Plough', version = version + 1",
    async () => await changeSettings(server.store, locationId, { waiterAccess: false }),
  )
  t.match(renamed, { name: 'The Plough', waiterAccess: false })
  await besides(server, 'UPDATE locations SET version = version + 1', async () => {
    await setBillTemplate(server.store.database, locationId, defaultBillTemplate('The Plough'))
  })
  const [row] = await server.sql<{ version: number }>('SELECT version FROM locations')
  t.equal(row!.version, 5)

  const fresh = await rotateCredential(prisma, locationId)
  const revoked = await besides(
    server,
    `UPDATE locations SET version = version; UPDATE credentials SET revoked_at = now() WHERE username = '${username}'`,
    async () => await revokeCredentials(server.store.database, locationId),
  )
  t.same(revoked, [], 'the older one had just been revoked')
  t.same(await server.sql('SELECT username FROM credentials WHERE revoked_at IS NULL'), [
    { username: fresh.username },
  ])
})
