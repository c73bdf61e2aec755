// One page of a list by keyset: the rows beyond a cursor, and whether there are more on either side.
import type { Page, PageKey, PageRequest } from '../../domain/page.ts'
import type { Queryable, Statement, Value } from './database.ts'

export interface Listing {
  /** The beginning of the names of the prepared statements. */
  name: string
  columns: string
  /** The FROM clause. */
  source: string
  conditions: Condition[]
  /** The two columns that order the list, and the direction. The first is a time or an integer. */
  order: { at: string; id: string; descending: boolean; atType: 'timestamptz' | 'int' }
}

/** SQL with `?` for its value. The tags of a search's conditions name its prepared statement. */
export interface Condition {
  tag: string
  sql: string
  value?: Value
}

export async function readPage<Row, Result>(
  database: Queryable,
  listing: Listing,
  request: PageRequest,
  keyOf: (row: Row) => PageKey,
  resultOf: (row: Row) => Result,
): Promise<Page<Result>> {
  const backwards = request.before !== undefined
  const cursor = request.before ?? request.after
  const rows = await list<Row>(database, listing, backwards, cursor, request.rows + 1)
  const more = rows.length > request.rows
  if (more) rows.pop()
  if (backwards) rows.reverse()
  // On the side that the caller comes from there are rows, unless they have vanished: check.
  const edge = backwards ? rows.at(-1) : rows[0]
  const edgeKey =
    edge !== undefined
      ? keyOf(edge)
      : cursor && nextTo(cursor, listing.order.descending === backwards)
  const otherKey =
    cursor !== undefined &&
    (await list(database, { ...listing, columns: '1' }, !backwards, edgeKey, 1)).length > 0
      ? edgeKey
      : undefined
  const moreKey = more ? keyOf(backwards ? rows[0]! : rows.at(-1)!) : undefined
  return {
    rows: rows.map(resultOf),
    before: backwards ? moreKey : otherKey,
    after: backwards ? otherKey : moreKey,
  }
}

/** A key with nothing between it and the row of `key`: a search back from it finds that row. */
function nextTo({ at, id }: PageKey, above: boolean): PageKey {
  return { at, id: above ? `${id}~` : id.slice(0, -1) }
}

async function list<Row>(
  database: Queryable,
  listing: Listing,
  backwards: boolean,
  cursor: PageKey | undefined,
  rows: number,
): Promise<Row[]> {
  const { statement, values } = listStatement(listing, backwards, cursor, rows)
  return await database.rows<Row>(statement, values)
}

/** @param rows the most to read */
export function listStatement(
  { name, columns, source, conditions, order }: Listing,
  backwards: boolean,
  cursor: PageKey | undefined,
  rows: number,
): { statement: Statement; values: Value[] } {
  const values: Value[] = []
  const clauses = conditions.map(({ sql, value }) => {
    if (value === undefined) return sql
    values.push(value)
    return sql.replaceAll('?', `$${values.length}`)
  })
  const down = order.descending !== backwards
  if (cursor !== undefined) {
    values.push(order.atType === 'timestamptz' ? new Date(cursor.at) : cursor.at, cursor.id)
    clauses.push(
      `(${order.at}, ${order.id}) ${down ? '<' : '>'} ($${values.length - 1}::${order.atType}, $${values.length})`,
    )
  }
  values.push(rows)
  const direction = down ? 'DESC' : 'ASC'
  const tags = [
    ...conditions.map(({ tag }) => tag),
    down ? 'down' : 'up',
    ...(cursor === undefined ? [] : ['beyond']),
    ...(columns === '1' ? ['any'] : []),
  ]
  const text = `SELECT ${columns} ${source} WHERE ${clauses.join(' AND ')} ORDER BY ${order.at} ${direction}, ${order.id} ${direction} LIMIT $${values.length}`
  return { statement: { name: `${name}_${tags.join('_')}`, text }, values }
}
