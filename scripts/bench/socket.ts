// Sockets: one beside REST, in turns and in one run, and a thousand of them in one process.
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { WebSocketServer, type WebSocket } from 'ws'
import { seal } from '../../src/operator/secrets.ts'
import type { PlacedOrder } from './data.ts'
import { readLoad } from './loads.ts'
import { figuresOf, measure, middleOf, type Measured, type Running } from './measure.ts'

const SECRETS_KEY = '5e'.repeat(32)
const AT_ONCE = 16

export interface SocketSizes {
  turns: number
  reads: number
  venues: number
}

/** @param start starts this server with these variables besides its own */
export async function measureSockets(
  { pool, order }: { pool: pg.Pool; order: PlacedOrder },
  sizes: SocketSizes,
  start: (environment: Record<string, string>) => Promise<Running>,
): Promise<void> {
  const gateway = await openGateway()
  try {
    await giveSocket(pool, order.locationId)
    const server = await start({
      SECRETS_KEY,
      SOFTWARE_HOUSE_ID: 'bench',
      DOJO_SOCKET_URL: gateway.url,
    })
    await compareTransports({ gateway, server, order }, sizes)
    await openMany({ gateway, server, pool }, sizes.venues)
  } finally {
    gateway.close()
  }
}

async function compareTransports(
  { gateway, server, order }: { gateway: BenchGateway; server: Running; order: PlacedOrder },
  { turns, reads }: SocketSizes,
): Promise<void> {
  const rest: Measured[] = []
  const socket: Measured[] = []
  const webSocket = await gateway.first
  // The first turn warms up and is not counted.
  for (let turn = 0; turn <= turns; turn++) {
    const load = readLoad([order], { sequences: reads, connections: AT_ONCE })
    const overRest = await measure(server.url, load)
    const overSocket = await readOver(webSocket, order.orderId, reads)
    if (turn === 0) continue
    rest.push(overRest)
    socket.push(overSocket)
  }
  const [ofRest, ofSocket] = [middleOf(rest), middleOf(socket)]
  const ratio = ofSocket.requestsPerSecond / ofRest.requestsPerSecond
  console.log(
    `\nGetOrderById, ${AT_ONCE} at once, over one socket: ${inWords(ofSocket)}; over REST: ` +
      `${inWords(ofRest)}; ratio ${ratio.toFixed(2)}`,
  )
}

const inWords = ({ requestsPerSecond, medianMs, p99Ms }: Measured): string =>
  `${Math.round(requestsPerSecond).toLocaleString('en')} requests/s, median ` +
  `${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`

/** @throws Error unless every answer is a result: a server that fails fast would look fast */
async function readOver(webSocket: WebSocket, orderId: string, reads: number): Promise<Measured> {
  const params = JSON.stringify({ orderId, headers: {} })
  const sentAtMs = new Map<string, number>()
  const latenciesMs: number[] = []
  let begun = 0
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  const send = (): void => {
    const id = String(begun++)
    sentAtMs.set(id, performance.now())
    webSocket.send(`{"jsonrpc":"2.0","id":"${id}","method":"GetOrderByIdV1","params":${params}}`)
  }
  const onMessage = (data: Buffer): void => {
    // As little as possible: the load shares the machine, and REST's reads no answers either.
    const id = /^\{"jsonrpc":"2.0","id":"(\d+)","result":/.exec(data.toString('latin1', 0, 64))?.[1]
    if (id === undefined) {
      reject(new Error(`the socket answered ${data.toString()}`))
      return
    }
    latenciesMs.push(performance.now() - sentAtMs.get(id)!)
    if (begun < reads) send()
    else if (latenciesMs.length === reads) resolve()
  }
  webSocket.on('message', onMessage)
  const startedAtMs = performance.now()
  for (let at = 0; at < AT_ONCE; at++) send()
  await done
  webSocket.off('message', onMessage)
  return figuresOf(latenciesMs, performance.now() - startedAtMs)
}

async function openMany(
  { gateway, server, pool }: { gateway: BenchGateway; server: Running; pool: pg.Pool },
  venues: number,
): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO locations (location_id, name, currency, time_zone, cursor_key, bill_template)
      SELECT 'loc_many' || n, 'A venue', 'GBP', 'Europe/London', $1, '{"header":[],"footer":[]}'
      FROM generate_series(2, $2::int) AS n RETURNING location_id AS id`,
    [randomBytes(32), venues],
  )
  const startedAtMs = performance.now()
  for (const { id } of rows) await giveSocket(pool, id)
  while (gateway.openedAtMs.length < venues) await wait(50)
  const seconds = (performance.now() - startedAtMs) / 1_000
  const megabytes = Math.round((await server.usage()).rssBytes / 1024 / 1024)
  console.log(
    `${venues.toLocaleString('en')} sockets in one process: open after ${seconds.toFixed(0)} s, ` +
      `at most ${mostInOneSecond(gateway.openedAtMs)} in one second; ${megabytes} MB of memory`,
  )
}

function mostInOneSecond(atMs: readonly number[]): number {
  let most = 0
  for (let from = 0, to = 0; to < atMs.length; to++) {
    while (atMs[to]! - atMs[from]! > 1_000) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}

async function giveSocket(pool: pg.Pool, locationId: string): Promise<void> {
  await pool.query(
    "UPDATE locations SET transport = 'socket', dojo_key_sealed = $2, verify_payments = 'off' WHERE location_id = $1",
    [locationId, seal(`sk_sandbox_${randomUUID()}`, SECRETS_KEY, locationId)],
  )
}

interface BenchGateway {
  url: string
  /** The first socket that opens. */
  first: Promise<WebSocket>
  openedAtMs: number[]
  close: () => void
}

async function openGateway(): Promise<BenchGateway> {
  const server = createServer()
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  const openedAtMs: number[] = []
  const { promise: first, resolve } = Promise.withResolvers<WebSocket>()
  sockets.on('connection', (webSocket) => {
    openedAtMs.push(performance.now())
    resolve(webSocket)
  })
  const listening = once(server, 'listening')
  server.listen(0, '127.0.0.1')
  await listening
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/epos`,
    first,
    openedAtMs,
    close: () => {
      for (const client of sockets.clients) client.terminate()
      server.close()
    },
  }
}
