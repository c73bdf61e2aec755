// What this server says to Dojo by itself, and asks: the jobs it works off, and the nightly audit.
import type { CardMachines } from '../actions/payments/card-machines.ts'
import type { RefundAtDojo } from '../actions/payments/refund-at-dojo.ts'
import type { NewId } from '../domain/ids.ts'
import { limits } from '../limits.ts'
import type { Database } from '../store/database/database.ts'
import { createDojoAgent, createDojoClient } from './client/index.ts'
import { createAskForIntent, type AskForIntent } from './jobs/ask-dojo.ts'
import { createJobWorker, type JobWorker } from './jobs/worker.ts'
import { jobRunners } from './jobs/runners.ts'
import { createNightly, type Nightly } from './jobs/nightly.ts'
import { createRefundAtDojo } from './jobs/refund.ts'
import type { DojoMetrics } from './metrics.ts'
import type { CounterSide } from './counter-socket/index.ts'
import { cardPaymentJob, lookAtCardPayment } from './terminals/card-payment-job.ts'
import { createTerminals } from './terminals/index.ts'

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
  cardMachines: CardMachines
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
  counter: CounterSide
  cardPauseMs?: number | undefined
}

export function createTalk(options: TalkOptions): Talk {
  const { account, metrics, newId, cardPauseMs, counter, ...way } = options
  const agent = createDojoAgent()
  const deps = { ...way, connect: (key: string) => createDojoClient({ ...account, key, agent }) }
  const refundAtDojo = createRefundAtDojo(deps)
  const driving = { ...deps, newId, counter }
  const terminals = createTerminals({ ...driving, mostPauseMs: cardPauseMs })
  const jobs = createJobWorker({
    ...deps,
    run: {
      ...jobRunners({ ...deps, newId, refundAtDojo, onOutcome: metrics.countCheck }),
      CardPayment: cardPaymentJob(driving, terminals),
    },
    onOutcome: metrics.countJob,
  })
  const nightly = createNightly(way.database)
  return {
    jobs,
    nightly,
    askForIntent: createAskForIntent(deps),
    refundAtDojo,
    cardMachines: terminals,
    start: () => {
      jobs.start()
      counter.start(lookAtCardPayment(driving, terminals, limits.counterRoundSeconds))
      nightly.start()
    },
    stop: async () => {
      await nightly.stop()
      await jobs.stop()
      await terminals.stop()
      await counter.stop()
      await agent.destroy()
    },
  }
}
