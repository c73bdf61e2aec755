// Starts a measured server, puts a load on it, and takes the middle of several turns.
import autocannon from 'autocannon'
import { fork, type ChildProcess } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import type { Assignment } from './server.ts'

export interface Measured {
  requestsPerSecond: number
  medianMs: number
  p99Ms: number
  /** What a request cost, where it was measured. */
  cpuMicros?: number
}

/** The memory of a process now, and the processor's time that it has used. */
export interface Usage {
  rssBytes: number
  cpuMs: number
}

export interface Running {
  url: string
  usage: () => Promise<Usage>
  stop: () => void
}

/** The flags of `npm start`. */
const NODE_FLAGS = ['--max-semi-space-size=12', '--max-old-space-size=512']

export async function startMeasured(assignment: Assignment): Promise<Running> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: NODE_FLAGS,
  })
  child.send({ assignment })
  const { port } = await answerOf<{ port: number }>(child)
  return {
    url: `http://127.0.0.1:${port}`,
    usage: async () => {
      child.send('usage')
      return await answerOf<Usage>(child)
    },
    stop: () => {
      child.kill('SIGKILL')
    },
  }
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  return await new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      reject(new Error(`a measured server ended with ${code}`))
    }
    child.once('exit', ended).once('message', (message) => {
      child.off('exit', ended)
      resolve(message as T)
    })
  })
}

export interface Load {
  connections: number
  /** How many times the whole sequence of requests is sent. */
  sequences: number
  /** One sequence; called for every time it is sent. */
  requests: () => autocannon.Request[]
  /** How many requests a sequence has. */
  length: number
}

/** @throws Error unless every answer is a 2xx: a server that fails fast would look fast */
export async function measure(
  url: string,
  { connections, sequences, requests, length }: Load,
): Promise<Measured> {
  const template: autocannon.Request[] = Array.from({ length }, (_, index) => ({
    setupRequest: (request, context) => {
      const state = context as { sequence?: autocannon.Request[] }
      if (index === 0 || state.sequence === undefined) state.sequence = requests()
      const next = state.sequence[index]!
      return { ...request, ...next, headers: { ...request.headers, ...next.headers } }
    },
  }))
  const amount = Math.ceil(sequences / connections) * connections * length
  const startedAtMs = performance.now()
  let endedAtMs = startedAtMs
  const latenciesMs: number[] = []
  // autocannon rounds its own figures to whole seconds and milliseconds.
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      { url, connections, amount, requests: template, timeout: 20 },
      (error, result) => {
        error ? reject(error as Error) : resolve(result)
      },
    )
    instance.on('response', (_client, _status, _bytes, milliseconds) => {
      endedAtMs = performance.now()
      latenciesMs.push(milliseconds)
    })
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(
      `${url}: ${result.non2xx} answers were not 2xx and ${result.errors} requests failed: ` +
        JSON.stringify(result.statusCodeStats),
    )
  }
  return figuresOf(latenciesMs, endedAtMs - startedAtMs)
}

export function figuresOf(latenciesMs: number[], tookMs: number): Measured {
  latenciesMs.sort((a, b) => a - b)
  const quantile = (part: number): number =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * part))]!
  return {
    requestsPerSecond: (latenciesMs.length / tookMs) * 1000,
    medianMs: quantile(0.5),
    p99Ms: quantile(0.99),
  }
}

/**
 * Sends requests at a steady pace, whether earlier ones are answered or not, and measures each from
 * the moment it was due.
 * @throws Error unless every answer is a 2xx
 */
export async function measurePaced(
  url: string,
  load: Load,
  requestsPerSecond: number,
): Promise<Measured> {
  const pool = new Pool(url, { connections: load.connections })
  const measured = await measurePacedOver(pool, load, requestsPerSecond)
  await pool.close()
  return measured
}

/** The same over connections that are kept, as Dojo's servers keep theirs. */
export async function measurePacedOver(
  pool: Pool,
  { sequences, requests }: Load,
  requestsPerSecond: number,
): Promise<Measured> {
  const latenciesMs: number[] = []
  const startedAtMs = performance.now()
  await Promise.all(
    Array.from({ length: sequences }, async (_, index) => {
      const dueAtMs = startedAtMs + (index / requestsPerSecond) * 1000
      // A timer rings up to a millisecond early.
      await setTimeout(Math.max(0, Math.ceil(dueAtMs - performance.now())))
      await sendTo(pool, requests()[0]!)
      latenciesMs.push(performance.now() - dueAtMs)
    }),
  )
  return figuresOf(latenciesMs, performance.now() - startedAtMs)
}

/** Opens all connections of a pool, with a request over each at the same time. */
export async function openAll(pool: Pool, { connections, requests }: Load): Promise<void> {
  await Promise.all(
    Array.from({ length: connections }, async () => {
      await sendTo(pool, requests()[0]!)
    }),
  )
}

async function sendTo(pool: Pool, request: autocannon.Request): Promise<void> {
  const { statusCode, body } = await pool.request({
    method: request.method as 'POST',
    path: request.path!,
    headers: request.headers as Record<string, string>,
    body: request.body as string,
  })
  await body.dump()
  if (statusCode >= 300) throw new Error(`${request.path} was answered with ${statusCode}`)
}

/** The median over the turns, figure by figure. */
export function middleOf(turns: Measured[]): Measured {
  const middle = (figure: keyof Measured): number =>
    turns.map((turn) => turn[figure] ?? 0).sort((a, b) => a - b)[Math.floor(turns.length / 2)]!
  return {
    requestsPerSecond: middle('requestsPerSecond'),
    medianMs: middle('medianMs'),
    p99Ms: middle('p99Ms'),
    ...(turns[0]?.cpuMicros === undefined ? {} : { cpuMicros: middle('cpuMicros') }),
  }
}
