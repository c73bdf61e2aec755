// The sockets of this server: those of the venues whose leases it holds. Once a second it looks at
// all venues with a socket, renews its leases, claims what is free, and gives up what others should
// have. Without the database its leases end, and its sockets with them.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import type { GatewayAccount, SocketLeases, SocketVenue } from '../../store/venue/socket-leases.ts'
import { every } from '../../lib/every.ts'
import { changeGateway, readGateway } from '../../store/venue/socket-gateways.ts'
import { grantConnects, isCalm, mostConnects } from './connect-budget.ts'
import { ConnectTurns, type AskForConnects } from './connect-turns.ts'
import { wishesOf } from './shares.ts'
import { VenueSocket, type SocketDeps, type Talk } from './venue-socket.ts'

export interface SocketsDeps<T extends Talk> extends Omit<SocketDeps<T>, 'turns'> {
  database: Database
  /** The gateway that all of them connect to, and as whom. */
  account: GatewayAccount
  /** Which server has which socket. */
  leases: SocketLeases
  /** Whether the software house has one socket in all, instead of one for each venue. */
  onlyOne: boolean
}

export interface Sockets<T extends Talk = Talk> {
  start: () => void
  /** Reads no more, answers what is in flight, closes and releases. */
  stop: () => Promise<void>
  /** Looks around now. */
  tick: () => Promise<void>
  /** Those that this server holds. */
  held: () => VenueSocket<T>[]
}

/** What this server has. */
interface Own<T extends Talk> {
  deps: SocketDeps<T> & SocketsDeps<T>
  holder: string
  held: Map<string, VenueSocket<T>>
  /** How many sockets all servers together may connect at once, at the last look. */
  mostConnects: number
}

export function createSockets<T extends Talk>(deps: SocketsDeps<T>): Sockets<T> {
  const held = new Map<string, VenueSocket<T>>()
  const turns = new ConnectTurns(async (wish) => await askForConnects(own, wish))
  const own: Own<T> = {
    deps: { ...deps, turns },
    holder: nameOfServer(),
    held,
    mostConnects: mostConnects(0),
  }
  const timers: NodeJS.Timeout[] = []
  let isStopping = false
  let underWay: Promise<void> | undefined

  const tick = async (): Promise<void> => {
    if (isStopping) return
    underWay ??= lookAround(own).finally(() => {
      underWay = undefined
    })
    await underWay
  }
  const tickUnlessAway = (): void => {
    // Without the database there is nothing to do until it is back.
    void tick().catch(() => {})
  }
  return {
    tick,
    held: () => [...held.values()],
    start: () => {
      timers.push(
        setInterval(tickUnlessAway, limits.socketTickMs).unref(),
        setInterval(() => {
          cutOverdue(own)
        }, limits.socketLeaseCheckMs).unref(),
      )
      tickUnlessAway()
    },
    stop: async () => {
      isStopping = true
      await underWay?.catch(() => {})
      const renewing = every(limits.socketTickMs, async () => {
        await renew(own)
      })
      renewing.start()
      await renew(own).catch(() => {})
      await Promise.all([...held.values()].map(async (socket) => await handOver(own, socket)))
      await renewing.stop()
      for (const timer of timers) clearInterval(timer)
    },
  }
}

/** For the doctor to name: the machine, the process, and something that no other process has. */
function nameOfServer(): string {
  return `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`
}

/** Together with all servers, so that a gateway which restarts is not stormed. */
async function askForConnects(
  {
    deps: {
      database,
      account: { gatewayUrl },
    },
    mostConnects: most,
  }: Pick<Own<Talk>, 'mostConnects'> & { deps: Pick<SocketsDeps<Talk>, 'database' | 'account'> },
  wish: Parameters<AskForConnects>[0],
): ReturnType<AskForConnects> {
  const now = await readGateway(database, gatewayUrl)
  const grant = grantConnects(now, now.nowMs, { ...wish, most })
  const isNews = grant.connect.length + wish.answeredMs.size + wish.released.size > 0
  const { version } = now
  const isDone = !isNews || (await changeGateway(database, gatewayUrl, grant.gateway, version))
  return isDone ? grant : undefined
}

async function lookAround<T extends Talk>(own: Own<T>): Promise<void> {
  const { deps, holder, held } = own
  const listed = await deps.leases.list(deps.database, deps.account)
  const venues = deps.onlyOne ? listed.slice(0, 1) : listed
  for (const venue of venues) {
    // Handed over by another server, or claimed by a call whose answer got lost.
    if (venue.holder === holder && !held.has(venue.venue.locationId)) add(own, venue, venue.term)
  }
  await renew(own)
  const byId = new Map(venues.map((venue) => [venue.venue.locationId, venue]))
  for (const socket of held.values()) {
    const venue = byId.get(socket.locationId)
    if (venue === undefined) void handOver(own, socket)
    else socket.update(venue)
  }
  own.mostConnects = mostConnects(venues.filter(isWelcome).length)
  const { claim, applyFor } = wishesOf(holder, venues)
  if (claim.length > 0) {
    const untilMs = leaseEndMs()
    for (const { locationId, term } of await deps.leases.claim(deps.database, holder, claim)) {
      const venue = byId.get(locationId)!
      const socket = add(own, venue, term)
      socket.renewed(untilMs)
      socket.update(venue)
    }
  }
  // A venue that moves is not served until it is its turn to connect.
  const now = applyFor.slice(0, Math.max(0, own.mostConnects - deps.turns.waiting))
  if (now.length > 0) await deps.leases.apply(deps.database, holder, now)
}

/** Whether Dojo has not refused its key. */
const isWelcome = ({ refusedKey, keyFingerprint }: SocketVenue): boolean =>
  refusedKey !== keyFingerprint

function add<T extends Talk>(
  { deps, held }: Own<T>,
  venue: SocketVenue,
  term: number,
): VenueSocket<T> {
  const socket = new VenueSocket(deps, venue, term)
  held.set(socket.locationId, socket)
  return socket
}

/** The end of a lease that is taken or renewed now, with a margin for the clocks. */
function leaseEndMs(): number {
  return performance.now() + limits.socketLeaseSeconds * 1_000 - limits.socketLeaseMarginMs
}

async function renew<T extends Talk>(own: Own<T>): Promise<void> {
  const { deps, holder, held } = own
  if (held.size === 0) return
  const untilMs = leaseEndMs()
  const sockets = [...held.values()]
  const statuses = sockets.map((socket) => socket.status())
  const renewed = await deps.leases.renew(deps.database, holder, statuses)
  const byId = new Map(renewed.map((lease) => [lease.locationId, lease]))
  const isAsked = renewed.some(({ applicant }) => applicant !== undefined)
  const mayMove = isAsked && (await mayVenuesMove(own))
  for (const socket of sockets) {
    const lease = byId.get(socket.locationId)
    if (lease === undefined) {
      socket.cut()
      held.delete(socket.locationId)
      continue
    }
    socket.renewed(untilMs)
    if (lease.applicant !== undefined && mayMove) void handOver(own, socket)
  }
}

/** While many sockets come back, a venue that is served already would only keep others waiting. */
async function mayVenuesMove<T extends Talk>({
  deps,
  held,
  mostConnects: most,
}: Own<T>): Promise<boolean> {
  const notOpen = [...held.values()].filter(({ connection }) => {
    return connection !== undefined && ['waiting', 'connecting'].includes(connection.state)
  })
  const areOpen = notOpen.length <= held.size * limits.socketMissingShare
  if (!areOpen || deps.turns.waiting > 0) return false
  const { nowMs, ...gateway } = await readGateway(deps.database, deps.account.gatewayUrl)
  return isCalm(gateway, nowMs, most)
}

/**
 * Its lease may be another server's by now: nothing more is read from it. One that was just handed
 * over has no connection until it is renewed, and so nothing to cut.
 */
function cutOverdue<T extends Talk>({ held }: Own<T>): void {
  for (const socket of held.values()) {
    if (socket.connection === undefined || socket.heldUntilMs > performance.now()) continue
    socket.cut()
    held.delete(socket.locationId)
  }
}

async function handOver<T extends Talk>(
  { deps, holder, held }: Own<T>,
  socket: VenueSocket<T>,
): Promise<void> {
  if (socket.isClosing) return
  await socket.close()
  // If the database is away, the lease ends by itself.
  await deps.leases.release(deps.database, holder, socket.status()).catch(() => {})
  if (held.get(socket.locationId) === socket) held.delete(socket.locationId)
}
