// What the kitchen still has to do: items that are ordered and not done, oldest first, with their
// modifiers and sub-items.
import { notCookedStatuses } from '../../domain/orders/kitchen.ts'
import { limits } from '../../limits.ts'
import type { OrderStatus, OrderType } from '../../domain/orders/order.ts'
import type { Queryable, Statement } from '../database/database.ts'
import { listOf } from '../database/json-sql.ts'
import { isOpenSql } from './order-sql.ts'

export interface KitchenPart {
  lineId: string
  parentLineId: string
  kind: 'SubItem' | 'Modifier'
  name: string
  plu: string
  quantity: number
  note?: string
  readyAt?: string
}

export interface KitchenItem {
  line_id: string
  plu: string
  name: string
  quantity: number
  course: string | null
  note: string | null
  waiter_id: string | null
  created_at: Date
  /** Those of the whole order, in its sequence. */
  parts: KitchenPart[] | null
  order_id: string
  order_type: OrderType
  status: OrderStatus
  display_name: string | null
  reference: string | null
  table_id: string | null
  table_name: string | null
  order_waiter_id: string | null
  order_note: string | null
  collect_at: Date | null
  collect_asap: boolean | null
  now: Date
}

const parts = `SELECT json_strip_nulls(json_agg(json_build_object(
      'lineId', p.line_id, 'parentLineId', p.parent_line_id, 'kind', p.kind, 'name', p.name, 'plu', p.plu,
      'quantity', p.quantity, 'note', p.note, 'readyAt', p.ready_at AT TIME ZONE 'UTC'
    ) ORDER BY p.position, p.line_id))
    FROM order_lines p WHERE p.location_id = $1 AND p.order_id = l.order_id AND p.kind <> 'Item' AND p.voided_at IS NULL`

const selectKitchenItems: Statement = {
  name: 'kitchen_items',
  text: `SELECT l.line_id, l.plu, l.name, l.quantity, l.course, l.note, l.waiter_id, l.created_at, (${parts}) AS parts,
      o.order_id, o.order_type, o.status, o.display_name, o.reference, o.table_id, t.name AS table_name,
      o.waiter_id AS order_waiter_id, o.note AS order_note, o.collect_at, o.collect_asap,
      clock_timestamp()::timestamptz(3) AS now
    FROM order_lines l
      JOIN orders o ON o.location_id = l.location_id AND o.order_id = l.order_id
      LEFT JOIN tables t ON t.location_id = o.location_id AND t.table_id = o.table_id
    WHERE l.location_id = $1 AND l.ready_at IS NULL AND l.voided_at IS NULL AND l.kind = 'Item'
      AND l.created_at > statement_timestamp() - make_interval(days => $4)
      AND o.status NOT IN ${listOf(notCookedStatuses)}
      AND (${isOpenSql('o')} OR l.created_at > statement_timestamp() - make_interval(secs => $5))
      AND ($2::text IS NULL OR normalize(l.course) = normalize($2::text))
    ORDER BY l.created_at, l.order_id, l.position LIMIT $3`,
}

/** Oldest first. */
export async function readKitchen(
  database: Queryable,
  locationId: string,
  { course, rows }: { course?: string; rows: number },
): Promise<KitchenItem[]> {
  return await database.rows<KitchenItem>(selectKitchenItems, [
    locationId,
    course,
    rows,
    limits.kitchenDays,
    limits.kitchenAfterPaidSeconds,
  ])
}
