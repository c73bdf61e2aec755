// Plays the go-live checklist, and what breaks real integrations, against an EPOS Data server.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capabilityNames, currentName, products, type CapabilityName, type Product } from '../src/contract/capabilities.ts'
import { certify } from '../src/sandbox/play/certify.ts'
import type { Course } from '../src/sandbox/play/course.ts'
import { hiding, reportAsJson, reportAsMarkdown, signOf, verdictInWords } from '../src/sandbox/play/report.ts'
import { scenarios } from '../src/sandbox/scenarios/index.ts'
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
  --seed N            the same seed sends the same ids; random unless given
  --report DIR        writes report.md and report.json there
  --list              lists the scenarios

Exit code 0 when every mandatory scenario passed, 1 when one failed, 3 when none failed and one could not be played.
`

const text = { type: 'string' } as const
const many = { type: 'string', multiple: true } as const

await runCommand({
  help: HELP,
  options: { url: text, username: text, password: text, product: text, order: many, without: many, currency: text, only: many, seed: text, report: text, list: { type: 'boolean' } },
  run: async (values) => {
    if (values.list === true) {
      for (const { name, section, mandatory, products: of, expected } of scenarios) process.stdout.write(`${name}${mandatory ? '' : ' (optional)'} — ${section}; ${of.join(', ')}\n    ${expected}\n`)
      return
    }
    const { url, username, password } = values
    if (url === undefined || username === undefined || password === undefined) throw new UsageFault('--url, --username and --password are needed.')
    if (!URL.canParse(url) || !/^https?:/.test(url)) throw new UsageFault('--url is an address that begins with https:// or http://.')
    const progress = createProgress()
    const seed = values.seed === undefined ? Math.floor(Math.random() * 0x7FFF_FFFF) : Number(values.seed)
    if (!Number.isSafeInteger(seed) || seed < 0) throw new UsageFault('--seed is a whole number.')
    const certificate = await certify({
      url,
      username,
      password,
      seed,
      product: productOf(values.product ?? 'all'),
      orderIds: values.order ?? [],
      without: (values.without ?? []).map(capabilityOf),
      ...values.currency === undefined ? {} : { currencyCode: values.currency },
      ...values.only === undefined ? {} : { only: values.only.map(scenarioName) },
      onStart: ({ name }, played, total) => { progress.show(played, total, name) },
      onCourse: (course) => { progress.print(lineOf(course)) },
    })
    progress.end()
    if (values.report !== undefined) {
      const hide = hiding(username, password)
      mkdirSync(values.report, { recursive: true })
      writeFileSync(join(values.report, 'report.md'), reportAsMarkdown(certificate, hide))
      writeFileSync(join(values.report, 'report.json'), reportAsJson(certificate, hide))
      process.stdout.write(`\nThe report is in ${join(values.report, 'report.md')} and report.json.\n`)
    }
    const colour = { passed: 'green', failed: 'red', incomplete: 'yellow' } as const
    process.stdout.write(`\n${paint(colour[certificate.verdict], verdictInWords(certificate))} Seed ${seed}.\n`)
    process.exitCode = { passed: 0, failed: 1, incomplete: 3 }[certificate.verdict]
  },
})

function lineOf (course: Course): string {
  const { scenario: { name, mandatory }, outcome, milliseconds, reason } = course
  const line = `${paint(({ passed: 'green', failed: 'red', skipped: 'yellow' } as const)[outcome], signOf(course))} ${name.padEnd(42)} ${`${Math.round(milliseconds)} ms`.padStart(8)}${mandatory ? '' : '  (optional)'}`
  return reason === undefined ? line : `${line}\n    ${reason}`
}

function productOf (name: string): Product | 'all' {
  if (name === 'all') return name
  const product = products.find((each) => each === name)
  if (product === undefined) throw new UsageFault(`--product is ${products.join(', ')} or all, not ${name}.`)
  return product
}

function capabilityOf (name: string): CapabilityName {
  const capability = capabilityNames.find((each) => each === currentName(name))
  if (capability === undefined) throw new UsageFault(`--without ${name} is no capability. There are ${capabilityNames.join(', ')}.`)
  return capability
}

function scenarioName (name: string): string {
  const scenario = scenarios.find((each) => each.name.toLowerCase() === name.toLowerCase())
  if (scenario === undefined) throw new UsageFault(`There is no scenario ${name}; --list shows them.`)
  return scenario.name
}
