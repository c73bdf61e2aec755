// What a PostgreSQL that Citus distributes asks of a statement, as far as its text shows: that it
// goes to the one node which has the venue, and that nothing in it is refused. What Citus said, and
// which statement it said it of, is in the messages.
import { loadModule, parseSync } from 'libpg-query'
import { tableKinds, type TableKind } from '../../src/store/distribution/table-kinds.ts'

await loadModule()

/** A node of the parser's tree: its kind is the only name in it. */
type Tree = Record<string, unknown>

/** What is wrong with the statement on a distributed database, each a sentence. */
export function faultsOnCitus(text: string): string[] {
  const { stmts } = parseSync(text) as { stmts: { stmt: Tree }[] }
  const faults = new Set<string>()
  const fault = (sentence: string): void => {
    faults.add(sentence)
  }
  const venues = new Set<number>()
  for (const { stmt } of stmts) {
    const own = namesOfCommonTables(stmt)
    each(stmt, (kind, node) => {
      if (kind === 'SelectStmt' || kind === 'UpdateStmt' || kind === 'DeleteStmt') {
        checkLevel(levelOf(kind, node, own), venues, fault)
      }
      if (kind === 'InsertStmt') checkInsert(node, venues, fault)
      if (kind === 'UpdateStmt' || kind === 'DeleteStmt') {
        if (kindOf(node['relation'] as Tree) !== 'local') checkChange(node, fault)
      }
      if (kind === 'CommonTableExpr') checkCommonTable(node, fault)
      if (kind === 'CaseExpr' && node['arg'] !== undefined) {
        fault('CASE with a value before WHEN: Citus writes it wrongly for its workers')
      }
    })
    checkReferenceWrite(stmt, own, fault)
    checkLocal(stmt, own, fault)
  }
  if (venues.size > 1) fault('location_id is compared with several parameters')
  return [...faults].sort()
}

// --- one level of a query: its tables, and what its conditions say of them

interface Level {
  kind: string
  tables: { alias: string; kind: TableKind }[]
  conditions: Tree[]
  /** Columns that JOIN ... USING makes equal. */
  using: Set<string>
  /** Subqueries in its columns and conditions. */
  subqueries: Tree[]
  locksRows: boolean
}

function levelOf(kind: string, node: Tree, own: ReadonlySet<string>): Level {
  const level: Level = {
    kind,
    tables: [],
    conditions: [],
    using: new Set(),
    subqueries: [],
    locksRows: node['lockingClause'] !== undefined,
  }
  const add = (from: unknown): void => {
    const [name, inner] = only(from)
    if (name === 'RangeVar') addTable(inner)
    else if (name === 'JoinExpr') {
      add(inner['larg'])
      add(inner['rarg'])
      level.conditions.push(...conjuncts(inner['quals']))
      for (const column of list(inner['usingClause'])) level.using.add(stringOf(column))
    }
  }
  const addTable = (table: Tree): void => {
    const name = String(table['relname'])
    if (own.has(name) || !(name in tableKinds)) return
    const alias = table['alias'] as Tree | undefined
    level.tables.push({
      alias: String(alias?.['aliasname'] ?? name),
      kind: tableKinds[name as keyof typeof tableKinds],
    })
  }
  if (kind !== 'SelectStmt') addTable(node['relation'] as Tree)
  for (const from of [...list(node['fromClause']), ...list(node['usingClause'])]) add(from)
  level.conditions.push(...conjuncts(node['whereClause']))
  for (const part of [node['targetList'], node['whereClause']]) {
    each(part, (name, inner) => {
      if (name === 'SubLink') level.subqueries.push(inner)
    })
  }
  return level
}

function checkLevel(level: Level, venues: Set<number>, fault: (sentence: string) => void): void {
  const distributed = level.tables.filter(({ kind }) => kind === 'distributed')
  const pinned = pinnedAliases(level, venues)
  for (const { alias } of distributed) {
    if (pinned.has(alias)) continue
    fault(`${alias} has no location_id = $n: every shard is asked`)
    if (level.locksRows) fault('could not run distributed query with FOR UPDATE/SHARE commands')
  }
  const isOfReferences = level.tables.length > 0 && distributed.length === 0
  if (isOfReferences && level.subqueries.some((query) => isCorrelated(query, level))) {
    fault('correlated subqueries are not supported when the FROM clause contains a reference table')
  }
}

/** Directly, or by a join of the same level with one that is. */
function pinnedAliases({ tables, conditions, using }: Level, venues: Set<number>): Set<string> {
  const aliases = tables.map(({ alias }) => alias)
  const pinned = new Set<string>()
  const joins: [string, string][] = []
  for (const condition of conditions) {
    const [left, right] = equated(condition)
    if (left === undefined || right === undefined) continue
    const [alias, other] = [venueColumn(left, aliases), venueColumn(right, aliases)]
    const parameter = parameterOf(left) ?? parameterOf(right)
    if (alias !== undefined && other !== undefined) joins.push([alias, other])
    else if (parameter !== undefined && (alias ?? other) !== undefined) {
      pinned.add((alias ?? other)!)
      venues.add(parameter)
    }
  }
  if (using.has('location_id')) {
    aliases.slice(1).forEach((alias) => joins.push([aliases[0]!, alias]))
  }
  for (let size = -1; size !== pinned.size;) {
    size = pinned.size
    for (const [a, b] of joins) {
      if (pinned.has(a)) pinned.add(b)
      if (pinned.has(b)) pinned.add(a)
    }
  }
  return pinned
}

/** Whether it asks a distributed table about a row of the level. */
function isCorrelated(query: Tree, { tables }: Level): boolean {
  const outer = new Set(tables.map(({ alias }) => alias))
  let asks = false
  let refers = false
  each(query, (kind, node) => {
    if (kind === 'RangeVar' && kindOf(node) === 'distributed') asks = true
    if (kind === 'ColumnRef' && outer.has(fieldsOf(node)[0]!)) refers = true
  })
  return asks && refers
}

// --- what a change may not do

const VOLATILE = new Set(['clock_timestamp', 'random', 'gen_random_uuid', 'nextval', 'timeofday'])
const STABLE = new Set([
  'statement_timestamp',
  'now',
  'transaction_timestamp',
  'to_char',
  'date_trunc',
])

function checkChange(node: Tree, fault: (sentence: string) => void): void {
  if (functionsIn(node).some((name) => VOLATILE.has(name))) {
    fault('functions used in UPDATE queries on distributed tables must not be VOLATILE')
  }
  each(node, (kind, inner) => {
    if (kind !== 'CaseExpr' && kind !== 'CoalesceExpr') return
    if (functionsIn(inner).some((name) => VOLATILE.has(name) || STABLE.has(name))) {
      fault('non-IMMUTABLE functions are not allowed in CASE or COALESCE statements')
    }
  })
  checkReturning(node, fault)
}

function checkReturning(node: Tree, fault: (sentence: string) => void): void {
  for (const expression of list((node['returningClause'] as Tree | undefined)?.['exprs'])) {
    const [, target] = only(expression)
    const [kind] = only(uncast(target['val']))
    if (kind !== 'ColumnRef' && kind !== 'A_Const') {
      fault('non-IMMUTABLE functions are not allowed in the RETURNING clause: name columns only')
    }
  }
}

function checkInsert(node: Tree, venues: Set<number>, fault: (sentence: string) => void): void {
  if (kindOf(node['relation'] as Tree) === 'local') return
  checkReturning(node, fault)
  if (node['onConflictClause'] !== undefined) checkConflict(node['onConflictClause'] as Tree, fault)
  if (kindOf(node['relation'] as Tree) !== 'distributed') return
  const select = (node['selectStmt'] as Tree)['SelectStmt'] as Tree
  const rows = list(select['valuesLists'])
  if (rows.length === 0) {
    fault('INSERT ... SELECT goes through the coordinator, and commits by 2PC')
    return
  }
  const place = list(node['cols']).findIndex((column) => only(column)[1]['name'] === 'location_id')
  for (const row of rows) {
    const values = list(only(row)[1]['items'])
    const parameter = parameterOf(values[place])
    if (parameter === undefined) fault('location_id of what is inserted is no parameter')
    else venues.add(parameter)
    each(values, (kind) => {
      if (kind === 'SubLink') fault('subqueries are not supported within INSERT queries')
    })
  }
}

const IMMUTABLE = new Set(['jsonb_set', 'make_interval'])

function checkConflict(node: Tree, fault: (sentence: string) => void): void {
  const sets = [node['targetList'], node['whereClause']]
  const isMutable = functionsIn(sets).some((name) => !IMMUTABLE.has(name))
  if (isMutable || hasIntervalArithmetic(sets)) {
    fault('functions used in the DO UPDATE SET clause of INSERTs must be marked IMMUTABLE')
  }
}

/** A time and an interval are added by a function that is STABLE; two times are subtracted. */
function hasIntervalArithmetic(tree: unknown): boolean {
  let has = false
  each(tree, (kind, node) => {
    if (kind !== 'A_Expr' || !['+', '-'].includes(stringOf(list(node['name'])[0]))) return
    const sides = [node['lexpr'], node['rexpr']].map((side) => only(side))
    if (sides.some(([side, inner]) => side === 'FuncCall' && nameOf(inner) === 'make_interval')) {
      has = true
    }
  })
  return has
}

function checkCommonTable(node: Tree, fault: (sentence: string) => void): void {
  const [kind] = only(node['ctequery'])
  if (kind !== 'SelectStmt') {
    fault(`${kind.replace('Stmt', '').toUpperCase()} in WITH commits by 2PC`)
  }
}

function checkReferenceWrite(
  stmt: Tree,
  own: ReadonlySet<string>,
  fault: (sentence: string) => void,
): void {
  const written = new Set<string>()
  const all = new Set<string>()
  each(stmt, (kind, node) => {
    if (/^(Insert|Update|Delete)Stmt$/.test(kind)) written.add(kindOf(node['relation'] as Tree)!)
    if (kind === 'RangeVar' && !own.has(String(node['relname']))) all.add(kindOf(node)!)
  })
  if (written.has('reference') && all.has('distributed')) {
    fault('cannot perform select on a distributed table and modify a reference table')
  }
}

/** Citus would carry the rows of one to the other. */
function checkLocal(stmt: Tree, own: ReadonlySet<string>, fault: (sentence: string) => void): void {
  const kinds = new Set<string | undefined>()
  each(stmt, (kind, node) => {
    if (kind === 'RangeVar' && !own.has(String(node['relname']))) kinds.add(kindOf(node))
  })
  if (kinds.has('local') && kinds.has('distributed')) {
    fault('a table of the coordinator is read together with one of the nodes')
  }
}

// --- the tree

/** Calls `look` for every node that has a name, and not for those below where it answers false. */
function each(tree: unknown, look: (kind: string, node: Tree) => unknown): void {
  if (Array.isArray(tree)) for (const item of tree) each(item, look)
  else if (typeof tree === 'object' && tree !== null) {
    for (const [name, value] of Object.entries(tree)) {
      if (/^[A-Z]/.test(name) && look(name, value as Tree) === false) continue
      each(value, look)
    }
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function only(node: unknown): [kind: string, inner: Tree] {
  const [entry] = Object.entries((node ?? {}) as Tree)
  return entry === undefined ? ['', {}] : [entry[0], entry[1] as Tree]
}

function conjuncts(node: unknown): Tree[] {
  const [kind, inner] = only(node)
  if (kind === 'BoolExpr' && inner['boolop'] === 'AND_EXPR') {
    return list(inner['args']).flatMap(conjuncts)
  }
  return kind === '' ? [] : [node as Tree]
}

function equated(condition: Tree): [unknown, unknown] | [] {
  const [kind, inner] = only(condition)
  const isEqual = kind === 'A_Expr' && inner['kind'] === 'AEXPR_OP'
  if (!isEqual || stringOf(list(inner['name'])[0]) !== '=') return []
  return [inner['lexpr'], inner['rexpr']]
}

function uncast(node: unknown): unknown {
  const [kind, inner] = only(node)
  return kind === 'TypeCast' ? uncast(inner['arg']) : node
}

function parameterOf(node: unknown): number | undefined {
  const [kind, inner] = only(uncast(node))
  return kind === 'ParamRef' ? Number(inner['number']) : undefined
}

/** The alias of which the column is the venue. */
function venueColumn(node: unknown, aliases: readonly string[]): string | undefined {
  const [kind, inner] = only(node)
  if (kind !== 'ColumnRef') return undefined
  const [first, second] = fieldsOf(inner)
  if (second === 'location_id') return first
  return first === 'location_id' && aliases.length === 1 ? aliases[0] : undefined
}

function fieldsOf(column: Tree): string[] {
  return list(column['fields']).map(stringOf)
}

function stringOf(node: unknown): string {
  const [, inner] = only(node)
  return String(inner['sval'] ?? '')
}

function kindOf(table: Tree): TableKind | undefined {
  return (tableKinds as Record<string, TableKind>)[String(table['relname'])]
}

function nameOf(call: Tree): string {
  return stringOf(list(call['funcname']).at(-1))
}

/** But not in its subqueries, which Citus answers first. */
function functionsIn(tree: unknown): string[] {
  const names: string[] = []
  each(tree, (kind, node) => {
    if (kind === 'FuncCall') names.push(nameOf(node))
    return kind !== 'SubLink'
  })
  return names
}

function namesOfCommonTables(stmt: Tree): Set<string> {
  const names = new Set<string>()
  each(stmt, (kind, node) => {
    if (kind === 'CommonTableExpr') names.add(String(node['ctename']))
  })
  return names
}
