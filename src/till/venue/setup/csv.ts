// The set-up as one CSV file that people edit in a spreadsheet: a line for each thing, told apart
// by its type.
import { CsvError, parse } from 'csv-parse/sync'
import { decimal, decimals } from '../../../domain/money.ts'
import {
  labeller,
  type MenuItem,
  type Setup,
  type SetupFault,
  type SetupPart,
} from '../../../domain/venue/setup.ts'
import { csvOf, unguarded, type Cell } from '../../../lib/csv.ts'
import { limits } from '../../../limits.ts'
import { amountIn, isFraction, layoutOf, percentageIn } from './csv-cells.ts'
import { faultAt, type Sent, type SentEntry } from './entries.ts'

const COLUMNS = [
  'type',
  'id',
  'name',
  'area',
  'covers',
  'areas',
  'tables',
  'price',
  'tax',
  'takeaway tax',
  'course',
  'category',
  'available',
  'parts',
] as const
type Column = (typeof COLUMNS)[number]
type Cells = Partial<Record<Column, string>>
type WrittenCells = Partial<Record<Column, Cell>>

const KINDS: Readonly<Record<string, MenuItem['kind']>> = {
  item: 'Item',
  modifier: 'Modifier',
  'sub-item': 'SubItem',
}
const TYPES: ReadonlyMap<string, SetupPart> = new Map([
  ['area', 'areas'],
  ['table', 'tables'],
  ['waiter', 'waiters'],
  ...Object.keys(KINDS).map((type): [string, SetupPart] => [type, 'menu']),
])
const COLUMNS_OF: Readonly<Record<SetupPart, readonly Column[]>> = {
  areas: [],
  tables: ['area', 'covers'],
  waiters: ['areas', 'tables'],
  menu: ['price', 'tax', 'takeaway tax', 'course', 'category', 'available', 'parts'],
}

/** What a field of an entry is called in the file. */
export const columnOfField: Readonly<Record<string, Column>> = {
  plu: 'id',
  areaId: 'area',
  maxCovers: 'covers',
  areaIds: 'areas',
  tableIds: 'tables',
  priceMinor: 'price',
  taxRateHundredths: 'tax',
  takeawayTaxRateHundredths: 'takeaway tax',
  kind: 'type',
}

// --- written

export function setupCsv({ areas, tables, waiters, menu }: Setup): string {
  const area = labeller(areas)
  const table = labeller(tables)
  const rows: WrittenCells[] = [
    ...areas.map(({ id, name }) => ({ type: 'area', id, name })),
    ...tables.map(({ id, name, areaId, maxCovers }) => ({
      type: 'table',
      id,
      name,
      area: areaId === undefined ? '' : area(areaId),
      covers: maxCovers === undefined ? '' : String(maxCovers),
    })),
    ...waiters.map(({ id, name, areaIds, tableIds }) => ({
      type: 'waiter',
      id,
      name,
      areas: listed(areaIds, area),
      tables: listed(tableIds, table),
    })),
    ...menu.map(menuRow),
  ]
  return csvOf([COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column]))])
}

function menuRow({
  id,
  kind,
  name,
  priceMinor,
  taxRateHundredths,
  takeawayTaxRateHundredths: takeaway,
  course = '',
  category = '',
  available,
  parts,
}: MenuItem): WrittenCells {
  const type = Object.keys(KINDS).find((each) => KINDS[each] === kind)!
  return {
    type,
    id,
    name,
    price: { number: decimals(priceMinor) },
    tax: percentage(taxRateHundredths),
    'takeaway tax': takeaway === undefined ? '' : percentage(takeaway),
    course,
    category,
    available: available ? 'yes' : 'no',
    parts: parts.join(';'),
  }
}

/** Below one percent with its sign, since it would look like a fraction. */
function percentage(hundredths: number): string {
  const number = decimal(hundredths).replace(/\.?0+$/, '')
  return hundredths > 0 && hundredths < 100 ? `${number}%` : number
}

/** By id where the name contains the separator. */
const listed = (ids: readonly string[], nameOf: (id: string) => string): string =>
  ids.map((id) => (nameOf(id).includes(';') ? id : nameOf(id))).join(';')

// --- read

const MOST_LINES = limits.maxAreas + limits.maxTables + limits.maxWaiters + limits.maxMenuItems + 1

/**
 * What a file says, entry by entry. A column that the file does not have says nothing; an empty
 * cell says that there is nothing.
 */
export function entriesOfCsv(text: string): Sent {
  const faults: SetupFault[] = []
  const fault = (line: number, message: string): void => {
    faults.push(faultAt({ line }, message))
  }
  const broken = text.indexOf('\uFFFD')
  if (broken >= 0) {
    fault(
      text.slice(0, broken).split('\n').length,
      'The file is not in UTF-8; save it as CSV UTF-8.',
    )
  }
  const [head, ...lines] = linesOf(text, fault)
  const sent: Sent = { parts: {}, entries: [], faults }
  if (head === undefined) {
    if (faults.length === 0) {
      fault(1, `The file is empty; its first line names the columns: ${COLUMNS.join(', ')}.`)
    }
    return sent
  }
  const columns = columnsOf(head, fault)
  if (columns === undefined) return sent
  if (lines.length >= MOST_LINES) {
    fault(MOST_LINES + 1, `The file has more than ${MOST_LINES} lines.`)
  }
  for (const {
    record,
    info: { lines: line },
  } of lines) {
    const cells = cellsOf(record, columns)
    if (Object.values(cells).every((cell) => cell === '')) continue
    if (record.slice(columns.length).some((cell) => cell.trim() !== '')) {
      fault(line, 'The line has more cells than there are columns; is there a separator too many?')
    }
    const part = TYPES.get(cells.type?.toLowerCase() ?? '')
    if (part === undefined) {
      fault(
        line,
        `The type is ${shown(cells.type ?? '')}; it must be one of ${[...TYPES.keys()].join(', ')}.`,
      )
      continue
    }
    sent.parts[part] = true
    sent.entries.push(entryOf(part, cells, line, fault))
  }
  return sent
}

type FaultAt = (line: number, message: string) => void
interface Line {
  record: string[]
  info: { lines: number }
}

function linesOf(text: string, fault: FaultAt): Line[] {
  const { delimiter, headLine } = layoutOf(text, COLUMNS)
  try {
    return parse(text, {
      bom: true,
      delimiter,
      from_line: headLine,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      to: MOST_LINES + 1,
    }) as unknown as Line[]
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    fault(
      (error as unknown as { lines?: number }).lines ?? 1,
      'The quotes from here on do not pair. A cell that contains a quote must be in quotes, ' +
        'with that quote doubled.',
    )
    return []
  }
}

function columnsOf(head: Line, atLine: FaultAt): Column[] | undefined {
  const names = head.record.map((name) => name.trim().toLowerCase())
  while (names.at(-1) === '') names.pop()
  const fault = (message: string): void => {
    atLine(head.info.lines, message)
  }
  const unknown = names.filter((name) => !(COLUMNS as readonly string[]).includes(name))
  if (unknown.length > 0) {
    fault(
      `There is no column ${shown(unknown[0]!)}; the first line names the columns, with commas, ` +
        `semicolons or tabs between them: ${COLUMNS.join(', ')}.`,
    )
  }
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) fault(`The column ${shown(twice)} is there twice.`)
  if (unknown.length > 0 || twice !== undefined) return undefined
  if (names.includes('type')) return names as Column[]
  fault('The column type is missing.')
  return undefined
}

const cellsOf = (record: readonly string[], columns: readonly Column[]): Cells =>
  Object.fromEntries(
    columns.map((column, index) => [column, unguarded((record[index] ?? '').trim())]),
  )

function entryOf(part: SetupPart, cells: Cells, line: number, fault: FaultAt): SentEntry {
  for (const message of misplacedIn(part, cells)) fault(line, message)
  const entry: Record<string, unknown> = {}
  const set = (field: string, value: unknown): void => {
    if (value !== undefined) entry[field] = value
  }
  const read = (
    column: Column,
    field: string,
    valueOf: (cell: string) => unknown,
    what: string,
  ): void => {
    const cell = cells[column]
    if (cell === undefined || cell === '') return
    const value = valueOf(cell)
    if (value === undefined) {
      fault(line, `The column ${column} is ${shown(cell)}, which is not ${what}.`)
    }
    set(field, value)
  }
  const readTax = (column: Column, field: string): void => {
    const cell = cells[column] ?? ''
    if (isFraction(cell)) fault(line, fractionFault(column, cell))
    else read(column, field, percentageIn, 'a percentage as 20 or 12.5')
  }
  const emptied = (column: Column, field: string): void => {
    set(field, cells[column] === '' ? null : cells[column])
  }
  set(part === 'menu' ? 'plu' : 'id', cells.id || undefined)
  set('name', cells.name || undefined)
  if (part === 'tables') {
    emptied('area', 'areaId')
    if (cells.covers === '') entry['maxCovers'] = null
    read(
      'covers',
      'maxCovers',
      (cell) => (/^\d{1,9}$/.test(cell) ? Number(cell) : undefined),
      'a number of guests',
    )
  } else if (part === 'waiters') {
    set('areaIds', listIn(cells.areas))
    set('tableIds', listIn(cells.tables))
  } else if (part === 'menu') {
    set('kind', KINDS[cells.type!.toLowerCase()])
    read('price', 'priceMinor', amountIn, 'a price as 14.95')
    readTax('tax', 'taxRateHundredths')
    if (cells['takeaway tax'] === '') entry['takeawayTaxRateHundredths'] = null
    readTax('takeaway tax', 'takeawayTaxRateHundredths')
    emptied('course', 'course')
    emptied('category', 'category')
    read('available', 'available', (cell) => ANSWERS.get(cell.toLowerCase()), 'yes or no')
    set('parts', listIn(cells.parts))
  }
  return { part, at: { line }, entry }
}

function misplacedIn(part: SetupPart, cells: Cells): string[] {
  const known: readonly string[] = ['type', 'id', 'name', ...COLUMNS_OF[part]]
  return Object.entries(cells)
    .filter(([column, cell]) => cell !== '' && !known.includes(column))
    .map(
      ([column, cell]) =>
        `The column ${column} says ${shown(cell)}, but it is not for the type ${cells.type}.`,
    )
}

function fractionFault(column: Column, cell: string): string {
  const number = cell.replace(',', '.')
  return (
    `The column ${column} is ${shown(cell)}: it is in percent, so that would be ${number} %. ` +
    `Write ${Number((Number(number) * 100).toPrecision(12))} if it is a part of 1, ` +
    `and ${number}% if not.`
  )
}

const ANSWERS: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['true', true],
  ['no', false],
  ['false', false],
])

const listIn = (cell: string | undefined): string[] | undefined =>
  cell
    ?.split(';')
    .map((each) => each.trim())
    .filter((each) => each !== '')

const MOST_SHOWN = 40
const shown = (cell: string): string =>
  cell === '' ? 'empty' : cell.length > MOST_SHOWN ? `${cell.slice(0, MOST_SHOWN)}…` : cell
