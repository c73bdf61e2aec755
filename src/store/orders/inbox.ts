// What waits for a till that keeps its own orders, written in the transaction of the change. A row
// is about an entity: ten changes that the till has not seen are one entry.
import type { InboxKind, InboxNote } from '../../domain/orders/inbox.ts'
import type { InboxThen, VerifyPayments } from '../../domain/venue/venue.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import { VERIFICATION, verified, type VerificationRow } from '../venue/verification.ts'

const insertEntry: Statement = {
  name: 'inbox_insert',
  text: `INSERT INTO inbox AS i (location_id, kind, entity_id, order_id, queued_at)
    VALUES ($1, $2::inbox_kind, $3, $4, clock_timestamp())
    ON CONFLICT (location_id, kind, entity_id) DO UPDATE SET version = i.version + 1`,
}

/** The commit waits for it. */
export function queueForTill(
  tx: Transaction,
  locationId: string,
  { kind, entityId, orderId }: InboxNote,
): void {
  tx.send(insertEntry, [locationId, kind, entityId, orderId])
}

export interface InboxEntry {
  kind: InboxKind
  entityId: string
  orderId: string | null
  version: number
  queuedAt: Date
  overdueAt: Date | null
}

const columns = `i.kind, i.entity_id AS "entityId", i.order_id AS "orderId", i.version,
      i.queued_at AS "queuedAt", i.overdue_at AS "overdueAt"`

// A payment waits until its order is at the till.
const selectEntries: Statement = {
  name: 'inbox_read',
  text: `SELECT ${columns} FROM inbox i WHERE i.location_id = $1
      AND (i.kind <> 'Payment' OR EXISTS (SELECT 1 FROM orders o
        WHERE o.location_id = $1 AND o.order_id = i.order_id AND o.mirror_id IS NOT NULL))
    ORDER BY i.queued_at, i.kind, i.entity_id LIMIT $2`,
}

/** The oldest first. */
export async function readInbox(
  database: Queryable,
  locationId: string,
  rows: number,
): Promise<InboxEntry[]> {
  return await database.rows<InboxEntry>(selectEntries, [locationId, rows])
}

const deleteEntry: Statement = {
  name: 'inbox_delete',
  text: `DELETE FROM inbox WHERE location_id = $1 AND kind = $2::inbox_kind AND entity_id = $3 AND version <= $4`,
}

/** Unless it has changed since that version. */
export function clearInboxEntry(
  tx: Transaction,
  locationId: string,
  { kind, entityId, version }: Pick<InboxEntry, 'kind' | 'entityId' | 'version'>,
): void {
  tx.send(deleteEntry, [locationId, kind, entityId, version])
}

const deleteOfOrder: Statement = {
  name: 'inbox_delete_order',
  text: `DELETE FROM inbox WHERE location_id = $1
    AND ((kind = 'Order' AND entity_id = $2) OR (kind = 'Payment' AND order_id = $2))`,
}

/** An order that the till will never have, with its payments. */
export function clearInboxOfOrder(tx: Transaction, locationId: string, orderId: string): void {
  tx.send(deleteOfOrder, [locationId, orderId])
}

const selectOverdue: Statement = {
  name: 'inbox_overdue',
  text: `SELECT i.location_id AS "locationId", i.entity_id AS "orderId", l.inbox_then AS "inboxThen", l.currency,
      l.inbox_minutes AS "inboxMinutes",
      ${VERIFICATION}
    FROM inbox i JOIN locations l ON l.location_id = i.location_id
    WHERE i.kind = 'Order' AND i.overdue_at IS NULL
      AND i.queued_at < clock_timestamp() - make_interval(mins => l.inbox_minutes)
    ORDER BY i.queued_at LIMIT $1`,
}

export interface OverdueOrder {
  locationId: string
  orderId: string
  inboxThen: InboxThen
  inboxMinutes: number
  currency: string
  verifyPayments: VerifyPayments
}

/** Orders of any venue that its till has not acknowledged in the time that the venue gives it. */
export async function readOverdueOrders(
  database: Queryable,
  rows: number,
): Promise<OverdueOrder[]> {
  const found = await database.rows<Omit<OverdueOrder, 'verifyPayments'> & VerificationRow>(
    selectOverdue,
    [rows],
  )
  return found.map(verified)
}

const markOverdue: Statement = {
  name: 'inbox_mark_overdue',
  text: `UPDATE inbox SET overdue_at = $3::timestamptz
    WHERE location_id = $1 AND kind = 'Order' AND entity_id = $2 AND overdue_at IS NULL RETURNING entity_id`,
}

/** @returns false where another server was faster, or the till has acknowledged it */
export async function markInboxOverdue(
  database: Queryable,
  locationId: string,
  orderId: string,
  nowMs: number,
): Promise<boolean> {
  const rows = await database.rows(markOverdue, [locationId, orderId, new Date(nowMs)])
  return rows.length > 0
}
