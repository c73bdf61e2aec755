import type { BillTemplate } from '../../domain/paper/bill.ts'
import type { Queryable, SharedStatement } from '../database/database.ts'
import type { Row } from '../database/row.ts'

// A bill is shown while a card machine waits: one statement, prepared.
export const selectBillFacts: SharedStatement = {
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

/** What a bill of the venue shows besides the order. */
export async function readBillFacts(
  database: Queryable,
  locationId: string,
  waiterId: string | undefined,
): Promise<BillFacts> {
  type Facts = Row<'Location', 'timeZone'> & {
    bill_template: BillTemplate
    waiter_name: string | null
  }
  const [row] = await database.rows<Facts>(selectBillFacts, [locationId, waiterId])
  return {
    template: row!.bill_template,
    timeZone: row!.time_zone,
    waiterName: row!.waiter_name ?? undefined,
  }
}
