// How the sockets to Dojo connect.
import { EnvHttpProxyAgent } from 'undici'
import { limits } from '../../limits.ts'

/** HTTP/1.1, through HTTP_PROXY, HTTPS_PROXY and NO_PROXY where set. */
export function createSocketDispatcher(): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    allowH2: false,
    connect: { timeout: limits.socketOpenTimeoutMs },
    headersTimeout: limits.socketOpenTimeoutMs,
    bodyTimeout: 0,
  })
}
