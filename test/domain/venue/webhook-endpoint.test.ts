// Where events may be sent, and for how long that is tried.
import t from 'tap'
import {
  cardPaymentType,
  checkEndpointUrl,
  isGivenUp,
  isPrivateAddress,
  retryAfterSeconds,
} from '../../../src/domain/venue/webhook-endpoint.ts'
import { limits } from '../../../src/limits.ts'

t.test('addresses of no public host, to their edges', async (t) => {
  const ranges: [inside: string[], outside: string[]][] = [
    [['0.0.0.0', '0.255.255.255'], ['1.0.0.0']],
    [
      ['10.0.0.0', '10.255.255.255'],
      ['9.255.255.255', '11.0.0.0', '100.0.0.1'],
    ],
    [
      ['100.64.0.0', '100.79.0.1', '100.99.0.1', '100.109.0.1', '100.119.0.1', '100.127.255.255'],
      ['100.63.255.255', '100.128.0.0', '100.6.0.1'],
    ],
    [
      ['127.0.0.1', '127.255.255.255'],
      ['126.255.255.255', '128.0.0.0'],
    ],
    [['169.254.169.254'], ['169.253.0.1', '169.255.0.1']],
    [
      ['172.16.0.0', '172.29.0.1', '172.31.255.255'],
      ['172.15.255.255', '172.32.0.0', '172.3.0.1'],
    ],
    [
      ['192.0.0.1', '192.168.1.1'],
      ['192.0.1.1', '192.167.0.1', '192.169.0.1'],
    ],
    [
      ['198.18.0.1', '198.19.255.255'],
      ['198.17.0.1', '198.20.0.1'],
    ],
    [['224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255'], ['223.255.255.255']],
    [
      ['localhost', 'LOCALHOST.', 'a.localhost', 'printer.local', 'db.internal'],
      ['localhost.com', 'internal.example', 'mylocalhost', 'example.com'],
    ],
    [
      ['::', '::1', 'fc00::1', 'fdff::1', 'fe80::1', 'feBF::1', 'ff02::1', '64:ff9b::1', '100::1'],
      ['2606:4700::1111', '::2:1:1', 'fec0::1', '2001:db9::1'],
    ],
    [
      ['::ffff:10.0.0.1', '::127.0.0.1', '::ffff:7f00:1', '::ffff:c0a8:101', '2001:db8::1'],
      ['::ffff:8.8.8.8', '::ffff:808:808'],
    ],
  ]
  for (const [inside, outside] of ranges) {
    for (const host of inside) t.equal(isPrivateAddress(host), true, host)
    for (const host of outside) t.equal(isPrivateAddress(host), false, host)
  }
})

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
  t.equal(cardPaymentType('SignatureRequired'), 'card-payment.signature-required')
  t.equal(cardPaymentType('Captured'), 'card-payment.captured')
})
