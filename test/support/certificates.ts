// Certificates for HTTPS servers of tests, written out byte by byte (RFC 5280 in DER), since no
// program that makes them is on every machine.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

export interface Issued {
  key: string
  cert: string
}
export interface Authority extends Issued {
  name: string
  privateKey: KeyObject
}

/** An authority of one's own; whoever trusts its certificate trusts what it issues. */
export function newAuthority(name = 'Test authority'): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const extension = sequence(oid(BASIC_CONSTRAINTS), bool(true), octets(sequence(bool(true))))
  return {
    name,
    privateKey,
    ...issued({
      issuer: name,
      subject: name,
      from: -365,
      days: 3650,
      extension,
      publicKey,
      privateKey,
      signer: privateKey,
    }),
  }
}

/**
 * A certificate for a server at an address.
 * @param days from now until it ends; below zero, it has ended
 * @param authority without one it is signed by itself
 */
export function issueCertificate({
  address,
  days,
  authority,
}: {
  address: string
  days: number
  authority?: Authority
}): Issued {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const extension = sequence(
    oid(SUBJECT_ALT_NAME),
    octets(sequence(der(0x87, Buffer.from(address.split('.').map(Number))))),
  )
  return issued({
    issuer: authority?.name ?? address,
    subject: address,
    from: -365,
    days,
    extension,
    publicKey,
    privateKey,
    signer: authority?.privateKey ?? privateKey,
  })
}

interface Content {
  issuer: string
  subject: string
  from: number
  days: number
  extension: Buffer
  publicKey: KeyObject
  privateKey: KeyObject
  signer: KeyObject
}

function issued({
  issuer,
  subject,
  from,
  days,
  extension,
  publicKey,
  privateKey,
  signer,
}: Content): Issued {
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1 + serial++)),
    sequence(oid(ECDSA_WITH_SHA256)),
    nameOf(issuer),
    sequence(timeIn(from), timeIn(days)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  )
  const signature = sign('sha256', toBeSigned, signer)
  const whole = sequence(
    toBeSigned,
    sequence(oid(ECDSA_WITH_SHA256)),
    der(0x03, Buffer.of(0), signature),
  )
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

let serial = 0

// --- DER

const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
const COMMON_NAME = '550403'
const SUBJECT_ALT_NAME = '551d11'
const BASIC_CONSTRAINTS = '551d13'

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts)
const octets = (content: Buffer): Buffer => der(0x04, content)
const bool = (value: boolean): Buffer => der(0x01, Buffer.of(value ? 0xff : 0))
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const nameOf = (text: string): Buffer =>
  sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(text)))))
/** As 20261121101500Z, whose years go beyond 2049. */
const timeIn = (days: number): Buffer =>
  der(
    0x18,
    Buffer.from(new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')),
  )
