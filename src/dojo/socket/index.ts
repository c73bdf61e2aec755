// The EPOS Data API over WebSockets: this server opens them, and Dojo asks through them.
import { EnvHttpProxyAgent } from 'undici'
import type { Registry } from 'prom-client'
import type { CallRecord } from '../../http/call.ts'
import { loggable, loggableError } from '../../http/loggable.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { readSealedKey } from '../../store/venue/dojo-keys.ts'
import type { Dispatch } from '../dispatch.ts'
import type { BadMessage } from './envelope.ts'
import { createSocketMetrics } from './metrics.ts'
import { createSockets, type Sockets } from './sockets.ts'

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

export function createDojoSockets(options: DojoSocketsOptions): Sockets {
  const { account, database, dispatch, registry, notice } = options
  const { socketUrl: url, socketPer, softwareHouseId, resellerId } = account
  const metrics = createSocketMetrics(registry, () => sockets.held())
  const dispatcher = createDispatcher()
  const sockets = createSockets({
    database,
    dispatch,
    url,
    softwareHouseId,
    resellerId,
    onlyOne: socketPer === 'software-house',
    dispatcher,
    onCall: options.onCall,
    unexpected: options.unexpected,
    readKey: async (locationId) => {
      const key = await readSealedKey(database, locationId)
      if (key === undefined) throw new Error('The venue has no Dojo API key.')
      return options.openKey(key.sealedKey, locationId)
    },
    onBadMessage: (locationId, { kind, message }: BadMessage, traceId) => {
      metrics.countBadMessage(kind)
      notice(locationId, 'Dojo sent a message that is no request', {
        traceId,
        kind,
        message: loggable(message, limits.maxLoggedMessageCharacters),
      })
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

const REFUSED =
  "Dojo's gateway refused the venue's API key. The socket stays closed until the key is set again."

/** HTTP/1.1, through HTTP_PROXY, HTTPS_PROXY and NO_PROXY where set. */
function createDispatcher(): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    allowH2: false,
    connect: { timeout: limits.socketOpenTimeoutMs },
    headersTimeout: limits.socketOpenTimeoutMs,
    bodyTimeout: 0,
  })
}
