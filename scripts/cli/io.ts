// What a command may touch of its process. Tests hand in their own, so that a command runs in the
// process of the test.
import type { Readable, Writable } from 'node:stream'

export interface Io {
  stdin: Readable & { isTTY?: boolean }
  stdout: Writable & { isTTY?: boolean; columns?: number }
  stderr: Writable
  env: Readonly<Record<string, string | undefined>>
  /** Calls back once, on Ctrl-C or when nobody reads the output any more. */
  onInterrupt: (callback: () => void) => void
}

/** The process itself. A reader that leaves early, such as `| head`, is no error. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process
  const left = new AbortController()
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      left.abort()
    })
  }
  return {
    stdin,
    stdout,
    stderr,
    env,
    onInterrupt: (callback) => {
      process.once('SIGINT', callback)
      left.signal.addEventListener('abort', callback, { once: true })
    },
  }
}
