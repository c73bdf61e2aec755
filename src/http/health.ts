// Live: the process answers. Ready: it can serve, which takes a reachable database with this
// version's migrations, and an event loop that keeps up.
import type { FastifyInstance } from 'fastify'
import { limits } from '../limits.ts'

/** @param pendingMigrations resolves to those that the database lacks */
export function serveHealth(
  app: FastifyInstance,
  pendingMigrations: () => Promise<readonly string[]>,
): void {
  app.get('/health/live', async () => ({ status: 'live' }))
  app.get('/health/ready', async (_request, reply) => {
    const checks = {
      database: await databaseState(pendingMigrations),
      load: app.isUnderPressure() ? 'overloaded' : 'ok',
    }
    const ready = Object.values(checks).every((state) => state === 'ok')
    return await reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'not ready', checks })
  })
}

async function databaseState(pendingMigrations: () => Promise<readonly string[]>): Promise<string> {
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
  const probe = pendingMigrations().then(
    (pending) => (pending.length === 0 ? 'ok' : `${pending.length} migrations are missing`),
    () => 'not reachable',
  )
  return await Promise.race([probe, tooLate])
}
