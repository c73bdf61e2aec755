// Calls to Dojo on behalf of one venue: its key, our company's id, and one change at a time.
import type { DojoOutput } from '../contract/dojo-api.ts'
import { createDojoClient, type DojoClient } from '../dojo/client/index.ts'
import { invalid } from '../domain/errors.ts'
import type { Store } from '../store/index.ts'
import { isDojoKey, readDojoKey } from './dojo-keys.ts'
import { showLocation } from './locations.ts'

/** What Dojo has registered for the venue's account. */
export type Integrations = DojoOutput<'EposIntegrations_List'>

/** The part of the configuration that calls to Dojo need. */
export interface DojoConfig {
  publicUrl: string | undefined
  routePrefix: string
  softwareHouseId: string | undefined
  resellerId: string | undefined
  dojoApiUrl: string
}

export interface DojoDeps {
  store: Store
  config: DojoConfig
  /** Called only when there is something to encrypt or decrypt. */
  secretsKey: () => string
  connect?: typeof createDojoClient
}

/** Runs `work` with a client that has the venue's key, and closes it afterwards. */
export type AskDojo = <T>(work: (client: DojoClient) => Promise<T>) => Promise<T>

/**
 * Checks what a call to Dojo needs, before anything is sent.
 * @throws Refusal: SOFTWARE_HOUSE_ID missing, no such venue, no Dojo API key or not one of Dojo's.
 *   Error: the key was stored under another SECRETS_KEY
 */
export async function dojoOf(deps: DojoDeps, locationId: string): Promise<AskDojo> {
  const {
    config: { dojoApiUrl: apiUrl, softwareHouseId, resellerId },
    connect = createDojoClient,
  } = deps
  if (softwareHouseId === undefined) {
    throw invalid('SOFTWARE_HOUSE_ID is not set. Dojo gives every EPOS company one.')
  }
  const key = await keyOf(deps, locationId)
  return async (work) => {
    const client = connect({ apiUrl, key, softwareHouseId, resellerId })
    try {
      return await work(client)
    } finally {
      await client.close()
    }
  }
}

async function keyOf(
  { store: { prisma }, secretsKey }: DojoDeps,
  locationId: string,
): Promise<string> {
  const { hasDojoKey } = await showLocation(prisma, locationId)
  const key = await readDojoKey(prisma, locationId, hasDojoKey ? secretsKey() : '')
  if (!isDojoKey(key)) {
    throw invalid(
      `The Dojo API key of ${locationId} does not begin with sk_sandbox_ or sk_prod_. ` +
        `Set it again with: npx epos location set-dojo-key --location ${locationId}`,
    )
  }
  return key
}

/**
 * Runs `work` unless the same is running for this venue, on this machine or another.
 * @param what as in: Another registration of this venue is running
 * @throws Error when it is
 */
export async function alone<T>(
  { database: { pool } }: Store,
  what: string,
  locationId: string,
  work: () => Promise<T>,
): Promise<T> {
  const key = [`epos ${what} ${locationId}`]
  const guard = await pool.connect()
  guard.on('error', ignore)
  try {
    const { rows } = await guard.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock(hashtext($1)) AS taken',
      key,
    )
    if (rows[0]?.taken !== true) {
      throw new Error(`Another ${what} of this venue is running. Wait for it to finish.`)
    }
    try {
      return await work()
    } finally {
      await guard.query('SELECT pg_advisory_unlock(hashtext($1))', key).catch(ignore)
    }
  } finally {
    guard.off('error', ignore)
    guard.release()
  }
}

/** A connection that breaks while it holds the lock releases it. */
const ignore = (): void => {}

/** Letter case in host names and a slash at the end make no difference. */
export function sameUrl(a: string, b: string): boolean {
  const plain = (text: string): string => (URL.parse(text)?.href ?? text).replace(/\/+$/, '')
  return plain(a) === plain(b)
}
