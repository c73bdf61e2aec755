import type { BillTemplate } from '../../domain/paper/bill.ts'
import type { Queryable, SharedStatement } from '../database/database.ts'
import type { Row } from '../database/row.ts'

const selectBillFacts: SharedStatement = {
  name: 'bill_facts',
  text: `SELECT l.bill_template, l.time_zone, (SELECT w.name FROM waiters w WHERE w.location_id = $1 AND w.waiter_id = $2) AS waiter_name
    FROM locations l WHERE l.location_id = $1`,
  parameters: ['text', 'text'],
}

export interface BillFacts {
  template: BillTemplate
  timeZone: string
  waiterName: string | undefined
}

/** The same for an order, with its waiter. */
export interface OrderBillFacts extends BillFacts {
  waiterId: string | undefined
}

/** What a bill of the venue shows besides the order. */
export async function readBillFacts(
  database: Queryable,
  locationId: string,
  waiterId: string | undefined,
): Promise<BillFacts> {
  const [row] = await database.rows<FactsRow>(selectBillFacts, [locationId, waiterId])
  return factsOf(row!)
}

type FactsRow = Row<'Location', 'timeZone'> & {
  bill_template: BillTemplate
  waiter_name: string | null
}

const factsOf = (row: FactsRow): BillFacts => ({
  template: row.bill_template,
  timeZone: row.time_zone,
  waiterName: row.waiter_name ?? undefined,
})

// A bill is shown while a card machine waits: one statement, prepared.
export const selectBillFactsOf: SharedStatement = {
  name: 'bill_facts_of_order',
  text: `SELECT l.bill_template, l.time_zone,
      (SELECT o.waiter_id FROM orders o WHERE o.location_id = $1 AND o.order_id = $2) AS waiter_id,
      (SELECT w.name FROM orders o JOIN waiters w ON w.location_id = $1 AND w.waiter_id = o.waiter_id
        WHERE o.location_id = $1 AND o.order_id = $2) AS waiter_name
    FROM locations l WHERE l.location_id = $1`,
  parameters: ['text', 'text'],
}

/** An order that the venue does not have has no waiter. */
export async function readBillFactsOf(
  database: Queryable,
  locationId: string,
  orderId: string,
): Promise<OrderBillFacts> {
  const [row] = await database.rows<FactsRow & { waiter_id: string | null }>(selectBillFactsOf, [
    locationId,
    orderId,
  ])
  return { ...factsOf(row!), waiterId: row!.waiter_id ?? undefined }
}
