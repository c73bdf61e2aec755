// What the bare servers answer and send, taken from this server.
import { listStatement } from '../../src/store/database/keyset.ts'
import {
  lockIntentRow,
  lockOrderRow,
  selectOutline,
  selectWithIntent,
  selectWithLock,
} from '../../src/store/orders/read-order.ts'
import { outlineListing } from '../../src/store/orders/search-orders.ts'
import { hotStatements } from '../../src/store/orders/write-order.ts'
import type { BenchVenue } from './data.ts'
import type { Running } from './measure.ts'

export interface Statement {
  name: string
  text: string
}

export interface Bare {
  orderJson: string
  pageJson: string
  tillOrderJson?: string
  read: Statement
  search: { statement: Statement; values: unknown[] }
  payment: { hold: Statement; readIntentForUpdate: Statement; read: Statement; write: Statement }
  lock: { read: Statement; take: Statement; release: Statement }
  locationId: string
}

export async function readBare(ours: Running, venue: BenchVenue): Promise<Bare> {
  const headers = { authorization: venue.authorization, 'content-type': 'application/json' }
  const order = await fetch(`${ours.url}/v1/orders/${venue.openOrderId}`, { headers })
  const page = await fetch(`${ours.url}/v1/orders/search`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ payableOnly: true, dineIn: { tableId: venue.tableId } }),
  })
  const { recordPayment, lock, unlock } = hotStatements()
  const filter = { tableId: venue.tableId, payableOnly: true }
  return {
    orderJson: await order.text(),
    pageJson: await page.text(),
    locationId: venue.locationId,
    read: selectOutline,
    search: listStatement(outlineListing(venue.locationId, filter), {
      backwards: false,
      cursor: undefined,
      mostRows: 51,
    }),
    payment: {
      hold: lockOrderRow,
      readIntentForUpdate: lockIntentRow,
      read: selectWithIntent,
      write: recordPayment,
    },
    lock: { read: selectWithLock, take: lock, release: unlock },
  }
}
