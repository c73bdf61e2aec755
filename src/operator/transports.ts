// Which capabilities go over which transport. Each is registered once: over REST, where Dojo calls
// this server, or over the socket that this server opens.
import { currentName, registerableNames } from '../contract/capabilities.ts'
import { invalid } from '../domain/errors.ts'
import type { Transport } from '../domain/venue/venue.ts'
import type { Integrations } from './dojo.ts'

export interface Split {
  rest: string[]
  socket: string[]
}

/**
 * @param names all that are to be registered
 * @param overSocket those of them that go over the socket, for a venue with both transports
 * @throws Refusal InvalidRequest: names to split are missing, or there is nothing to split
 */
export function splitOf(
  names: string[],
  transport: Transport,
  overSocket: readonly string[] | undefined,
): Split {
  if (transport !== 'both') {
    if (overSocket !== undefined) {
      throw invalid(
        `--over-socket is for a venue with the transport both; this one has ${transport}.`,
      )
    }
    return transport === 'rest' ? { rest: names, socket: [] } : { rest: [], socket: names }
  }
  if (overSocket === undefined) {
    throw invalid(
      'This venue has both transports: name the capabilities that go over the socket with ' +
        '--over-socket. The others go over REST.',
    )
  }
  const others = overSocket.filter((name) => !names.includes(name))
  if (others.length > 0) {
    throw invalid(`--over-socket has ${others.join(', ')}, which you do not register.`)
  }
  const rest = names.filter((name) => !overSocket.includes(name))
  if (rest.length === 0) {
    throw invalid('--over-socket leaves nothing for REST: use --transport socket for that.')
  }
  return { rest, socket: [...overSocket] }
}

/** What Dojo has over the socket afterwards. */
export interface SocketComparison {
  /** By current names. */
  registered: string[]
  /** Sent, but not registered. */
  missing: string[]
  /** Registered, but not one of this server's capabilities. */
  notServed: string[]
  /** Registered over REST as well, so that Dojo may use either. */
  twice: string[]
}

export function compareSocket(
  sent: readonly string[],
  { restIntegrations, wsIntegrations }: Integrations,
): SocketComparison {
  const names = namesIn(wsIntegrations)
  const overRest = namesIn(restIntegrations)
  const registered = registerableNames.filter((name) => names.has(name))
  return {
    registered,
    missing: sent.filter((name) => !names.has(name)),
    notServed: [...names].filter((name) => !registerableNames.includes(name)),
    twice: registered.filter((name) => overRest.has(name)),
  }
}

type Integration = { capabilities: Array<{ name: string }> }

const namesIn = (integrations: readonly Integration[]): Set<string> =>
  new Set(
    integrations.flatMap(({ capabilities }) => capabilities.map(({ name }) => currentName(name))),
  )
