// How a process of the server ends: with a signal, with npm, never with those who read its output.
import { readFileSync } from 'node:fs'
import closeWithGrace from 'close-with-grace'
import { every, type Repeated } from '../lib/every.ts'
import { limits } from '../limits.ts'
import { say } from './words.ts'

/** Those who read what the server writes may leave. The server goes on. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}

export interface Grace {
  /**
   * Stops because the start failed; then the process ends as others do.
   * @throws why, unless a signal has begun the stop: then what failed, failed of that
   */
  startFailed: (why: unknown) => Promise<void>
  /** Stops, with exit code 1. */
  end: (why: string) => void
}

interface GraceOptions {
  /** How long `stop` may take. */
  delayMs?: number
  /** Signals that mean something else. */
  except?: NodeJS.Signals[]
}

/** From here on a signal leaves nothing running, even while the database is still starting. */
export function stopWithGrace(
  stop: () => Promise<void>,
  { delayMs = limits.closeTimeoutMs, except = [] }: GraceOptions = {},
): Grace {
  let failure: string | undefined
  let stopping: Promise<void> | undefined
  const { close, uninstall } = closeWithGrace(
    { delay: delayMs, logger: false, skip: except as 'SIGUSR2'[] },
    async ({ signal, err }) => {
      if (err !== undefined) {
        say(`The server stops because of an error: ${err.stack ?? err.message}`)
      } else say(`${failure ?? signal ?? 'Stop'}: finishing the requests in flight.`)
      stopping ??= stop()
      await stopping.catch((error: unknown) => {
        say(`Stopping failed: ${(error as Error).stack ?? String(error)}`)
        throw error
      })
      say('Stopped.')
      // This makes the exit code 1.
      if (failure !== undefined) throw new Error(failure)
    },
  )
  return {
    startFailed: async (why) => {
      const isStopping = stopping !== undefined
      stopping ??= stop()
      await stopping
      if (isStopping) return
      uninstall()
      throw why
    },
    end: (why) => {
      failure = why
      close()
    },
  }
}

/** npm does not pass signals on, and its end would leave the server running. */
export function watchParent(environment: NodeJS.ProcessEnv, end: (why: string) => void): Repeated {
  const before = startedBy()
  const watch = every(limits.parentCheckMs, async () => {
    if (startedBy() !== before) end('npm has ended')
  })
  if (environment['npm_lifecycle_event'] !== undefined) watch.start()
  return watch
}

/** The processes above this one up to npm, which may have a shell in between. */
function startedBy(): string {
  const parent = process.ppid
  try {
    const [, name, above] = /^\d+ \((.*)\) \S+ (\d+) /.exec(
      readFileSync(`/proc/${parent}/stat`, 'utf8'),
    )!
    return /^(da|ba)?sh$/.test(name!) ? `${parent} ${above}` : String(parent)
  } catch {
    // Only Linux has such a file.
    return String(parent)
  }
}
