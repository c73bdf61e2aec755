// What an operator watches, for Prometheus: requests by capability and outcome, payments and
// refusals, locks, the pool.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type pg from 'pg'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Database, Statement } from '../store/database/database.ts'
import type { CheckOutcome } from '../store/payments/intent-settlement.ts'
import { readJobFigures } from '../store/jobs/backlog.ts'
import { isEvent, type JobKind } from '../store/jobs/jobs.ts'

export interface Metrics {
  registry: Registry
  observeRequest: (request: FastifyRequest, status: number, seconds: number) => void
  countPayment: (outcome: 'recorded' | 'repeated') => void
  countCheck: (outcome: CheckOutcome) => void
  countJob: (kind: JobKind, outcome: 'done' | 'failed') => void
}

const LOCKS_HELD: Statement = {
  name: 'metrics_locks_held',
  text: 'SELECT kind, count(*) AS held FROM order_locks WHERE ended_at IS NULL AND expires_at > clock_timestamp() GROUP BY kind',
}

export function createMetrics(pool: pg.Pool, database: Database): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const duration = new Histogram({
    name: 'epos_request_duration_seconds',
    help: 'Time from a request to its answer, by capability, or operation of the till API, and outcome.',
    labelNames: ['capability', 'outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  })
  const payments = new Counter({
    name: 'epos_payments_total',
    help: 'Payments recorded, and repetitions of recorded ones.',
    labelNames: ['outcome'],
    registers,
  })
  const refused = new Counter({
    name: 'epos_payments_refused_total',
    help: 'Payments refused, by reason.',
    labelNames: ['reason'],
    registers,
  })
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  gauge('epos_database_connections', 'Connections of the pool.', () => pool.totalCount)
  gauge(
    'epos_database_connections_idle',
    'Connections of the pool that nobody uses.',
    () => pool.idleCount,
  )
  gauge('epos_database_waiting', 'Requests that wait for a connection.', () => pool.waitingCount)
  void new Gauge({
    name: 'epos_order_locks_held',
    help: 'Live locks and holds of all venues.',
    labelNames: ['kind'],
    registers,
    async collect() {
      this.reset()
      // Without the database there is nothing to say of locks; the other metrics are wanted then
      // most of all.
      const rows = await database
        .rows<{ kind: string; held: number }>(LOCKS_HELD, [])
        .catch(() => [])
      for (const { kind, held } of rows) this.set({ kind }, held)
    },
  })

  const events = new Counter({
    name: 'epos_events_to_dojo_total',
    help: 'Attempts to tell Dojo of a change.',
    labelNames: ['outcome'],
    registers,
  })
  const asked = new Counter({
    name: 'epos_questions_to_dojo_total',
    help: 'Attempts to ask Dojo, by what was asked.',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const checks = new Counter({
    name: 'epos_payments_checked_total',
    help: 'Payments held against what Dojo shows, by how they stand.',
    labelNames: ['outcome'],
    registers,
  })
  // Without the database there is nothing to say of either.
  const figures = async () => await readJobFigures(database).catch(() => undefined)
  void new Gauge({
    name: 'epos_events_oldest_seconds',
    help: 'How long the oldest event has waited.',
    registers,
    async collect() {
      this.set((await figures())?.oldestEventSeconds ?? 0)
    },
  })
  void new Gauge({
    name: 'epos_events_waiting',
    help: 'Events that Dojo was not told of yet, payments that it is still to be asked about, and what was given up.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset()
      const now = await figures()
      if (now === undefined) return
      this.set({ state: 'queued' }, now.events)
      this.set({ state: 'checks' }, now.checks)
      this.set({ state: 'dead' }, now.dead)
    },
  })

  return {
    registry,
    observeRequest({ routeOptions: { config }, refusal }, status, seconds) {
      const capability =
        config.capability ??
        (config.till !== undefined
          ? `Till.${config.till}`
          : config.webhook === true
            ? 'Webhook'
            : 'none')
      duration.observe({ capability, outcome: outcomeOf(status) }, seconds)
      if (
        refusal !== null &&
        (capability === 'RecordOrderPaymentById' ||
          (capability === 'CreateOrder' && PAYMENT_REASONS.has(refusal.reason)))
      ) {
        refused.inc({ reason: refusal.reason })
      }
    },
    countPayment(outcome) {
      payments.inc({ outcome })
    },
    countCheck(outcome) {
      checks.inc({ outcome })
    },
    countJob(kind, outcome) {
      if (isEvent(kind)) events.inc({ outcome: outcome === 'done' ? 'delivered' : 'failed' })
      else asked.inc({ kind, outcome })
    },
  }
}

/** What CreateOrder can be refused with for the payments that it carries. */
const PAYMENT_REASONS: ReadonlySet<string> = new Set([
  'overpaid',
  'intent-elsewhere',
  'intent-not-paid',
  'unverified',
])

function outcomeOf(status: number): string {
  if (status < 400) return 'ok'
  return (
    {
      401: 'unauthenticated',
      403: 'forbidden',
      404: 'not-found',
      409: 'conflict',
      412: 'conflict',
      422: 'conflict',
      423: 'conflict',
      429: 'too-many',
      503: 'unavailable',
    }[status] ?? (status < 500 ? 'invalid' : 'failed')
  )
}

export function serveMetrics(app: FastifyInstance, { registry }: Metrics): void {
  app.get(
    '/metrics',
    async (_request, reply) =>
      await reply.type(registry.contentType).send(await registry.metrics()),
  )
}
