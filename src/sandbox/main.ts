// The process of the sandbox: reads its options, listens, and keeps its state when it stops.
import type { AddressInfo } from 'node:net'
import type { Writable } from 'node:stream'
import closeWithGrace from 'close-with-grace'
import { limits } from './limits.ts'
import { HELP, readOptions, type Options } from './options.ts'
import { createSandbox, type Sandbox } from './server.ts'

interface Streams {
  env: Readonly<Record<string, string | undefined>>
  stdout: Writable
  stderr: Writable
}

/** @returns the exit code; 0 also for a sandbox that listens now, and ends on a signal */
export async function runSandbox(
  args: readonly string[],
  { env, stdout, stderr }: Streams,
): Promise<number> {
  try {
    const options = readOptions(args, env)
    if (options === undefined) stdout.write(HELP)
    else stderr.write(await start(options))
    return 0
  } catch (error) {
    stderr.write(`${(error as Error).message}\n`)
    const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true
    return isUsage ? 2 : 1
  }
}

/** @returns what to print about it */
async function start(options: Options): Promise<string> {
  const { host, port } = options
  const sandbox = await createSandbox(options)
  try {
    await sandbox.app.listen({ host, port })
  } catch (error) {
    await sandbox.close()
    throw error
  }
  closeWithGrace({ delay: limits.closeTimeoutMs, logger: false }, async () => {
    await sandbox.close()
  })
  return introduction(sandbox, options)
}

function introduction({ app, simulation }: Sandbox, { host, keys, stateFile }: Options): string {
  const { port } = app.server.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const state = stateFile === undefined ? '' : ` and its state in ${stateFile}`
  const page = keys[0] === undefined ? '' : `#${keys[0]}`
  return `The stand-in for Dojo listens on ${url}, with seed ${simulation.seed}${state}.

Card machines, guests and the wire, to look at and touch: ${url}/${page}

Any key that begins with sk_sandbox_ is an account. An EPOS that connects over a WebSocket finds the
gateway at ${url.replace('http', 'ws')}/epos. Try:

  curl -s ${url}/sandbox
  curl -s -H 'Authorization: Basic ${keys[0] ?? 'sk_sandbox_me'}' ${url}/epos-tester-tool/flows

`
}

if (import.meta.main) {
  const { stdout, stderr } = process
  process.exitCode = await runSandbox(process.argv.slice(2), { env: process.env, stdout, stderr })
}
