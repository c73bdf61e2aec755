// What the bare servers answer and send, taken from this server.
import type { OrderWrite } from '../../src/domain/orders/order-write.ts'
import { listStatement } from '../../src/store/database/keyset.ts'
import {
  lockIntentRow,
  lockOrderRow,
  selectOrder,
  selectOutline,
  selectWithIntent,
  selectWithLastEntry,
  selectWithLock,
} from '../../src/store/orders/read-order.ts'
import { outlineListing } from '../../src/store/orders/search-orders.ts'
import { hotStatements, statementFor } from '../../src/store/orders/write-order.ts'
import { selectBillFactsOf } from '../../src/store/venue/bills.ts'
import { selectOffers } from '../../src/store/venue/menu.ts'
import { findAccess } from '../../src/store/venue/till-tokens.ts'
import type { BenchVenue } from './data.ts'
import type { Running } from './measure.ts'

export interface Statement {
  name: string
  text: string
}

/** What adding a line sends, with values of which the venue, the order and the line's id change. */
export interface LinesBare {
  token: Statement
  offers: Statement
  read: Statement
  write: Statement
  values: unknown[]
  lineId: string
}

export interface Bare {
  orderJson: string
  pageJson: string
  tillOrderJson?: string
  read: Statement
  search: Statement
  payment: { hold: Statement; readIntentForUpdate: Statement; read: Statement; write: Statement }
  lock: { readToTake: Statement; read: Statement; take: Statement; release: Statement }
  bill: { facts: Statement; read: Statement; note: Statement }
  lines?: LinesBare
  /** Venues by the credential or token of their requests. */
  venues: Record<string, string>
}

export async function readBare(
  ours: Running,
  venue: BenchVenue,
  others: readonly { authorization: string; locationId: string }[],
): Promise<Bare> {
  const headers = { authorization: venue.authorization, 'content-type': 'application/json' }
  const order = await fetch(`${ours.url}/v1/orders/${venue.openOrderId}`, { headers })
  const page = await fetch(`${ours.url}/v1/orders/search`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ payableOnly: true, dineIn: { tableId: venue.tableId } }),
  })
  const { recordPayment, lock, unlock, note } = hotStatements()
  const filter = { tableId: venue.tableId, payableOnly: true }
  const firstPage = { backwards: false, cursor: undefined, mostRows: 51 }
  return {
    orderJson: await order.text(),
    pageJson: await page.text(),
    venues: Object.fromEntries(
      [venue, ...others].map(({ authorization, locationId }) => [authorization, locationId]),
    ),
    read: selectOutline,
    search: listStatement(outlineListing(venue.locationId, filter), firstPage).statement,
    payment: {
      hold: lockOrderRow,
      readIntentForUpdate: lockIntentRow,
      read: selectWithIntent,
      write: recordPayment,
    },
    lock: { readToTake: selectOrder, read: selectWithLock, take: lock, release: unlock },
    bill: { facts: selectBillFactsOf, read: selectWithLastEntry, note },
  }
}

/** What this server sends for a line that it adds. */
export function linesBare(write: OrderWrite, locationId: string): LinesBare {
  const { statement, values } = statementFor({
    caller: { locationId, currency: 'GBP', verifyPayments: 'off', kind: 'native' },
    write,
    nowMs: Date.now(),
  })
  return {
    token: findAccess,
    offers: selectOffers,
    read: selectOrder,
    write: statement,
    values,
    lineId: write.delta.lines![0]!.lineId!,
  }
}
