// One port for several processes. Each worker accepts from a socket of its own, and the kernel
// spreads new connections over them (SO_REUSEPORT).
//
// The sockets are the parent's, which binds them and never listens. A worker inherits one, and so
// does its successor: what waits in the socket's queue when the worker ends is the successor's. If
// each worker bound its own, the kernel would reset those connections (tried: some at each restart
// under load).
import { lookup } from 'node:dns/promises'
import { BoundSocket } from 'node:net'

export interface PortShares {
  port: number
  share: () => BoundSocket
}

/**
 * @throws Error when something else has the port, or this system or Node.js cannot share one
 */
export async function sharePort(at: { host: string; port: number }): Promise<PortShares> {
  if ((BoundSocket as unknown) === undefined) {
    throw new Error(`WORKERS above 1 needs Node.js 24.19 or later; this is ${process.version}`)
  }
  const host = (await lookup(at.host)).address
  // Another server that shares its port too would get half of our connections, and nobody an error.
  const alone = new BoundSocket({ host, port: at.port })
  const { port } = alone.address()
  alone.close()
  return {
    port,
    share: () => {
      try {
        return new BoundSocket({ host, port, reusePort: true })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOTSUP') throw error
        throw new Error('This system cannot share a port among processes: set WORKERS to 1.', {
          cause: error,
        })
      }
    },
  }
}
