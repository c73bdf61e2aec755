// The server as a process of its own, as `npm start` runs it: to be killed, stopped, and started
// again.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { compileCache } from './compile-cache.ts'
import { until } from './visits.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const START_WITHIN_MS = 30_000

export interface ServerProcess {
  child: ChildProcess
  url: string
  /** Until it listened. */
  startedMs: number
  /** Everything that it said. */
  said: () => string
  /** Waits for a line. */
  says: (text: string) => Promise<void>
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** As kill -9 does; resolves once it is gone. */
  kill: () => Promise<void>
}

/**
 * Resolves once it listens; what is left of it when the test ends is killed. Detached, so that its
 * process group is this test's to signal.
 */
export async function startServerProcess(
  t: Test,
  environment: Record<string, string>,
): Promise<ServerProcess> {
  const begun = performance.now()
  const child = spawn(process.execPath, [MAIN], {
    cwd: tmpdir(),
    env: {
      ...{ PATH: process.env['PATH'], ...compileCache(), PORT: '0', LOG_LEVEL: 'silent' },
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const lines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line)
  })
  let isOver = false
  const ended = once(child, 'exit').then(([code, signal]) => {
    isOver = true
    return { code: code as number | null, signal: signal as NodeJS.Signals | null }
  })
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  t.teardown(kill)
  const says = async (text: string): Promise<void> => {
    await until(
      `the server says ${text}`,
      () => {
        if (lines.some((line) => line.includes(text))) return true
        if (isOver) throw new Error(`the server ended without saying ${text}:\n${lines.join('\n')}`)
        return false
      },
      START_WITHIN_MS,
    )
  }
  await says('Listening on http://')
  const url = /Listening on (http:\S*[^\s.,])/.exec(lines.join('\n'))![1]!
  return {
    child,
    url,
    startedMs: performance.now() - begun,
    said: () => lines.join('\n'),
    says,
    ended,
    kill,
  }
}
