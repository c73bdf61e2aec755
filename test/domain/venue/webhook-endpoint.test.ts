// Where events may be sent, and for how long that is tried.
import t from 'tap'
import {
  cardPaymentType,
  checkEndpointUrl,
  givenUpReason,
  isGivenUp,
  retryAfterSeconds,
} from '../../../src/domain/venue/webhook-endpoint.ts'
import { limits } from '../../../src/limits.ts'

t.test('where events may be sent', async (t) => {
  const cases: [url: string, refused: RegExp | undefined, publicOnly: RegExp | undefined][] = [
    ['https://till.example/events', undefined, undefined],
    ['http://till.example/events', undefined, /over https:\/\/ only/],
    ['https://10.0.0.1/', undefined, /a private address/],
    ['https://[::1]/', undefined, /a private address/],
    ['ftp://till.example/', /not a web address/, /not a web address/],
    ['till.example', /not a web address/, /not a web address/],
    ['https://user@till.example/', /name or password/, /name or password/],
    ['https://:secret@till.example/', /name or password/, /name or password/],
  ]
  for (const [url, refused, publicOnly] of cases) {
    for (const [mustBePublic, message] of [
      [false, refused],
      [true, publicOnly],
    ] as const) {
      const check = (): void => {
        checkEndpointUrl(url, { mustBePublic })
      }
      if (message === undefined) t.doesNotThrow(check, url)
      else t.throws(check, { message }, url)
    }
  }
})

t.test('how often and how long it is tried', async (t) => {
  const waits = limits.webhookRetrySeconds
  t.strictSame(
    [...waits, undefined],
    Array.from({ length: waits.length + 1 }, (_, n) => retryAfterSeconds(n + 1)),
    'each wait once, after the first attempt the first',
  )
  const mostMs = limits.webhookGiveUpSeconds * 1000
  t.equal(isGivenUp(undefined, mostMs), false)
  t.equal(isGivenUp(5, mostMs + 4), false)
  t.equal(isGivenUp(5, mostMs + 5), true)
  t.equal(givenUpReason('HTTP 500'), 'It failed for 5 days. HTTP 500')
  t.equal(cardPaymentType('SignatureRequired'), 'card-payment.signature-required')
  t.equal(cardPaymentType('Captured'), 'card-payment.captured')
})
