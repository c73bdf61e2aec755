// The process of the sandbox: reads its options, listens, and keeps its state when it stops.
import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { limits } from './limits.ts'
import { HELP, readOptions, type Options } from './options.ts'
import { createSandbox, type Sandbox } from './server.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === undefined) {
    process.stdout.write(HELP)
    return
  }
  const { host, port } = options
  const sandbox = await createSandbox(options)
  await sandbox.app.listen({ host, port })
  closeWithGrace({ delay: limits.closeTimeoutMs, logger: false }, async () => {
    await sandbox.close()
  })
  process.stderr.write(introduction(sandbox, options))
}

function introduction({ app, simulation }: Sandbox, { host, keys, stateFile }: Options): string {
  const { port } = app.server.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const state = stateFile === undefined ? '' : ` and its state in ${stateFile}`
  return `The stand-in for Dojo listens on ${url}, with seed ${simulation.seed}${state}.

Any key that begins with sk_sandbox_ is an account. Try:

  curl -s ${url}/sandbox
  curl -s -H 'Authorization: Basic ${keys[0] ?? 'sk_sandbox_me'}' ${url}/epos-tester-tool/flows

`
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`)
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true
  process.exitCode = isUsage ? 2 : 1
})
