// Pages by key: a cursor names the row at a page's edge, so rows that appear or vanish meanwhile
// shift nothing. Cursors are signed with the venue's own key and name what they page through;
// whoever alters one is told so.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { limits } from '../limits.ts'
import { invalid } from './errors.ts'

/** What is paged through; a cursor of one kind does not fit another. */
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

/** The sort key of a row: a time in milliseconds or a position, then the id that breaks ties. */
export interface PageKey {
  at: number
  id: string
}

export interface PageRequest {
  rows: number
  /** Rows after this key in the order of the list, or before it; neither for the first page. */
  after?: PageKey | undefined
  before?: PageKey | undefined
}

/** One page, with one of its rows' keys for each side on which there is more. */
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
 * @throws Refusal InvalidRequest: limit out of range, both sides asked for, or a cursor that this
 *   venue did not give
 */
export function pageRequest(kind: PageKind, key: Uint8Array, cursor: Cursor = {}): PageRequest {
  const { limit = limits.defaultPageRows, before, after } = cursor
  if (limit < 1 || limit > limits.maxPageRows) {
    throw invalid(
      `The field cursor.limit is ${limit}; a page has 1 to ${limits.maxPageRows} entries.`,
    )
  }
  if (before !== undefined && after !== undefined) {
    throw invalid(
      'The fields cursor.before and cursor.after exclude each other; send one of them.',
      'cursor',
    )
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
      `The field ${field} is not a cursor that this search gave; use the before or after of a page as it is, or leave it out to start again.`,
      'cursor',
    )
  }
  const [at, ...id] = text.toString().split('~')
  return { at: Number(at), id: id.join('~') }
}

const mac = (kind: PageKind, key: Uint8Array, text: Buffer): Buffer =>
  createHmac('sha256', key).update(kind).update('\0').update(text).digest().subarray(0, MAC_BYTES)
