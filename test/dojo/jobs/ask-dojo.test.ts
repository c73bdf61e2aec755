// A key that Dojo has rejected, while somebody waits for Dojo's answer.
import t from 'tap'
import type { DojoClient } from '../../../src/dojo/client/index.ts'
import { DojoRefusal } from '../../../src/dojo/client/errors.ts'
import { askDojo, NoKey } from '../../../src/dojo/jobs/ask-dojo.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { startServer } from '../../support/server.ts'

t.test('a rejected key is marked and told of once, and unmarked when it works', async (t) => {
  const { store, venue, sql } = await startServer(t)
  const { locationId } = venue
  const told: string[] = []
  const ask = async (answer: () => string): Promise<string> =>
    await askDojo(
      {
        database: store.database,
        openKey: () => 'sk_sandbox_key',
        connect: () => ({}) as DojoClient,
        notice: (venue, message) => told.push(`${venue}: ${message}`),
      },
      locationId,
      async () => answer(),
    )
  const isMarked = async (): Promise<boolean> =>
    (await sql('SELECT 1 FROM locations WHERE dojo_key_refused_at IS NOT NULL')).length === 1
  const refuse = (status: number) => (): never => {
    throw new DojoRefusal('GET /terminals', status, {})
  }

  await t.rejects(
    ask(() => 'yes'),
    NoKey,
  )
  await setDojoKey(store.prisma, locationId, 'sk_sandbox_key', 'ab'.repeat(32))
  t.equal(await ask(() => 'yes'), 'yes')
  t.equal(await isMarked(), false)

  await t.rejects(ask(refuse(404)), DojoRefusal)
  t.equal(await isMarked(), false, 'another refusal says nothing of the key')

  await t.rejects(ask(refuse(401)), DojoRefusal)
  await t.rejects(ask(refuse(401)), DojoRefusal)
  t.equal(await isMarked(), true)
  t.equal(told.length, 1)

  t.equal(await ask(() => 'yes'), 'yes')
  t.equal(await isMarked(), false)
})
