// A worker, as its parent knows it.
import { fork, type ChildProcess } from 'node:child_process'
import type { BoundSocket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { MetricFigures } from '../http/metrics.ts'
import { limits } from '../limits.ts'
import { LAST, type FromWorker, type ToWorker } from './messages.ts'
import { say } from './words.ts'

export interface WorkerProcess {
  pid: number
  /** Resolves once it serves. Rejects with the reason why it cannot. */
  ready: Promise<void>
  /** Resolves to how it ended: a signal or an exit code. */
  ended: Promise<string>
  /** Resolves once it has ended, by itself or, when that takes too long, by force. */
  stop: (how: { hasSuccessor: boolean }) => Promise<void>
  /** @throws Error when it cannot */
  introduceDemo: (url: string) => Promise<void>
  /** What it counts: now, or if it does not answer in time, when it was last asked. */
  measure: () => Promise<MetricFigures>
  /** What it had counted when it was last asked, or stopped. */
  lastMeasured: () => MetricFigures
}

/** The file descriptor of the socket in a worker, after the three of every process and the IPC. */
export const SOCKET_FD = 4

interface Start {
  socket: BoundSocket
  databaseUrl: string
  /** What the worker may ask: the metrics of all workers. */
  measureAll: () => Promise<string>
}

export function startWorker({ socket, databaseUrl, measureAll }: Start): WorkerProcess {
  const child = fork(fileURLToPath(new URL('../worker.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', socket.fd()],
  })
  // What is sent to a worker that has just died is lost with it.
  child.on('error', () => {})
  const send = (message: ToWorker): void => {
    if (child.connected) child.send(message, () => {})
  }
  child.on('message', (message: FromWorker) => {
    if (message.kind !== 'measure-all') return
    void measureAll().then((text) => {
      send({ kind: 'all-measured', ask: message.ask, text })
    })
  })
  const ended = new Promise<string>((resolve) => {
    child
      .once('exit', () => {
        resolve(endingOf(child))
      })
      .once('error', (error) => {
        if (child.pid === undefined) resolve(error.message)
      })
  })
  const answer = answersOf(child)
  const ready = readiness(child, answer)
  void ready.then(
    () => {
      killWhenSilent(child)
    },
    () => {},
  )
  send({ kind: 'serve', databaseUrl })
  return {
    pid: child.pid ?? 0,
    ready,
    ended,
    stop: async ({ hasSuccessor }) => {
      send({ kind: 'stop', hasSuccessor })
      const force = setTimeout(() => child.kill('SIGKILL'), limits.workerStopTimeoutMs)
      await ended
      clearTimeout(force)
    },
    introduceDemo: async (url) => {
      send({ kind: 'introduce-demo', url })
      await answer(({ kind }) => kind === 'demo-introduced')
    },
    ...measurer(child, answer, send),
  }
}

async function readiness(child: ChildProcess, answer: Answers): Promise<void> {
  const tooLate = setTimeout(() => child.kill('SIGKILL'), limits.workerStartTimeoutMs)
  try {
    await answer(({ kind }) => kind === 'ready')
  } finally {
    clearTimeout(tooLate)
  }
}

/** One that hangs would keep its share of the port, and those in its queue would wait for ever. */
function killWhenSilent(child: ChildProcess): void {
  let silentMs = 0
  // In turns of this process: while it is not run itself, nobody is judged.
  const watch = setInterval(() => {
    silentMs += limits.workerAliveMs
    if (silentMs <= limits.workerSilenceMs) return
    say(`A worker (process ${child.pid}) said nothing for ${limits.workerSilenceMs / 1_000} s.`)
    child.kill('SIGKILL')
  }, limits.workerAliveMs)
  watch.unref()
  child
    .on('message', () => {
      silentMs = 0
    })
    .once('exit', () => {
      clearInterval(watch)
    })
}

/** @throws Error when the worker says that it failed, or ends */
type Answers = (isIt: (message: FromWorker) => boolean) => Promise<FromWorker>

function answersOf(child: ChildProcess): Answers {
  return async (isIt) =>
    await new Promise((resolve, reject) => {
      const over = (): void => {
        child.off('message', onMessage).off('exit', onEnd).off('error', onEnd)
      }
      const onMessage = (message: FromWorker): void => {
        if (message.kind === 'failed') reject(new Error(message.why))
        else if (isIt(message)) resolve(message)
        else return
        over()
      }
      const onEnd = (how: unknown): void => {
        reject(new Error(`it ended: ${how instanceof Error ? how.message : endingOf(child)}`))
        over()
      }
      child.on('message', onMessage).on('exit', onEnd).on('error', onEnd)
    })
}

function endingOf({ signalCode, exitCode }: ChildProcess): string {
  return signalCode ?? `exit code ${exitCode}`
}

function measurer(child: ChildProcess, answer: Answers, send: (message: ToWorker) => void) {
  let asks = LAST
  let last: MetricFigures = []
  child.on('message', (message: FromWorker) => {
    if (message.kind === 'measured') last = message.figures
  })
  const measure = async (): Promise<MetricFigures> => {
    const ask = ++asks
    const measured = answer((message) => message.kind === 'measured' && message.ask === ask)
    send({ kind: 'measure', ask })
    const late = wait(limits.workerMeasureTimeoutMs, undefined, { ref: false })
    await Promise.race([measured.catch(() => {}), late])
    return last
  }
  return { measure, lastMeasured: () => last }
}
