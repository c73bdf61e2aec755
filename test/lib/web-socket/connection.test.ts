// A connection and what gateways and networks do to it, on loopback, with a quick pace.
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import {
  keepOpen,
  type Connection,
  type ConnectionOptions,
} from '../../../src/lib/web-socket/connection.ts'
import type { Link } from '../../../src/lib/web-socket/link.ts'
import { startGateway, type Gateway } from '../../support/gateway.ts'
import { until } from '../../support/visits.ts'

const QUICK: ConnectionOptions['pace'] = {
  openTimeoutMs: 2_000,
  pingMs: 40,
  silenceMs: 500,
  busyMs: 0,
  busyPingMs: 20,
  busySilenceMs: 60,
  closeTimeoutMs: 100,
  maxBufferedBytes: 1024 * 1024,
  maxMessageBytes: 1024 * 1024,
  firstRetryMs: 20,
  soonRetryMs: 20,
  longestRetryMs: 60,
  healthyMs: 1_000,
}

interface Connected {
  gateway: Gateway
  connection: Connection
  /** Every ending, in a word. */
  endings: string[]
  messages: Array<{ text: string | undefined; link: Link }>
}

async function connect(
  t: Test,
  { pace = {}, gateway = undefined as Gateway | undefined, url = '' } = {},
): Promise<Connected> {
  const dispatcher = new Agent()
  const endings: string[] = []
  const messages: Connected['messages'] = []
  const place = gateway ?? (await startGateway(t))
  const connection = keepOpen({
    endpoint: async () => ({
      url: url === '' ? place.url : url,
      headers: { authorization: 'Basic sk_sandbox_1', 'software-house-id': 'house' },
    }),
    dispatcher,
    pace: { ...QUICK, ...pace },
    turn: async () => {},
    onMessage: (text, link) => {
      messages.push({ text, link })
    },
    onEnding: (_ending, { reason }) => {
      endings.push(reason)
    },
  })
  t.teardown(async () => {
    connection.cut('closed')
    await dispatcher.destroy()
  })
  return { gateway: place, connection, endings, messages }
}

t.test('it opens with its headers, and what comes is answered on the same link', async (t) => {
  const { gateway, connection, messages } = await connect(t)
  const line = await gateway.line()
  t.match(line.headers, { authorization: 'Basic sk_sandbox_1', 'software-house-id': 'house' })
  await until('it is open', () => connection.state === 'open')
  line.webSocket.send('one')
  line.webSocket.send(Buffer.from('two'))
  await until('both came', () => messages.length === 2)
  t.same(
    messages.map(({ text }) => text),
    ['one', undefined],
    'a binary message has no text',
  )
  const taken = new Promise((resolve) => {
    messages[0]!.link.send('{"id":"1"}', resolve)
  })
  t.equal(await taken, true)
  await until('the answer came', () => line.received.length === 1)
})

t.test('it comes back after every ending but a refusal', async (t) => {
  const endings: Array<[what: string, end: (gateway: Gateway) => Promise<void>, reason: string]> = [
    ['a restart', async (gateway) => (await gateway.line()).webSocket.close(1012), 'restart'],
    ['patience', async (gateway) => (await gateway.line()).webSocket.close(1013), 'try-later'],
    ['a cut', async (gateway) => (await gateway.line()).webSocket.terminate(), 'lost'],
    ['silence', async (gateway) => (await gateway.line()).freeze(), 'silent'],
  ]
  for (const [what, end, reason] of endings) {
    const { gateway, connection, endings } = await connect(t)
    const first = await gateway.line()
    await until('it is open', () => connection.state === 'open')
    const next = gateway.nextLine()
    await end(gateway)
    t.not(await next, first, `${what}: another line opens`)
    t.same(endings, [reason], what)
  }
})

t.test('a handshake that fails is tried again, unless it would be refused again', async (t) => {
  const gateway = await startGateway(t)
  gateway.refuseWith(503)
  const { endings } = await connect(t, { gateway, pace: { openTimeoutMs: 300 } })
  await until('two attempts', () => endings.length >= 2)
  gateway.hold(true)
  await until('a timeout', () => endings.includes('handshake-timeout'))
  gateway.hold(false)
  gateway.refuseWith(undefined)
  await gateway.line()
  t.same([...new Set(endings)], ['unavailable', 'handshake-timeout'])

  const closed = await startGateway(t)
  const refusedLater = await connect(t, { gateway: closed })
  ;(await closed.line()).webSocket.close(4401)
  await until('it is refused', () => refusedLater.connection.state === 'refused')
  t.equal(closed.connectedAtMs.length, 1, 'no second attempt')
})

t.test('a refused handshake is sent once', async (t) => {
  const cases: Array<[status: number, reason: string, state: string]> = [
    [401, 'credential-refused', 'refused'],
    [403, 'credential-refused', 'refused'],
    [421, 'handshake-refused', 'waiting'],
  ]
  for (const [status, reason, state] of cases) {
    const gateway = await startGateway(t)
    gateway.refuseWith(status)
    const pace = { longestRetryMs: 600_000 }
    const { connection, endings } = await connect(t, { gateway, pace })
    await until('it has ended', () => endings.length === 1)
    t.same(endings, [reason], `${status}`)
    t.equal(connection.state, state, `${status}`)
    t.equal(gateway.connectedAtMs.length, 1, `${status}: one handshake`)
  }
})

t.test('a gateway that does not exist is tried again', async (t) => {
  const { endings } = await connect(t, { url: 'ws://127.0.0.1:1/epos' })
  await until('three attempts', () => endings.length >= 3)
  t.same([...new Set(endings)], ['unreachable'])
})

t.test('a peer that reads nothing is cut off, and what it did not take is lost', async (t) => {
  const { gateway, connection, messages, endings } = await connect(t, { pace: { pingMs: 60_000 } })
  const line = await gateway.line()
  line.webSocket.send('ask')
  await until('it came', () => messages.length === 1)
  line.freeze()
  const results: boolean[] = []
  const chunk = 'x'.repeat(512 * 1024)
  while (connection.state === 'open') {
    messages[0]!.link.send(chunk, (wasTaken) => results.push(wasTaken))
    await new Promise(setImmediate)
    if (results.length > 200) break
  }
  t.same(endings, ['slow-reader'])
  t.equal(results.at(-1), false)
  t.ok(results.length < 200, 'after a few megabytes')
})

t.test('a message that is too long ends the connection, as the protocol has it', async (t) => {
  const { gateway, messages } = await connect(t)
  const line = await gateway.line()
  const next = gateway.nextLine()
  line.webSocket.send('x'.repeat(1024 * 1024 + 1))
  t.equal(await line.closed, 1009)
  await next
  t.same(messages, [])
})

t.test('any byte is life, also without an answer to the ping', async (t) => {
  const { gateway, connection, endings } = await connect(t)
  const line = await gateway.line()
  line.pongs = false
  let pings = 0
  line.webSocket.on('ping', () => {
    pings++
    line.webSocket.send('alive')
  })
  // For longer than silence may last.
  await until('many pings', () => pings * QUICK.pingMs > 2 * QUICK.silenceMs)
  t.equal(connection.state, 'open')
  t.same(endings, [])
})

t.test('a busy connection that falls silent is noticed sooner', async (t) => {
  const { gateway, connection, messages, endings } = await connect(t, {
    pace: { pingMs: 60_000, silenceMs: 60_000, busyMs: 60_000 },
  })
  const line = await gateway.line()
  line.webSocket.send('ask')
  await until('it came', () => messages.length === 1)
  messages[0]!.link.send('{"id":"1"}', () => {})
  await until('the answer came', () => line.received.length === 1)
  const next = gateway.nextLine()
  line.freeze()
  await next
  t.same(endings, ['silent'])
  t.not(connection.state, 'refused')
})

t.test('a paused connection can still answer, however long nothing is read', async (t) => {
  const { gateway, connection, messages, endings } = await connect(t, {
    pace: { pingMs: 20, silenceMs: 40, busyMs: 60_000, busySilenceMs: 40 },
  })
  const line = await gateway.line()
  line.webSocket.send('ask')
  await until('it came', () => messages.length === 1)
  connection.pause()
  // More than what is still taken, so that no pong is read.
  line.webSocket.send('x'.repeat(512 * 1024))
  let pings = 0
  line.webSocket.on('ping', () => pings++)
  await until('many pings', () => pings >= 10 || endings.length > 0)
  messages[0]!.link.send('{"id":"1"}', () => {})
  await until('the answer came', () => line.received.length === 1 || endings.length > 0)
  t.same(endings, [])
  t.equal(line.received.length, 1)
})

t.test('it ends politely, and for good', async (t) => {
  const { gateway, connection, endings, messages } = await connect(t)
  const line = await gateway.line()
  await until('it is open', () => connection.state === 'open')
  connection.pause()
  line.webSocket.send('too late')
  await connection.close(1001, 'Good night.')
  t.equal(await line.closed, 1001)
  t.same([connection.state, endings, messages], ['closed', ['closed-here'], []])

  const frozen = await connect(t)
  const deaf = await frozen.gateway.line()
  await until('it is open', () => frozen.connection.state === 'open')
  deaf.freeze()
  await frozen.connection.close(1001, 'Good night.')
  t.equal(frozen.connection.state, 'closed', 'also when the peer says nothing')
  t.equal(frozen.gateway.lines.length, 1)
})
