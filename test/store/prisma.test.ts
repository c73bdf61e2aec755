// Prisma inside one of our transactions: it is that transaction's, from its first statement to its
// end, and nobody else's.
import t, { type Test } from 'tap'
import { createStore, type Store } from '../../src/store/index.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { createLocation } from '../../src/operator/locations.ts'
import { freshDatabase } from '../support/database.ts'

interface Venue {
  store: Store
  locationId: string
  /** As everybody else sees it. */
  nameNow: () => Promise<string>
}

async function newVenue(t: Test): Promise<Venue> {
  const url = new URL(await freshDatabase(t))
  // So that a deadlock ends long before a statement is given up.
  url.searchParams.set('options', '-c deadlock_timeout=10ms')
  const pool = createPool({ databaseUrl: url.toString(), poolSize: 4 })
  const store = createStore(pool)
  t.teardown(async () => {
    await store.prisma.$disconnect()
    await pool.end()
  })
  const { locationId } = await createLocation(store.prisma, { name: 'Before', currency: 'GBP' })
  const where = { locationId }
  return {
    store,
    locationId,
    nameNow: async () => (await store.prisma.location.findUniqueOrThrow({ where })).name,
  }
}

const renameVenue = {
  name: 'test_rename',
  text: 'UPDATE locations SET name = $2 WHERE location_id = $1',
}

t.test('Prisma sees and continues what the transaction has written', async (t) => {
  const { store, locationId, nameNow } = await newVenue(t)
  const where = { locationId }
  await store.database.transaction(async (tx) => {
    tx.send(renameVenue, [locationId, 'During'])
    const read = await tx.prisma(async (prisma) => await prisma.location.findUnique({ where }))
    t.equal(read?.name, 'During')
    await tx.prisma(
      async (prisma) => await prisma.location.update({ where, data: { waiterAccess: true } }),
    )
    t.equal(await nameNow(), 'Before', 'others do not see it before the commit')
  })
  const after = await store.prisma.location.findUniqueOrThrow({ where })
  t.match(after, { name: 'During', waiterAccess: true })
})

t.test('what Prisma wrote goes with the rest when the transaction fails', async (t) => {
  const { store, locationId, nameNow } = await newVenue(t)
  const where = { locationId }
  const failure = new Error('after Prisma')
  await t.rejects(
    store.database.transaction(async (tx) => {
      await tx.prisma(
        async (prisma) => await prisma.location.update({ where, data: { name: 'Lost' } }),
      )
      throw failure
    }),
    failure,
  )
  t.equal(await nameNow(), 'Before')
})

t.test(
  'a failed statement of Prisma fails the transaction with the meaning of its constraint',
  async (t) => {
    const { store, locationId, nameNow } = await newVenue(t)
    const party = { locationId, status: 'Seated', startTime: new Date(), dojoPartyId: 'p' }
    const failure: unknown = await store.database
      .transaction(async (tx) => {
        await tx.rows(renameVenue, [locationId, 'Lost'])
        await tx.prisma(async (prisma) => {
          await prisma.party.create({ data: { ...party, partyId: 'pty_1' } })
          await prisma.party.create({ data: { ...party, partyId: 'pty_2' } })
        })
      })
      .catch((error: unknown) => error)
    t.match(failure, { type: 'Conflict', reason: 'content-differs' })
    t.equal(await nameNow(), 'Before')
    t.equal(await store.prisma.party.count(), 0)
  },
)

t.test('transactions at the same moment each keep their own connection', async (t) => {
  const { store } = await newVenue(t)
  const venues = await Promise.all(
    Array.from(
      { length: 4 },
      async (_, index) =>
        await createLocation(store.prisma, { name: `Venue ${index}`, currency: 'GBP' }),
    ),
  )
  const seen = await Promise.all(
    venues.map(
      async ({ locationId }, index) =>
        await store.database.transaction(async (tx) => {
          await tx.rows(renameVenue, [locationId, `Renamed ${index}`])
          return await tx.prisma(
            async (prisma) => await prisma.location.findUniqueOrThrow({ where: { locationId } }),
          )
        }),
    ),
  )
  for (const [index, { name }] of seen.entries()) t.equal(name, `Renamed ${index}`)
})

t.test('two that wait for each other are tried again', async (t) => {
  const { store, locationId } = await newVenue(t)
  const other = await createLocation(store.prisma, { name: 'Other', currency: 'GBP' })
  const both = Promise.withResolvers<void>()
  let waiting = 0
  let attempts = 0
  const swap = async (first: string, second: string): Promise<void> => {
    await store.database.transaction(async (tx) => {
      attempts++
      await tx.rows(renameVenue, [first, `${first} first`])
      if (++waiting === 2) both.resolve()
      await both.promise
      await tx.prisma(async (prisma) => {
        await prisma.location.update({ where: { locationId: second }, data: { name: 'second' } })
      })
    })
  }
  await Promise.all([swap(locationId, other.locationId), swap(other.locationId, locationId)])
  t.ok(attempts > 2, 'the one that the database broke off began again')
})

t.test('a database that cannot be reached is a fault of the machine', async (t) => {
  const pool = createPool({ databaseUrl: 'postgres://127.0.0.1:1/nothing', poolSize: 1 })
  const { prisma, database } = createStore(pool)
  t.teardown(async () => {
    await prisma.$disconnect()
    await pool.end()
  })
  const unavailable = { name: 'Unavailable' }
  t.match(await prisma.location.count().catch((error: unknown) => error), unavailable)
  const failed = database.transaction(
    async (tx) => await tx.prisma(async (joined) => await joined.location.count()),
  )
  t.match(await failed.catch((error: unknown) => error), unavailable)
})
