// Prism, which answers from the document alone: what people use who have no server yet. It is not a
// dependency; `npm install --no-save @stoplight/prism-cli` adds its rows.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from './measure.ts'
import { freePort } from './ports.ts'

const ROOT = join(import.meta.dirname, '../..')
const PRISM = join(ROOT, 'node_modules/@stoplight/prism-cli/dist/index.js')
const START_MS = 30_000
const POLL_MS = 100

/** Undefined where it is not installed. */
export async function startPrism(): Promise<Running | undefined> {
  if (!existsSync(PRISM)) return undefined
  const port = await freePort()
  const document = join(ROOT, 'openapi/epos-data.yaml')
  const child = spawn(process.execPath, [PRISM, 'mock', '-p', String(port), document], {
    stdio: 'ignore',
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const url = `http://127.0.0.1:${port}`
  for (let waitedMs = 0; !(await answers(url)); waitedMs += POLL_MS) {
    if (waitedMs > START_MS || child.exitCode !== null) throw new Error('Prism did not start.')
    await wait(POLL_MS)
  }
  return {
    url,
    usage: async () => ({ rssBytes: 0, cpuMs: 0 }),
    stop: () => {
      child.kill('SIGKILL')
    },
  }
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    () => true,
    () => false,
  )
}
