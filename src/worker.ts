// A worker: one of several processes that serve on one port. Started by src/process/parent.ts,
// which tells it when to stop: a signal to the whole group, as Ctrl-C sends it, is the parent's.
import closeWithGrace from 'close-with-grace'
import { loadConfig } from './config.ts'
import type { MetricFigures } from './http/metrics.ts'
import { startTracing } from './http/tracing.ts'
import { limits } from './limits.ts'
import { introduceDemo } from './process/demo-venue.ts'
import { outliveReaders } from './process/endings.ts'
import { LAST, type FromWorker, type ToWorker } from './process/messages.ts'
import { SOCKET_FD } from './process/worker-process.ts'
import { say } from './process/words.ts'
import { createServer, type Server } from './server.ts'

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2'] as const

const config = loadConfig(process.env)
const tracing = await startTracing(process.env)
let server: Server | undefined
let stopping: Promise<void> | undefined
let asks = 0
const answers = new Map<number, (text: string) => void>()

function tell(message: FromWorker): void {
  if (process.connected) process.send!(message)
}

/** What one worker counted says little: the answer has the sum of all. */
async function measureAll(): Promise<string> {
  const ask = ++asks
  return await new Promise((resolve) => {
    answers.set(ask, resolve)
    tell({ kind: 'measure-all', ask })
  })
}

async function measure(): Promise<MetricFigures> {
  const figures = await server?.registry.getMetricsAsJSON().catch(() => [])
  return (figures ?? []) as MetricFigures
}

async function serve(databaseUrl: string): Promise<void> {
  server = await createServer(
    { config, databaseUrl },
    { prepare: tracing.prepare, metricsText: measureAll, sharesOutput: true },
  )
  // The socket is bound. The host only keeps Fastify from adding another for `localhost`.
  await server.app.listen({ fd: SOCKET_FD, host: '127.0.0.1' } as { host: string })
  tell({ kind: 'ready' })
  setInterval(() => {
    tell({ kind: 'alive' })
  }, limits.workerAliveMs).unref()
}

async function stop(hasSuccessor: boolean): Promise<void> {
  stopping ??= (async () => {
    await server?.close({ partsSlowly: hasSuccessor })
    await tracing.stop()
  })()
  await stopping
}

async function end(hasSuccessor: boolean): Promise<void> {
  setTimeout(() => process.exit(1), limits.closeTimeoutMs).unref()
  tell({ kind: 'measured', ask: LAST, figures: await measure() })
  await stop(hasSuccessor)
  process.exit()
}

async function obey(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'serve':
      await serve(message.databaseUrl)
      return
    case 'introduce-demo':
      await introduceDemo(server!, config, message.url)
      tell({ kind: 'demo-introduced' })
      return
    case 'stop':
      await end(message.hasSuccessor)
      return
    case 'measure': {
      tell({ kind: 'measured', ask: message.ask, figures: await measure() })
      return
    }
    case 'all-measured':
      answers.get(message.ask)?.(message.text)
      answers.delete(message.ask)
  }
}

outliveReaders()
for (const signal of SIGNALS) process.on(signal, () => {})
closeWithGrace(
  { delay: limits.closeTimeoutMs, logger: false, skip: [...SIGNALS] },
  async ({ err }) => {
    if (err !== undefined) say(`A worker stops because of an error: ${err.stack ?? err.message}`)
    await stop(false)
  },
)
process.on('message', (message: ToWorker) => {
  obey(message).catch((error: unknown) => {
    process.exitCode = 1
    const failed: FromWorker = { kind: 'failed', why: (error as Error).message }
    process.send!(failed, () => {
      void end(false)
    })
  })
})
// The parent has gone.
process.on('disconnect', () => {
  void end(false)
})
if (!process.connected) void end(false)
