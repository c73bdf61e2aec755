// Dojo's go-live checklist for Pay at Counter, row by row, and the scenario that plays each row.
// docs/certify.md has the same table.
import type { Outcome, ScenarioRun } from '../runs/scenario-run.ts'
import type { CounterProduct } from './scenario.ts'

interface ChecklistRow {
  product: CounterProduct
  /** A part of Dojo's checklist. */
  section: string
  row: string
  /** The name of a scenario. */
  scenario: string
}

/** `not played`: another selection of scenarios plays it. */
export interface ChecklistResult extends ChecklistRow {
  outcome: 'passed' | 'failed' | 'not playable' | 'not played'
  /** What was seen, or why it could not be played. */
  reason: string | undefined
}

/** By section: the rows as Dojo calls them, each with its scenario. */
const AT_THE_COUNTER: Readonly<Record<string, ReadonlyArray<[string, string]>>> = {
  Configuration: [
    ['Authorization', 'API Key'],
    ['Incorrect authorization credentials', 'Wrong API Key'],
    ['Retrieve terminals', 'Terminals'],
    ['API version', 'API Version'],
    ['POS version', 'POS Version'],
  ],
  'Payment intents': [
    ['Create, Auto', 'Create Payment Intent, Auto'],
    ['Create, Manual', 'Create Payment Intent, Manual'],
    ['Retrieve', 'Retrieve Payment Intent'],
    ['Change the amount', 'Change Payment Intent Amount'],
    ['Cancel', 'Cancel Payment Intent'],
    ['List all', 'List Payment Intents'],
    ['Create, MOTO (CNP)', 'Card Not Present'],
    ['itemLines', 'Item Lines'],
    ['Webhooks', 'Webhooks'],
  ],
  Refunds: [
    ['Create a full refund', 'Refund in Full'],
    ['Create a partial refund', 'Refund in Part'],
  ],
  'Terminal session, sale': [
    ['Successful while inserting card', 'Card Inserted'],
    ['Successful with cashback', 'Cashback'],
    ['Successful with gratuity', 'Gratuity'],
    ['Successful with contactless', 'Contactless'],
    ['Successful with signature', 'Signature Accepted'],
    ['Successful with signature after 80 seconds', 'Signature, Nobody Answers'],
    ['Declined', 'Declined'],
    ['Unsuccessful with signature rejection', 'Signature Rejected'],
    ['Late signature rejection after 80 seconds', 'Signature Rejected Too Late'],
    ['Failure with busy terminal', 'Busy Terminal'],
    ['Cancel from PDQ', 'Canceled on the Machine'],
    ['Cancel from POS, successful', 'Canceled at the Till'],
    ['Cancel from POS, unsuccessful', 'Canceled Too Late'],
    ['Expired', 'Expired'],
    ['Polling rate', 'Polling Rate'],
    ['Display notifications', 'Notifications'],
  ],
  'Terminal session, pre-authorisation': [
    ['Successful with inserting card', 'Authorised, Card Inserted'],
    ['Successful with contactless', 'Authorised, Contactless'],
    ['Successful with different card type', 'Authorised, Other Card'],
    ['Declined', 'Authorisation Declined'],
    ['Update intent, increasing amount', 'Authorised Amount Raised'],
    ['Update intent, unsuccessful amount change', 'Amount of a Captured Payment'],
    ['Update intent, non-existing id', 'Amount of an Unknown Payment'],
    ['Update intent, amount to zero', 'Amount of Zero'],
  ],
  'Terminal session, refund': [
    ['Unlinked, successful', 'Unlinked Refund, Successful'],
    ['Unlinked, declined', 'Unlinked Refund, Declined'],
    ['Unlinked, expired', 'Unlinked Refund, Expired'],
    ['Unlinked, cancelled', 'Unlinked Refund, Canceled'],
    ['Unlinked, signature accepted', 'Unlinked Refund, Signature Accepted'],
    ['Unlinked, signature rejected', 'Unlinked Refund, Signature Rejected'],
    ['Matched, successful', 'Matched Refund, Successful'],
    ['Matched, declined', 'Matched Refund, Declined'],
    ['Matched, expired', 'Matched Refund, Expired'],
    ['Matched, cancelled', 'Matched Refund, Canceled'],
    ['Matched, signature accepted', 'Matched Refund, Signature Accepted'],
    ['Matched, signature rejected', 'Matched Refund, Signature Rejected'],
  ],
  'Error handling': [
    ['400 Bad Request', 'Error 400'],
    ['401 Unauthorized', 'Error 401'],
    ['404 Not found (TID unavailable)', 'Error 404, Terminal Unavailable'],
    ['422 Unprocessable Entity', 'Error 422, Canceled Too Late'],
  ],
}

/** What a till has to do itself of the checklist for Pay at Table. */
const AT_THE_TABLE: ReadonlyArray<[string, string]> = [
  ['Successful matched refund', 'Matched Refund, Successful'],
  ['Unsuccessful matched refund', 'Matched Refund, Declined'],
]

const counterChecklist: readonly ChecklistRow[] = [
  ...Object.entries(AT_THE_COUNTER).flatMap(([section, rows]) =>
    rows.map(([row, scenario]): ChecklistRow => {
      return { product: 'pay-at-counter', section, row, scenario }
    }),
  ),
  ...AT_THE_TABLE.map(([row, scenario]): ChecklistRow => {
    return { product: 'pay-at-table', section: 'Refunds', row, scenario }
  }),
]

const OUTCOMES = {
  passed: 'passed',
  failed: 'failed',
  skipped: 'not playable',
} as const satisfies Record<Outcome, ChecklistResult['outcome']>

/** What a certification shows of every row. */
export function checklistResults(runs: readonly ScenarioRun[]): ChecklistResult[] {
  return counterChecklist.map((row) => {
    const run = runs.find(({ scenario }) => scenario.name === row.scenario)
    if (run === undefined) return { ...row, outcome: 'not played', reason: undefined }
    return { ...row, outcome: OUTCOMES[run.outcome], reason: run.reason }
  })
}

/** `56 rows of Dojo's checklist for pay-at-counter: 55 passed, 1 failed.` */
export function checklistSentences(results: readonly ChecklistResult[]): string[] {
  return [...Map.groupBy(results, ({ product }) => product)].map(([product, rows]) => {
    const counts = Map.groupBy(rows, ({ outcome }) => outcome)
    const parts = (['passed', 'failed', 'not playable', 'not played'] as const)
      .map((outcome) => ({ outcome, count: counts.get(outcome)?.length ?? 0 }))
      .filter(({ count }) => count > 0)
      .map(({ outcome, count }) => `${count} ${outcome}`)
    return `${rows.length} rows of Dojo's checklist for ${product}: ${parts.join(', ')}.`
  })
}
