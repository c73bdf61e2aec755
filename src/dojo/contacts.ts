// Remembers which venues Dojo calls, and writes it down: a venue that was silent within about a
// second, one that is called all the time every few seconds. No call waits for it, and hundreds of
// venues are one statement. What a process that dies has not written is lost; it says only when
// somebody last called.
import { noteContacts } from '../actions/venue/note-contacts.ts'
import type { CallRecord } from '../http/call.ts'
import { every, type Repeated } from '../lib/every.ts'
import { inPieces } from '../lib/in-pieces.ts'
import { limits } from '../limits.ts'
import type { Database } from '../store/database/database.ts'

export interface Contacts extends Pick<Repeated, 'start' | 'stop'> {
  note: (record: CallRecord) => void
  /** Writes what is due, as it is done from time to time. */
  writeDue: () => Promise<void>
  /** Writes now what was noted. */
  flush: () => Promise<void>
}

/** Times of the process's clock. */
interface Contact {
  calledAtMs: number
  /** Which calls are written down: those before. */
  writtenAtMs: number
}

interface Due {
  /** How long ago a venue was last written down, if it is written again. */
  silentMs: number
  /** Venues at a time. */
  most: number
  /** Between two statements. */
  restMs: number
}

export function createContacts(
  database: Database,
  now: () => number = () => performance.now(),
): Contacts {
  const contacts = new Map<string, Contact>()
  const write = async ({ silentMs, most, restMs }: Due): Promise<void> => {
    const nowMs = now()
    const due: [string, Contact][] = []
    for (const [locationId, contact] of contacts) {
      const isRecent = nowMs - contact.writtenAtMs < silentMs
      if (isRecent) continue
      if (contact.calledAtMs >= contact.writtenAtMs) due.push([locationId, contact])
      else contacts.delete(locationId)
    }
    const pieces = { size: limits.dojoContactsTogether, restMs }
    await inPieces(due.slice(0, most), pieces, async (some) => {
      const writtenAtMs = now()
      const ages = some.map(
        ([id, { calledAtMs }]) => [id, (writtenAtMs - calledAtMs) / 1000] as const,
      )
      await noteContacts(database, new Map(ages))
      for (const [, contact] of some) contact.writtenAtMs = writtenAtMs
    })
  }
  const writeDue = async (): Promise<void> => {
    await write({
      silentMs: limits.dojoContactAgainMs,
      most: limits.dojoContactsAtOnce,
      restMs: limits.logRestMs,
    })
  }
  const { start, stop } = every(limits.dojoContactMs, writeDue)
  const flush = async (): Promise<void> => {
    await write({ silentMs: 0, most: Infinity, restMs: 0 })
  }
  return {
    start,
    writeDue,
    flush,
    stop: async () => {
      await stop()
      await flush().catch(() => {})
    },
    note: ({ served, caller }) => {
      if (served?.api !== 'dojo' || caller === undefined) return
      const calledAtMs = now()
      const known = contacts.get(caller.locationId)
      if (known !== undefined) known.calledAtMs = calledAtMs
      else contacts.set(caller.locationId, { calledAtMs, writtenAtMs: -Infinity })
    },
  }
}
