// A venue that Dojo reaches through a socket: whether its capabilities are registered for it,
// whether a server holds it open, and whether Dojo uses it.
import { lockCapabilities, registerableNames } from '../../contract/capabilities.ts'
import { limits } from '../../limits.ts'
import {
  counterSocketLeases,
  dataSocketLeases,
  type SocketStatus,
} from '../../store/venue/socket-leases.ts'
import { compareSocket } from '../transports.ts'
import { faultOfExtent } from './registration.ts'
import {
  broken,
  ok,
  registerCommand,
  spoken,
  warning,
  type Examination,
  type Finding,
} from './examination.ts'

export function socketRegistration(examination: Examination): Finding[] {
  const { integrations, location } = examination
  const { registered, missing, notServed, twice } = compareSocket(registerableNames, integrations!)
  const register = `Register with: ${registerCommand(examination)}`
  if (registered.length + notServed.length === 0) {
    return [broken('Nothing is registered over the socket, so Dojo asks nothing there.', register)]
  }
  const findings: Finding[] = []
  const locks = lockCapabilities.filter((name) => registered.includes(name))
  if (locks.length > 0 && locks.length < lockCapabilities.length) {
    findings.push(
      broken(
        `Dojo locks no orders over the socket: it has only ${locks.join(', ')} there, and needs ` +
          `all of ${lockCapabilities.join(', ')}.`,
        register,
      ),
    )
  }
  if (notServed.length > 0) {
    findings.push(
      warning(
        `Dojo has ${notServed.join(', ')} registered over the socket, which this server does not ` +
          'have.',
        register,
      ),
    )
  }
  if (twice.length > 0) {
    findings.push(
      warning(
        `Registered over the socket and over REST: ${twice.join(', ')}. Dojo may use either.`,
        location!.transport === 'both'
          ? `Name each once, with --over-socket. ${register}`
          : 'Ask Dojo to remove the registration over REST.',
      ),
    )
  }
  if (location!.transport === 'socket') {
    const advice = 'If that was not intended, register everything with: '
    findings.push(
      ...faultOfExtent({ registered, missing }, `${advice}${registerCommand(examination)}`),
    )
  }
  if (findings.length > 0) return findings
  return [ok(`${registered.length} capabilities are registered over the socket.`)]
}

/** What to register instead: what was chosen, with all of the locks if there was one. */
export function socketNamesToRegister({ integrations }: Examination): string[] | undefined {
  const { registered } = compareSocket([], integrations!)
  if (registered.length === 0) return undefined
  const hasLocks = lockCapabilities.some((name) => registered.includes(name))
  return hasLocks ? [...registered, ...lockCapabilities] : registered
}

export async function socket(examination: Examination): Promise<Finding> {
  const { store, locationId, deps } = examination
  const status = await dataSocketLeases.status(store!.database, locationId)
  const setKey = `Set another key with: npx epos location set-dojo-key --location ${locationId}`
  return (
    notOpen(status, { refused: "the venue's API key", setKey, variable: 'DOJO_SOCKET_URL' }) ??
    usage(status!, (deps.nowMs ?? Date.now)())
  )
}

/** Through which tills reach the card machines, where the venue has it so. */
export async function counterSocket({
  store,
  locationId,
  location,
}: Examination): Promise<Finding> {
  const status = await counterSocketLeases.status(store!.database, locationId)
  const setKey =
    `Check the account (npx epos location set --location ${locationId} --counter-account) and its ` +
    `key (npx epos location set-counter-key --location ${locationId}).`
  const refused = `the account ${location!.counterAccount}`
  const variable = 'DOJO_COUNTER_SOCKET_URL'
  const fault = notOpen(status, { refused, setKey, variable })
  if (fault !== undefined) return fault
  const open = `Open to the card machines as ${location!.eposId}, at the server ${status!.holder}.`
  if (status!.servedAt !== undefined) return ok(open)
  return warning(`${open} Dojo has not answered through it yet.`, 'List the machines at a till.')
}

/** Undefined where a server has it open. */
function notOpen(
  status: SocketStatus | undefined,
  { refused, setKey, variable }: { refused: string; setKey: string; variable: string },
): Finding | undefined {
  if (status?.isHeld !== true) {
    return broken(
      "No server holds the venue's socket.",
      'Start a server with SOFTWARE_HOUSE_ID set, on this database. A server that runs takes the ' +
        `venue within ${spoken(limits.socketLeaseSeconds + 5)}.`,
    )
  }
  if (status.isKeyRefused) {
    return broken(
      `Dojo's gateway refused ${refused}, or the SOFTWARE_HOUSE_ID or RESELLER_ID that the server ` +
        `${status.holder} sent with it, so the socket stays closed.`,
      `${setKey} If it is right, correct SOFTWARE_HOUSE_ID, RESELLER_ID or ${variable}, and start ` +
        'the server again.',
    )
  }
  if (status.openedAt !== undefined) return undefined
  return broken(
    `The server ${status.holder} has the venue, but its socket is not open${because(status)}.`,
    `Check ${variable} and the network. The server's log has every attempt.`,
  )
}

/** That a socket is open does not say that anything comes through it. */
function usage({ openedAt, servedAt, holder }: SocketStatus, nowMs: number): Finding {
  const ago = (time: Date): string => spoken(Math.max(0, nowMs - time.getTime()) / 1_000)
  const open = `Open for ${ago(openedAt!)}, at the server ${holder}`
  if (servedAt === undefined) {
    return warning(
      `${open}, but no request has come through it yet.`,
      'Have Dojo ask for something, such as the orders of a table on a card machine.',
    )
  }
  return ok(`${open}; it last answered a request ${ago(servedAt)} ago.`)
}

const because = ({ trouble }: SocketStatus): string =>
  trouble === undefined ? '' : `; the last one ended with: ${trouble}`
