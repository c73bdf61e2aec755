// A database that is far away: whatever is said to it, and whatever it says, takes a while.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/** @returns the URL of the same database behind that distance */
export async function delayed(t: Test, databaseUrl: string, eachWayMs: number): Promise<string> {
  const { port } = new URL(databaseUrl)
  const open = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connect(Number(port), '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.setNoDelay()
      one.on('error', () => {})
      one.once('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.on('data', (chunk) => setTimeout(() => other.write(chunk), eachWayMs))
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of open) socket.destroy()
    proxy.close()
  })
  const { port: near } = proxy.address() as AddressInfo
  return Object.assign(new URL(databaseUrl), { port: String(near) }).toString()
}
