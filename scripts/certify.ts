// Plays the go-live checklist, and what breaks real integrations, against an EPOS Data server.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  capabilityNames,
  currentName,
  products,
  type CapabilityName,
  type Product,
} from '../src/contract/capabilities.ts'
import { certify, unreachableSince, type Certificate } from '../src/sandbox/runs/certifier.ts'
import type { ScenarioRun } from '../src/sandbox/runs/scenario-run.ts'
import {
  createRedactor,
  reportAsJson,
  reportAsMarkdown,
  outcomeMark,
  verdictSentence,
} from '../src/sandbox/runs/report.ts'
import { scenarios } from '../src/sandbox/scenarios/index.ts'
import { NEEDS_AN_ORDER } from '../src/sandbox/scenarios/scenario.ts'
import { runCommand, UsageFault } from './command.ts'
import { createProgress, paint } from './terminal.ts'

const HELP = `Usage: npm run certify -- --url URL --username U --password P [--product ${products.join('|')}|all] [--report DIR]

Plays every scenario of Dojo's go-live checklist that needs no hardware, and the cases that break real integrations,
against any EPOS Data server. It creates the orders, parties and reservations that it needs; use a venue for tests.

  --url URL           the base URL that would be registered with Dojo
  --username U, --password P   the credential that Dojo would be given
  --product NAME      pay-at-table, order-and-pay, bookings or all (the default)
  --order ID          an open order that may be paid; several where the server has no CreateOrder
  --without NAME      a capability that the server does not offer, such as ExtendOrderLock; may be repeated
  --currency CODE     of the venue; GBP unless given
  --only NAME         one scenario; may be repeated
  --report DIR        writes report.md and report.json there
  --list              lists the scenarios

Exit code 0 when every mandatory scenario passed, 1 when one failed, 3 when none failed and one could not be played.
`

const text = { type: 'string' } as const
const many = { type: 'string', multiple: true } as const

await runCommand({
  help: HELP,
  options: {
    url: text,
    username: text,
    password: text,
    product: text,
    order: many,
    without: many,
    currency: text,
    only: many,
    report: text,
    list: { type: 'boolean' },
  },
  run: async (values) => {
    if (values.list === true) {
      for (const { name, section, mandatory, products: of, expected } of scenarios) {
        process.stdout.write(
          `${name}${mandatory ? '' : ' (optional)'} — ${section}; ${of.join(', ')}\n    ${expected}\n`,
        )
      }
      return
    }
    const { url, username, password } = values
    if (url === undefined || username === undefined || password === undefined) {
      throw new UsageFault('--url, --username and --password are needed.')
    }
    if (!isBaseUrl(url)) {
      throw new UsageFault(
        '--url begins with https:// or http://, and has no credential and no ? in it; the credential goes into --username and --password.',
      )
    }
    // What cannot be written is said before it is played, and not after.
    if (values.report !== undefined) mkdirSync(values.report, { recursive: true })
    let interrupted = false
    process.once('SIGINT', () => {
      interrupted = true
    })
    const progress = createProgress()
    const certificate = await certify({
      url,
      username,
      password,
      product: productOf(values.product ?? 'all'),
      orderIds: values.order ?? [],
      without: (values.without ?? []).map(capabilityOf),
      ...(values.currency === undefined ? {} : { currencyCode: values.currency }),
      ...(values.only === undefined ? {} : { only: values.only.map(scenarioName) }),
      isInterrupted: () => interrupted,
      onStart: ({ name }, played, total) => {
        progress.show(played, total, name)
      },
      onRun: (course) => {
        progress.print(lineOf(course))
      },
    })
    progress.end()
    if (values.report !== undefined) {
      const hide = createRedactor(username, password)
      writeFileSync(join(values.report, 'report.md'), reportAsMarkdown(certificate, hide))
      writeFileSync(join(values.report, 'report.json'), reportAsJson(certificate, hide))
      process.stdout.write(
        `\nThe report is in ${join(values.report, 'report.md')} and report.json.\n`,
      )
    }
    const colour = { passed: 'green', failed: 'red', incomplete: 'yellow' } as const
    process.stdout.write(
      `\n${paint(colour[certificate.verdict], verdictSentence(certificate))}\n${advice(certificate)}`,
    )
    process.exitCode = interrupted
      ? 130
      : { passed: 0, failed: 1, incomplete: 3 }[certificate.verdict]
  },
})

function lineOf(course: ScenarioRun): string {
  const {
    scenario: { name, mandatory },
    outcome,
    milliseconds,
    reason,
  } = course
  const line = `${paint(({ passed: 'green', failed: 'red', skipped: 'yellow' } as const)[outcome], outcomeMark(course))} ${name.padEnd(42)} ${`${Math.round(milliseconds)} ms`.padStart(8)}${mandatory ? '' : '  (optional)'}`
  return reason === undefined ? line : `${line}\n    ${reason}`
}

/** What would make the next run tell more. */
function advice(certificate: Certificate): string {
  const orderless = certificate.runs.filter(({ reason }) => reason === NEEDS_AN_ORDER).length
  const gone = unreachableSince(certificate)
  return [
    ...(gone === undefined
      ? []
      : [`The server stopped answering in the scenario ${gone}; what follows it says nothing.\n`]),
    ...(orderless === 0
      ? []
      : [
          `${orderless} scenarios lacked an open order: give ${orderless + 1} more with --order.\n`,
        ]),
  ].join('')
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === ''
}

function productOf(name: string): Product | 'all' {
  if (name === 'all') return name
  const product = products.find((each) => each === name)
  if (product === undefined) {
    throw new UsageFault(`--product is ${products.join(', ')} or all, not ${name}.`)
  }
  return product
}

function capabilityOf(name: string): CapabilityName {
  const capability = capabilityNames.find((each) => each === currentName(name))
  if (capability === undefined) {
    throw new UsageFault(
      `--without ${name} is no capability. There are ${capabilityNames.join(', ')}.`,
    )
  }
  return capability
}

function scenarioName(name: string): string {
  const scenario = scenarios.find((each) => each.name.toLowerCase() === name.toLowerCase())
  if (scenario === undefined) {
    throw new UsageFault(`There is no scenario ${name}; --list shows them.`)
  }
  return scenario.name
}
