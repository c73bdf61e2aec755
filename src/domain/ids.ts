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
  | 'act'
  | 'req'
  | 'rls'

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
  wellFormed(id, field)
  if (id.length > limits.maxIdCharacters) {
    throw invalid(
      `The field ${field} has ${id.length} characters; an id may have at most ` +
        `${limits.maxIdCharacters}.`,
    )
  }
  return id
}

/**
 * Text by which something is found: a PLU, or a filter. Several of these would become one too.
 * @throws Refusal InvalidRequest: not well formed
 */
export function wellFormed(text: string, field: string): string {
  if (text.isWellFormed() && !/[\uFFFD\0]/.test(text)) return text
  throw invalid(
    `The field ${field} has characters that are not well-formed Unicode, or U+FFFD, which ` +
      'stands for them; send it as it is.',
  )
}

/** As wellFormed, for the texts of a filter, named as its fields, each of which may be left out. */
export function wellFormedFilter<Filter extends Record<string, string | undefined>>(
  filter: Filter,
  prefix = '',
): Filter {
  for (const [name, text] of Object.entries(filter)) {
    if (text !== undefined) wellFormed(text, prefix + name)
  }
  return filter
}

/** As foreignId, for an id that may be left out. */
export function optionalForeignId(id: string | undefined, field: string): string | undefined {
  return id === undefined ? undefined : foreignId(id, field)
}

/** As foreignId, for each of a list. */
export function foreignIds(ids: readonly string[], field: string): string[] {
  return ids.map((id, index) => foreignId(id, `${field}[${index}]`))
}
