// What answers over HTTP, all of it below the server's prefix.
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { CONSOLE, serveConsole } from '../console/index.ts'
import type { Config } from '../config.ts'
import type { DojoSide } from '../dojo/index.ts'
import { partSlowlyOnClose } from '../http/connections.ts'
import { serveDocs } from '../http/docs.ts'
import { serveHealth } from '../http/health.ts'
import { serveMetrics } from '../http/metrics.ts'
import { serveHome } from '../home/index.ts'
import { BASE as OPERATOR_BASE, operatorDocument } from '../operator/api/document.ts'
import { serveOperatorApi } from '../operator/api/index.ts'
import type { OperatorDeps } from '../operator/api/operation.ts'
import { pendingMigrations } from '../store/database/migrations.ts'
import { createWriteProbe } from '../store/database/write-probe.ts'
import { BASE as TILL_BASE, tillDocument } from '../till/document.ts'
import type { TillSide } from '../till/index.ts'
import { sendProblem } from '../till/kit/problems.ts'

export interface FacesOptions {
  /** What an operator works on. */
  operated: OperatorDeps & { config: Readonly<Config> }
  dojo: Pick<DojoSide, 'serve'>
  till: Pick<TillSide, 'serve'>
  registry: Registry
  /** The metrics as text, instead of those of this process alone. */
  metricsText?: (() => Promise<string>) | undefined
  nowMs: () => number
}

/** Resolves when every route is there. */
export async function serveFaces(app: FastifyInstance, options: FacesOptions): Promise<void> {
  const { operated, dojo, till, registry, metricsText, nowMs } = options
  const { store, config } = operated
  const { routePrefix: prefix } = config
  const { pool } = store.database
  await app.register(
    async (prefixed) => {
      serveHealth(prefixed, {
        pendingMigrations: async () => await pendingMigrations(pool),
        takesWrites: createWriteProbe(pool, nowMs),
      })
      if (config.metrics) serveMetrics(prefixed, registry, metricsText)
      if (config.docs) await serveDocs(prefixed, prefix, documentsBelow(prefix))
      await serveHome(prefixed, prefix)
      if (config.console) await serveConsole(prefixed, { store, routePrefix: prefix })
      await dojo.serve(prefixed)
      await till.serve(prefixed)
      await serveOperatorApi(prefixed, operated)
    },
    { prefix },
  )
  partSlowlyOnClose(app)
  await app.ready()
}

const documentsBelow = (prefix: string) => ({
  tillDocument: tillDocument(prefix),
  operatorDocument: operatorDocument(prefix),
})

/** Where an error is a problem (RFC 9457), and not one of Dojo's contract. */
export const problemsBelow = (prefix: string) => ({
  below: [TILL_BASE, OPERATOR_BASE, CONSOLE].map((path) => prefix + path),
  send: sendProblem,
})
