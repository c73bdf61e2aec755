// Asks Dojo for a payment intent while somebody waits for the answer: quickly, or not at all.
import { DojoFault } from '../client/errors.ts'
import type { DojoClient } from '../client/index.ts'
import { Unavailable } from '../../domain/errors.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'
import { limits } from '../../limits.ts'
import { markKeyAccepted, markKeyRefused, readSealedKey } from '../../store/venue/dojo-keys.ts'
import type { Database } from '../../store/database/database.ts'
import { isKeyRefused, KEY_REFUSED } from './worker.ts'
import { readIntent } from './read-intent.ts'

export interface AskDojoDeps {
  database: Database
  /** @throws Error when the key does not open */
  openKey: (sealed: Buffer, locationId: string) => string
  connect: (key: string) => DojoClient
  notice: (locationId: string, message: string, detail: object) => void
}

export type AskForIntent = (
  locationId: string,
  paymentIntentId: string,
) => Promise<IntentFacts | undefined>

const unavailable = (why: string, cause?: unknown): Unavailable =>
  new Unavailable(why, {
    cause,
    debugMessage: `The payment was not recorded, because it cannot be verified at the moment: ${why}`,
  })

/** For a server that does not talk to Dojo. */
export const cannotAskForIntent: AskForIntent = async () => {
  throw unavailable('this server has no SOFTWARE_HOUSE_ID to ask Dojo with.')
}

/** @throws Unavailable: Dojo cannot be asked, or its answer makes no sense */
export const createAskForIntent =
  (deps: AskDojoDeps): AskForIntent =>
  async (locationId, paymentIntentId) => {
    try {
      return await askNow(
        deps,
        locationId,
        async (client) =>
          await readIntent(client, paymentIntentId, { timeoutMs: limits.verifyBeforeTimeoutMs }),
      )
    } catch (error) {
      if (!(error instanceof DojoFault || error instanceof NoKey)) throw error
      throw unavailable(error.message, error)
    }
  }

export class NoKey extends Error {
  override readonly name = 'NoKey'
}

/**
 * Asks also where Dojo refused the key a moment ago: a guest waits, and a payment is no hammering.
 * @throws NoKey, and what `work` throws
 */
export async function askNow<T>(
  { database, openKey, connect, notice }: AskDojoDeps,
  locationId: string,
  work: (client: DojoClient) => Promise<T>,
): Promise<T> {
  const key = await readSealedKey(database, locationId)
  if (key === undefined) {
    throw new NoKey('the venue has no Dojo API key. Set it with npm run location -- set-dojo-key.')
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
