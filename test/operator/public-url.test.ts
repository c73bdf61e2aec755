import t from 'tap'
import { dojoUrlOf } from '../../src/operator/public-url.ts'

const at = (
  publicUrl: string | undefined,
  routePrefix = '',
): { publicUrl: string | undefined; routePrefix: string } => ({ publicUrl, routePrefix })

t.test('the prefix is there once', async (t) => {
  t.equal(dojoUrlOf(at('https://epos.example.com')), 'https://epos.example.com')
  t.equal(dojoUrlOf(at('https://epos.example.com', '/dojo')), 'https://epos.example.com/dojo')
  t.equal(dojoUrlOf(at('https://epos.example.com/dojo', '/dojo')), 'https://epos.example.com/dojo')
  t.equal(
    dojoUrlOf(at('https://epos.example.com/shop', '/dojo')),
    'https://epos.example.com/shop/dojo',
  )
  t.equal(
    dojoUrlOf(at('https://epos.example.com/shop/dojo', '/dojo')),
    'https://epos.example.com/shop/dojo',
  )
  t.equal(
    dojoUrlOf(at('https://epos.example.com/mydojo', '/dojo')),
    'https://epos.example.com/mydojo/dojo',
  )
  t.equal(dojoUrlOf(at('http://dojo', '/dojo'), true), 'http://dojo/dojo', 'a host is no prefix')
})

t.test('what Dojo reaches', async (t) => {
  for (const url of [
    'https://epos.example.com:8443',
    'https://8.8.8.8',
    'https://172.15.0.1',
    'https://172.32.0.1',
    'https://[2606:4700::1111]',
    'https://local.example.com',
    'https://internal.co.uk/a/b',
  ]) {
    t.equal(dojoUrlOf(at(url)), url)
  }
})

t.test('what Dojo does not reach', async (t) => {
  const cases: [fault: RegExp, urls: string[]][] = [
    [/is not HTTPS/, ['http://epos.example.com', 'http://localhost:8080']],
    [
      /has an address of a private network/,
      [
        'https://127.0.0.1',
        'https://127.1',
        'https://0x7f000001',
        'https://2130706433',
        'https://0.0.0.0',
        'https://10.1.2.3',
        'https://172.16.0.1',
        'https://172.31.255.255',
        'https://192.168.1.2:8443',
        'https://169.254.169.254',
        'https://100.64.0.1',
        'https://[::1]',
        'https://[::]',
        'https://[fd00::1]',
        'https://[fe80::1]',
        'https://[::ffff:192.168.1.2]',
      ],
    ],
    [
      /has a host name of a private network/,
      [
        'https://localhost',
        'https://LOCALHOST.',
        'https://epos',
        'https://epos.local',
        'https://epos.internal.',
        'https://a.localhost',
      ],
    ],
  ]
  for (const [fault, urls] of cases) {
    for (const url of urls) {
      t.throws(
        () => dojoUrlOf(at(url)),
        { name: 'Refusal', type: 'InvalidRequest', message: fault },
        url,
      )
      t.equal(dojoUrlOf(at(url), true), url, `${url} where it is allowed`)
    }
  }
})

t.test('what nobody reaches', async (t) => {
  for (const allowInsecure of [false, true]) {
    t.throws(() => dojoUrlOf(at(undefined), allowInsecure), /PUBLIC_URL is not set/)
    t.throws(() => dojoUrlOf(at('https://:80'), allowInsecure), /is not a URL/)
    t.throws(() => dojoUrlOf(at('https://me:secret@epos.example.com'), allowInsecure), {
      message: /^(?!.*secret).*username or password/,
    })
  }
})
