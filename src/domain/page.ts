// Pages by key: a cursor names the row at the edge of a page, so rows that appear or vanish between
// two pages shift nothing. A cursor is signed with the venue's own key and names the list it
// belongs to, so an altered or misplaced one is refused.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { limits } from '../limits.ts'
import { invalid } from './errors.ts'

/** The list that is paged through; a cursor of one kind does not fit another. */
export type PageKind =
  | 'orders'
  | 'parties'
  | 'reservations'
  | 'tables'
  | 'book'
  | 'visit-history'
  | 'refunds'
  | 'days'
  | 'menu'
  | 'payments'
  | 'requests'

/** The sort key of a row: a time in milliseconds or a position, then the id that breaks ties. */
export interface PageKey {
  at: number
  id: string
}

export interface PageRequest {
  rows: number
  /** Rows after this key in the order of the list, or before it. Neither means the first page. */
  after?: PageKey | undefined
  before?: PageKey | undefined
}

/** One page, with the key of its first or last row on each side where there is more. */
export interface Page<Row> {
  rows: Row[]
  before?: PageKey | undefined
  after?: PageKey | undefined
}

export interface Cursor {
  limit?: number
  before?: string
  after?: string
}

const MAC_BYTES = 16

/**
 * @param key the venue's cursor key
 * @throws Refusal InvalidRequest: a limit out of range, both before and after, or a cursor of
 *   another venue or list
 */
export function pageRequest(kind: PageKind, key: Uint8Array, cursor: Cursor = {}): PageRequest {
  const { limit = limits.defaultPageRows, before, after } = cursor
  if (limit < 1 || limit > limits.maxPageRows) {
    throw invalid(
      `The field cursor.limit is ${limit}; a page has 1 to ${limits.maxPageRows} entries.`,
    )
  }
  if (before !== undefined && after !== undefined) {
    throw invalid('Send either cursor.before or cursor.after, not both.', 'cursor')
  }
  return {
    rows: limit,
    before: before === undefined ? undefined : openCursor(kind, key, before, 'cursor.before'),
    after: after === undefined ? undefined : openCursor(kind, key, after, 'cursor.after'),
  }
}

export function sealCursor(kind: PageKind, key: Uint8Array, { at, id }: PageKey): string {
  const text = Buffer.from(`${at}~${id}`)
  return Buffer.concat([mac(kind, key, text), text]).toString('base64url')
}

function openCursor(kind: PageKind, key: Uint8Array, cursor: string, field: string): PageKey {
  const bytes = Buffer.from(cursor, 'base64url')
  const text = bytes.subarray(MAC_BYTES)
  const genuine =
    bytes.length > MAC_BYTES &&
    bytes.toString('base64url') === cursor &&
    timingSafeEqual(bytes.subarray(0, MAC_BYTES), mac(kind, key, text))
  if (!genuine) {
    throw invalid(
      `The field ${field} is not a cursor of this search. Send the before or after of a page ` +
        'unchanged, or leave it out to start again.',
      'cursor',
    )
  }
  const [at, ...id] = text.toString().split('~')
  return { at: Number(at), id: id.join('~') }
}

function mac(kind: PageKind, key: Uint8Array, text: Buffer): Buffer {
  const hmac = createHmac('sha256', key).update(kind).update('\0').update(text)
  return hmac.digest().subarray(0, MAC_BYTES)
}
