// Credentials are believed for as long as it is known that they have not changed, and that is one
// question for all of them. Time is the test's; answers of the database can be held up or lost.
import pg from 'pg'
import t from 'tap'
import { createAuthenticate } from '../../../src/dojo/rest/credential-cache.ts'
import { limits } from '../../../src/limits.ts'
import { revokeCredentials, rotateCredential } from '../../../src/operator/credentials.ts'
import type { Queryable } from '../../../src/store/database/database.ts'
import { hashPassword } from '../../../src/store/venue/credentials.ts'
import { startServer, type TestServer, type Venue } from '../../support/server.ts'

const LOOK = 'caller_changes_read'
const FIND = 'credential_find'

type Answer = (rows: unknown[]) => unknown[] | Promise<unknown[]>

/** What one process knows of credentials. */
class Door {
  nowMs = 0
  /** The statements since this was last emptied. */
  asked: string[] = []
  /** Changes, holds up or loses what the database answers. */
  answers: Record<string, Answer> = {}
  #looked: Promise<unknown> = Promise.resolve()
  #authenticate

  constructor({ store: { database } }: TestServer) {
    const rows = async (statement: { name: string; text: string }, values: readonly never[]) => {
      this.asked.push(statement.name)
      const answered = database
        .rows<unknown>(statement, values)
        .then((found) => this.answers[statement.name]?.(found) ?? found)
      if (statement.name === LOOK) this.#looked = answered.catch(() => {})
      return await answered
    }
    const asking = { isDistributed: false, rows } as unknown as Queryable
    this.#authenticate = createAuthenticate(asking, () => this.nowMs)
  }

  async callerOf({ username, password }: Pick<Venue, 'username' | 'password'>) {
    return await this.#authenticate(username, password)
  }

  async opensTo(venue: Pick<Venue, 'username' | 'password'>): Promise<boolean> {
    return (await this.callerOf(venue)) !== undefined
  }

  /** The venue calls a while later, and what is asked then is answered. */
  async later(ms: number, venue: Venue): Promise<boolean> {
    this.nowMs += ms
    const isOpen = await this.opensTo(venue)
    await this.#looked
    await new Promise(setImmediate)
    return isOpen
  }

  /** The venues are known, and their changes are heard of. */
  async watching(...venues: Venue[]): Promise<this> {
    for (const venue of venues) await this.opensTo(venue)
    await this.later(limits.credentialLookMs, venues[0]!)
    this.nowMs += limits.credentialCacheMs
    for (const venue of venues) await this.opensTo(venue)
    this.asked = []
    return this
  }
}

t.test('credentials are watched together', async (t) => {
  const server = await startServer(t)
  const { venue: calling, sql, store } = server
  const revoke = async ({ locationId, username }: Venue): Promise<void> => {
    await revokeCredentials(store.database, locationId, username)
  }

  t.test('one question each second, however many are in use', async (t) => {
    const venues = [calling, await server.newVenue('The Swan'), await server.newVenue('The Crown')]
    const door = await new Door(server).watching(...venues)
    for (let second = 0; second < 60; second++) {
      t.equal(await door.later(limits.credentialLookMs, calling), true)
      for (const venue of venues) t.equal(await door.opensTo(venue), true)
    }
    t.strictSame(new Set(door.asked), new Set([LOOK]), 'no credential was looked up')
    t.equal(door.asked.length, 60)
  })

  // Each of a venue of its own, by another process, while that venue is silent.
  const changes: { name: string; change: (venue: Venue) => Promise<unknown>; opens: boolean }[] = [
    { name: 'revoked', change: revoke, opens: false },
    {
      name: 'rotated, and all but the newest revoked',
      change: async ({ locationId }) => {
        await rotateCredential(store.prisma, locationId)
        return await revokeCredentials(store.database, locationId)
      },
      opens: false,
    },
    {
      name: 'another password',
      change: async ({ username }) =>
        await sql('UPDATE credentials SET password_hash = $2 WHERE username = $1', [
          username,
          hashPassword('another'),
        ]),
      opens: false,
    },
    {
      name: 'deleted by hand',
      change: async ({ username }) =>
        await sql('DELETE FROM credentials WHERE username = $1', [username]),
      opens: false,
    },
    {
      name: 'a venue that is deleted',
      change: async ({ locationId }) => {
        await sql('DELETE FROM credentials WHERE location_id = $1', [locationId])
        await sql('DELETE FROM locations WHERE location_id = $1', [locationId])
      },
      opens: false,
    },
    {
      name: 'what callers know of the venue',
      change: async ({ locationId }) =>
        await sql("UPDATE locations SET kind = 'mirrored' WHERE location_id = $1", [locationId]),
      opens: true,
    },
  ]
  for (const { name, change, opens } of changes) {
    t.test(`${name}: every process knows after its next question`, async (t) => {
      const venue = await server.newVenue('The Bell')
      const doors = [
        await new Door(server).watching(calling, venue),
        await new Door(server).watching(calling, venue),
      ]
      await change(venue)
      for (const door of doors) {
        t.equal(await door.opensTo(venue), true, 'not before')
        await door.later(limits.credentialLookMs, calling)
        t.strictSame(door.asked, [LOOK])
        t.equal((await door.callerOf(venue))?.kind, opens ? 'mirrored' : undefined)
        t.strictSame(door.asked, [LOOK, FIND])
      }
    })
  }

  t.test('what changes nothing that callers know is not heard of', async (t) => {
    const door = await new Door(server).watching(calling)
    await sql("UPDATE locations SET name = 'The Lion' WHERE location_id = $1", [calling.locationId])
    await rotateCredential(store.prisma, calling.locationId)
    await door.later(limits.credentialLookMs, calling)
    await door.opensTo(calling)
    t.strictSame(door.asked, [LOOK])
  })

  t.test('a change that is committed late is not skipped', async (t) => {
    const [venue, other] = [await server.newVenue('The Plough'), await server.newVenue('The Fox')]
    const door = await new Door(server).watching(calling, venue, other)
    const late = new pg.Client({ connectionString: server.databaseUrl })
    await late.connect()
    await late.query('BEGIN')
    await late.query('UPDATE credentials SET revoked_at = now() WHERE username = $1', [
      venue.username,
    ])
    for (let minute = 0; minute < 3; minute++) {
      for (let second = 0; second < 60; second++) await door.later(limits.credentialLookMs, calling)
      // A later transaction, which is seen before.
      if (minute === 1) await revoke(other)
      t.equal(await door.opensTo(venue), true)
    }
    t.equal(await door.opensTo(other), false)
    await late.query('COMMIT')
    await late.end()
    await door.later(limits.credentialLookMs, calling)
    t.equal(await door.opensTo(venue), false)
  })

  t.test('while the database is away, nothing is believed beyond its time', async (t) => {
    const [revoked, quiet] = [await server.newVenue('The Hare'), await server.newVenue('The Elm')]
    const door = await new Door(server).watching(calling, revoked, quiet)
    await door.later(limits.credentialLookMs, calling)
    const away = (): never => {
      throw new Error('the database is away')
    }
    door.answers = { [LOOK]: away, [FIND]: away }
    await revoke(revoked)
    t.equal(await door.later(limits.credentialCacheMs - 1, revoked), true)
    await t.rejects(door.later(1, revoked), /away/, 'two seconds after the last question')
    await t.rejects(door.later(0, quiet), /away/)

    door.answers = {}
    door.asked = []
    door.nowMs += 60_000
    const atOnce = [calling, quiet, calling].map(async (venue) => await door.opensTo(venue))
    t.strictSame(await Promise.all(atOnce), [true, true, true])
    t.strictSame(door.asked, [LOOK], 'what did not change in the meantime need not be looked up')
    t.equal(await door.opensTo(revoked), false)
  })

  t.test('a question that is never answered prolongs nothing', async (t) => {
    const venue = await server.newVenue('The Oak')
    const door = await new Door(server).watching(calling, venue)
    const { promise: held, resolve: release } = Promise.withResolvers<unknown[]>()
    door.answers = { [LOOK]: async () => await held }
    door.nowMs += limits.credentialCacheMs - 1
    t.equal(await door.opensTo(calling), true)
    await revoke(venue)
    t.equal(await door.opensTo(venue), true)
    door.nowMs += 1
    t.equal(await door.opensTo(venue), false)
    release([])
  })

  t.test('nor does one that was answered while a credential was looked up', async (t) => {
    const venue = await server.newVenue('The Ship')
    const door = await new Door(server).watching(calling)
    const { promise: held, resolve: release } = Promise.withResolvers()
    const { promise: isRead, resolve: read } = Promise.withResolvers()
    door.answers = {
      [FIND]: async (rows) => {
        read(rows)
        await held
        return rows
      },
    }
    const entering = door.opensTo(venue)
    await isRead
    await revoke(venue)
    await door.later(limits.credentialLookMs, calling)
    release(undefined)
    t.equal(await entering, true, 'it was right when it was read')
    t.equal(await door.later(limits.credentialCacheMs - limits.credentialLookMs - 1, venue), true)
    await door.later(limits.credentialLookMs, calling)
    t.equal(await door.opensTo(venue), false)
  })

  t.test('another server of the database starts anew', async (t) => {
    const venue = await server.newVenue('The George')
    const door = await new Door(server).watching(calling, venue)
    const counting = (rows: unknown[]) => rows.map((row) => ({ ...(row as object), server: 'new' }))
    door.answers = { [LOOK]: counting }
    await door.later(limits.credentialLookMs, calling)
    await door.later(limits.credentialCacheMs - limits.credentialLookMs, calling)
    t.equal(await door.opensTo(venue), true)
    t.strictSame(door.asked, [LOOK, FIND, FIND], 'what was known before is looked up again')
    door.asked = []
    await door.later(limits.credentialLookMs, calling)
    await door.later(limits.credentialLookMs, venue)
    t.strictSame(door.asked, [LOOK, LOOK], 'and then watched')
  })

  t.test('without the triggers nothing is believed beyond its time', async (t) => {
    const venue = await server.newVenue('The Anchor')
    const door = await new Door(server).watching(calling, venue)
    await sql('ALTER TABLE credentials DISABLE TRIGGER credentials_callers')
    await revoke(venue)
    await door.later(limits.credentialLookMs, calling)
    door.nowMs += limits.credentialCacheMs - limits.credentialLookMs
    t.equal(await door.opensTo(venue), false)
    await sql('ALTER TABLE credentials ENABLE TRIGGER credentials_callers')
    t.equal((await new Door(server).watching(calling)).asked.length, 0)
  })
})
