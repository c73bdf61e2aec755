// What a cashier reads when Dojo refuses something.
import t from 'tap'
import { DojoRefusal, DojoUnreadable } from '../../../src/dojo/client/errors.ts'
import { sentenceOf } from '../../../src/dojo/terminals/sentences.ts'

const CASES: [status: number, detail: string | undefined, said: RegExp][] = [
  [400, 'Amount must be more than `0`.', /^Dojo did not accept the request\. Dojo says: Amount/],
  [400, undefined, /^Dojo did not accept the request\.$/],
  [401, 'Invalid key', /^Dojo rejected this venue's API key: ask the office to check it\.$/],
  [403, 'No terminals', /API key may not do this: ask the office .* Dojo says: No terminals$/],
  [
    404,
    'Unknown',
    /^The card machine tm_1 is not available: check that it is on, online and not in/,
  ],
  [409, 'In process', /^Dojo is already working on it: wait a moment, then look again\. Dojo says/],
  [422, 'Too late', /^The card machine is past that: the payment goes on\. Dojo says: Too late$/],
  [429, 'Slow down', /^Dojo asks to slow down: wait a moment, then try again\.$/],
  [500, 'Oops', /^Dojo has a fault at the moment: wait, or try again\.$/],
  [503, undefined, /^Dojo has a fault at the moment/],
]

t.test('each status that Dojo documents has a sentence that says what to do', async (t) => {
  for (const [status, detail, said] of CASES) {
    const problem = detail === undefined ? {} : { detail }
    const refusal = new DojoRefusal('POST /terminal-sessions', status, problem)
    t.match(sentenceOf(refusal, 'tm_1'), said, String(status))
  }
  const gone = new DojoRefusal('GET /terminal-sessions/ts_1', 404, { detail: 'Unknown' })
  t.equal(sentenceOf(gone), 'Dojo does not have it any more. Dojo says: Unknown')
  t.match(sentenceOf(new TypeError('x')), /see its log/, 'a fault of ours shows nothing of itself')
})

t.test('no answer', async (t) => {
  const silent = new DojoUnreadable('POST /terminal-sessions', 200, 'it is no JSON')
  t.match(sentenceOf(silent), /^Dojo does not answer at the moment: wait, or try again\.$/)
})
