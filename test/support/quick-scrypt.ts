// A cost of scrypt that suits a test: in production a secret takes a third of a second of a
// processor, on purpose, and the tests check hundreds of them. Processes that tests start take it.
import crypto, { type BinaryLike, type ScryptOptions } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

const QUICK = { N: 2 ** 4 }

export function useQuickScrypt(): void {
  const { scrypt } = crypto
  const quick = (
    secret: BinaryLike,
    salt: BinaryLike,
    bytes: number,
    options: ScryptOptions,
    done: (error: Error | null, key: Buffer) => void,
  ): void => {
    scrypt(secret, salt, bytes, { ...options, ...QUICK }, done)
  }
  Object.assign(crypto, { scrypt: quick })
  syncBuiltinESMExports()
}
