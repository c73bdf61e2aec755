// New connections are listened to a few at a time. A thousand that come at once, each with a large
// body, would otherwise be read in one turn of the event loop, and the requests of everybody else
// would wait for the end of it. A connection that was heard once is read as its bytes come.
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from '../limits.ts'

export interface ArrivalLimits {
  arrivalsAtOnce: number
  arrivalUnheardMs: number
}

/** @param server one that does not listen yet */
export function hearArrivalsInTurns(
  server: Server,
  { arrivalsAtOnce, arrivalUnheardMs }: ArrivalLimits = limits,
): void {
  const waiting: Socket[] = []
  /** Those that are listened to and have sent no request yet, and since when. */
  const unheard = new Map<Socket, number>()
  let takesNewest = true

  const listen = (socket: Socket): void => {
    unheard.set(socket, performance.now())
    socket.resume()
  }
  const listenToSome = (): void => {
    const longestAgoMs = performance.now() - arrivalUnheardMs
    for (const [socket, sinceMs] of unheard) {
      if (socket.destroyed || sinceMs < longestAgoMs) unheard.delete(socket)
    }
    while (waiting.length > 0 && unheard.size < arrivalsAtOnce) {
      // The newest and the oldest by turns: who comes late is not behind all of a crowd.
      listen((takesNewest ? waiting.pop() : waiting.shift())!)
      takesNewest = !takesNewest
    }
    if (waiting.length > 0) setTimeout(listenToSome, 1)
  }

  // Node reads nothing of a connection before it is resumed.
  Object.assign(server, { pauseOnConnect: true })
  server.on('connection', (socket: Socket) => {
    if (waiting.length === 0) setImmediate(listenToSome)
    waiting.push(socket)
  })
  server.prependListener('request', ({ socket }: IncomingMessage) => {
    unheard.delete(socket)
  })
}
