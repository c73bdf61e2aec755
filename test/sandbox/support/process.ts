// The sandbox in its own process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { compileCache } from '../../support/compile-cache.ts'

export interface SandboxProcess {
  url: string
  /** Everything that it printed until it listened. */
  introduction: string
  stop: () => Promise<{ code: number | null; stderr: string }>
}

export async function runSandbox(
  t: Test,
  args: string[],
  environment: Record<string, string> = {},
): Promise<SandboxProcess> {
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '../../../src/sandbox/main.ts'),
      ...(args.includes('--port') ? [] : ['--port', '0']),
      ...args,
    ],
    {
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'], ...compileCache(), ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  const closed = once(child, 'close')
  let stderr = ''
  const ready = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part
      if (stderr.endsWith('/flows\n\n')) resolve()
    })
  })
  await Promise.race([ready, closed])
  if (child.exitCode !== null) throw new Error(`The sandbox ended: ${stderr}`)
  return {
    url: /http:\/\/127\.0\.0\.1:\d+/.exec(stderr)?.[0] ?? '',
    introduction: stderr,
    stop: async () => {
      child.kill('SIGTERM')
      await closed
      return { code: child.exitCode, stderr }
    },
  }
}
