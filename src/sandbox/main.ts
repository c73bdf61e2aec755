// The process of the sandbox: reads flags and variables, listens, and keeps its state when it is
// told to stop.
import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { limits } from './limits.ts'
import { HELP, readOptions } from './options.ts'
import { createSandbox } from './server.ts'

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === undefined) {
    process.stdout.write(HELP)
    return
  }
  const { host, port, seed, keys, faults, stateFile } = options
  const sandbox = await createSandbox({
    seed,
    keys,
    faults,
    ...(stateFile === undefined ? {} : { stateFile }),
  })
  await sandbox.app.listen({ host, port })
  closeWithGrace({ delay: limits.closeTimeoutMs, logger: false }, async () => {
    await sandbox.close()
  })
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${(sandbox.app.server.address() as AddressInfo).port}`
  say(`A stand-in for Dojo listens on ${url}, with the seed ${sandbox.simulation.seed}${stateFile === undefined ? '' : ` and its state in ${stateFile}`}.

Any key that begins with sk_sandbox_ is an account. What it can be asked:

  curl -s ${url}/sandbox
  curl -s -H 'Authorization: Basic ${keys[0] ?? 'sk_sandbox_me'}' ${url}/epos-tester-tool/flows
`)
}

main().catch((error: unknown) => {
  say((error as Error).message)
  process.exitCode =
    (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true ? 2 : 1
})
