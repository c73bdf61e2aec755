// Prism, which answers from the document alone: what people use who have no server yet. Its two
// hundred packages are no dependencies of this project: the first bench puts them beside the caches
// of other tools.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from './measure.ts'
import { freePort } from './ports.ts'

const ROOT = join(import.meta.dirname, '../..')
const PACKAGE = '@stoplight/prism-cli@5.16.0'
const HOME = join(ROOT, 'node_modules/.cache/prism')
const PRISM = join(HOME, 'node_modules/@stoplight/prism-cli/dist/index.js')
const START_MS = 30_000
const POLL_MS = 100

/** Undefined where it cannot be installed. */
export async function startPrism(): Promise<Running | undefined> {
  if (!isInstalled()) return undefined
  const port = await freePort()
  const document = join(ROOT, 'openapi/epos-data.yaml')
  const options = ['mock', '-m', 'false', '-p', String(port)]
  const child = spawn(process.execPath, [PRISM, ...options, document], {
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

function isInstalled(): boolean {
  if (existsSync(PRISM)) return true
  mkdirSync(HOME, { recursive: true })
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
  try {
    execFileSync('npm', ['install', '--prefix', HOME, ...quiet, PACKAGE], { stdio: 'ignore' })
  } catch {
    return false
  }
  return existsSync(PRISM)
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    () => true,
    () => false,
  )
}
