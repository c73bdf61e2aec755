// What this server says to Dojo by itself, and asks: the jobs it works off, and the nightly audit.
import type { RefundAtDojo } from '../actions/payments/refund-at-dojo.ts'
import type { NewId } from '../domain/ids.ts'
import type { Database } from '../store/database/database.ts'
import { createDojoAgent, createDojoClient } from './client/index.ts'
import { createAskForIntent, type AskForIntent } from './jobs/ask-dojo.ts'
import { createJobWorker, type JobWorker } from './jobs/worker.ts'
import { jobRunners } from './jobs/runners.ts'
import { createNightly, type Nightly } from './jobs/nightly.ts'
import { createRefundAtDojo } from './jobs/refund.ts'
import type { DojoMetrics } from './metrics.ts'

export interface DojoAccount {
  apiUrl: string
  softwareHouseId: string
  resellerId: string | undefined
}

export interface Talk {
  jobs: JobWorker
  nightly: Nightly
  askForIntent: AskForIntent
  refundAtDojo: RefundAtDojo
  start: () => void
  stop: () => Promise<void>
}

export interface TalkOptions {
  account: DojoAccount
  database: Database
  metrics: DojoMetrics
  newId: NewId
  /** @throws Error when the key cannot be decrypted */
  openKey: (sealed: Buffer, locationId: string) => string
  notice: (locationId: string, message: string, detail: object) => void
}

export function createTalk({ account, metrics, newId, ...way }: TalkOptions): Talk {
  const agent = createDojoAgent()
  const deps = { ...way, connect: (key: string) => createDojoClient({ ...account, key, agent }) }
  const refundAtDojo = createRefundAtDojo(deps)
  const jobs = createJobWorker({
    ...deps,
    run: jobRunners({ ...deps, newId, refundAtDojo, onOutcome: metrics.countCheck }),
    onOutcome: metrics.countJob,
  })
  const nightly = createNightly(way.database)
  return {
    jobs,
    nightly,
    askForIntent: createAskForIntent(deps),
    refundAtDojo,
    start: () => {
      jobs.start()
      nightly.start()
    },
    stop: async () => {
      await nightly.stop()
      await jobs.stop()
      await agent.destroy()
    },
  }
}
