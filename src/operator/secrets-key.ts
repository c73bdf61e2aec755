// The key that encrypts Dojo keys and webhook secrets: SECRETS_KEY or, with the embedded
// database, a generated one that is stored beside it.
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seal, unseal, type Sealed } from './secrets.ts'

export interface SecretsKeyPlace {
  /** 32 bytes, hexadecimal. */
  secretsKey: string | undefined
  dataDir: string
  embedded: boolean
}

/**
 * Reads the key, and makes it the first time.
 * @param mayMake false for a caller that must change nothing
 * @throws Error when no key is known and there is nowhere to store one
 */
export function secretsKeyOf(
  { secretsKey, dataDir, embedded }: SecretsKeyPlace,
  { mayMake = true } = {},
): string {
  if (secretsKey !== undefined) return secretsKey
  if (!embedded) {
    throw new Error(
      'SECRETS_KEY is not set. Dojo keys are stored encrypted with it. ' +
        'Make one with: openssl rand -hex 32',
    )
  }
  const file = join(dataDir, 'secrets-key')
  const key = read(file) ?? (mayMake ? make(file) : undefined)
  if (key === undefined) {
    throw new Error(
      `${file} is missing, and the stored Dojo keys cannot be decrypted without it. ` +
        'Restore it, or set the Dojo keys again.',
    )
  }
  if (!/^[0-9a-f]{64}$/.test(key)) {
    throw new Error(
      `${file} does not contain 64 hexadecimal digits. Restore it, or remove it and set the Dojo ` +
        'keys again.',
    )
  }
  return key
}

export interface SecretBox {
  /** @throws Error when the secret cannot be decrypted */
  open: (sealed: Buffer, locationId: string, what: Sealed) => string
  seal: (secret: string, locationId: string) => Buffer
}

/** Opens and seals what is stored for a venue. The key is read when it is needed. */
export function createSecretBox(place: SecretsKeyPlace): SecretBox {
  return {
    open: (sealed, locationId, what) => unseal(sealed, secretsKeyOf(place), locationId, what),
    seal: (secret, locationId) => seal(secret, secretsKeyOf(place), locationId),
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Written under another name first: of two processes at once, the second uses the first's key. */
function make(file: string): string {
  mkdirSync(join(file, '..'), { recursive: true })
  const draft = `${file}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return readFileSync(file, 'utf8').trim()
}
