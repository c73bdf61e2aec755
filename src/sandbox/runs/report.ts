// A certificate as files: one to read, one for programs. Neither has the credential in it.
import { limits } from '../limits.ts'
import type { Certificate } from './certifier.ts'
import { exchangesOf, type ScenarioRun } from './scenario-run.ts'
import type { Exchange } from '../epos/exchange.ts'

const SIGNS = { passed: '✓', failed: '✗', skipped: '–' } as const
export const outcomeMark = ({ outcome }: ScenarioRun): string => SIGNS[outcome]

export interface Counts {
  passed: number
  failed: number
  skipped: number
  mandatoryFailed: number
  mandatorySkipped: number
}

export function countsOf({ runs }: Certificate): Counts {
  const count = (fits: (run: ScenarioRun) => boolean): number => runs.filter(fits).length
  return {
    passed: count(({ outcome }) => outcome === 'passed'),
    failed: count(({ outcome }) => outcome === 'failed'),
    skipped: count(({ outcome }) => outcome === 'skipped'),
    mandatoryFailed: count(({ outcome, scenario }) => outcome === 'failed' && scenario.mandatory),
    mandatorySkipped: count(({ outcome, scenario }) => outcome === 'skipped' && scenario.mandatory),
  }
}

export function verdictSentence(certificate: Certificate): string {
  const { passed, failed, skipped, mandatoryFailed, mandatorySkipped } = countsOf(certificate)
  const which = certificate.isSelection ? 'chosen mandatory' : 'mandatory'
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`
  switch (certificate.verdict) {
    case 'passed':
      return `Every ${which} scenario passed (${counts}).`
    case 'failed':
      return `${mandatoryFailed === 1 ? `A ${which} scenario` : `${mandatoryFailed} ${which} scenarios`} failed (${counts}).`
    case 'incomplete':
      return `No ${which} scenario failed, but ${mandatorySkipped === 0 ? 'not all were' : `${mandatorySkipped} could not be`} played (${counts}).`
  }
}

type Hide = (text: string) => string

/** Whatever a server repeats of its credential is taken out. */
export function createRedactor(username: string, password: string): Hide {
  const secrets = [password, Buffer.from(`${username}:${password}`).toString('base64')].filter(
    (secret) => secret.length >= 4,
  )
  return (text) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text)
}

export function reportAsJson(certificate: Certificate, hide: Hide): string {
  const { runs, ...about } = certificate
  return hide(
    `${JSON.stringify(
      {
        ...about,
        ...countsOf(certificate),
        scenarios: runs.map(
          ({
            scenario: { name, section, products, mandatory, expected },
            outcome,
            reason,
            milliseconds,
            steps,
          }) => ({
            name,
            section,
            products,
            mandatory,
            expected,
            outcome,
            seen: reason ?? seenOf(steps),
            milliseconds: Math.round(milliseconds),
            steps: steps.map(({ exchanges, ...step }) => ({
              ...step,
              exchanges: exchanges.map(shownExchange),
            })),
          }),
        ),
      },
      null,
      2,
    )}\n`,
  )
}

const AS_EXPECTED = 'As expected: '
const seenOf = (steps: ScenarioRun['steps']): string =>
  steps
    .flatMap(({ information }) => information)
    .filter((text) => text.startsWith(AS_EXPECTED))
    .map((text) => text.slice(AS_EXPECTED.length))
    .join('; ')

const shownExchange = ({
  capability,
  method,
  path,
  sent,
  status,
  received,
  noAnswer,
  milliseconds,
  contractErrors,
}: Exchange): object => ({
  capability,
  method,
  path,
  request: sent,
  status,
  response: received,
  noAnswer,
  milliseconds: Math.round(milliseconds * 10) / 10,
  contractErrors,
})

export function reportAsMarkdown(certificate: Certificate, hide: Hide): string {
  const { url, product, startedAt, milliseconds, runs, notCovered } = certificate
  const sections = [...new Set(runs.map(({ scenario }) => scenario.section))]
  return hide(
    [
      '# Certification of an EPOS Data server',
      '',
      verdictSentence(certificate),
      '',
      `- Server: ${url}`,
      `- Product: ${product}`,
      `- Played: ${startedAt}, in ${(milliseconds / 1000).toFixed(1)} s`,
      `- Calls: ${callsInWords(runs)}`,
      '',
      ...sections.flatMap((section) => [
        `## ${section}`,
        '',
        '| | scenario | mandatory | expected | seen |',
        '| --- | --- | --- | --- | --- |',
        ...runs.filter(({ scenario }) => scenario.section === section).map(rowOf),
        '',
      ]),
      '## Not covered here',
      '',
      'These need a till, a terminal or a conversation with Dojo:',
      '',
      ...notCovered.map((text) => `- ${text}`),
      '',
      ...runs.filter(({ outcome }) => outcome === 'failed').flatMap(detailsOf),
    ].join('\n'),
  )
}

const rowOf = (run: ScenarioRun): string =>
  `| ${outcomeMark(run)} | ${cell(run.scenario.name)} | ${run.scenario.mandatory ? 'yes' : 'no'} | ${cell(run.scenario.expected)} | ${cell(run.reason ?? 'as expected')} |`
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function callsInWords(runs: readonly ScenarioRun[]): string {
  const times = runs
    .flatMap(exchangesOf)
    .map(({ milliseconds }) => milliseconds)
    .sort((a, b) => a - b)
  if (times.length === 0) return 'none'
  const quantile = (part: number): string =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))]!.toFixed(1)
  return `${times.length}, median ${quantile(0.5)} ms, 99 of 100 under ${quantile(0.99)} ms`
}

function detailsOf({ scenario, steps }: ScenarioRun): string[] {
  return [
    `## What failed: ${scenario.name}`,
    '',
    scenario.expected,
    '',
    ...steps.flatMap(({ name, status, information, exchanges }) => [
      `- ${status === 'SUCCESS' ? '✓' : '✗'} ${name}`,
      ...information.map((text) => `  - ${text.replaceAll('\n', '\n    ')}`),
      ...(status === 'SUCCESS'
        ? []
        : exchanges.flatMap((exchange) => [
            '',
            '  ```',
            ...exchangeLines(exchange).map((line) => `  ${line}`),
            '  ```',
            '',
          ])),
    ]),
    '',
  ]
}

function exchangeLines({ method, path, sent, status, received, noAnswer }: Exchange): string[] {
  const cut = (text: string): string =>
    text.length <= limits.maxShownCharacters
      ? text
      : `${text.slice(0, limits.maxShownCharacters)}… (cut)`
  return [
    `${method} ${path}`,
    ...(sent === undefined ? [] : [cut(JSON.stringify(sent))]),
    noAnswer === undefined ? `${status}` : `no answer: ${noAnswer}`,
    ...(received === undefined ? [] : [cut(JSON.stringify(received))]),
  ]
}
