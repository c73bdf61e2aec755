// The tester tool from the shell: starts a flow in a sandbox, and tells how it goes.
import type { DojoSchemas } from '../src/contract/dojo-api.ts'
import { runCommand, UsageFault } from './command.ts'
import { createProgress, paint } from './terminal.ts'

const HELP = `Usage: npm run tester -- "FLOW" [--order ID] [--param NAME=VALUE]... [--sandbox http://127.0.0.1:8090] [--key sk_sandbox_...]
       npm run tester -- --list

Has a running sandbox (npm run sandbox) play a flow against the EPOS that the key has registered, and tells each step.

  --list            the flows, and what each wants to know
  --order ID        the parameter orderId
  --param N=V       any other parameter
  --sandbox URL     where the sandbox is (SANDBOX_URL)
  --key KEY         whose EPOS is tried (SANDBOX_KEY, or sk_sandbox_demo)
  --verbose         shows whole requests and answers also of steps that went well
  --json            prints the result as the API gives it

Exit code 0 when the flow succeeded, 1 otherwise.
`

const POLL_MS = 100
const COLUMNS = 100
type FlowResult = DojoSchemas['FlowResult']
type StepResult = DojoSchemas['StepResult']

await runCommand({
  help: HELP,
  options: {
    list: { type: 'boolean' },
    order: { type: 'string' },
    param: { type: 'string', multiple: true },
    sandbox: { type: 'string' },
    key: { type: 'string' },
    verbose: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: async (
    { list, order, param = [], sandbox, key, verbose = false, json = false },
    [flow, extra],
  ) => {
    if (extra !== undefined) {
      throw new UsageFault('The name of a flow with blanks goes into quotes.')
    }
    const at = sandbox ?? process.env['SANDBOX_URL'] ?? 'http://127.0.0.1:8090'
    const call = callerOf(at, key ?? process.env['SANDBOX_KEY']?.split(',')[0] ?? 'sk_sandbox_demo')
    if (list === true) {
      printFlows((await call('GET', '/flows')) as DojoSchemas['FlowDescription'][])
      return
    }
    if (flow === undefined) throw new UsageFault('Which flow? --list shows them.')
    const params = Object.fromEntries([
      ...(order === undefined ? [] : [['orderId', order]]),
      ...param.map(parameterOf),
    ]) as Record<string, string>
    const flowId = (await call('POST', '/flows', { flow, params })) as string
    const result = await followed(
      flowId,
      call,
      json ? undefined : (step) => stepLines(step, verbose),
    )
    if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
    else {
      process.stdout.write(
        `\n${result.status === 'SUCCESS' ? paint('green', 'SUCCESS') : paint('red', result.status)} ${result.flowName} (${flowId})${result.status === 'SUCCESS' ? '' : await seedInWords(at)}\n`,
      )
    }
    process.exitCode = result.status === 'SUCCESS' ? 0 : 1
  },
})

/** What repeats the run, where it is a sandbox that tells. */
async function seedInWords(sandbox: string): Promise<string> {
  const { seed } = await fetch(`${sandbox.replace(/\/+$/, '')}/sandbox`).then(
    async (response) => (await response.json()) as { seed?: number },
    () => ({ seed: undefined }),
  )
  return seed === undefined ? '' : `, seed ${seed}`
}

type Call = (method: string, path: string, body?: object) => Promise<unknown>

function callerOf(sandbox: string, key: string): Call {
  return async (method, path, body) => {
    const url = `${sandbox.replace(/\/+$/, '')}/epos-tester-tool${path}`
    let response: Response
    try {
      response = await fetch(url, {
        method,
        headers: { authorization: `Basic ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch {
      throw new Error(`No sandbox answers at ${sandbox}. Start one with: npm run sandbox`)
    }
    const answer = (await response.json().catch(() => {
      throw new Error(`What answers at ${sandbox} is no sandbox.`)
    })) as { detail?: string }
    if (!response.ok) throw new Error(answer.detail ?? `The sandbox answered ${response.status}.`)
    return answer
  }
}

function parameterOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageFault('--param is NAME=VALUE.')
  return [text.slice(0, at), text.slice(at + 1)]
}

function printFlows(flows: DojoSchemas['FlowDescription'][]): void {
  for (const { name, params = [] } of flows) {
    process.stdout.write(`${name}\n`)
    for (const parameter of params) {
      process.stdout.write(
        `    ${parameter.name}${parameter.required ? '' : ' (optional)'}: ${parameter.description}\n`,
      )
    }
  }
}

/** Prints each step once it is over, until the flow is. */
async function followed(
  flowId: string,
  call: Call,
  told: ((step: StepResult) => string) | undefined,
): Promise<FlowResult> {
  const progress = createProgress()
  for (let printed = 0; ;) {
    const result = (await call('GET', `/flows/${flowId}`)) as FlowResult
    const steps = result.steps ?? []
    if (told !== undefined) {
      for (; printed < steps.length && steps[printed]!.status !== 'IN_PROGRESS'; printed++) {
        progress.print(told(steps[printed]!))
      }
      if (result.status === 'IN_PROGRESS') {
        progress.show(printed, Math.max(steps.length, 1), steps.at(-1)?.name ?? 'starting')
      }
    }
    if (result.status !== 'IN_PROGRESS') {
      progress.end()
      return result
    }
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS)
    })
  }
}

/** A step that failed is told in full; of one that went well a line each is enough. */
function stepLines(
  { name, status, additionalInformation = [] }: StepResult,
  verbose: boolean,
): string {
  const succeeded = status === 'SUCCESS'
  const lines = additionalInformation
    .flatMap((text) => text.split('\n'))
    .map((line) =>
      succeeded && !verbose && line.length > COLUMNS ? `${line.slice(0, COLUMNS - 1)}…` : line,
    )
  return [
    `${succeeded ? paint('green', '✓') : paint('red', '✗')} ${name}`,
    ...lines.map((line) => `    ${succeeded ? paint('dim', line) : line}`),
  ].join('\n')
}
