// What happened to parties and reservations, by whom.
import { notifyFeed } from '../feed/notify.ts'
import { drawPosition } from '../feed/position-clock.ts'
import { queueJob } from '../jobs/jobs.ts'
import { queueForTill } from '../orders/inbox.ts'
import { nameOfKind, type VisitKind } from '../../domain/bookings/visit.ts'
import type { Caller } from '../../domain/caller.ts'
import { notFound } from '../../domain/errors.ts'
import { visitNoteOf } from '../../domain/orders/inbox.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Queryable, Statement, Transaction, Value } from '../database/database.ts'
import { readPage } from '../database/keyset.ts'
import type { Row } from '../database/row.ts'

const insertEntry: Statement = {
  name: 'insertVisitHistory',
  text: `INSERT INTO visit_history (location_id, kind, visit_id, sequence, at, caller_waiter_id, caller_product, caller_device_id,
      caller_device_type, action, detail)
    SELECT $1, $2::visit_kind, $3, coalesce(max(sequence), 0) + 1, clock_timestamp(), $4, $5, $6, $7, $8, $9::jsonb
    FROM visit_history WHERE location_id = $1 AND kind = $2::visit_kind AND visit_id = $3`,
}

const lastEntry: Statement = {
  name: 'visit_last_entry',
  text: `SELECT coalesce(max(sequence), 0) AS last FROM visit_history
    WHERE location_id = $1 AND kind = $2::visit_kind AND visit_id = $3`,
}

const insertNumbered: Statement = {
  name: 'insertNumberedVisitHistory',
  text: `INSERT INTO visit_history (location_id, kind, visit_id, caller_waiter_id, caller_product, caller_device_id,
      caller_device_type, action, detail, at, sequence, transaction_id)
    VALUES ($1, $2::visit_kind, $3, $4, $5, $6, $7, $8, $9::jsonb, clock_timestamp(), $10, $11)`,
}

/** For a distributed database. The values are those of `insertVisitHistory`. */
function sendNumbered(tx: Transaction, values: readonly Value[]): void {
  const key = values.slice(0, 3)
  tx.sendAtEnd({
    questions: [drawPosition(key[0] as string), { statement: lastEntry, values: key }],
    write: ([clock, last], next) => {
      const sequence = next(key.join(' '), Number(last!['last']))
      tx.send(insertNumbered, [...values, sequence, Number(clock!['position'])])
    },
  })
}

/** What has its entries here: also business days, and refunds without a payment. */
export type FeedKind = VisitKind | 'Day' | 'Refund'

export interface VisitEntry {
  kind: VisitKind
  visitId: string
  action: string
  detail: object
}

/**
 * Adds a change of a row that the transaction has locked to its history, and announces it to Dojo
 * and to the venue's stream. The commit waits for it.
 */
export function recordVisit(
  tx: Transaction,
  caller: Caller,
  { kind, visitId, action, detail }: VisitEntry,
): void {
  const { locationId } = caller
  recordEntry(tx, caller, { kind, visitId, action, detail })
  const note = visitNoteOf({ kind, visitId }, caller)
  if (note !== undefined) queueForTill(tx, locationId, note)
  queueJob(tx, { locationId, kind: `${kind}Updated`, entityId: visitId })
}

/**
 * Adds a change of a row that the transaction has locked, or has just made, to the feed. Dojo hears
 * nothing of it. The commit waits for it.
 */
export function recordEntry(
  tx: Transaction,
  { locationId, waiterId, product, deviceId, deviceType }: Caller,
  { kind, visitId, action, detail }: Omit<VisitEntry, 'kind'> & { kind: FeedKind },
): void {
  const values = [
    ...[locationId, kind, visitId, waiterId, product, deviceId, deviceType, action],
    JSON.stringify(detail),
  ]
  if (tx.isDistributed) sendNumbered(tx, values)
  else tx.send(insertEntry, values)
  notifyFeed(tx, locationId)
}

const findHistory: Statement = {
  name: 'findVisitHistory',
  text: 'SELECT 1 FROM visit_history WHERE location_id = $1 AND kind = $2::visit_kind AND visit_id = $3 LIMIT 1',
}

/** Also true of an id whose party or reservation is deleted. */
export async function hasHistory(
  tx: Queryable,
  locationId: string,
  kind: VisitKind,
  visitId: string,
): Promise<boolean> {
  return (await tx.rows(findHistory, [locationId, kind, visitId])).length > 0
}

// --- read

export type VisitHistoryRow = Row<
  'VisitHistory',
  | 'visitId'
  | 'sequence'
  | 'at'
  | 'action'
  | 'detail'
  | 'callerWaiterId'
  | 'callerProduct'
  | 'callerDeviceId'
  | 'callerDeviceType'
>

const findVisit: Record<VisitKind, Statement> = {
  Party: {
    name: 'findParty',
    text: 'SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $2',
  },
  Reservation: {
    name: 'findReservation',
    text: 'SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $2',
  },
}

/**
 * Oldest first; also of a party or reservation that is deleted.
 * @throws Refusal NotFound: no party or reservation ever had this id
 */
export async function readVisitHistory(
  database: Queryable,
  locationId: string,
  { kind, visitId }: Pick<VisitEntry, 'kind' | 'visitId'>,
  page: PageRequest,
): Promise<Page<VisitHistoryRow>> {
  const [isKnown, visits, entries] = await Promise.all([
    hasHistory(database, locationId, kind, visitId),
    database.rows(findVisit[kind], [locationId, visitId]),
    readPage<VisitHistoryRow, VisitHistoryRow>(
      database,
      {
        name: 'visit_history',
        columns: `h.visit_id, h.sequence, h.at, h.action, h.detail, h.caller_waiter_id, h.caller_product, h.caller_device_id,
            h.caller_device_type`,
        source: 'FROM visit_history h',
        conditions: [
          { tag: 'v', sql: 'h.location_id = ?', value: locationId },
          { tag: 'k', sql: 'h.kind = ?::visit_kind', value: kind },
          { tag: 'i', sql: 'h.visit_id = ?', value: visitId },
        ],
        order: { at: 'h.sequence', id: 'h.visit_id', descending: false, atType: 'int' },
      },
      page,
      { keyOf: (row) => ({ at: row.sequence, id: row.visit_id }), resultOf: (row) => row },
    ),
  ])
  if (!isKnown && visits.length === 0) throw notFound(nameOfKind[kind], visitId)
  return entries
}
