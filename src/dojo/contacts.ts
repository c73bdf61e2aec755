// Remembers which venues Dojo calls, and writes it down about once a second: no call waits for it,
// and a thousand calls are one statement. What a process that dies has not written is lost; it says
// only when somebody last called.
import { noteContacts } from '../actions/venue/note-contacts.ts'
import type { CallRecord } from '../http/call.ts'
import { every, type Repeated } from '../lib/every.ts'
import { limits } from '../limits.ts'
import type { Database } from '../store/database/database.ts'

export interface Contacts extends Pick<Repeated, 'start' | 'stop'> {
  note: (record: CallRecord) => void
  /** Writes now what was noted. */
  flush: () => Promise<void>
}

export function createContacts(database: Database): Contacts {
  /** When each venue was last called, by this process's clock. */
  let calledAtMs = new Map<string, number>()
  const flush = async (): Promise<void> => {
    if (calledAtMs.size === 0) return
    const noted = calledAtMs
    calledAtMs = new Map()
    const nowMs = performance.now()
    const agesSeconds = new Map([...noted].map(([id, atMs]) => [id, (nowMs - atMs) / 1000]))
    await noteContacts(database, agesSeconds)
  }
  const { start, stop } = every(limits.dojoContactMs, flush)
  return {
    start,
    stop,
    flush,
    note: ({ served, caller }) => {
      if (served?.api !== 'dojo' || caller === undefined) return
      calledAtMs.set(caller.locationId, performance.now())
    },
  }
}
