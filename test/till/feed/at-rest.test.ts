// What reads and sends changes rests when there is nothing to do.
import { mock } from 'node:test'
import t from 'tap'
import { limits } from '../../../src/limits.ts'
import type { Database } from '../../../src/store/database/database.ts'
import { createReader } from '../../../src/till/feed/reader.ts'
import { createWebhookWorker } from '../../../src/till/feed/webhooks/worker.ts'

/** A database that is away, and how often it was asked for something. */
function countingDatabase(): { database: Database; asked: () => number } {
  let asked = 0
  const database = new Proxy(
    { isDistributed: false, listen: () => () => {} },
    {
      get(target, name) {
        if (name in target) return Reflect.get(target, name) as unknown
        asked++
        throw new Error('the database is away')
      },
    },
  )
  return { database: database as unknown as Database, asked: () => asked }
}

/** Lets time pass, with all that is done in it. */
async function pass(ms: number, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    mock.timers.tick(ms / steps)
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
  }
}

t.test('a reader reads once for each request', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const { database, asked } = countingDatabase()
  const reader = createReader(database)
  reader.request({ locationId: 'loc_1', since: undefined, listeners: new Map() })
  await pass(1, 1)
  const once = asked()
  t.ok(once > 0, 'it is read')
  await pass(10 * limits.streamPauseMs, 20)
  t.equal(asked(), once, 'and not again')
})

t.test('a worker that was stopped sends no more', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const { database, asked } = countingDatabase()
  const worker = createWebhookWorker({
    database,
    sender: { send: async () => await Promise.reject(new Error('unused')), stop: async () => {} },
    openSecret: () => '',
    notice: () => {},
  })
  worker.start()
  await pass(limits.webhookPollMs, 1)
  const before = asked()
  t.ok(before > 0, 'it looks for what is due')
  await worker.stop()
  await pass(10 * limits.webhookPollMs, 20)
  t.equal(asked(), before)
})
