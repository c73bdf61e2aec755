// The EPOS Data API over WebSockets: this server opens them, and Dojo asks through them.
import type { Registry } from 'prom-client'
import type { CallRecord } from '../../http/call.ts'
import { loggable, loggableError } from '../../http/loggable.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { readSealedKey } from '../../store/venue/dojo-keys.ts'
import { dataSocketLeases } from '../../store/venue/socket-leases.ts'
import type { Dispatch } from '../dispatch.ts'
import type { BadMessage } from './envelope.ts'
import { createSocketDispatcher } from '../held-sockets/dispatcher.ts'
import { createSocketMetrics } from '../held-sockets/metrics.ts'
import { createSockets, type Sockets } from '../held-sockets/sockets.ts'
import { Answering } from './answering.ts'

export interface SocketAccount {
  socketUrl: string
  /** One socket for each venue's key, or one for the software house. Dojo's texts have both. */
  socketPer: 'venue' | 'software-house'
  softwareHouseId: string
  resellerId: string | undefined
}

export interface DojoSocketsOptions {
  account: SocketAccount
  database: Database
  dispatch: Dispatch
  registry: Registry
  /** Logs and counts a call that has ended. */
  onCall: (record: CallRecord) => void
  /** Hears of every error that is not a refusal. */
  unexpected: (traceId: string, error: unknown) => void
  /** @throws Error when the key cannot be decrypted */
  openKey: (sealed: Buffer, locationId: string) => string
  notice: (locationId: string, message: string, detail: object) => void
}

export function createDojoSockets(options: DojoSocketsOptions): Sockets<Answering> {
  const { account, database, registry, notice } = options
  const metrics = createSocketMetrics(registry, 'epos_socket', () => sockets.held())
  const dispatcher = createSocketDispatcher()
  const answering = { ...options, onBadMessage: badMessages(metrics.countBadMessage, notice) }
  const sockets = createSockets<Answering>({
    database,
    leases: dataSocketLeases,
    account: { ...account, gatewayUrl: account.socketUrl },
    onlyOne: account.socketPer === 'software-house',
    dispatcher,
    newTalk: () => new Answering(answering),
    endpoint: async (locationId) => {
      const key = await readSealedKey(database, locationId)
      if (key === undefined) throw new Error('The venue has no Dojo API key.')
      const headers = headersWith(options.openKey(key.sealedKey, locationId), account)
      return { url: account.socketUrl, headers }
    },
    onEnding: (locationId, ending, { reason, retry }, error) => {
      if (ending.cause === 'closed') return
      metrics.countEnding(reason)
      const detail = { reason, ...ending, error: error && loggableError(error) }
      notice(locationId, retry === 'never' ? REFUSED : 'The socket to Dojo ended', detail)
    },
  })
  return {
    ...sockets,
    stop: async () => {
      await sockets.stop()
      await dispatcher.destroy()
    },
  }
}

function badMessages(
  count: (kind: BadMessage['kind']) => void,
  notice: DojoSocketsOptions['notice'],
) {
  return (locationId: string, { kind, message }: BadMessage, traceId: string): void => {
    count(kind)
    notice(locationId, 'Dojo sent a message that is not a request', {
      traceId,
      kind,
      message: loggable(message, limits.maxLoggedMessageCharacters),
    })
  }
}

function headersWith(
  key: string,
  { softwareHouseId, resellerId }: SocketAccount,
): Record<string, string> {
  return {
    // The key as it is, by Dojo's contract: not in base64, and without a user name.
    authorization: `Basic ${key}`,
    'software-house-id': softwareHouseId,
    ...(resellerId === undefined ? {} : { 'reseller-id': resellerId }),
  }
}

const REFUSED =
  "Dojo's gateway refused the venue's API key, or the SOFTWARE_HOUSE_ID or RESELLER_ID sent with " +
  'it. The socket stays closed until the key is set again, or the server starts with another ' +
  'SOFTWARE_HOUSE_ID, RESELLER_ID or DOJO_SOCKET_URL.'
