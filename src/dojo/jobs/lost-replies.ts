// Payments whose answers Dojo may not have had: the connection was gone before the answer was sent,
// or the process was. Dojo may take such a payment back, so it is looked at until that is certain.
import { setTimeout as wait } from 'node:timers/promises'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { noteLostReply, noteRecentReplies } from '../../store/payments/intents.ts'

export interface LostReplies {
  /** Looks after what the process before may have owed. */
  start: () => void
  stop: () => void
  /** An answer to these payments of the venue was not sent. */
  note: (locationId: string, paymentIntentIds: readonly string[]) => void
}

export function createLostReplies(database: Database): LostReplies {
  const stopping = new AbortController()
  // The database may be away for a moment, which may be why the connection is gone.
  const insist = async (work: () => Promise<void>): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await work()
        return
      } catch {
        await wait(limits.jobRecordRetryMs, undefined, { ref: false })
      }
    }
  }
  return {
    start: () => {
      void insist(async () => {
        await noteRecentReplies(database)
      })
    },
    stop: () => {
      stopping.abort()
    },
    note: (locationId, paymentIntentIds) => {
      void insist(async () => {
        await noteLostReply(database, locationId, paymentIntentIds)
      })
    },
  }
}
