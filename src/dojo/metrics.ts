// What an operator watches of the talk with Dojo: payments, events, questions, checks.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { SettlementOutcome } from '../domain/payments/settlement.ts'
import type { JobFigures } from '../store/jobs/backlog.ts'
import { isEvent, type JobKind } from '../store/jobs/jobs.ts'

export interface DojoMetrics {
  countPayment: (outcome: 'recorded' | 'repeated') => void
  countCheck: (outcome: SettlementOutcome) => void
  countJob: (kind: JobKind, outcome: 'done' | 'failed') => void
}

export function createDojoMetrics(
  registry: Registry,
  readJobFigures: () => Promise<JobFigures>,
): DojoMetrics {
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
  ): Counter<Label> => new Counter({ name, help, labelNames, registers: [registry] })
  const payments = counter(
    'epos_payments_total',
    'Payments recorded, and repetitions of recorded ones.',
    ['outcome'],
  )
  const events = counter('epos_events_to_dojo_total', 'Attempts to send Dojo an event.', [
    'outcome',
  ])
  const questions = counter('epos_questions_to_dojo_total', 'Attempts to ask Dojo, by subject.', [
    'kind',
    'outcome',
  ])
  const checks = counter(
    'epos_payments_checked_total',
    "Payments checked against Dojo's, by result.",
    ['outcome'],
  )
  addQueueGauges(registry, readJobFigures)
  return {
    countPayment: (outcome) => {
      payments.inc({ outcome })
    },
    countCheck: (outcome) => {
      checks.inc({ outcome })
    },
    countJob: (kind, outcome) => {
      if (isEvent(kind)) events.inc({ outcome: outcome === 'done' ? 'delivered' : 'failed' })
      else questions.inc({ kind, outcome })
    },
  }
}

function addQueueGauges(registry: Registry, readJobFigures: () => Promise<JobFigures>): void {
  const registers = [registry]
  // Without the database there are no figures.
  const figures = async (): Promise<JobFigures | undefined> =>
    await readJobFigures().catch(() => undefined)
  void new Gauge({
    name: 'epos_events_oldest_seconds',
    help: 'Age of the oldest event that is waiting to be sent to Dojo.',
    registers,
    aggregator: 'max',
    async collect() {
      this.set((await figures())?.oldestEventSeconds ?? 0)
    },
  })
  void new Gauge({
    name: 'epos_events_waiting',
    help: 'Jobs for Dojo: events queued, payment checks waiting, and jobs given up (dead).',
    labelNames: ['state'],
    registers,
    aggregator: 'max',
    async collect() {
      this.reset()
      const now = await figures()
      if (now === undefined) return
      this.set({ state: 'queued' }, now.events)
      this.set({ state: 'checks' }, now.checks)
      this.set({ state: 'dead' }, now.dead)
    },
  })
}
