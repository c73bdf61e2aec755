// Secrets that people choose, such as PINs and passwords, kept so that a copy of the database does
// not give them away: salted scrypt. What is random needs no such thing.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** 32 MB and about a tenth of a second for each guess, as OWASP recommends for scrypt. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 }
const SALT_BYTES = 16
const KEY_BYTES = 32

/** @returns `scrypt$`, the salt and the key, as it is stored */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await derive(secret, salt)
  return ['scrypt', salt.toString('base64url'), key.toString('base64url')].join('$')
}

/**
 * Takes the same time whether there is a hash or not.
 * @param hash as hashSecret made it; undefined where nobody has a secret
 */
export async function matchesSecret(secret: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', expected = ''] = (hash ?? '').split('$')
  const key = await derive(secret, Buffer.from(salt, 'base64url'))
  const wanted = Buffer.from(expected, 'base64url')
  return wanted.length === key.length && timingSafeEqual(wanted, key)
}

async function derive(secret: string, salt: Buffer): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    scrypt(secret.normalize('NFC'), salt, KEY_BYTES, COST, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
