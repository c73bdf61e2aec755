// GET /till/v1/stream: the changes of a venue as server-sent events, for as long as the connection
// lasts.
import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { limits } from '../../limits.ts'
import type { TillCaller } from '../kit/operation.ts'
import { retryText } from './events.ts'
import type { StreamHub } from './hub.ts'
import type { Listener } from './rooms.ts'

export const STREAM_ROUTE = { method: 'GET', path: '/stream', withoutHead: true }

export function serveStream(app: FastifyInstance, hub: StreamHub): void {
  app.get(STREAM_ROUTE.path, {
    exposeHeadRoute: false,
    config: { serves: { api: 'till', name: 'stream' } },
    handler: async (request, reply) => {
      const { raw } = reply
      const listener = listenerOf(raw, request.till!)
      raw.once('close', () => {
        hub.leave(listener)
      })
      const lastEventId = request.headers['last-event-id']
      const { begin } = await hub.join(
        listener,
        typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
      )
      if (raw.destroyed) {
        hub.leave(listener)
        return reply.hijack()
      }
      reply.hijack()
      open(raw, {
        ...reply.getHeaders(),
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      })
      begin()
      return reply
    },
  })
}

/**
 * The stream ends with the connection, so events need no chunks around them and every listener gets
 * the same bytes.
 */
function open(
  raw: ServerResponse,
  headers: Record<string, string | number | string[] | undefined>,
): void {
  raw.socket?.setTimeout(0)
  raw.socket?.setNoDelay(true)
  raw.shouldKeepAlive = false
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) raw.setHeader(name, value)
  }
  raw.removeHeader('transfer-encoding')
  raw.writeHead(200)
  raw.write(retryText(limits.streamRetryMs + Math.floor(Math.random() * limits.streamRetryMs)))
}

function listenerOf(raw: ServerResponse, { locationId, tokenId, session }: TillCaller): Listener {
  let behindSinceMs: number | undefined
  const cut = (): void => {
    raw.destroy()
  }
  return {
    locationId,
    tokenId,
    session,
    cut,
    write: (bytes) => {
      // Writes past Node's HTTP layer, which would delay each piece. A pipelined request has no
      // socket yet.
      const out = raw.socket ?? raw
      const behindBytes = out.writableLength
      const nowMs = performance.now()
      behindSinceMs = behindBytes === 0 ? undefined : (behindSinceMs ?? nowMs)
      if (
        behindBytes > limits.streamBufferBytes ||
        (behindSinceMs !== undefined && nowMs - behindSinceMs > limits.streamStuckMs)
      ) {
        cut()
      } else out.write(bytes)
    },
  }
}
