// Screens that listen to a venue's stream, in a process of their own, and payments that are timed
// on their way to each screen: from sending the payment to the arrival of its event, by one clock.
// Forked; takes its orders as messages, and answers each when it is done.
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'
import { limits } from '../../src/limits.ts'

export interface Listening {
  url: string
  /** Enough of them: a token may have only `limits.streamsPerToken` streams. */
  tokens: string[]
  count: number
}
export interface Paying {
  url: string
  authorization: string
  orderIds: string[]
  everyMs: number
}
export interface Heard {
  medianMs: number
  p99Ms: number
  mostMs: number
  payments: number
  missing: number
}

export type Order =
  { do: 'listen'; listening: Listening } | { do: 'pay'; paying: Paying } | { do: 'leave' }

const LOST_MS = 10_000
const WAVE = 50

const sockets: Socket[] = []
let intents = 0
let probe: { id: string; arrived: (atMs: number) => void } | undefined

/** A few at a time, as real screens would: each reads its token from the database. */
async function listen({ count, url, tokens }: Listening): Promise<void> {
  for (let from = 0; from < count; from += WAVE) {
    await Promise.all(
      Array.from({ length: Math.min(count - from, WAVE) }, async (_, index) => {
        await open({ url, token: tokens[Math.floor((from + index) / limits.streamsPerToken)]! })
      }),
    )
  }
}

async function open({ url, token }: { url: string; token: string }): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  sockets.push(socket)
  socket.write(
    `GET /till/v1/stream HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
  let tail = ''
  let heard: string | undefined
  await new Promise<void>((resolve, reject) => {
    let ready = false
    socket
      .on('data', (bytes) => {
        const text = tail + bytes.toString('latin1')
        if (probe !== undefined && heard !== probe.id && text.includes(probe.id)) {
          heard = probe.id
          probe.arrived(performance.now())
        }
        if (!ready && text.includes('event: ready')) {
          ready = true
          resolve()
        }
        tail = text.slice(-64)
      })
      .on('error', reject)
      .on('close', () => {
        if (!ready) reject(new Error(`a stream ended at once: ${tail}`))
      })
  })
}

/** Pays each order once, at a steady pace. */
async function pay({ url, authorization, orderIds, everyMs }: Paying): Promise<Heard> {
  const pool = new Pool(url, { connections: 4 })
  const timesMs: number[] = []
  let missing = 0
  for (const orderId of orderIds) {
    const id = `pi_probe_${process.pid}_${++intents}_`
    let left = sockets.length
    const startedAtMs = performance.now()
    const all = new Promise<void>((resolve) => {
      if (left === 0) resolve()
      probe = {
        id,
        arrived: (atMs) => {
          timesMs.push(atMs - startedAtMs)
          if (--left === 0) resolve()
        },
      }
    })
    const body = JSON.stringify({
      paymentIntentId: id,
      paidAmount: { value: 100, currencyCode: 'GBP' },
    })
    const { statusCode, body: answer } = await pool.request({
      method: 'POST',
      path: `/v1/orders/${orderId}/record-payment`,
      headers: { authorization, 'content-type': 'application/json' },
      body,
    })
    await answer.dump()
    if (statusCode !== 200) throw new Error(`a payment was answered ${statusCode}`)
    await Promise.race([all, wait(LOST_MS, undefined, { ref: false })])
    missing += left
    const restMs = everyMs - (performance.now() - startedAtMs)
    if (restMs > 0) await wait(restMs)
  }
  await pool.close()
  timesMs.sort((a, b) => a - b)
  const quantile = (part: number): number =>
    timesMs[Math.min(timesMs.length - 1, Math.floor(timesMs.length * part))] ?? 0
  return {
    medianMs: quantile(0.5),
    p99Ms: quantile(0.99),
    mostMs: timesMs.at(-1) ?? 0,
    payments: orderIds.length,
    missing,
  }
}

function leave(): void {
  for (const socket of sockets.splice(0)) socket.destroy()
}

async function carryOut(order: Order): Promise<Heard | undefined> {
  if (order.do === 'pay') return await pay(order.paying)
  if (order.do === 'listen') await listen(order.listening)
  else leave()
  return undefined
}

if (process.send !== undefined) {
  process.on('message', (order: Order) => {
    carryOut(order).then(
      (heard) => {
        process.send!({ heard })
      },
      (error: unknown) => {
        process.send!({ failed: (error as Error).message })
      },
    )
  })
  process.on('disconnect', () => process.exit())
}
