// Card machines through Dojo's socket for the counter: one socket a venue, on one server at a time,
// as an epos-id has one connection. The server with the socket drives the venue's card payments.
import { randomUUID } from 'node:crypto'
import { recordCounterPayment } from '../../actions/payments/record-counter-payment.ts'
import type { Registry } from 'prom-client'
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import { loggable, loggableError } from '../../http/loggable.ts'
import { every } from '../../lib/every.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { readSocketWork } from '../../store/payments/socket-payments.ts'
import { readCounterAccount, writeMachines } from '../../store/venue/counter-account.ts'
import { counterSocketLeases } from '../../store/venue/socket-leases.ts'
import { createSocketDispatcher } from '../held-sockets/dispatcher.ts'
import { createSocketMetrics, type SocketMetrics } from '../held-sockets/metrics.ts'
import { createSockets } from '../held-sockets/sockets.ts'
import type { SocketOwner } from '../held-sockets/venue-socket.ts'
import { CounterLine, type CounterLineDeps } from './line.ts'
import { readTerminals } from './machines.ts'
import { createRounds, type LookAt } from './rounds.ts'
import { recordIn } from './recorded.ts'

export interface CounterSide {
  /** Undefined where this server does not have the venue's socket, or it is not open. */
  lineOf: (locationId: string) => CounterLine | undefined
  start: (lookAt: LookAt) => void
  stop: () => Promise<void>
}

export interface CounterSideOptions {
  account: { counterSocketUrl: string; softwareHouseId: string; resellerId: string | undefined }
  database: Database
  newId: NewId
  registry: Registry
  /** @throws Error when the key cannot be decrypted */
  openKey: (sealed: Buffer, locationId: string, what: 'Dojo key' | 'counter key') => string
  notice: (locationId: string, message: string, detail: object) => void
  /** Hears of every error that is not a refusal. */
  unexpected: (traceId: string, error: unknown) => void
}

export function createCounterSide(options: CounterSideOptions): CounterSide {
  const { database, registry } = options
  const dispatcher = createSocketDispatcher()
  const metrics = createSocketMetrics(registry, 'epos_counter_socket', () => sockets.held())
  const lineDeps = lineDepsOf(options, metrics, (locationId) => {
    const line = lineOf(locationId)
    if (line !== undefined) void showMachines(database, locationId, line)
  })
  const sockets = createSockets<CounterLine>({
    database,
    leases: counterSocketLeases,
    account: { ...options.account, gatewayUrl: options.account.counterSocketUrl },
    onlyOne: false,
    dispatcher,
    newTalk: (isHeld) => new CounterLine(lineDeps, isHeld),
    endpoint: async (locationId) => await endpointOf(options, locationId),
    onEnding: (locationId, ending, { reason, retry }, error) => {
      if (ending.cause === 'closed') return
      metrics.countEnding(reason)
      const detail = { reason, ...ending, error: error && loggableError(error) }
      const ended = "The socket to Dojo's card machines ended"
      options.notice(locationId, retry === 'never' ? REFUSED : ended, detail)
    },
  })
  const lineOf: CounterSide['lineOf'] = (locationId) => {
    const line = sockets.held().find((socket) => socket.locationId === locationId)?.talk
    return line?.isOpen === true ? line : undefined
  }
  const rounds = createRounds({
    list: async () => {
      const open = sockets.held().filter(({ talk }) => talk.isOpen)
      if (open.length === 0) return []
      const callers = new Map(open.map(({ locationId, owner }) => [locationId, callerOf(owner)]))
      const work = await readSocketWork(database, [...callers.keys()])
      return work.map((each) => ({ ...each, caller: callers.get(each.locationId)! }))
    },
    failed: (locationId, error) => {
      const detail = { error: loggableError(error) }
      options.notice(locationId, 'A card payment could not be processed', detail)
    },
  })
  const looking = every(limits.counterMachinesMs, async () => {
    const lines = sockets.held().filter(({ talk }) => talk.isOpen)
    for (const { locationId, talk } of lines) await showMachines(database, locationId, talk)
  })
  return {
    lineOf,
    start: (lookAt) => {
      sockets.start()
      rounds.start(lookAt)
      looking.start()
    },
    stop: async () => {
      await Promise.all([rounds.stop(), looking.stop()])
      await sockets.stop()
      await dispatcher.destroy()
    },
  }
}

const REFUSED =
  "Dojo's gateway for card machines refused the venue's account or key, or the SOFTWARE_HOUSE_ID " +
  'or RESELLER_ID sent with them. The socket stays closed until the account or its key is set ' +
  'again, or the server starts with another SOFTWARE_HOUSE_ID, RESELLER_ID or ' +
  'DOJO_COUNTER_SOCKET_URL.'

function callerOf({ locationId, currency, kind, verifyPayments }: SocketOwner): Caller {
  return { locationId, currency, kind, verifyPayments }
}

function lineDepsOf(
  { database, newId, notice, unexpected }: CounterSideOptions,
  metrics: SocketMetrics,
  onOpen: (locationId: string) => void,
): CounterLineDeps {
  return {
    record: async (venue, { params }) => {
      const record = recordIn(params)
      const caller = callerOf(venue)
      const recorded = await recordCounterPayment({ database, newId }, caller, record, true)
      return { paymentId: record.paymentId, ...recorded }
    },
    onOpen: ({ locationId }) => {
      onOpen(locationId)
    },
    onBadMessage: (locationId, { kind, why }) => {
      metrics.countBadMessage(kind)
      const message = loggable(why, limits.maxLoggedMessageCharacters)
      notice(locationId, 'Dojo sent a message about card machines that is not understood', {
        message,
      })
    },
    unexpected: (locationId, error) => {
      notice(locationId, 'A card payment that Dojo reported could not be recorded', {
        error: loggableError(error),
      })
      unexpected(randomUUID(), error)
    },
  }
}

async function endpointOf(
  { account, database, openKey }: CounterSideOptions,
  locationId: string,
): Promise<{ url: string; headers: Record<string, string> }> {
  const { account: name, eposId, key } = await readCounterAccount(database, locationId)
  if (name === undefined || key === undefined) throw new Error('The venue has no account or key.')
  const secret = openKey(key.sealed, locationId, key.isOwn ? 'counter key' : 'Dojo key')
  const { counterSocketUrl: url, softwareHouseId, resellerId } = account
  return {
    url,
    headers: {
      authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
      'epos-id': eposId,
      'software-house-id': softwareHouseId,
      ...(resellerId === undefined ? {} : { 'reseller-id': resellerId }),
    },
  }
}

/** Never throws: the next look may succeed. */
async function showMachines(
  database: Database,
  locationId: string,
  line: CounterLine,
): Promise<void> {
  try {
    await writeMachines(database, locationId, await readTerminals(line))
  } catch {
    // Whoever asks for the machines meanwhile gets those seen last.
  }
}
