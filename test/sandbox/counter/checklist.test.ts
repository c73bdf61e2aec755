// Dojo's checklist for Pay at Counter: each row has its scenario, the documentation has the same
// rows, and a report counts them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checklistResults, checklistSentences } from '../../../src/sandbox/counter/checklist.ts'
import { counterScenarios } from '../../../src/sandbox/counter/scenarios.ts'
import type { Certificate } from '../../../src/sandbox/runs/certifier.ts'
import { reportAsMarkdown } from '../../../src/sandbox/runs/report.ts'
import type { Outcome, ScenarioRun } from '../../../src/sandbox/runs/scenario-run.ts'

const counterChecklist = checklistResults([])
const atTheCounter = counterChecklist.filter(({ product }) => product === 'pay-at-counter')

t.test('the 56 rows, by section', async (t) => {
  const sections = Map.groupBy(atTheCounter, ({ section }) => section)
  t.strictSame(
    [...sections.values()].map((rows) => rows.length),
    [5, 9, 2, 16, 8, 12, 4],
  )
  t.equal(atTheCounter.length, 56)
  t.equal(counterChecklist.length - atTheCounter.length, 2, 'and the refunds of Pay at Table')
})

t.test('each row has a scenario of its own, and each scenario its row', async (t) => {
  const played = counterScenarios
    .filter(({ name, section }) => section !== 'In doubt' && name !== 'A Way to Refund')
    .map(({ name }) => name)
  t.strictSame(atTheCounter.map(({ scenario }) => scenario).sort(), played.sort())
  const ofTable = counterScenarios.filter(({ products }) => products.includes('pay-at-table'))
  t.strictSame(
    counterChecklist.slice(atTheCounter.length).map(({ scenario }) => scenario),
    ofTable.map(({ name }) => name),
  )
})

t.test('docs/certify.md has the same rows, and every other scenario', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/certify.md'), 'utf8')
  const [, text] = page.split("## Dojo's checklist for Pay at Counter, row by row")
  const rows = [...text!.matchAll(/^\| (.+) \| (.+) \| \*(.+)\* \|$/gm)].map(
    ([, section, row, scenario]) => ({ product: 'pay-at-counter', section, row, scenario }),
  )
  t.strictSame(
    rows,
    atTheCounter.map(({ outcome, reason, ...row }) => row),
  )
  for (const { name } of counterScenarios) {
    const short = name.replace('Lost Answer to the ', 'the ')
    t.ok(
      [name, short].some((each) => text!.replaceAll('\n', ' ').includes(`*${each}*`)),
      name,
    )
  }
})

t.test('a report says of each row how it went, and counts', async (t) => {
  const outcomes: Record<string, Outcome> = { Cashback: 'skipped', Expired: 'failed' }
  const runs = counterScenarios
    .filter(({ name }) => name !== 'Webhooks')
    .map((scenario): ScenarioRun => {
      const outcome = outcomes[scenario.name] ?? 'passed'
      return { scenario, outcome, reason: outcome, steps: [], milliseconds: 1 }
    })
  const results = checklistResults(runs)
  const ofRow = (row: string) => results.filter((each) => each.row === row)
  t.match(ofRow('Successful with cashback'), [{ outcome: 'not playable', reason: 'skipped' }])
  t.match(ofRow('Expired'), [{ outcome: 'failed' }])
  t.match(ofRow('Webhooks'), [{ outcome: 'not played', reason: undefined }])
  t.strictSame(checklistSentences(results), [
    "56 rows of Dojo's checklist for pay-at-counter: 53 passed, 1 failed, 1 not playable, " +
      '1 not played.',
    "2 rows of Dojo's checklist for pay-at-table: 2 passed.",
  ])
  const certificate: Certificate = {
    ...{ verdict: 'failed', url: '', product: 'pay-at-counter', isSelection: false },
    ...{ startedAt: '', milliseconds: 0, runs, isAccountMadeUp: false, notCovered: [] },
    checklist: results,
  }
  const report = reportAsMarkdown(certificate, (text) => text)
  t.match(report, /\n\| Terminal session, sale \| Expired \| failed \| Expired \|\n/)
  t.match(report, /56 rows of Dojo's checklist/)
})
