// Pages of the EPOS in memory, newest first. A cursor names the entry at the edge of a page, so
// that entries which appear or vanish meanwhile shift nothing.
import type { Schemas } from '../../../src/contract/capabilities.ts'
import { checkOptionalObject, invalid } from './epos-checks.ts'
import type { Epos } from './epos-state.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 100

export interface Page<View> {
  data: View[]
  before?: string
  after?: string
}

export function pageOf<Row extends { sequence: number }, View>(
  epos: Epos,
  rows: Iterable<Row>,
  matches: (row: Row) => boolean,
  view: (row: Row) => View,
  cursor: Schemas['Cursor'] | undefined,
): Page<View> {
  const { limit, before, after } = readCursor(cursor)
  const size = epos.faults.has('page-limit-ignored') ? DEFAULT_LIMIT : limit
  const byOffset = epos.faults.has('pages-skip-under-change')
  const found = [...rows].filter(matches).sort((one, other) => other.sequence - one.sequence)
  const count = (isAhead: (row: Row) => boolean): number => found.findLastIndex(isAhead) + 1

  let start = 0
  if (after !== undefined) start = byOffset ? after : count(({ sequence }) => sequence >= after)
  let end = start + size
  if (before !== undefined) {
    end = byOffset ? before : count(({ sequence }) => sequence > before)
    start = Math.max(0, end - size)
  }
  const shown = found.slice(start, end)
  const page: Page<View> = { data: shown.map(view) }
  // An empty page has no edge of its own: what it was asked for leads back, that entry included.
  if (start > 0) page.before = sealed(byOffset ? start : (shown[0]?.sequence ?? after! - 1))
  if (end < found.length) {
    page.after = sealed(byOffset ? end : (shown.at(-1)?.sequence ?? before! + 1))
  }
  return page
}

function readCursor(cursor: Schemas['Cursor'] | undefined): {
  limit: number
  before: number | undefined
  after: number | undefined
} {
  checkOptionalObject(cursor, 'cursor')
  const { limit = DEFAULT_LIMIT, before, after } = cursor ?? {}
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw invalid(`The field cursor.limit must be a whole number from 1 to ${MAX_LIMIT}.`)
  }
  if (before !== undefined && after !== undefined) {
    throw invalid('The fields cursor.before and cursor.after exclude each other.')
  }
  return { limit, before: opened(before, 'cursor.before'), after: opened(after, 'cursor.after') }
}

const sealed = (edge: number): string => Buffer.from(String(edge)).toString('base64url')

function opened(cursor: string | undefined, field: string): number | undefined {
  if (cursor === undefined) return undefined
  const text = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString() : ''
  if (!/^-?\d+$/.test(text)) {
    throw invalid(`The field ${field} is not one that a page of this EPOS carried.`)
  }
  return Number(text)
}
