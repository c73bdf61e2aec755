#!/usr/bin/env node
// Starts scripts/epos.ts with a Node.js that runs TypeScript: this one, or the project's own.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { isNewEnough, tooOld } from './node-version.js'

const ELSEWHERE =
  'epos runs in the folder of the server, since Node.js runs no TypeScript below node_modules: ' +
  'clone the repository, and call npx epos there. This package has the kit for tills, ' +
  'epos-data-server/till-client and epos-data-server/adapter.'

if (/[\\/]node_modules[\\/]/.test(import.meta.dirname)) {
  process.stderr.write(`${ELSEWHERE}\n`)
  process.exitCode = 1
} else if (isNewEnough()) {
  const { main } = await import('../scripts/epos.ts')
  await main()
} else {
  process.exitCode = runWithOwnNode()
}

function runWithOwnNode() {
  const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
  const node = path(`../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`)
  if (!existsSync(node)) {
    process.stderr.write(`${tooOld('epos')}\n`)
    return 1
  }
  // Ctrl-C reaches both processes; the command decides when to end.
  process.on('SIGINT', () => {})
  const { status, signal } = spawnSync(
    node,
    [path('../scripts/epos.ts'), ...process.argv.slice(2)],
    { stdio: 'inherit' },
  )
  return status ?? 128 + constants.signals[signal]
}
