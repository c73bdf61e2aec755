// Payments whose answer may not have reached Dojo, because the connection or the process ended
// first. Dojo may take such a payment back, so it is checked until Dojo certainly keeps it.
import { setTimeout as wait } from 'node:timers/promises'
import { noteLostReply } from '../../actions/payments/note-lost-reply.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { markRecentRepliesLost } from '../../store/payments/lost-replies.ts'

export interface LostReplies {
  /** Notes the payments whose answers the process before this one may have owed. */
  start: () => void
  stop: () => void
  /** The answer to these payments of the venue was not sent. */
  note: (locationId: string, paymentIntentIds: readonly string[]) => void
}

export function createLostReplies(database: Database): LostReplies {
  const stopping = new AbortController()
  // The database may be away for a moment, perhaps for the same reason as the connection.
  const untilDone = async (work: () => Promise<void>): Promise<void> => {
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
      void untilDone(async () => {
        await markRecentRepliesLost(database)
      })
    },
    stop: () => {
      stopping.abort()
    },
    note: (locationId, paymentIntentIds) => {
      void untilDone(async () => {
        await noteLostReply(database, locationId, paymentIntentIds)
      })
    },
  }
}
