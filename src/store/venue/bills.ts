import type { BillTemplate } from '../../domain/paper/bill.ts'
import type { Queryable, Statement } from '../database/database.ts'

const FACTS: Statement = {
  name: 'bill_facts',
  text: `SELECT l.bill_template, l.time_zone, (SELECT w.name FROM waiters w WHERE w.location_id = $1 AND w.waiter_id = $2) AS waiter_name
    FROM locations l WHERE l.location_id = $1`,
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
  const [row] = await database.rows<{
    bill_template: BillTemplate
    time_zone: string
    waiter_name: string | null
  }>(FACTS, [locationId, waiterId])
  return {
    template: row!.bill_template,
    timeZone: row!.time_zone,
    waiterName: row!.waiter_name ?? undefined,
  }
}
