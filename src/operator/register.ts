// Registers a venue with Dojo: the capabilities that Dojo may call, where it finds them, and a
// credential made for it. Run on every deploy; each run gives Dojo a fresh credential, and the ones
// before it end only when Dojo has the new one.
import {
  capabilities,
  capabilityNames,
  CAPABILITY_VERSION,
  currentName,
  lockCapabilities,
  registerableNames,
  registeredNames,
  type CapabilityName,
  type Product,
} from '../contract/capabilities.ts'
import type { DojoInput, DojoOutput } from '../contract/dojo-api.ts'
import { DojoFault } from '../dojo/client/errors.ts'
import type { DojoClient } from '../dojo/client/index.ts'
import { invalid } from '../domain/errors.ts'
import type { Store } from '../store/index.ts'
import { alone, dojoOf, sameUrl, type DojoDeps } from './dojo.ts'
import { revokeCredentials, rotateCredential, showLocation } from './locations.ts'
import { dojoUrlOf } from './public-url.ts'

type RestRegistration = DojoInput<'EposIntegrations_PutRest'>
export type Integrations = DojoOutput<'EposIntegrations_List'>

/** All capabilities unless `capabilities` or `product` chooses. */
export interface RegisterOptions {
  locationId: string
  /** Names, of today or from before; HandleEvent alone means both of its events. */
  capabilities?: readonly string[]
  product?: Product | 'all'
  /** Checks, and tells what would be sent, without a call and without a change. */
  dryRun?: boolean
  allowInsecure?: boolean
}

export interface Registration {
  /** What was sent, or would be, with its password hidden. */
  request: RestRegistration
  /** Undefined after a dry run. */
  outcome: { comparison: Comparison; revokedUsernames: string[] } | undefined
}

/** What Dojo says afterwards. */
export interface Comparison {
  /** At our URL, by today's names. */
  registered: string[]
  /** Sent, but not registered. */
  missing: string[]
  /** Registered at our URL, but nothing that this server does. */
  notServed: string[]
  /** Other URLs that Dojo has for this account. */
  otherUrls: string[]
}

/**
 * @throws Refusal before any call: a capability that this server does not have, order locks in
 *   part, PUBLIC_URL that Dojo cannot use, SOFTWARE_HOUSE_ID missing, an unknown venue, no Dojo key
 *   or none of Dojo's. DojoFault: the venue is not registered, its credentials are as they were
 *   (where Dojo may have taken the fresh one, that one works too).
 */
export async function registerVenue(
  deps: DojoDeps,
  options: RegisterOptions,
): Promise<Registration> {
  const { store, config } = deps
  const { locationId } = options
  const names = chosenNames(options)
  const url = dojoUrlOf(config, options.allowInsecure)
  const askDojo = await dojoOf(deps, locationId)

  const requestWith = (username: string, password: string): RestRegistration => ({
    capabilities: names.map((name) => ({ name, version: CAPABILITY_VERSION })),
    auth: { authType: 'basic', basic: { username, password } },
    url,
  })
  if (options.dryRun === true) {
    return { request: requestWith('(a fresh one)', '(hidden)'), outcome: undefined }
  }

  return await askDojo(async (client) => {
    // Of two runs at once, the one that Dojo hears last need not be the one with the newest
    // credential; so there is one.
    const { username, revokedUsernames } = await alone(
      store,
      'registration',
      locationId,
      async () => await handOver(store, client, locationId, requestWith),
    )
    return {
      request: requestWith(username, '(hidden)'),
      outcome: { comparison: compare(names, url, await readBack(client)), revokedUsernames },
    }
  })
}

/** The names to register, in the order of the table. */
export function chosenNames({
  capabilities: chosen,
  product = 'all',
}: Pick<RegisterOptions, 'capabilities' | 'product'>): string[] {
  const wanted = new Set(
    chosen === undefined
      ? namesOf(product)
      : chosen
          .map(currentName)
          .flatMap((name) =>
            Object.hasOwn(capabilities, name) ? registeredNames(name as CapabilityName) : name,
          ),
  )
  const unknown = [...wanted].filter((name) => !registerableNames.includes(name))
  if (unknown.length > 0) {
    throw invalid(
      `This server has no capability named ${unknown.join(', ')}. It has ${registerableNames.join(', ')}.`,
    )
  }
  if (wanted.size === 0) throw invalid('No capability is chosen.')
  const locks = lockCapabilities.filter((name) => wanted.has(name))
  if (locks.length > 0 && locks.length < lockCapabilities.length) {
    throw invalid(
      `Dojo locks orders only where it has all of ${lockCapabilities.join(', ')}: register all of them or none.`,
    )
  }
  return registerableNames.filter((name) => wanted.has(name))
}

const namesOf = (product: Product | 'all'): string[] =>
  capabilityNames
    .filter((name) => product === 'all' || capabilities[name].products.includes(product))
    .flatMap(registeredNames)

/** Gives Dojo a fresh credential and, once it has it, ends those from before. */
async function handOver(
  { prisma }: Store,
  client: DojoClient,
  locationId: string,
  requestWith: (username: string, password: string) => RestRegistration,
): Promise<{ username: string; revokedUsernames: string[] }> {
  const before = (await showLocation(prisma, locationId)).credentials.filter(
    ({ revokedAt }) => revokedAt === null,
  )
  const { username, password } = await rotateCredential(prisma, locationId)
  try {
    await client.call('EposIntegrations_PutRest', requestWith(username, password), {
      secrets: [password],
    })
  } catch (error) {
    // Without an answer Dojo may be using the fresh one already; then both work, until the next run
    // that is answered.
    const mayBeInUse = error instanceof DojoFault && error.mayBeDone
    if (!mayBeInUse) await revokeCredentials(prisma, locationId, username)
    throw error
  }
  for (const credential of before) await revokeCredentials(prisma, locationId, credential.username)
  return { username, revokedUsernames: before.map((credential) => credential.username) }
}

async function readBack(client: DojoClient): Promise<Integrations> {
  try {
    return await client.call('EposIntegrations_List', {})
  } catch (error) {
    throw new Error(
      `The venue is registered, but what Dojo made of it could not be read. ${(error as Error).message}`,
      { cause: error },
    )
  }
}

export function compare(
  sent: readonly string[],
  url: string,
  { restIntegrations }: Integrations,
): Comparison {
  const ours = restIntegrations.filter((integration) => sameUrl(integration.url, url))
  const names = new Set(
    ours.flatMap((integration) => integration.capabilities.map(({ name }) => currentName(name))),
  )
  return {
    registered: registerableNames.filter((name) => names.has(name)),
    missing: sent.filter((name) => !names.has(name)),
    notServed: [...names].filter((name) => !registerableNames.includes(name)),
    otherUrls: [
      ...new Set(
        restIntegrations
          .filter((integration) => !ours.includes(integration))
          .map((integration) => integration.url),
      ),
    ],
  }
}
