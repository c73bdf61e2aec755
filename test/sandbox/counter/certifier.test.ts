// The certifier of Pay at Counter: a good till passes every scenario, and each fault of a till
// fails the scenarios that are about it.
import t from 'tap'
import { certifyCounter } from '../../../src/sandbox/counter/certifier.ts'
import { counterScenarios } from '../../../src/sandbox/counter/scenarios.ts'
import type { CounterTimes } from '../../../src/sandbox/counter/play.ts'
import type { Task } from '../../../src/sandbox/counter/till.ts'
import type { Certificate } from '../../../src/sandbox/runs/certifier.ts'
import { openCounterTill, type CounterFault } from '../support/counter-till.ts'

const key = 'sk_sandbox_certify'
/** A till that polls every few milliseconds; a good one is never waited for as long as this. */
const PATIENT: Partial<CounterTimes> = {
  ...{ pollMs: 3_000, pollEveryMs: 2_000, watchMs: 20 },
  ...{ showMs: 10_000, lookEveryMs: 2, quietMs: 15 },
}
const IMPATIENT: Partial<CounterTimes> = {
  ...PATIENT,
  ...{ pollMs: 1_000, pollEveryMs: 150, watchMs: 300, showMs: 1_500, quietMs: 300 },
}

async function certificateOf(
  faults: readonly CounterFault[],
  {
    only,
    without = [],
    times = IMPATIENT,
  }: { only?: readonly string[]; without?: Task['do'][]; times?: Partial<CounterTimes> } = {},
): Promise<Certificate> {
  return await certifyCounter({
    ...{ port: 0, key, seed: 1, times },
    ...(only === undefined ? {} : { only }),
    openTill: async (url) => await openCounterTill({ url, key, faults, without }),
  })
}

const failedIn = ({ runs }: Certificate): string[] =>
  runs.filter(({ outcome }) => outcome === 'failed').map(({ scenario }) => scenario.name)

const SIGNED = ['Signature Accepted', 'Signature, Nobody Answers', 'Signature Rejected']
const REFUSED = [
  'Wrong API Key',
  'Busy Terminal',
  'Error 400',
  'Error 401',
  'Error 404, Terminal Unavailable',
]

/** What fails, among the scenarios that are about it. */
const expected: Record<CounterFault, readonly string[]> = {
  'charges-again-after-expired': ['Expired', 'Captured after Expired'],
  'new-intent-after-decline': ['Declined', 'Authorisation Declined', 'A Failed and a Good Attempt'],
  'terminal-hard-coded': ['Terminals', 'Declined', 'Matched Refund, Declined'],
  'key-hard-coded': ['API Key', 'Wrong API Key'],
  'new-idempotency-key': ['Lost Answer to the Refund'],
  'no-idempotency-key': ['Refund in Full', 'Refund in Part', 'A Way to Refund'],
  'signature-ignored': [...SIGNED, 'Matched Refund, Signature Rejected'],
  'rejection-sent-as-acceptance': [
    'Signature Rejected',
    'Matched Refund, Signature Rejected',
    'Unlinked Refund, Signature Rejected',
  ],
  'canceled-without-looking': ['Canceled Too Late', 'Error 422, Canceled Too Late'],
  'polls-slowly': ['Polling Rate'],
  'webhooks-believed': ['Webhook of Somebody Else'],
  'webhooks-only': ['Webhook that Never Comes', 'Polling Rate', 'Declined'],
  'intent-not-read': ['Retrieve Payment Intent'],
  'tip-left-out': ['Gratuity'],
  'cashback-in-amount': ['Cashback'],
  'tip-not-recorded': ['Gratuity'],
  'expired-shown-as-declined': ['Expired', 'Captured after Expired', 'Matched Refund, Expired'],
  'expired-offers-nothing': ['Expired', 'Unlinked Refund, Expired'],
  'prompts-not-shown': ['Notifications'],
  'manual-sent-as-auto': ['Create Payment Intent, Manual', 'Authorised, Contactless'],
  'errors-swallowed': [...REFUSED, 'Amount of a Captured Payment'],
  'declined-refund-shown-as-done': ['Matched Refund, Declined', 'Unlinked Refund, Declined'],
  'refunds-in-full': ['Refund in Part', 'Lost Answer to the Refund'],
  'retries-paid': ['Captured after Expired'],
  'session-asked-again': ['Lost Answer to the Session'],
  'no-item-lines': ['Item Lines'],
  'discount-left-out': ['Item Lines'],
  'phone-order-as-card': ['Card Not Present'],
  'late-rejection-shown': ['Signature Rejected Too Late'],
  'zero-sent-and-shown': ['Amount of Zero'],
  'version-varies': ['API Version'],
  'stale-terminals': ['Terminals'],
  'busy-machine-shared': ['Two Sales on One Machine'],
}
/** Played with every fault, so that not everything fails. */
const CONTROLS = ['Card Inserted', 'Contactless']

t.setTimeout(120_000)

t.test('a good till passes everything', async (t) => {
  const certificate = await certificateOf([], { times: PATIENT })
  t.strictSame(
    certificate.runs.filter(({ outcome }) => outcome !== 'passed').map(({ reason }) => reason),
    [],
  )
  t.match(certificate, { verdict: 'passed', product: 'pay-at-counter', isSelection: false })
  t.equal(certificate.runs.length, counterScenarios.length)
})

t.test('each fault fails the scenarios about it, and no control', async (t) => {
  const faults = Object.keys(expected) as CounterFault[]
  // They wait for most of the time.
  const played = await Promise.all(
    faults.map(async (fault) => {
      const only = [...expected[fault], ...CONTROLS]
      return failedIn(await certificateOf([fault], { only }))
    }),
  )
  for (const [index, fault] of faults.entries()) {
    t.strictSame(played[index]!.sort(), [...expected[fault]].sort(), fault)
  }
})

t.test('what a till has not is said to be not playable', async (t) => {
  const without: Task['do'][] = ['refund', 'matched-refund', 'about', 'key', 'webhooks']
  const only = ['API Key', 'POS Version', 'Webhooks', 'Refund in Full', 'A Way to Refund']
  const certificate = await certificateOf([], { only, without, times: PATIENT })
  t.equal(certificate.verdict, 'incomplete', 'mandatory ones are missing')
  t.strictSame(
    certificate.runs.map(({ scenario, outcome }) => `${scenario.name}: ${outcome}`),
    [
      'API Key: skipped',
      'POS Version: skipped',
      'Webhooks: skipped',
      'Refund in Full: skipped',
      'A Way to Refund: passed',
    ],
  )
  t.match(certificate.runs[3], { reason: 'This till has no refund.' })
})
