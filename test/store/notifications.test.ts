// Processes tell each other which venues have something new, and none hears of its own twice.
import t, { type Test } from 'tap'
import { createNotifications } from '../../src/store/database/notifications.ts'
import { openPool } from '../../src/store/database/pool.ts'
import { createStore } from '../../src/store/index.ts'
import { freshDatabase } from '../support/database.ts'
import { until } from '../support/visits.ts'

type Hear = (locationIds: ReadonlySet<string>) => void

/** A process, as far as its database and what it hears go. */
async function newProcess(t: Test, connectionString: string) {
  const pool = openPool({ connectionString, max: 2 })
  const { database } = createStore(pool)
  const heard: string[] = []
  let commits: Hear = () => {}
  let connects = 0
  const notifications = createNotifications(
    {
      ...database,
      pool,
      listen: (_kind: string, hear: Hear) => {
        commits = hear
        return () => {}
      },
    } as typeof database,
    { changed: (locationId) => heard.push(locationId), missed: () => connects++ },
  )
  notifications.listen()
  t.teardown(async () => {
    await notifications.stop()
    await pool.end()
  })
  await until('it listens', () => connects === 1)
  const change = (locationId: string): void => {
    commits(new Set([locationId]))
  }
  return { heard, change }
}

t.test('each change is heard once: by its own process at once, by others soon', async (t) => {
  const databaseUrl = await freshDatabase(t)
  const [first, second] = [await newProcess(t, databaseUrl), await newProcess(t, databaseUrl)]
  first.change('loc_1')
  t.same(first.heard, ['loc_1'], 'without the database')
  await until('the other has heard', () => second.heard.length > 0)
  second.change('loc_2')
  await until('the first has heard', () => first.heard.length > 1)
  t.same(first.heard, ['loc_1', 'loc_2'])
  first.change('loc_3')
  await until('the second has heard again', () => second.heard.length > 2)
  t.same(second.heard, ['loc_1', 'loc_2', 'loc_3'], 'its own once')
})
