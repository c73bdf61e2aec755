// A prepared statement and what runs it.
import { limits } from '../../limits.ts'

/** SQL that is prepared once on every connection, under its name. */
export interface Statement {
  name: string
  text: string
  /** For a database that is distributed: the same parameters and rows, in words that go there. */
  distributed?: string
  /** In milliseconds, where it may take longer than others; as pg calls it. */
  query_timeout?: number
}

/** A read that may travel with others of its kind: see shared-reads.ts. */
export interface SharedStatement extends Statement {
  /** The types of its parameters, none of them an array. */
  parameters: readonly string[]
}

/**
 * The statement for several sets of parameters at once: each parameter is an array of the values
 * that the sets have there, and `set` of a row says which set it is for, from 1.
 */
export function forSets({ name, text, parameters }: SharedStatement): Statement {
  const columns = parameters.map((_, index) => `p${index + 1}`)
  return {
    name: `${name}_sets`,
    // OFFSET 0 keeps the parts apart: a plan made when the tables were small would else go on to
    // read them whole.
    text: `SELECT a.set::int, r.* FROM ${listsOf(parameters)} WITH ORDINALITY AS a(${columns.join(', ')}, set)
    CROSS JOIN LATERAL (${text.replaceAll(/\$(\d+)/g, 'a.p$1')} OFFSET 0) AS r`,
  }
}

/**
 * The parameters as lists side by side, for FROM. The planner is kept from seeing how long they
 * are: a statement for fewer rows than it assumes would else be planned anew each time, which takes
 * longer than to run it.
 */
export function listsOf(types: readonly string[]): string {
  return `unnest(${types.map((type, index) => `(SELECT $${index + 1}::${type}[])`).join(', ')})`
}

/** The values of several sets, by parameter. */
export function valuesOfSets(sets: readonly (readonly Value[])[], count: number): Value[] {
  return Array.from({ length: count }, (_, index) => sets.map((set) => set[index]) as Value)
}

/** The same for a report or an import, which reads much: see `limits.databaseReportTimeoutMs`. */
export function unhurried(statement: Statement): Statement {
  return { ...statement, query_timeout: limits.databaseReportTimeoutMs }
}

export type Value =
  | string
  | number
  | boolean
  | Date
  | Buffer
  | null
  | undefined
  | readonly (string | number | boolean | Date | Buffer | null | undefined)[]

/** The database's time inside CASE or coalesce of an UPDATE, where Citus takes it no other way. */
export const NOW = '(SELECT clock_timestamp())'

/** As pg takes it, in the words for this kind of database. */
export function queryOf(
  statement: Statement,
  values: readonly Value[],
  isDistributed: boolean,
): Statement & { values: unknown[] } {
  const text = (isDistributed ? statement.distributed : undefined) ?? statement.text
  return { ...statement, text, values: values as unknown[] }
}

export interface Queryable {
  /**
   * Citus distributes the tables over several nodes, by venue. There, what a venue does is to be
   * asked of its node alone, and written row by row.
   */
  isDistributed: boolean
  rows: <Row>(statement: Statement, values: readonly Value[]) => Promise<Row[]>
}
