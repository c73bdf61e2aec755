// Live: the process answers. Ready: it can serve, which takes a database that can be reached and
// written to, with this version's migrations, and an event loop that keeps up.
import type { FastifyInstance } from 'fastify'
import { limits } from '../limits.ts'

export interface HealthOptions {
  /** Resolves to those that the database lacks. */
  pendingMigrations: () => Promise<readonly string[]>
  /** Whether the database takes writes. */
  takesWrites: () => Promise<boolean>
}

export function serveHealth(app: FastifyInstance, options: HealthOptions): void {
  app.get('/health/live', async () => ({ status: 'live' }))
  app.get('/health/ready', async (_request, reply) => {
    const checks = {
      database: await databaseState(options),
      load: app.isOverloaded() ? 'overloaded' : 'ok',
    }
    const ready = Object.values(checks).every((state) => state === 'ok')
    return await reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'not ready', checks })
  })
}

async function databaseState(options: HealthOptions): Promise<string> {
  const timeout = AbortSignal.timeout(limits.databaseProbeTimeoutMs)
  const tooLate = new Promise<string>((resolve) => {
    timeout.addEventListener(
      'abort',
      () => {
        resolve(NOT_REACHABLE)
      },
      { once: true },
    )
  })
  return await Promise.race([probe(options).catch(() => NOT_REACHABLE), tooLate])
}

const NOT_REACHABLE = 'not reachable'

async function probe({ pendingMigrations, takesWrites }: HealthOptions): Promise<string> {
  const pending = await pendingMigrations()
  if (pending.length > 0) return `${pending.length} migrations are missing`
  return (await takesWrites()) ? 'ok' : 'takes no writes'
}
