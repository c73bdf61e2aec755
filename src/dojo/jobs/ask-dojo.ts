// Asks Dojo while somebody waits for the answer: a guest with a card, or a till. Nothing is queued:
// either Dojo answers in time, or the caller learns that it did not.
import { Unavailable } from '../../domain/errors.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { markKeyAccepted, markKeyRefused, readSealedKey } from '../../store/venue/dojo-keys.ts'
import { DojoFault } from '../client/errors.ts'
import type { DojoClient } from '../client/index.ts'
import { readIntent } from './read-intent.ts'
import { isKeyRefused, KEY_REFUSED } from './run-job.ts'

export interface AskDojoDeps {
  database: Database
  /** @throws Error when the key cannot be decrypted */
  openKey: (sealed: Buffer, locationId: string) => string
  connect: (key: string) => DojoClient
  /** Logs what the venue's operator should know. */
  notice: (locationId: string, message: string, detail: object) => void
}

export class NoKey extends Error {
  override readonly name = 'NoKey'
}

/**
 * Also asks where Dojo has just rejected the key: somebody is waiting, and the key may have been
 * put right at Dojo since.
 * @throws NoKey, and what `work` throws
 */
export async function askDojo<T>(
  { database, openKey, connect, notice }: AskDojoDeps,
  locationId: string,
  work: (client: DojoClient) => Promise<T>,
): Promise<T> {
  const key = await readSealedKey(database, locationId)
  if (key === undefined) {
    throw new NoKey('This venue has no Dojo API key. Set it with npx epos location set-dojo-key.')
  }
  try {
    const answer = await work(connect(openKey(key.sealedKey, locationId)))
    if (key.wasRefused) await markKeyAccepted(database, locationId)
    return answer
  } catch (error) {
    if (isKeyRefused(error) && (await markKeyRefused(database, locationId))) {
      notice(locationId, KEY_REFUSED, {})
    }
    throw error
  }
}

/**
 * The payment intent as it is at Dojo now; undefined when Dojo does not know it.
 * @throws Unavailable: Dojo cannot be asked, or its answer makes no sense
 */
export type AskForIntent = (
  locationId: string,
  paymentIntentId: string,
) => Promise<IntentFacts | undefined>

/** For a payment that is verified before it is answered. */
export function createAskForIntent(deps: AskDojoDeps): AskForIntent {
  return async (locationId, paymentIntentId) => {
    try {
      return await askDojo(
        deps,
        locationId,
        async (client) =>
          await readIntent(client, paymentIntentId, { timeoutMs: limits.verifyBeforeTimeoutMs }),
      )
    } catch (error) {
      if (!(error instanceof DojoFault || error instanceof NoKey)) throw error
      const why = error instanceof DojoFault ? error.forCallers : error.message
      throw notVerified(why, error)
    }
  }
}

/** For a server that has no software house id, and so cannot call Dojo. */
export const cannotAskForIntent: AskForIntent = async () => {
  throw notVerified('this server has no SOFTWARE_HOUSE_ID.')
}

function notVerified(why: string, cause?: unknown): Unavailable {
  return new Unavailable(why, {
    cause,
    debugMessage: `The payment was not recorded: it cannot be verified with Dojo now. ${why}`,
  })
}
