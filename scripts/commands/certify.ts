// Plays Dojo's go-live checklist, and what breaks real integrations, against an EPOS Data server.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import {
  capabilityNames,
  currentName,
  products,
  type CapabilityName,
  type Product,
} from '../../src/contract/capabilities.ts'
import { checklistSentences } from '../../src/sandbox/counter/checklist.ts'
import { counterScenarios } from '../../src/sandbox/counter/scenarios.ts'
import { adviceOn } from '../../src/sandbox/runs/advice.ts'
import {
  certify,
  type Certificate,
  type ChecklistOptions,
} from '../../src/sandbox/runs/certifier.ts'
import {
  createKeyRedactor,
  createRedactor,
  reportAsJson,
  reportAsMarkdown,
  outcomeMark,
  verdictSentence,
} from '../../src/sandbox/runs/report.ts'
import type { ScenarioRun } from '../../src/sandbox/runs/scenario-run.ts'
import { certifyOverSocket } from '../../src/sandbox/runs/socket-certifier.ts'
import { scenarios } from '../../src/sandbox/scenarios/index.ts'
import { counterCertifier } from '../cli/counter-certifier.ts'
import { choiceOption, jsonOption, readSecret, repeatedOption, textOption } from '../cli/options.ts'
import { createProgress } from '../cli/output.ts'
import { newCommand, UsageFault, type Cli } from '../cli/program.ts'

const HELP = `
Plays every scenario of the checklist that needs no hardware, and the cases that break real
integrations. Creates the orders, parties and reservations that it needs: use a venue for tests.

Over REST, --url and --username say where the server is, and the password that Dojo would be given
is read from standard input. With --socket, it waits until the server opens a WebSocket to it, and
plays everything through that: start the server with the address that is printed, and with --key as
its API key.

With --product pay-at-counter it takes Dojo's place for a till that takes cards: set the till's Dojo
API to the address that is printed, with --key as its API key. It tells you what to do at the till,
or the program of --drive, a task a line; docs/certify.md has the tasks.

Exit code 0 when every mandatory scenario passed, 1 when one failed, 3 when none failed and one
could not be played.`

const EXIT_CODES = { passed: 0, failed: 1, incomplete: 3 } as const
const INTERRUPTED = 130
const SOCKET_KEY = 'sk_sandbox_certify'
const MAX_PORT = 65_535
const VERDICT_COLOURS = { passed: 'green', failed: 'red', incomplete: 'yellow' } as const
const OUTCOME_COLOURS = { passed: 'green', failed: 'red', skipped: 'yellow' } as const

interface Options {
  url?: string
  username?: string
  socket?: boolean
  host: string
  port: string
  key: string
  product: Product | 'all' | 'pay-at-counter'
  drive?: string
  order?: string[]
  without?: string[]
  currency?: string
  accountId?: string
  only?: string[]
  report?: string
  list?: boolean
  json?: boolean
}

export function certifyCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addOption(textOption('--url <url>', 'the base URL that would be registered with Dojo'))
    .addOption(textOption('--username <name>', 'the username that Dojo would be given'))
    .option('--socket', 'wait for a server that connects over a WebSocket')
    .addOption(textOption('--host <address>', 'where to wait').default('127.0.0.1'))
    .addOption(textOption('--port <n>', 'the port to wait on; 0 picks a free one').default('8090'))
    .addOption(
      textOption('--key <key>', 'the API key with which the server connects').default(SOCKET_KEY),
    )
    .addOption(
      choiceOption('--product <product>', 'only the scenarios of a product', [
        ...products,
        'pay-at-counter',
        'all',
      ]).default('all'),
    )
    .addOption(
      repeatedOption(
        '--order <id>',
        'an open order that may be paid, where the server has no CreateOrder; may be repeated',
      ),
    )
    .addOption(
      repeatedOption(
        '--without <capability>',
        'a capability that the server does not offer, such as ExtendOrderLock; may be repeated',
      ),
    )
    .addOption(textOption('--drive <command>', 'a program that works the till at the counter'))
    .addOption(textOption('--currency <code>', 'the currency of the venue (default: GBP)'))
    .addOption(
      textOption(
        '--account-id <id>',
        'the Dojo account that the server knows, for the events that it is sent',
      ),
    )
    .addOption(repeatedOption('--only <scenario>', 'one scenario; may be repeated'))
    .addOption(textOption('--report <folder>', 'write report.md and report.json there'))
    .option('--list', 'list the scenarios')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      if (options.list === true) listScenarios(cli, options)
      else await play(cli, options)
    })
}

function listScenarios(cli: Cli, { json, product }: Options): void {
  const listed = product === 'pay-at-counter' ? counterScenarios : scenarios
  if (json === true) cli.printJson(listed.map(({ run, ...about }) => about))
  if (json === true) return
  for (const { name, section, mandatory, products, expected } of listed) {
    const optional = mandatory ? '' : ' (optional)'
    cli.print(`${name}${optional} — ${section}; ${products.join(', ')}\n    ${expected}`)
  }
}

async function play(cli: Cli, options: Options): Promise<void> {
  const { currency, accountId, report, json } = options
  const without = (options.without ?? []).map(capabilityOf)
  const only = options.only?.map((name) => scenarioName(name, options))
  const certifyIt = await certifierFor(cli, options)
  // A folder that cannot be written is found out before the scenarios are played.
  if (report !== undefined) mkdirSync(report, { recursive: true })
  let interrupted = false
  cli.io.onInterrupt(() => {
    interrupted = true
  })
  const progress = createProgress(cli.io)
  const { certificate, redact } = await certifyIt({
    product: options.product === 'pay-at-counter' ? 'all' : options.product,
    orderIds: options.order ?? [],
    without,
    currencyCode: currency,
    accountId,
    only,
    isInterrupted: () => interrupted,
    onStart: ({ name }, played, total) => {
      if (json !== true) progress.show(played, total, name)
    },
    onRun: (run) => {
      if (json !== true) progress.print(lineOf(cli, run))
    },
  })
  progress.end()
  const files = { 'report.md': reportAsMarkdown, 'report.json': reportAsJson }
  if (report !== undefined) {
    for (const [file, write] of Object.entries(files)) {
      writeFileSync(join(report, file), write(certificate, redact))
    }
  }
  if (json === true) cli.print(reportAsJson(certificate, redact).trimEnd())
  else summarise(cli, certificate, report)
  cli.exitCode = interrupted ? INTERRUPTED : EXIT_CODES[certificate.verdict]
}

type CertifyIt = (
  checklist: Omit<ChecklistOptions, 'onStart'> & {
    onStart: (scenario: { name: string }, finished: number, total: number) => void
  },
) => Promise<{ certificate: Certificate; redact: (text: string) => string }>

/** @throws UsageFault */
async function certifierFor(cli: Cli, options: Options): Promise<CertifyIt> {
  if (options.product === 'pay-at-counter') {
    if (options.url !== undefined || options.username !== undefined || options.socket === true) {
      throw new UsageFault(
        '--product pay-at-counter waits for the till; leave --url, --username ' +
          'and --socket out.',
      )
    }
    return counterCertifier(cli, { ...options, port: portOf(options), key: keyOf(options) })
  }
  if (options.drive !== undefined) {
    throw new UsageFault('--drive is for --product pay-at-counter.')
  }
  return options.socket === true ? overSocket(cli, options) : await overRest(cli, options)
}

/** @throws UsageFault */
async function overRest({ io }: Cli, { url, username }: Options): Promise<CertifyIt> {
  if (url === undefined || username === undefined) {
    throw new UsageFault('--url and --username are needed, or --socket.')
  }
  if (!isBaseUrl(url)) {
    throw new UsageFault(
      '--url begins with https:// or http:// and has no credential and no ? in it; give the ' +
        'username with --username and the password on standard input.',
    )
  }
  const password = await readSecret(io, `The password of ${username} (it is not shown): `)
  if (password === '') throw new UsageFault('The password is missing on standard input.')
  return async (checklist) => ({
    certificate: await certify({ ...checklist, url, username, password }),
    redact: createRedactor(username, password),
  })
}

/** @throws UsageFault */
function overSocket({ io }: Cli, options: Options): CertifyIt {
  const { url, username, host } = options
  if (url !== undefined || username !== undefined) {
    throw new UsageFault('--socket waits for the server; leave --url and --username out.')
  }
  const port = portOf(options)
  const key = keyOf(options)
  return async (checklist) => ({
    certificate: await certifyOverSocket({
      ...checklist,
      host,
      port,
      key,
      onListening: (address) => {
        io.stderr.write(`Waiting for the server to connect to ${address} with the key ${key}\n`)
      },
    }),
    redact: createKeyRedactor(key),
  })
}

/** @throws UsageFault */
function portOf({ port }: Options): number {
  if (/^\d{1,5}$/.test(port) && Number(port) <= MAX_PORT) return Number(port)
  throw new UsageFault(`--port is ${port}; it must be a whole number from 0 to ${MAX_PORT}.`)
}

/** @throws UsageFault */
function keyOf({ key }: Options): string {
  if (/^sk_sandbox_[A-Za-z0-9_-]{1,180}$/.test(key)) return key
  throw new UsageFault('--key must be sk_sandbox_ followed by letters, digits, - or _.')
}

function summarise(cli: Cli, certificate: Certificate, report: string | undefined): void {
  const { verdict } = certificate
  if (report !== undefined) {
    cli.print(`\nThe report is in ${join(report, 'report.md')} and report.json.`)
  }
  cli.print(`\n${cli.paint(VERDICT_COLOURS[verdict], verdictSentence(certificate))}`)
  for (const sentence of checklistSentences(certificate.checklist ?? [])) cli.print(sentence)
  for (const sentence of adviceOn(certificate)) cli.print(sentence)
}

const NAME_COLUMNS = 42
const TIME_COLUMNS = 8

function lineOf(cli: Cli, run: ScenarioRun): string {
  const {
    scenario: { name, mandatory },
    outcome,
    milliseconds,
    reason,
  } = run
  const sign = cli.paint(OUTCOME_COLOURS[outcome], outcomeMark(run))
  const time = `${Math.round(milliseconds)} ms`.padStart(TIME_COLUMNS)
  const line = `${sign} ${name.padEnd(NAME_COLUMNS)} ${time}${mandatory ? '' : '  (optional)'}`
  return reason === undefined ? line : `${line}\n    ${reason}`
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === ''
}

function capabilityOf(name: string): CapabilityName {
  const capability = capabilityNames.find((each) => each === currentName(name))
  if (capability === undefined) {
    throw new UsageFault(
      `--without ${name} is not a capability. Choose from ${capabilityNames.join(', ')}.`,
    )
  }
  return capability
}

function scenarioName(name: string, { product }: Options): string {
  const known = product === 'pay-at-counter' ? counterScenarios : scenarios
  const scenario = [...known].find((each) => each.name.toLowerCase() === name.toLowerCase())
  if (scenario === undefined) {
    throw new UsageFault(`There is no scenario ${name}; --list shows them.`)
  }
  return scenario.name
}
