// A write with an Idempotency-Key: done once, and answered the same when it is sent again. The
// answer is kept in the transaction of the write.
import { keyReused } from '../../domain/idempotency.ts'
import type { Transaction } from '../../store/database/database.ts'
import { keepAnswer, reserveKey, type KeptAnswer } from '../../store/database/idempotency.ts'

export interface KeyedRequest {
  locationId: string
  key: string
  /** Tells the request apart from others with the same key. */
  requestHash: Buffer
}

/**
 * Runs `work` for a new key, and keeps the answer that `answerOf` makes of its result.
 * @throws Refusal Conflict `key-reused`: the key was used for another request
 */
export async function answerOnce<Result>(
  tx: Transaction,
  { locationId, key, requestHash }: KeyedRequest,
  { work, answerOf }: { work: () => Promise<Result>; answerOf: (result: Result) => KeptAnswer },
): Promise<{ result: Result } | { kept: KeptAnswer }> {
  const { isSameRequest, kept } = await reserveKey(tx, locationId, { key, requestHash })
  if (!isSameRequest) throw keyReused(key)
  if (kept !== undefined) return { kept }
  const result = await work()
  keepAnswer(tx, locationId, { key, ...answerOf(result) })
  return { result }
}
