// The lists of an order, as parts of a change: its lines, discounts and tax lines.
import type { OrderWrite } from '../../domain/orders/order-write.ts'
import { discountColumns, lineColumns, taxLineColumns, type Columns } from './order-columns.ts'
import type { Value } from '../database/database.ts'
import { theOrder, type Expression, type Part, type Source } from './part.ts'

const lists = {
  lines: { table: 'order_lines', id: 'lineId', columns: lineColumns },
  discounts: { table: 'order_discounts', id: 'discountId', columns: discountColumns },
  taxLines: { table: 'order_tax_lines', id: 'taxLineId', columns: taxLineColumns },
} as const
type ListName = keyof typeof lists
const listNames = Object.keys(lists) as ListName[]

/** Rows that differ are written whole, as JSON by the domain's names. Gone rows are deleted. */
export function listParts({ order, delta }: Pick<OrderWrite, 'order' | 'delta'>): Part[] {
  const parts: Part[] = []
  for (const list of listNames) {
    const [patches, gone] = [delta[list], delta.gone?.[list]]
    const { id } = lists[list]
    if (patches !== undefined) {
      const differs = new Set(patches.map((patch) => idOf(patch, id)))
      const rows = (order[list] as readonly object[]).filter((row) => differs.has(idOf(row, id)))
      parts.push(rowsPart(list, rows))
    }
    if (gone !== undefined) parts.push(gonePart(list, gone))
  }
  return parts
}

function idOf(row: object, id: string): string {
  return (row as Record<string, string>)[id]!
}

function rowsPart(list: ListName, rows: readonly object[]): Part {
  return {
    name: list,
    columns: [['rows', 'jsonb']],
    values: [JSON.stringify(rows)],
    text: writeRows[list],
    sendApart: ({ locationId, orderId, send }) => {
      for (const row of rows) send(writeRow[list], [locationId, orderId, ...valuesOf(list, row)])
    },
  }
}

function valuesOf(list: ListName, row: object): Value[] {
  return Object.keys(lists[list].columns).map((field) => (row as Record<string, Value>)[field])
}

const writeRows = {
  lines: writeList('lines'),
  discounts: writeList('discounts'),
  taxLines: writeList('taxLines'),
}

function writeList(list: ListName) {
  const { table } = lists[list]
  const columns: Columns = lists[list].columns
  const values = Object.keys(columns).map((field) => `x."${field}"`)
  const fields = Object.entries(columns).map(([field, [, type]]) => `"${field}" ${type}`)
  return ({ value, rows }: Source): Expression[] => {
    const all = rows(
      [value('location_id'), value('order_id'), ...values],
      `jsonb_to_recordset(${value('rows')}) AS x(${fields.join(', ')})`,
    )
    return [[`written_${table}`, upsert(list, all)]]
  }
}

function upsert(list: ListName, rows: string): string {
  const { table, id } = lists[list]
  const columns: Columns = lists[list].columns
  const idColumn = columns[id]![0]
  const names = Object.values(columns).map(([column]) => column)
  const sets = names.filter((name) => name !== idColumn).map((name) => `${name} = EXCLUDED.${name}`)
  return `INSERT INTO ${table} (location_id, order_id, ${names.join(', ')})
      ${rows}
      ON CONFLICT (location_id, order_id, ${idColumn}) DO UPDATE SET ${sets.join(', ')}`
}

/** One row of a list, its values in the order of the columns. */
const writeRow = {
  lines: writeOne('lines'),
  discounts: writeOne('discounts'),
  taxLines: writeOne('taxLines'),
}

function writeOne(list: ListName): string {
  const columns: Columns = lists[list].columns
  const places = Object.values(columns).map(([, type], index) => `$${index + 3}::${type}`)
  return upsert(list, `VALUES ($1, $2, ${places.join(', ')})`)
}

function gonePart(list: ListName, gone: readonly string[]): Part {
  const { table, id, columns } = lists[list]
  const idColumn = (columns as Columns)[id]![0]
  return {
    name: `${list}_gone`,
    columns: [['gone', 'jsonb']],
    values: [JSON.stringify(gone)],
    text: (sql) => [
      [
        `gone_${table}`,
        `DELETE FROM ${table} x ${sql.after('USING', `jsonb_array_elements_text(${sql.value('gone')}) AS gone(id)`)}
      WHERE ${theOrder('x', sql)} AND x.${idColumn} = gone.id`,
      ],
    ],
    sendApart: ({ locationId, orderId, send }) => {
      const text = `DELETE FROM ${table} WHERE location_id = $1 AND order_id = $2 AND ${idColumn} = ANY($3::text[])`
      send(text, [locationId, orderId, gone])
    },
  }
}
