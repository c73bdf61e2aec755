import { randomFillSync } from 'node:crypto'
import { limits } from '../limits.ts'
import { invalid } from './errors.ts'

/** What an id names, by its first letters. */
export type IdPrefix =
  | 'loc'
  | 'cred'
  | 'area'
  | 'tbl'
  | 'ord'
  | 'lin'
  | 'dsc'
  | 'tax'
  | 'pay'
  | 'pty'
  | 'rsv'
  | 'tok'
  | 'hold'
  | 'rfd'
  | 'day'

export type NewId = (prefix: IdPrefix) => string

const POOL_IDS = 64
const BYTES = 16
const COUNTER_MAX = 0xfff
const pool = Buffer.alloc(POOL_IDS * BYTES)
let used = POOL_IDS
let lastMs = 0
let counter = 0

/**
 * A prefix and a UUIDv7 (RFC 9562) without dashes. Ids of one process are in the order in which
 * they were made, by its clock and a counter within the millisecond; 62 bits of each nobody can
 * guess.
 */
export function newId(prefix: IdPrefix): string {
  if (used === POOL_IDS) {
    randomFillSync(pool)
    used = 0
  }
  const at = used++ * BYTES
  const nowMs = Date.now()
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = pool.readUInt16BE(at + 6) & (COUNTER_MAX >> 1) // half of its range is left to count on
  } else if (counter < COUNTER_MAX) counter++
  else {
    lastMs++ // more than that in one millisecond, or the clock went back: time runs ahead a little
    counter = 0
  }
  pool.writeUIntBE(lastMs, at, 6)
  pool.writeUInt16BE(0x7000 | counter, at + 6)
  pool[at + 8] = 0x80 | (pool[at + 8]! & 0x3f)
  return `${prefix}_${pool.toString('hex', at, at + BYTES)}`
}

/**
 * An id that somebody else chose, as it can be kept.
 * @throws Refusal InvalidRequest: longer than `limits.maxIdCharacters`
 */
export function foreignId(id: string, field: string): string {
  if (id.length > limits.maxIdCharacters) {
    throw invalid(
      `The field ${field} has ${id.length} characters; an id has ${limits.maxIdCharacters} at the most.`,
    )
  }
  return id
}
