// What an operator watches, for Prometheus. This file has the calls and the process; those who know
// more (the pool, the jobs for Dojo) add their own to the registry.
import type { FastifyInstance } from 'fastify'
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client'
import type { CallRecord, Served } from './call.ts'
import { statusOf } from './errors.ts'

export interface CallMetrics {
  registry: Registry
  observeCall: (record: CallRecord) => void
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** What is measured when somebody asks. */
export interface Measured {
  pool: { totalCount: number; idleCount: number; waitingCount: number }
  /** How work travels to the database. */
  trips: () => Iterable<readonly [work: string, counts: { trips: number; asks: number }]>
  /** Live locks of Dojo and holds of tills. */
  locksHeld: () => Promise<readonly { kind: string; held: number }[]>
}

export function createMetrics({ pool, trips, locksHeld }: Measured): CallMetrics {
  const metrics = createCallMetrics()
  addPoolMetrics(metrics.registry, pool)
  addTripMetrics(metrics.registry, trips)
  addLockMetrics(metrics.registry, locksHeld)
  return metrics
}

function createCallMetrics(): CallMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'epos_request_duration_seconds',
    help: 'Time from a request to its answer, by capability or till operation, and outcome.',
    labelNames: ['capability', 'outcome'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  })
  const refused = new Counter({
    name: 'epos_payments_refused_total',
    help: 'Payments refused, by reason.',
    labelNames: ['reason'],
    registers,
  })
  return {
    registry,
    observeCall({ served, durationMs, fault, status = statusOf(fault) }) {
      const capability = labelOf(served)
      duration.observe({ capability, outcome: outcomeOf(status) }, durationMs / 1000)
      if (fault !== undefined && refusesPayment(capability, fault.reason)) {
        refused.inc({ reason: fault.reason })
      }
    },
  }
}

function labelOf(served: Served | undefined): string {
  if (served === undefined) return 'none'
  if (served.api === 'webhook') return 'Webhook'
  if (served.api === 'console') return 'Console'
  if (served.api === 'operator') return `Operator.${served.name}`
  return served.api === 'till' ? `Till.${served.name}` : served.name
}

/** Reasons to refuse CreateOrder that concern the payments it carries. */
const PAYMENT_REASONS: ReadonlySet<string> = new Set([
  'overpaid',
  'intent-elsewhere',
  'intent-not-paid',
  'unverified',
])

function refusesPayment(capability: string, reason: string): boolean {
  if (capability === 'RecordOrderPaymentById') return true
  return capability === 'CreateOrder' && PAYMENT_REASONS.has(reason)
}

const OUTCOMES: Record<number, string> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  412: 'conflict',
  422: 'conflict',
  423: 'conflict',
  429: 'too-many',
  503: 'unavailable',
}

function outcomeOf(status: number): string {
  if (status < 400) return 'ok'
  return OUTCOMES[status] ?? (status < 500 ? 'invalid' : 'failed')
}

/** Gauges of the database pool. */
function addPoolMetrics(registry: Registry, pool: Measured['pool']): void {
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  gauge('epos_database_connections', 'Connections in the pool.', () => pool.totalCount)
  gauge('epos_database_connections_idle', 'Idle connections in the pool.', () => pool.idleCount)
  gauge('epos_database_waiting', 'Requests waiting for a connection.', () => pool.waitingCount)
}

/** `asks` in so many `trips`. */
function addTripMetrics(registry: Registry, readCounts: Measured['trips']): void {
  const counter = (name: string, help: string, count: 'trips' | 'asks'): Counter =>
    new Counter({
      name,
      help,
      labelNames: ['work'],
      registers: [registry],
      collect() {
        this.reset()
        for (const [work, counts] of readCounts()) this.inc({ work }, counts[count])
      },
    })
  counter('epos_database_trips_total', 'Trips to the database, by the kind of work.', 'trips')
  counter('epos_database_asks_total', 'Reads and changes that these trips took along.', 'asks')
}

function addLockMetrics(registry: Registry, readLocksHeld: Measured['locksHeld']): void {
  void new Gauge({
    name: 'epos_order_locks_held',
    help: 'Live locks and holds of all venues.',
    labelNames: ['kind'],
    registers: [registry],
    aggregator: 'max',
    async collect() {
      this.reset()
      // Without the database the other metrics matter most: this one stays empty.
      const rows = await readLocksHeld().catch(() => [])
      for (const { kind, held } of rows) this.set({ kind }, held)
    },
  })
}

/** What a registry holds, to be sent to another process. */
export type MetricFigures = MetricObjectWithValues<MetricValue<string>>[]

/** Counts are added up; what the database says is the same in all processes, and stays. */
export async function sumOfMetrics(processes: readonly MetricFigures[]): Promise<string> {
  return await AggregatorRegistry.aggregate([...processes]).metrics()
}

/** What processes counted that have ended. Without it the sums would fall, as no counter may. */
export async function countsOf(processes: readonly MetricFigures[]): Promise<MetricFigures> {
  const all = await AggregatorRegistry.aggregate([...processes]).getMetricsAsJSON()
  return (all as MetricFigures).filter(({ type }) => COUNTS.has(String(type)))
}

const COUNTS: ReadonlySet<string> = new Set(['counter', 'histogram', 'summary'])

/** @param read the metrics as text; of this process alone unless given */
export function serveMetrics(
  app: FastifyInstance,
  registry: Registry,
  read = async () => await registry.metrics(),
): void {
  app.get('/metrics', async (_request, reply) => {
    return await reply.type(registry.contentType).send(await read())
  })
}
