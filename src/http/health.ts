// Live: the process answers. Ready: it can serve, which takes a database with this version's
// migrations, and breath.
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { limits } from '../limits.ts'
import { pendingMigrations } from '../store/database/migrations.ts'

export function serveHealth(app: FastifyInstance, pool: pg.Pool): void {
  app.get('/health/live', async () => ({ status: 'live' }))
  app.get('/health/ready', async (_request, reply) => {
    const checks = {
      database: await database(pool),
      load: app.isUnderPressure() ? 'overloaded' : 'ok',
    }
    const ready = Object.values(checks).every((state) => state === 'ok')
    return await reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'not ready', checks })
  })
}

async function database(pool: pg.Pool): Promise<string> {
  const timeout = AbortSignal.timeout(limits.databaseProbeTimeoutMs)
  const tooLate = new Promise<string>((resolve) => {
    timeout.addEventListener(
      'abort',
      () => {
        resolve('not reachable')
      },
      { once: true },
    )
  })
  const probe = pendingMigrations(pool).then(
    (pending) => (pending.length === 0 ? 'ok' : `${pending.length} migrations are missing`),
    () => 'not reachable',
  )
  return await Promise.race([probe, tooLate])
}
