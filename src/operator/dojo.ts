// The way to Dojo on behalf of one venue: its key, our company's id, and one change at a time.
import { createDojoClient, type DojoClient } from '../dojo/client/index.ts'
import { invalid } from '../domain/errors.ts'
import type { Store } from '../store/index.ts'
import { isDojoKey, readDojoKey, showLocation } from './locations.ts'

/** The part of the server's configuration that Dojo is told, or asked with. */
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
  /** Asked for once there is something to open or to seal. */
  secretsKey: () => string
  connect?: typeof createDojoClient
}

/** Runs `work` with a client of the venue's key, which is closed afterwards. */
export type AskDojo = <T>(work: (client: DojoClient) => Promise<T>) => Promise<T>

/**
 * Checks what a call to Dojo needs; nothing is sent yet.
 * @throws Refusal: SOFTWARE_HOUSE_ID missing, an unknown venue, no Dojo key or none of Dojo's.
 *   Error: SECRETS_KEY is another one
 */
export async function dojoOf(deps: DojoDeps, locationId: string): Promise<AskDojo> {
  const {
    config: { dojoApiUrl: apiUrl, softwareHouseId, resellerId },
    connect = createDojoClient,
  } = deps
  if (softwareHouseId === undefined) {
    throw invalid('SOFTWARE_HOUSE_ID is not set: Dojo gives every EPOS company one.')
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
      `The Dojo API key of ${locationId} does not begin with sk_sandbox_ or sk_prod_. Set it again with: npx epos location set-dojo-key --location ${locationId}`,
    )
  }
  return key
}

/**
 * Runs `work` while nobody else runs the same of this venue, on any machine.
 * @param what as in: Another registration of this venue is under way
 * @throws Error when somebody does
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
      throw new Error(`Another ${what} of this venue is under way. Wait for it to end.`)
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

/** A connection that broke while it held the lock has let go of it. */
const ignore = (): void => {}

/** Host names are written in either letter case, and a slash at the end changes nothing. */
export function sameUrl(a: string, b: string): boolean {
  const plain = (text: string): string => (URL.parse(text)?.href ?? text).replace(/\/+$/, '')
  return plain(a) === plain(b)
}
