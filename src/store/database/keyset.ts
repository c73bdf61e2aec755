// One page of a list by keyset: the rows beyond a cursor, and whether there are more on either
// side.
import type { Page, PageKey, PageRequest } from '../../domain/page.ts'
import type { Queryable, SharedStatement, Statement, Value } from './database.ts'

export interface Listing {
  /** The beginning of the names of the prepared statements. */
  name: string
  columns: string
  /** The FROM clause. */
  source: string
  conditions: Condition[]
  /** The two columns that order the list, and the direction. The first is a time or an integer. */
  order: { at: string; id: string; descending: boolean; atType: 'timestamptz' | 'int' }
  /** Whether lists of this shape may share a statement; the values of its conditions are texts. */
  isShared?: boolean
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
  { keyOf, resultOf }: { keyOf: (row: Row) => PageKey; resultOf: (row: Row) => Result },
): Promise<Page<Result>> {
  const backwards = request.before !== undefined
  const cursor = request.before ?? request.after
  const rows = await list<Row>(database, listing, { backwards, cursor, mostRows: request.rows + 1 })
  const more = rows.length > request.rows
  if (more) rows.pop()
  if (backwards) rows.reverse()
  const edge = backwards ? rows.at(-1) : rows[0]
  const edgeKey = edge === undefined ? cursor && nextTo(cursor, listing, backwards) : keyOf(edge)
  // On the side that the caller comes from there are rows, unless they have vanished: check.
  const hasOther =
    cursor !== undefined &&
    (await hasRows(database, listing, { backwards: !backwards, cursor: edgeKey }))
  const otherKey = hasOther ? edgeKey : undefined
  const moreKey = more ? keyOf(backwards ? rows[0]! : rows.at(-1)!) : undefined
  return {
    rows: rows.map(resultOf),
    before: backwards ? moreKey : otherKey,
    after: backwards ? otherKey : moreKey,
  }
}

/** A key with nothing between it and the row of `key`: a search back from it finds that row. */
function nextTo({ at, id }: PageKey, { order }: Listing, backwards: boolean): PageKey {
  return { at, id: order.descending === backwards ? `${id}~` : id.slice(0, -1) }
}

async function hasRows(
  database: Queryable,
  listing: Listing,
  side: Omit<Part, 'mostRows'>,
): Promise<boolean> {
  const rows = await list(database, { ...listing, columns: '1' }, { ...side, mostRows: 1 })
  return rows.length > 0
}

interface Part {
  backwards: boolean
  cursor: PageKey | undefined
  mostRows: number
}

async function list<Row>(database: Queryable, listing: Listing, part: Part): Promise<Row[]> {
  const { statement, values } = listStatement(listing, part)
  return await database.rows<Row>(statement, values)
}

export function listStatement(
  { name, columns, source, conditions, order, isShared }: Listing,
  { backwards, cursor, mostRows }: Part,
): { statement: Statement | SharedStatement; values: Value[] } {
  const values: Value[] = []
  const clauses = conditions.map(({ sql, value }) => {
    if (value === undefined) return sql
    values.push(value)
    return sql.replaceAll('?', `$${values.length}`)
  })
  const down = order.descending !== backwards
  if (cursor !== undefined) {
    values.push(order.atType === 'timestamptz' ? new Date(cursor.at) : cursor.at, cursor.id)
    const beyond = `($${values.length - 1}::${order.atType}, $${values.length})`
    clauses.push(`(${order.at}, ${order.id}) ${down ? '<' : '>'} ${beyond}`)
  }
  values.push(mostRows)
  const direction = down ? 'DESC' : 'ASC'
  const tags = [
    ...conditions.map(({ tag }) => tag),
    down ? 'down' : 'up',
    ...(cursor === undefined ? [] : ['beyond']),
    ...(columns === '1' ? ['any'] : []),
  ]
  const text = `SELECT ${columns} ${source} WHERE ${clauses.join(' AND ')}
    ORDER BY ${order.at} ${direction}, ${order.id} ${direction} LIMIT $${values.length}`
  const statement = { name: `${name}_${tags.join('_')}`, text }
  if (isShared !== true) return { statement, values }
  const parameters: string[] = values.map(() => 'text')
  parameters[values.length - 1] = 'int'
  if (cursor !== undefined) parameters[values.length - 3] = order.atType
  return { statement: { ...statement, parameters }, values }
}
