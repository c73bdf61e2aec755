// Whether an address, or a name that always is one, belongs to no host of the internet.
import { BlockList, isIP } from 'node:net'

// The special-purpose addresses of RFC 6890, multicast and what is reserved. An IPv4 address in the
// clothes of IPv6 (::ffff:10.0.0.1) is checked as what it is.
const inside = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inside.addSubnet(net, prefix, 'ipv4')
}
for (const [net, prefix] of [
  ['::', 96],
  ['64:ff9b::', 32],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(net, prefix, 'ipv6')
}

/** @param host a name, or an address without brackets */
export function isPrivateHost(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return /^(localhost|.*\.(localhost|local|internal))\.?$/i.test(host)
  return inside.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
