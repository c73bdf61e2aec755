// Registers a venue with Dojo: the capabilities to call, their URL, and a new credential; or the
// capabilities to ask for through the venue's socket; or some over each.
// Run it on every deploy. Earlier credentials are revoked only once Dojo has the new one.
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
import type { DojoInput } from '../contract/dojo-api.ts'
import { DojoFault } from '../dojo/client/errors.ts'
import type { DojoClient } from '../dojo/client/index.ts'
import { invalid } from '../domain/errors.ts'
import type { Store } from '../store/index.ts'
import { alone, dojoOf, sameUrl, type DojoDeps, type Integrations } from './dojo.ts'
import { revokeCredentials, rotateCredential } from './credentials.ts'
import { showLocation } from './locations.ts'
import { dojoUrlOf } from './public-url.ts'
import { compareSocket, splitOf, type SocketComparison } from './transports.ts'

type RestRegistration = DojoInput<'EposIntegrations_PutRest'>
type SocketRegistration = DojoInput<'EposIntegrations_PutWs'>

/** All capabilities unless `capabilities` or `product` chooses. */
export interface RegisterOptions {
  locationId: string
  /** Names, current or old; HandleEvent alone means both of its events. */
  capabilities?: readonly string[]
  product?: Product | 'all'
  /** Names that go over the socket, in a venue with both transports. */
  overSocket?: readonly string[]
  /** Checks and returns what would be sent, without a call or a change. */
  dryRun?: boolean
  allowInsecure?: boolean
  /** A credential that keeps working: not one of Dojo's, but the demo's. */
  keepUsername?: string
}

export interface Registration {
  /** What was or would be sent for REST, with its password hidden. */
  request: RestRegistration | undefined
  /** The same for the socket. */
  socketRequest: SocketRegistration | undefined
  /** Undefined after a dry run. */
  outcome: Outcome | undefined
}

export interface Outcome {
  comparison: Comparison
  overSocket: SocketComparison | undefined
  /** What Dojo has over a socket although nothing of the venue goes over one, by current names. */
  leftOverSocket: string[]
  revokedUsernames: string[]
}

/** What Dojo has over REST afterwards. */
export interface Comparison {
  /** At our URL, by current names. */
  registered: string[]
  /** Sent, but not registered. */
  missing: string[]
  /** Registered at our URL, but not one of this server's capabilities. */
  notServed: string[]
  /** Other URLs that Dojo has for this account. */
  otherUrls: string[]
}

/**
 * @throws Refusal before any call: an unknown capability, some of the order locks only, and as
 *   splitOf, dojoUrlOf and dojoOf. DojoFault: the venue is not registered, at least not over REST,
 *   and its credentials are unchanged, except that a new one which Dojo may have got works too.
 */
export async function registerVenue(
  deps: DojoDeps,
  options: RegisterOptions,
): Promise<Registration> {
  const { store, config } = deps
  const { locationId } = options
  const names = chosenNames(options)
  const overSocket = options.overSocket && chosenNames({ capabilities: options.overSocket })
  const { transport } = await showLocation(store.prisma, locationId)
  const { rest, socket } = splitOf(names, transport, overSocket)
  const url = rest.length === 0 ? '' : dojoUrlOf(config, options.allowInsecure)
  const askDojo = await dojoOf(deps, locationId)

  const socketRequest = socket.length === 0 ? undefined : { capabilities: capabilitiesOf(socket) }
  const requestWith: RequestWith | undefined =
    rest.length === 0
      ? undefined
      : (username, password) => ({
          capabilities: capabilitiesOf(rest),
          auth: { authType: 'basic', basic: { username, password } },
          url,
        })
  if (options.dryRun === true) {
    const request = requestWith?.('(a new one)', '(hidden)')
    return { request, socketRequest, outcome: undefined }
  }

  return await askDojo(async (client) => {
    // With two runs at once, the last one to reach Dojo need not have the newest credential.
    const handed = await alone(store, 'registration', locationId, async () => {
      if (socketRequest !== undefined) await client.call('EposIntegrations_PutWs', socketRequest)
      return requestWith && (await handOver(store, client, options, requestWith))
    })
    const integrations = await readBack(client)
    const compared = compareSocket(socket, integrations)
    return {
      request: handed && requestWith?.(handed.username, '(hidden)'),
      socketRequest,
      outcome: {
        comparison: compare(rest, url, integrations),
        overSocket: socketRequest && compared,
        leftOverSocket: socketRequest ? [] : [...compared.registered, ...compared.notServed],
        revokedUsernames: handed?.revokedUsernames ?? [],
      },
    }
  })
}

type RequestWith = (username: string, password: string) => RestRegistration

const capabilitiesOf = (names: readonly string[]): SocketRegistration['capabilities'] =>
  names.map((name) => ({ name, version: CAPABILITY_VERSION }))

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
      `This server has no capability ${unknown.join(', ')}. ` +
        `It has ${registerableNames.join(', ')}.`,
    )
  }
  if (wanted.size === 0) throw invalid('Choose at least one capability.')
  const locks = lockCapabilities.filter((name) => wanted.has(name))
  if (locks.length > 0 && locks.length < lockCapabilities.length) {
    throw invalid(
      `Dojo locks orders only with all of ${lockCapabilities.join(', ')}. ` +
        'Register all of them or none.',
    )
  }
  return registerableNames.filter((name) => wanted.has(name))
}

const namesOf = (product: Product | 'all'): string[] =>
  capabilityNames
    .filter((name) => product === 'all' || capabilities[name].products.includes(product))
    .flatMap(registeredNames)

/** Gives Dojo a new credential and, once Dojo has it, revokes the earlier ones. */
async function handOver(
  { prisma, database }: Store,
  client: DojoClient,
  { locationId, keepUsername }: RegisterOptions,
  requestWith: RequestWith,
): Promise<{ username: string; revokedUsernames: string[] }> {
  const before = (await showLocation(prisma, locationId)).credentials.filter(
    ({ username, revokedAt }) => revokedAt === null && username !== keepUsername,
  )
  const { username, password } = await rotateCredential(prisma, locationId)
  try {
    await client.call('EposIntegrations_PutRest', requestWith(username, password), {
      secrets: [password],
    })
  } catch (error) {
    // Without an answer, Dojo may be using the new credential already. Then both work until the
    // next successful run.
    const mayBeInUse = error instanceof DojoFault && error.mayBeDone
    if (!mayBeInUse) await revokeCredentials(database, locationId, username)
    throw error
  }
  for (const credential of before) {
    await revokeCredentials(database, locationId, credential.username)
  }
  return { username, revokedUsernames: before.map((credential) => credential.username) }
}

async function readBack(client: DojoClient): Promise<Integrations> {
  try {
    return await client.call('EposIntegrations_List', {})
  } catch (error) {
    throw new Error(
      `The venue is registered, but the result could not be read from Dojo. ` +
        (error as Error).message,
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
