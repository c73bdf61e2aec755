// What an operator reads of the sockets' endings.
import { Registry } from 'prom-client'
import t from 'tap'
import { createSocketMetrics } from '../../../src/dojo/held-sockets/metrics.ts'
import { verdictOn, type Cause, type Ending } from '../../../src/lib/web-socket/endings.ts'

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)
const causes: Cause[] = ['closed', 'silent', 'slow-reader', 'handshake-timeout']
const endings: Ending[] = [
  {},
  ...causes.map((cause) => ({ cause })),
  ...[...range(1000, 1015), ...range(4400, 4404)].map((code) => ({ code, openMs: 1 })),
  ...[101, ...range(300, 599)].map((status) => ({ status })),
]

t.test('reconnects are counted by reason: each ending after which another is tried', async (t) => {
  const registry = new Registry()
  const { countEnding } = createSocketMetrics(registry, 'epos_socket', () => [])
  const expected = { endings: new Map<string, number>(), reconnects: new Map<string, number>() }
  const add = (counts: Map<string, number>, reason: string): void => {
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  for (const ending of endings) {
    const { reason, retry } = verdictOn(ending)
    countEnding(reason)
    add(expected.endings, reason)
    if (retry !== 'never') add(expected.reconnects, reason)
  }
  const text = await registry.metrics()
  const readOf = (name: string): Map<string, number> => {
    const lines = text.matchAll(new RegExp(`^${name}\\{reason="([^"]+)"\\} (\\d+)$`, 'gm'))
    return new Map([...lines].map(([, reason, count]) => [reason!, Number(count)]))
  }
  t.same(readOf('epos_socket_endings_total'), expected.endings)
  t.same(readOf('epos_socket_reconnects_total'), expected.reconnects)
  t.notOk(expected.reconnects.has('credential-refused'))
  t.ok(expected.reconnects.has('restart'))
})

t.test('sockets are counted by state anew each time', async (t) => {
  const registry = new Registry()
  const held = ['open', 'open', 'waiting', 'closed', undefined].map((state) => ({
    connection: state === undefined ? undefined : { state },
    talk: { servedAtMs: undefined, inFlight: 0 },
  })) as never[]
  createSocketMetrics(registry, 'epos_socket', () => held)
  for (const time of ['first', 'second']) {
    const lines = (await registry.metrics()).matchAll(/^epos_sockets\{state="(\w+)"\} (\d+)$/gm)
    t.strictSame(
      Object.fromEntries([...lines].map(([, state, count]) => [state, Number(count)])),
      { waiting: 1, connecting: 0, open: 2, refused: 1, closed: 1 },
      time,
    )
  }
})
