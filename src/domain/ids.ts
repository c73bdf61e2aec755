import { randomFillSync } from 'node:crypto'
import { limits } from '../limits.ts'
import { invalid } from './errors.ts'

/** The prefix of an id says what it names. */
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
  | 'crd'
  | 'day'
  | 'whk'
  | 'whs'

export type NewId = (prefix: IdPrefix) => string

const POOL_IDS = 64
const BYTES = 16
const COUNTER_MAX = 0xfff
const pool = Buffer.alloc(POOL_IDS * BYTES)
let used = POOL_IDS
let lastMs = 0
let counter = 0

/**
 * A prefix and a UUIDv7 (RFC 9562) without dashes. Ids of one process sort in the order in which
 * they were made, by its clock and a counter within the millisecond. 62 bits of each are random.
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
    counter = pool.readUInt16BE(at + 6) & (COUNTER_MAX >> 1) // leaves half of the range to count up
  } else if (counter < COUNTER_MAX) counter++
  else {
    lastMs++ // too many in one millisecond, or the clock went back: run ahead of it
    counter = 0
  }
  pool.writeUIntBE(lastMs, at, 6)
  pool.writeUInt16BE(0x7000 | counter, at + 6)
  pool[at + 8] = 0x80 | (pool[at + 8]! & 0x3f)
  return `${prefix}_${pool.toString('hex', at, at + BYTES)}`
}

/**
 * An id that the caller chose, if it can be stored and names one thing. Text that was not well
 * formed arrives with U+FFFD in it, so that several such ids would become one.
 * @throws Refusal InvalidRequest: empty, not well formed, longer than `limits.maxIdCharacters`
 */
export function foreignId(id: string, field: string): string {
  if (id === '') throw invalid(`The field ${field} is empty; an id has at least one character.`)
  if (!id.isWellFormed() || /[\uFFFD\0]/.test(id)) {
    throw invalid(
      `The field ${field} has characters that are not well-formed Unicode, or U+FFFD, which ` +
        'stands for them; send the id as it is.',
    )
  }
  if (id.length > limits.maxIdCharacters) {
    throw invalid(
      `The field ${field} has ${id.length} characters; an id may have at most ` +
        `${limits.maxIdCharacters}.`,
    )
  }
  return id
}

/** As foreignId, for an id that may be left out. */
export function optionalForeignId(id: string | undefined, field: string): string | undefined {
  return id === undefined ? undefined : foreignId(id, field)
}

/** As foreignId, for each of a list. */
export function foreignIds(ids: readonly string[], field: string): string[] {
  return ids.map((id, index) => foreignId(id, `${field}[${index}]`))
}
