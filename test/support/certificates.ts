// Certificates for the HTTPS servers of tests.
import { randomBytes, webcrypto } from 'node:crypto'
import 'reflect-metadata' // @peculiar/x509 needs it
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509'

/** As PEM. */
export interface Issued {
  key: string
  cert: string
}
export interface Authority extends Issued {
  name: string
  privateKey: webcrypto.CryptoKey
}

/** An authority of one's own: trusting its certificate is trusting what it issues. */
export async function newAuthority(name = 'Test authority'): Promise<Authority> {
  const keys = await newKeys()
  const isAuthority = new BasicConstraintsExtension(true, undefined, true)
  const issued = await issue({
    issuer: name,
    subject: name,
    days: 3650,
    extension: isAuthority,
    keys,
    signingKey: keys.privateKey,
  })
  return { ...issued, name, privateKey: keys.privateKey }
}

export interface ServerCertificate {
  address: string
  /** From now until it expires; below zero, it has expired. */
  days: number
  /** Without one, it is self-signed. */
  authority?: Authority
}

export async function issueCertificate({
  address,
  days,
  authority,
}: ServerCertificate): Promise<Issued> {
  const keys = await newKeys()
  return await issue({
    issuer: authority?.name ?? address,
    subject: address,
    days,
    extension: new SubjectAlternativeNameExtension([{ type: 'ip', value: address }]),
    keys,
    signingKey: authority?.privateKey ?? keys.privateKey,
  })
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 86_400_000

const newKeys = async (): Promise<webcrypto.CryptoKeyPair> =>
  await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

interface Content {
  issuer: string
  subject: string
  days: number
  extension: Extension
  keys: webcrypto.CryptoKeyPair
  signingKey: webcrypto.CryptoKey
}

async function issue({ issuer, subject, days, extension, keys, signingKey }: Content) {
  const certificate = await X509CertificateGenerator.create({
    serialNumber: randomBytes(8).toString('hex'),
    issuer: `CN=${issuer}`,
    subject: `CN=${subject}`,
    notBefore: new Date(Date.now() - 365 * DAY_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [extension],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${key.toString('base64')}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString('pem'),
  }
}
