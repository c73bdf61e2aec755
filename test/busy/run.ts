// npm run test:busy [-- --times 10 --loops 2 FILES]: runs test files again and again while busy
// loops take the processor from them, and says which failed. A test that passes only on a quiet
// machine is found so. FILES are paths under test/; without any, those that failed this way once.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const ONCE_FLAKY = [
  'properties/order-histories.test.ts',
  'properties/order-model.test.ts',
  'properties/days.test.ts',
  'till/venue/days.test.ts',
  'till/bookings/occupancy.test.ts',
  'dojo/rest/headers.test.ts',
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '10' }, loops: { type: 'string', default: '2' } },
})
const files = positionals.length > 0 ? positionals : ONCE_FLAKY

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function startLoop(): ChildProcess {
  return spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
}

/** Lines after a failure that say what was expected. */
const SHOWN = 12

/** @returns what failed, and why */
async function runOnce(): Promise<string[]> {
  const child = spawn(process.execPath, ['test/busy/files.ts', ...files], {
    cwd: ROOT,
    env: { ...process.env, TAP_TIMEOUT: '600', NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const failed: string[] = []
  let shown = 0
  for await (const line of createInterface(child.stdout)) {
    shown = /^\s*not ok/.test(line) ? SHOWN : shown - 1
    if (shown > 0) failed.push(line)
  }
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode === 0 ? [] : [...failed, `exit code ${child.exitCode}`]
}

const loops = Array.from({ length: Number(values.loops) }, startLoop)
process.on('exit', () => {
  for (const loop of loops) loop.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

for (let time = 1; time <= Number(values.times); time++) {
  const startedAt = performance.now()
  const failed = await runOnce()
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  const end = failed.length === 0 ? 'passed' : `FAILED\n${failed.join('\n')}`
  say(`${time} of ${values.times}, ${files.length} files, ${seconds} s: ${end}`)
  if (failed.length > 0) process.exitCode = 1
}
process.exit()
