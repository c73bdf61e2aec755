// A certificate as two files: Markdown for people, JSON for programs. Neither holds the credential.
import type { ShownExchange } from '../epos/exchange.ts'
import { AS_EXPECTED, type Step } from '../products/runner.ts'
import { adviceOn } from './advice.ts'
import type { Certificate } from './certifier.ts'
import { exchangesOf, type Outcome, type ScenarioRun } from './scenario-run.ts'
import { checklistSentences } from '../counter/checklist.ts'
import { cut } from './shown.ts'

const MARKS = { passed: '✓', failed: '✗', skipped: '–' } as const

export function outcomeMark({ outcome }: ScenarioRun): string {
  return MARKS[outcome]
}

interface Counts {
  passed: number
  failed: number
  skipped: number
  mandatoryFailed: number
  mandatorySkipped: number
}

function countsOf({ runs }: Certificate): Counts {
  const count = (wanted: Outcome): number => runs.filter(({ outcome }) => outcome === wanted).length
  const countMandatory = (wanted: Outcome): number =>
    runs.filter(({ outcome, scenario }) => outcome === wanted && scenario.mandatory).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    mandatoryFailed: countMandatory('failed'),
    mandatorySkipped: countMandatory('skipped'),
  }
}

export function verdictSentence(certificate: Certificate): string {
  const { passed, failed, skipped, mandatoryFailed, mandatorySkipped } = countsOf(certificate)
  const kind = certificate.isSelection ? 'chosen mandatory' : 'mandatory'
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`
  switch (certificate.verdict) {
    case 'passed':
      return `All ${kind} scenarios passed (${counts}).`
    case 'failed':
      return `${scenarioCount(mandatoryFailed, kind)} failed (${counts}).`
    case 'incomplete':
      return mandatorySkipped === 0
        ? `The run was interrupted; no ${kind} scenario had failed (${counts}).`
        : `No ${kind} scenario failed, but ${mandatorySkipped} could not run (${counts}).`
  }
}

const scenarioCount = (count: number, kind: string): string =>
  `${count} ${kind} scenario${count === 1 ? '' : 's'}`

type Redact = (text: string) => string

/** Replaces the credential, which a server may repeat in its answers. */
export function createRedactor(username: string, password: string): Redact {
  return redactorOf([password, Buffer.from(`${username}:${password}`).toString('base64')])
}

/** Replaces the key with which an EPOS opens its WebSocket. */
export const createKeyRedactor = (key: string): Redact => redactorOf([key])

function redactorOf(all: readonly string[]): Redact {
  const secrets = all.filter((secret) => secret.length >= 4)
  return (text) => secrets.reduce((redacted, secret) => redacted.replaceAll(secret, '***'), text)
}

// --- JSON

export function reportAsJson(certificate: Certificate, redact: Redact): string {
  const { runs, ...about } = certificate
  const report = {
    ...about,
    ...countsOf(certificate),
    advice: adviceOn(certificate),
    scenarios: runs.map(runAsJson),
  }
  return redact(`${JSON.stringify(report, null, 2)}\n`)
}

function runAsJson({ scenario, outcome, reason, milliseconds, steps }: ScenarioRun): object {
  const { name, section, products, mandatory, expected } = scenario
  return {
    name,
    section,
    products,
    mandatory,
    expected,
    outcome,
    seen: reason ?? expectationsMet(steps),
    milliseconds: Math.round(milliseconds),
    steps: steps.map(({ exchanges, ...step }) => ({
      ...step,
      exchanges: exchanges.map(exchangeAsJson),
    })),
  }
}

function expectationsMet(steps: readonly Step[]): string {
  return steps
    .flatMap(({ information }) => information)
    .filter((text) => text.startsWith(AS_EXPECTED))
    .map((text) => text.slice(AS_EXPECTED.length))
    .join('; ')
}

const exchangeAsJson = (exchange: ShownExchange): object => ({
  capability: exchange.capability,
  transport: exchange.transport,
  method: exchange.method,
  path: exchange.path,
  request: exchange.sent,
  status: exchange.status,
  response: exchange.received,
  noAnswer: exchange.noAnswer,
  milliseconds: Math.round(exchange.milliseconds * 10) / 10,
  contractErrors: exchange.contractErrors,
})

// --- Markdown

export function reportAsMarkdown(certificate: Certificate, redact: Redact): string {
  const { url, product, startedAt, milliseconds, runs, notCovered } = certificate
  const sections = [...new Set(runs.map(({ scenario }) => scenario.section))]
  return redact(
    [
      '# Certification of an EPOS Data server',
      '',
      verdictSentence(certificate),
      ...adviceOn(certificate).flatMap((sentence) => ['', sentence]),
      '',
      `- Server: ${url}`,
      `- Product: ${product}`,
      `- Run at: ${startedAt}, for ${(milliseconds / 1000).toFixed(1)} s`,
      `- Calls: ${callsSentence(runs)}`,
      '',
      ...sections.flatMap((section) => sectionLines(section, runs)),
      ...checklistLines(certificate),
      '## Not covered here',
      '',
      'These need a till, a terminal or a conversation with Dojo:',
      '',
      ...notCovered.map((text) => `- ${text}`),
      '',
      ...runs.filter(({ outcome }) => outcome === 'failed').flatMap(failureLines),
    ].join('\n'),
  )
}

function sectionLines(section: string, runs: readonly ScenarioRun[]): string[] {
  return [
    `## ${section}`,
    '',
    '| | scenario | mandatory | expected | seen |',
    '| --- | --- | --- | --- | --- |',
    ...runs.filter(({ scenario }) => scenario.section === section).map(rowOf),
    '',
  ]
}

function rowOf(run: ScenarioRun): string {
  const { name, mandatory, expected } = run.scenario
  const cells = [
    outcomeMark(run),
    name,
    mandatory ? 'yes' : 'no',
    expected,
    run.reason ?? 'as expected',
  ]
  return `| ${cells.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

function checklistLines({ checklist }: Certificate): string[] {
  if (checklist === undefined) return []
  return [
    "## Dojo's checklist, row by row",
    '',
    ...checklistSentences(checklist),
    '',
    '| section | row | outcome | scenario |',
    '| --- | --- | --- | --- |',
    ...checklist.map(
      ({ section, row, outcome, scenario }) => `| ${section} | ${row} | ${outcome} | ${scenario} |`,
    ),
    '',
  ]
}

function callsSentence(runs: readonly ScenarioRun[]): string {
  const times = runs
    .flatMap(exchangesOf)
    .map(({ milliseconds }) => milliseconds)
    .sort((a, b) => a - b)
  if (times.length === 0) return 'none'
  const quantile = (part: number): string =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))]!.toFixed(1)
  return `${times.length}, median ${quantile(0.5)} ms, 99 % under ${quantile(0.99)} ms`
}

function failureLines({ scenario, steps }: ScenarioRun): string[] {
  return [`## Failed: ${scenario.name}`, '', scenario.expected, '', ...steps.flatMap(stepLines), '']
}

function stepLines({ name, status, information, exchanges }: Step): string[] {
  const hasSucceeded = status === 'SUCCESS'
  return [
    `- ${hasSucceeded ? '✓' : '✗'} ${name}`,
    ...information.map((text) => `  - ${text.replaceAll('\n', '\n    ')}`),
    ...(hasSucceeded ? [] : exchanges.flatMap(exchangeBlock)),
  ]
}

function exchangeBlock({
  method,
  path,
  sent,
  status,
  received,
  noAnswer,
}: ShownExchange): string[] {
  const lines = [`${method} ${path}`]
  if (sent !== undefined) lines.push(cut(JSON.stringify(sent)))
  lines.push(noAnswer === undefined ? `${status}` : `no answer: ${noAnswer}`)
  if (received !== undefined) lines.push(cut(JSON.stringify(received)))
  return ['', '  ```', ...lines.map((line) => `  ${line}`), '  ```', '']
}
