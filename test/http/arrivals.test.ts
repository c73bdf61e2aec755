// Crowds of new connections, over real sockets.
import { once } from 'node:events'
import { createServer, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { hearArrivalsInTurns, type ArrivalLimits } from '../../src/http/arrivals.ts'
import { limits } from '../../src/limits.ts'

const CROWD = 60

interface Listening {
  port: number
  /** Resolves once so many connections were accepted. */
  accepted: (count: number) => Promise<void>
  /** How many requests began in each turn of the event loop that had one. */
  begunInTurns: number[]
}

async function listening(t: Test, at: ArrivalLimits = limits): Promise<Listening> {
  const begunInTurns: number[] = []
  let begun = 0
  const server = createServer((incoming, response) => {
    if (begun === 0) {
      void setImmediate().then(() => {
        begunInTurns.push(begun)
        begun = 0
      })
    }
    begun++
    incoming.resume()
    response.end('answered')
  })
  hearArrivalsInTurns(server, at)
  const connections: unknown[] = []
  server.on('connection', (socket) => connections.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    begunInTurns,
    async accepted(count) {
      while (connections.length < count) await setImmediate()
    },
  }
}

async function crowdOf(t: Test, count: number, port: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(sockets.map(async (socket) => await once(socket, 'connect')))
  return sockets
}

async function answerOf(socket: Socket): Promise<string> {
  let received = ''
  for await (const bytes of socket) {
    received += String(bytes)
    if (received.endsWith('answered')) break
  }
  return received
}

async function textOf(sent: ClientRequest): Promise<string> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const bytes of answer) text += String(bytes)
  return text
}

t.test('a crowd is heard a few at a time, and everybody is answered', async (t) => {
  const atOnce = 4
  const patience = { arrivalsAtOnce: atOnce, arrivalUnheardMs: 60_000 }
  const { port, begunInTurns, accepted } = await listening(t, patience)
  const crowd = await crowdOf(t, CROWD, port)
  await accepted(CROWD)
  const body = 'x'.repeat(100_000)
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n`
  for (const socket of crowd) socket.write(`${head}Connection: close\r\n\r\n${body}`)
  const answers = await Promise.all(crowd.map(answerOf))
  t.strictSame(
    answers.map((answer) => answer.endsWith('answered')),
    crowd.map(() => true),
  )
  const most = Math.max(...begunInTurns)
  t.ok(most <= atOnce, `at most ${most} in one turn, of ${CROWD}`)
})

t.test('who comes after a silent crowd need not wait for all of it', async (t) => {
  const { port } = await listening(t)
  await crowdOf(t, CROWD, port)
  const startedAt = performance.now()
  t.equal(await textOf(request({ port, host: '127.0.0.1' }).end()), 'answered')
  const tookMs = performance.now() - startedAt
  const all = (CROWD / limits.arrivalsAtOnce) * limits.arrivalUnheardMs
  t.ok(tookMs < all, `${tookMs} ms, and all of it would take ${all}`)
})
