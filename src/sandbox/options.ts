// The options of the sandbox: flags, or environment variables.
import { parseArgs } from 'node:util'
import { parseFault, type Fault } from './kit/faults.ts'

export interface Options {
  host: string
  port: number
  seed: number
  keys: string[]
  faults: Fault[]
  stateFile: string | undefined
}

export const HELP = `Usage: npx epos sandbox [options]

Starts a stand-in for Dojo: its API, its tester tool, its card machines and its products, in memory.

  --port N        (SANDBOX_PORT)   the port; 8090 by default, 0 picks a free one
  --host ADDRESS  (SANDBOX_HOST)   the address to listen on; 127.0.0.1 by default
  --key KEY       (SANDBOX_KEY)    an account that exists from the start; may be repeated.
                                   Any other key that begins with sk_sandbox_ opens an account.
  --seed N        (SANDBOX_SEED)   the same seed gives the same ids and faults; random by default
  --state FILE    (SANDBOX_STATE)  keeps everything in this file across restarts
  --fault FAULT   (SANDBOX_FAULT)  switches a fault on in every account; may be repeated.
                                   For example reply-lost:RecordOrderPaymentById:times=1
                                   or api-500:probability=0.1

GET /sandbox lists what the sandbox offers beyond Dojo's API, GET /sandbox/faults the faults.
A variable takes several values separated by commas.
`

/**
 * @returns undefined when the arguments ask for help
 * @throws Error with one line for the person who typed them
 */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      port: { type: 'string' },
      host: { type: 'string' },
      key: { type: 'string', multiple: true },
      seed: { type: 'string' },
      state: { type: 'string' },
      fault: { type: 'string', multiple: true },
    },
  })
  if (values.help === true) return undefined
  const variable = (name: string): string | undefined => environment[`SANDBOX_${name}`] || undefined
  const many = (flag: string[] | undefined, name: string): string[] =>
    flag ??
    variable(name)
      ?.split(',')
      .map((part) => part.trim()) ??
    []
  const keys = many(values.key, 'KEY')
  const wrong = keys.find((key) => !/^sk_sandbox_[A-Za-z0-9_-]{1,200}$/.test(key))
  if (wrong !== undefined) {
    throw new Error('--key must be sk_sandbox_ followed by letters, digits, - or _.')
  }
  return {
    host: values.host ?? variable('HOST') ?? '127.0.0.1',
    port: wholeNumber('port', values.port ?? variable('PORT') ?? '8090', 65_535),
    seed: wholeNumber(
      'seed',
      values.seed ?? variable('SEED') ?? String(Math.floor(Math.random() * 0x7fff_ffff)),
      0x7fff_ffff,
    ),
    keys,
    faults: many(values.fault, 'FAULT').map(parseFault),
    stateFile: values.state ?? variable('STATE'),
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > most) {
    throw new Error(`--${name} is ${text}; it must be a whole number from 0 to ${most}.`)
  }
  return value
}
