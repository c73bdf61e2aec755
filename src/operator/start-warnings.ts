// What an operator must know as soon as the server listens, because requests fail or can be abused
// until it is put right.
import { placeOf } from '../store/database/database-url.ts'
import { inSentences } from '../store/database/trouble.ts'

export interface StartOptions {
  databaseUrl: string | undefined
  dataDir: string
  trustProxy: boolean | number | string
}

type PendingMigrations = () => Promise<readonly string[]>

/**
 * @param pendingMigrations resolves to those that the database lacks
 * @returns paragraphs, each of what is wrong and what to do
 */
export async function startWarnings(
  options: StartOptions,
  pendingMigrations: PendingMigrations,
): Promise<string[]> {
  const fault = await databaseFault(pendingMigrations, placeOf(options))
  const warnings = fault === undefined ? [] : [`${fault}\nUntil then requests are answered 503.`]
  return trustsEverybody(options.trustProxy) ? [...warnings, TRUSTS_EVERYBODY] : warnings
}

const TRUSTS_EVERYBODY =
  'With TRUST_PROXY as it is, callers choose the address by which their wrong credentials are ' +
  'counted.\nSet it to the number of proxies in front of the server, or to their addresses.'

async function databaseFault(
  pendingMigrations: PendingMigrations,
  place: string,
): Promise<string | undefined> {
  try {
    const missing = (await pendingMigrations()).length
    if (missing === 0) return undefined
    return (
      `The database ${place} lacks ${missing} of this version's migrations. ` +
      'Run npm run migrate, or start with MIGRATE_ON_START=true.'
    )
  } catch (error) {
    return inSentences(error, place)
  }
}

/** True for a list with a range that contains every address, too. */
function trustsEverybody(trustProxy: StartOptions['trustProxy']): boolean {
  if (typeof trustProxy === 'boolean') return trustProxy
  return typeof trustProxy === 'string' && /(^|,)\s*[\d.:a-f]+\/0\s*(,|$)/i.test(trustProxy)
}
