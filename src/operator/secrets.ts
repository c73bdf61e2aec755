// The venues' Dojo keys, Dojo's webhook secrets and those of the venues' own webhooks as they are
// stored: encrypted with AES-256-GCM under
// SECRETS_KEY and bound to the venue, so that a row copied to another venue cannot be decrypted.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** How to store each kind of secret again. */
const REMEDY = {
  'Dojo key': 'Set it again with: npx epos location set-dojo-key',
  'counter key': 'Set it again with: npx epos location set-counter-key',
  'webhook secret': 'Fetch it from Dojo again with: npx epos webhooks subscribe',
  'endpoint secret': 'Rotate it with: POST /till/v1/webhooks/{webhookId}/rotate',
} as const
export type Sealed = keyof typeof REMEDY

/** @param secretsKey 32 bytes, hexadecimal */
export function seal(secret: string, secretsKey: string, locationId: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(secretsKey, 'hex'), nonce).setAAD(
    Buffer.from(locationId),
  )
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed])
}

/** @throws Error when another SECRETS_KEY or another venue is needed, or the value was altered */
export function unseal(
  value: Uint8Array,
  secretsKey: string,
  locationId: string,
  what: Sealed = 'Dojo key',
): string {
  const bytes = Buffer.from(value)
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES)
  const tag = bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES)
  try {
    if (bytes[0] !== VERSION) throw new Error('unknown version')
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(secretsKey, 'hex'), nonce, {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(locationId))
      .setAuthTag(tag)
    return Buffer.concat([
      decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]).toString('utf8')
  } catch {
    throw new Error(
      `The ${what} of ${locationId} cannot be decrypted: it was stored under another ` +
        `SECRETS_KEY. ${REMEDY[what]}`,
    )
  }
}
