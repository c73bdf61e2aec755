// A key that Dojo has rejected, while somebody waits for Dojo's answer.
import t from 'tap'
import type { DojoClient } from '../../../src/dojo/client/index.ts'
import {
  DojoRefusal,
  DojoUnreachable,
  DojoUnreadable,
  type DojoFault,
} from '../../../src/dojo/client/errors.ts'
import { Unavailable } from '../../../src/domain/errors.ts'
import { askDojo, createAskForIntent, NoKey } from '../../../src/dojo/jobs/ask-dojo.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { startServer } from '../../support/server.ts'

t.test('a rejected key is marked and told of once, and unmarked when it works', async (t) => {
  const { store, venue, sql, newVenue } = await startServer(t)
  const { locationId } = venue
  const { locationId: other } = await newVenue('The White Hart')
  const refusedBefore = new Date('2026-01-01T12:00:00Z')
  const setRefusedAt = 'INSERT INTO dojo_key_refusals VALUES ($1, $2)'
  await sql(setRefusedAt, [other, refusedBefore])
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
  const refusedAt = async (of: string): Promise<Date | null> => {
    const read = 'SELECT refused_at AS at FROM dojo_key_refusals WHERE location_id = $1'
    return (await sql<{ at: Date | null }>(read, [of]))[0]?.at ?? null
  }
  const isMarked = async (): Promise<boolean> => (await refusedAt(locationId)) !== null
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
  t.strictSame(await refusedAt(other), refusedBefore, "another venue's key is another's")
})

t.test('callers hear nothing of how this server reaches Dojo', async (t) => {
  const { store, venue } = await startServer(t)
  const { locationId } = venue
  const call = 'GET /payment-intents/pi_1'
  const apiUrl = 'http://10.0.0.7/dojo'
  const unreachable = { apiUrl, attempts: 2, mayBeDone: false, cause: undefined }
  const faults: [heard: RegExp, fault: DojoFault][] = [
    [
      /Dojo did not answer: too slow/,
      new DojoUnreachable(call, { ...unreachable, reason: 'too slow' }),
    ],
    [/Dojo answered with 200, but it is no JSON/, new DojoUnreadable(call, 200, 'it is no JSON')],
    ...[302, 401, 404, 405, 429, 500].map((status): [RegExp, DojoFault] => {
      return [new RegExp(String(status)), new DojoRefusal(call, status, {})]
    }),
  ]
  await setDojoKey(store.prisma, locationId, 'sk_sandbox_key', 'ab'.repeat(32))
  for (const [heard, fault] of faults) {
    const ask = createAskForIntent({
      database: store.database,
      openKey: () => 'sk_sandbox_key',
      connect: () => {
        throw fault
      },
      notice: () => {},
    })
    const error: unknown = await ask(locationId, 'pi_1').catch((caught: unknown) => caught)
    t.type(error, Unavailable)
    const { debugMessage } = error as Unavailable
    t.match(debugMessage, /^The payment was not recorded: it cannot be verified with Dojo now\. /)
    t.match(debugMessage, heard)
    t.notMatch(debugMessage, /DOJO_API_URL|10\.0\.0\.7/)
  }
})
