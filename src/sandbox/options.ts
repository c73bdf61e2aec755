// What the sandbox is told when it starts: flags, and variables for those who start it from a file.
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

export const HELP = `Usage: npm run sandbox -- [--port 8090] [--host 127.0.0.1] [--key KEY]... [--seed N] [--state FILE] [--fault FAULT]...

Starts a stand-in for Dojo: its API, its tester tool, its card machines and products, in memory.

  --port N       (SANDBOX_PORT)   8090 unless given; 0 picks a free one
  --host ADDRESS (SANDBOX_HOST)   127.0.0.1 unless given
  --key KEY      (SANDBOX_KEY)    an account that is there from the start; any other key that begins with sk_sandbox_ makes one
  --seed N       (SANDBOX_SEED)   the same seed gives the same ids and the same faults; a random one unless given
  --state FILE   (SANDBOX_STATE)  keeps everything in a file over a restart
  --fault FAULT  (SANDBOX_FAULT)  what goes wrong, such as reply-lost:RecordOrderPaymentById:times=1 or api-500:probability=0.1

GET /sandbox tells what else it can be asked, GET /sandbox/faults which faults there are. Variables with several values
separate them with commas.
`

/** @throws Error with one line for whoever typed it; undefined when help was asked for */
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
    throw new Error('A key begins with sk_sandbox_ and goes on with letters, digits, - and _.')
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
    throw new Error(`--${name} is a whole number from 0 to ${most}, not ${text}.`)
  }
  return value
}
