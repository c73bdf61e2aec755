// The last requests of Dojo to each venue, for its managers. In three sentences: a call leaves what
// is known of it in memory; about once a second it is written down, fifty in a statement, so
// that every server shows the same list and no call waits; what does not fit, or comes while the
// database is away, is dropped and counted. A call with a wrong credential is of no venue, and so
// not here.
import { Counter, type Registry } from 'prom-client'
import {
  readOpenLogs,
  keepRequests,
  purgeRequests,
  trimRequests,
  type NewBodies,
  type NewDojoRequest,
} from '../../actions/venue/keep-requests.ts'
import type { NewId } from '../../domain/ids.ts'
import type { CallRecord, Served } from '../../http/call.ts'
import { statusOf } from '../../http/errors.ts'
import { loggable } from '../../http/loggable.ts'
import { every, type Repeated } from '../../lib/every.ts'
import { inPieces } from '../../lib/in-pieces.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { bodyWithoutPersons } from './body-without-persons.ts'
import { WaitingRequests, type Dropped, type Noted } from './waiting.ts'

export interface RequestLog extends Pick<Repeated, 'start' | 'stop'> {
  note: (record: CallRecord) => void
  /** Writes now what was noted. */
  flush: () => Promise<void>
  /** Reads now whose request log is on. */
  look: () => Promise<void>
  /** Deletes what is too old, and bodies whose time is over. */
  purge: () => Promise<void>
}

export interface RequestLogOptions {
  database: Database
  newId: NewId
  registry: Registry
}

export function createRequestLog({ database, newId, registry }: RequestLogOptions): RequestLog {
  const waiting = new WaitingRequests()
  const openLogs = createOpenLogs(database)
  const trimming = createTrimming(database)
  const countDropped = createCounter(registry)

  const write = async (restMs: number): Promise<void> => {
    const { requests, dropped } = waiting.take()
    for (const number of dropped.values()) countDropped('too-many', number)
    if (requests.length === 0) return
    const { rows, bodies } = inRows(requests, { dropped, newId })
    const madeAtMs = performance.now()
    await inPieces(rows, { size: limits.requestsTogether, restMs }, async (some, from) => {
      const isLast = from + some.length === rows.length
      const waitedSeconds = (performance.now() - madeAtMs) / 1000
      const asOld = some.map((row) => ({ ...row, ageSeconds: row.ageSeconds + waitedSeconds }))
      try {
        // Bodies after all of their requests.
        await keepRequests(database, asOld, isLast ? bodies : [])
      } catch (error) {
        countDropped('database', rows.length - from)
        throw error
      }
    })
    await trimming.after(rows)
  }
  const flush = async (): Promise<void> => {
    await write(0)
  }
  const purge = async (): Promise<void> => {
    await purgeRequests(database)
  }
  const repeated = [
    every(limits.requestFlushMs, async () => {
      await write(limits.logRestMs)
    }),
    every(limits.requestFlushMs, openLogs.look),
    every(limits.requestPurgeMs, purge),
  ]
  return {
    flush,
    purge,
    look: openLogs.look,
    start: () => {
      for (const { start } of repeated) start()
    },
    stop: async () => {
      await Promise.all(repeated.map(async ({ stop }) => await stop()))
      await flush().catch(() => {})
    },
    note: (record) => {
      const { served, caller } = record
      if (served === undefined || caller === undefined || !isOfDojo(served)) return
      waiting.add(notedOf(record, caller, served.name, openLogs.of(caller.locationId)))
    },
  }
}

/** By a capability, or an event by a webhook. */
function isOfDojo({ api }: Served): boolean {
  return api === 'dojo' || api === 'webhook'
}

function createCounter(registry: Registry) {
  const counter = new Counter({
    name: 'epos_request_log_dropped_total',
    help: 'Requests of Dojo that are missing from the venues’ request logs, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  })
  return (reason: 'too-many' | 'database', number: number): void => {
    counter.inc({ reason }, number)
  }
}

/** The venues whose request log is on, as the database said a second ago. */
function createOpenLogs(database: Database) {
  let open = new Map<string, { switchId: string; untilMs: number }>()
  return {
    look: async (): Promise<void> => {
      const nowMs = performance.now()
      const logs = await readOpenLogs(database)
      open = new Map(
        logs.map(({ locationId, switchId, leftMs }) => [
          locationId,
          { switchId, untilMs: nowMs + leftMs },
        ]),
      )
    },
    /** The id of the switch, while it is on. */
    of: (locationId: string): string | undefined => {
      const log = open.get(locationId)
      return log !== undefined && log.untilMs > performance.now() ? log.switchId : undefined
    },
  }
}

/** Deletes a venue's older requests each time this process has written a number of them. */
function createTrimming(database: Database) {
  const written = new Map<string, number>()
  const due = new Set<string>()
  return {
    after: async (rows: readonly NewDojoRequest[]): Promise<void> => {
      for (const { locationId } of rows) {
        // What an earlier process left is not known: the first time is at once.
        const number = (written.get(locationId) ?? limits.requestTrimRows) + 1
        written.set(locationId, number)
        if (number > limits.requestTrimRows) due.add(locationId)
      }
      const some = [...due].slice(0, limits.requestTrimsAtOnce)
      await trimRequests(database, some)
      for (const locationId of some) {
        due.delete(locationId)
        written.set(locationId, 0)
      }
    },
  }
}

/** Nothing of the bodies, unless they are to be kept. */
function notedOf(
  record: CallRecord,
  caller: NonNullable<CallRecord['caller']>,
  capability: string,
  switchId: string | undefined,
): Noted {
  const { traceId, fault, durationMs, payment, input, output } = record
  const named = (input as { orderId?: unknown } | null | undefined)?.orderId
  return {
    locationId: caller.locationId,
    capability,
    transport: record.transport ?? (record.served?.api === 'webhook' ? 'webhook' : 'rest'),
    caller,
    traceId,
    fault,
    durationMs,
    payment,
    status: record.status ?? statusOf(fault),
    orderId: payment?.orderId ?? (typeof named === 'string' ? named : undefined),
    atMs: performance.now(),
    bodies: switchId === undefined ? undefined : { switchId, input, output },
  }
}

interface RowOptions {
  dropped: Dropped
  newId: NewId
}

function inRows(
  requests: readonly Noted[],
  { dropped, newId }: RowOptions,
): { rows: NewDojoRequest[]; bodies: NewBodies[] } {
  const nowMs = performance.now()
  const without = new Map(dropped)
  const ids = new Map<Noted, string>()
  const rows = requests.map((request) => {
    const requestId = newId('req')
    ids.set(request, requestId)
    const { locationId } = request
    const droppedBefore = without.get(locationId) ?? 0
    without.delete(locationId)
    const ageSeconds = (nowMs - request.atMs) / 1000
    return { ...rowOf(request), locationId, requestId, ageSeconds, droppedBefore }
  })
  const refusedFirst = [
    ...requests.filter(({ fault }) => fault !== undefined),
    ...requests.filter(({ fault }) => fault === undefined),
  ].filter(({ bodies }) => bodies !== undefined)
  const bodies = refusedFirst
    .slice(0, limits.requestBodiesPerFlush)
    .map((request) => bodiesOf(request, ids.get(request)!))
  return { rows, bodies }
}

/** As the log has it. */
function rowOf({
  caller,
  fault,
  payment,
  ...request
}: Noted): Omit<NewDojoRequest, 'locationId' | 'requestId' | 'ageSeconds' | 'droppedBefore'> {
  return {
    capability: request.capability,
    transport: request.transport,
    status: request.status,
    errorType: fault?.errorType,
    reason: fault?.reason,
    sentence: fault && storable(fault.debugMessage, limits.maxLoggedMessageCharacters),
    durationUs: Math.round(request.durationMs * 1_000),
    traceId: request.traceId,
    orderId: storable(request.orderId),
    paymentIntentId: storable(payment?.paymentIntentId),
    waiterId: storable(caller.waiterId),
    deviceId: storable(caller.deviceId),
    deviceType: storable(caller.deviceType),
    product: storable(caller.product),
  }
}

/** PostgreSQL keeps neither U+0000 nor half a pair, and one text must not lose all the others. */
function storable(text: string | undefined, maxCharacters?: number): string | undefined {
  return loggable(text, maxCharacters)?.replaceAll('\0', '\ufffd').toWellFormed()
}

function bodiesOf({ locationId, bodies, fault, traceId }: Noted, requestId: string): NewBodies {
  const { switchId, input, output } = bodies!
  const answer =
    fault === undefined
      ? output
      : { errorType: fault.errorType, debugMessage: fault.debugMessage, traceId }
  return {
    locationId,
    requestId,
    switchId,
    request: bodyWithoutPersons(input),
    answer: bodyWithoutPersons(answer),
  }
}
