// What the page of Dojo knows of capabilities is what the contract says, and a request copied as
// curl says what Dojo said, as far as that was kept.
import t from 'tap'
import { CAPABILITIES } from '../../src/console/browser/dojo/capabilities.ts'
import { curlOfRequest, type KnownRequest } from '../../src/console/browser/dojo/curl.ts'
import { operations } from '../../src/contract/document.ts'

t.test('each capability is on the page, with its method and path', (t) => {
  const wanted = operations.map(
    ({ name, method, path }) => [name, `${method.toUpperCase()} ${path}`] as const,
  )
  t.strictSame(CAPABILITIES, Object.fromEntries(wanted))
  t.end()
})

const BASE = {
  id: 'req_1',
  at: '2026-11-27T20:30:51.402Z',
  transport: 'rest',
  outcome: 'Refused',
  status: 409,
  durationMs: 11,
  traceId: 'fa47',
} as const

const BODIES: Record<string, [Partial<KnownRequest> & { capability: string }, RegExp[]?]> = {
  'nothing is sent that was left out': [
    {
      capability: 'RecordOrderPaymentById',
      waiterId: '1',
      deviceId: "o'hara",
      bodies: {
        request: JSON.stringify({
          orderId: 'ord/1',
          paymentIntentId: 'pi_ben',
          cardDetails: '(left out)',
          '(other fields)': 2,
          list: [1, '(3 more)'],
        }),
        answer: '',
      },
    },
    [
      /^curl -X POST 'https:\/\/epos\.example\/dojo\/v1\/orders\/ord%2F1\/record-payment'/,
      /-u "\$EPOS_CREDENTIAL"/,
      /-H 'waiter-id: 1'/,
      /-H 'device-id: o'\\''hara'/,
      /--data-raw '\{\s+"paymentIntentId": "pi_ben",\s+"list": \[\s+1\s+\]\s+\}'$/,
    ],
  ],
  'what has no body needs none kept': [
    { capability: 'GetOrderById', orderId: 'ord_1' },
    [/^curl -X GET 'https:\/\/epos\.example\/dojo\/v1\/orders\/ord_1'/, /EPOS_CREDENTIAL"$/],
  ],
  'without its body': [{ capability: 'RecordOrderPaymentById', orderId: 'ord_1' }],
  'without an id of its path': [{ capability: 'GetPartyById' }],
  'cut off': [
    { capability: 'CreateOrder', bodies: { request: '{ "items": [\n(cut off)', answer: '' } },
  ],
  'a webhook': [{ capability: 'HandleEvent', transport: 'webhook' }],
}

t.test('as curl', (t) => {
  for (const [name, [request, patterns]] of Object.entries(BODIES)) {
    const copied = curlOfRequest({ ...BASE, ...request }, 'https://epos.example/dojo')
    if (patterns === undefined) t.equal(copied, undefined, `${name}: too little is known`)
    for (const pattern of patterns ?? []) t.match(copied?.text, pattern, name)
    t.equal(copied?.isIncomplete ?? false, name.startsWith('nothing'), name)
  }
  t.end()
})
