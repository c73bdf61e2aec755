// Those who look at every call once it has ended: the metrics, the contacts of a venue with Dojo,
// and the log of its requests.
import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { SharedChanges } from '../actions/orders/change-together.ts'
import { createContacts, type Contacts } from '../dojo/contacts.ts'
import { createRequestLog, type RequestLog } from '../dojo/request-log/index.ts'
import type { NewId } from '../domain/ids.ts'
import type { CallRecord } from '../http/call.ts'
import { createMetrics } from '../http/metrics.ts'
import type { Store } from '../store/index.ts'
import { readLocksHeld } from '../store/orders/locks-held.ts'

export interface Calls {
  registry: Registry
  contacts: Contacts
  requestLog: RequestLog
  onCall: (record: CallRecord) => void
}

export function watchCalls({
  pool,
  store: { database, reads },
  changes,
  newId,
}: {
  pool: pg.Pool
  store: Store
  changes: SharedChanges
  newId: NewId
}): Calls {
  const { registry, observeCall } = createMetrics({
    pool,
    trips: () => [...reads.counts(), ['order_change', changes.counts]],
    locksHeld: async () => await readLocksHeld(database),
  })
  const contacts = createContacts(database)
  const requestLog = createRequestLog({ database, newId, registry })
  const onCall = (record: CallRecord): void => {
    observeCall(record)
    contacts.note(record)
    requestLog.note(record)
  }
  return { registry, contacts, requestLog, onCall }
}
