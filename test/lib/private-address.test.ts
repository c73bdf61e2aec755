// What belongs to no host of the internet.
import t from 'tap'
import { isPrivateHost } from '../../src/lib/private-address.ts'

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
    for (const host of inside) t.equal(isPrivateHost(host), true, host)
    for (const host of outside) t.equal(isPrivateHost(host), false, host)
  }
})
