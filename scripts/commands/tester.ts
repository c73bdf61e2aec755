// Dojo's tester tool from the shell: starts a flow in a sandbox, and shows its steps.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { DojoSchemas } from '../../src/contract/dojo-api.ts'
import { jsonOption, repeatedOption, textOption } from '../cli/options.ts'
import { createProgress } from '../cli/output.ts'
import { newCommand, UsageFault, type Cli } from '../cli/program.ts'

const HELP = `
Has a running sandbox (npx epos sandbox) run a flow against the EPOS that the key has registered.

Exit code 0 when the flow succeeded, 1 otherwise.`

const POLL_MS = 100
const COLUMNS = 100
const SANDBOX_URL = 'http://127.0.0.1:8090'
const SANDBOX_KEY = 'sk_sandbox_demo'
type FlowResult = DojoSchemas['FlowResult']
type StepResult = DojoSchemas['StepResult']

interface Options {
  list?: boolean
  order?: string
  param?: string[]
  sandbox?: string
  key?: string
  verbose?: boolean
  json?: boolean
}

export function testerCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .argument('[flow...]', 'the name of a flow; --list shows them')
    .option('--list', 'list the flows and their parameters')
    .addOption(textOption('--order <id>', 'the parameter orderId'))
    .addOption(repeatedOption('--param <name=value>', 'any other parameter; may be repeated'))
    .addOption(
      textOption('--sandbox <url>', `where the sandbox is (SANDBOX_URL, default: ${SANDBOX_URL})`),
    )
    .addOption(
      textOption('--key <key>', `whose EPOS is tested (SANDBOX_KEY, default: ${SANDBOX_KEY})`),
    )
    .option('--verbose', 'show requests and answers in full for steps that succeeded too')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (words: string[], options: Options) => {
      const flow = words.join(' ')
      const { env } = cli.io
      const sandbox = options.sandbox ?? (env['SANDBOX_URL'] || SANDBOX_URL)
      const key = options.key ?? (env['SANDBOX_KEY']?.split(',')[0] || SANDBOX_KEY)
      const call = createCaller(sandbox, key)
      if (options.list === true) await listFlows(cli, call, options.json)
      else if (flow === '') throw new UsageFault('Which flow? --list shows them.')
      else await playFlow({ cli, call, sandbox, flow, options })
    })
}

interface Play {
  cli: Cli
  call: Call
  sandbox: string
  flow: string
  options: Options
}

async function playFlow({ cli, call, sandbox, flow, options }: Play): Promise<void> {
  const { order, param = [], verbose = false, json } = options
  const params: Record<string, string> = Object.fromEntries(param.map(parameterOf))
  if (order !== undefined) params['orderId'] ??= order
  const flowId = (await call('POST', '/flows', { flow, params })) as string
  const onStep = (step: StepResult) => stepInWords(cli, step, verbose)
  const result = await follow({ cli, call, flowId, onStep: json === true ? undefined : onStep })
  const succeeded = result.status === 'SUCCESS'
  if (json === true) cli.printJson(result)
  else {
    const status = cli.paint(succeeded ? 'green' : 'red', result.status)
    const seed = succeeded ? '' : await seedInWords(sandbox)
    cli.print(`\n${status} ${result.flowName} (${flowId})${seed}`)
  }
  cli.exitCode = succeeded ? 0 : 1
}

/** The seed repeats the run; other implementations of the tester tool have none. */
async function seedInWords(sandbox: string): Promise<string> {
  const { seed } = await fetch(`${sandbox.replace(/\/+$/, '')}/sandbox`).then(
    async (response) => (await response.json()) as { seed?: number },
    () => ({ seed: undefined }),
  )
  return seed === undefined ? '' : `, seed ${seed}`
}

type Call = (method: string, path: string, body?: object) => Promise<unknown>

function createCaller(sandbox: string, key: string): Call {
  return async (method, path, body) => {
    const url = `${sandbox.replace(/\/+$/, '')}/epos-tester-tool${path}`
    let response: Response
    try {
      response = await fetch(url, {
        method,
        headers: { authorization: `Basic ${key}`, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      })
    } catch {
      throw new Error(`No sandbox answers at ${sandbox}. Start one with: npx epos sandbox`)
    }
    const answer = (await response.json().catch(() => {
      throw new Error(`What answers at ${sandbox} is not a sandbox.`)
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

async function listFlows(cli: Cli, call: Call, json: boolean | undefined): Promise<void> {
  const flows = (await call('GET', '/flows')) as DojoSchemas['FlowDescription'][]
  if (json === true) {
    cli.printJson(flows)
    return
  }
  for (const { name, params = [] } of flows) {
    cli.print(name!)
    for (const { name, required, description } of params) {
      cli.print(`    ${name}${required ? '' : ' (optional)'}: ${description}`)
    }
  }
}

/** Prints each step once it is over, until the flow is. */
async function follow({
  cli,
  call,
  flowId,
  onStep,
}: {
  cli: Cli
  call: Call
  flowId: string
  /** The lines to print; undefined prints nothing. */
  onStep: ((step: StepResult) => string) | undefined
}): Promise<FlowResult> {
  const progress = createProgress(cli.io)
  let interrupted = false
  cli.io.onInterrupt(() => {
    interrupted = true
  })
  for (let printed = 0; ; await sleep(POLL_MS)) {
    if (interrupted) throw new Error('Interrupted; the flow goes on in the sandbox.')
    const result = (await call('GET', `/flows/${flowId}`)) as FlowResult
    const steps = result.steps ?? []
    if (onStep !== undefined) {
      for (; printed < steps.length && steps[printed]!.status !== 'IN_PROGRESS'; printed++) {
        progress.print(onStep(steps[printed]!))
      }
      if (result.status === 'IN_PROGRESS') {
        progress.show(printed, Math.max(steps.length, 1), steps.at(-1)?.name ?? 'starting')
      }
    }
    if (result.status !== 'IN_PROGRESS') {
      progress.end()
      return result
    }
  }
}

/** A step that failed is shown in full; of one that succeeded, a line each is enough. */
function stepInWords(
  cli: Cli,
  { name, status, additionalInformation = [] }: StepResult,
  verbose: boolean,
): string {
  const succeeded = status === 'SUCCESS'
  const shorten = (line: string): string =>
    succeeded && !verbose && line.length > COLUMNS ? `${line.slice(0, COLUMNS - 1)}…` : line
  const lines = additionalInformation.flatMap((text) => text.split('\n')).map(shorten)
  return [
    `${succeeded ? cli.paint('green', '✓') : cli.paint('red', '✗')} ${name}`,
    ...lines.map((line) => `    ${succeeded ? cli.paint('dim', line) : line}`),
  ].join('\n')
}
