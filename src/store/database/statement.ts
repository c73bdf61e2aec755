// A prepared statement and what runs it.
import { limits } from '../../limits.ts'

/** SQL that is prepared once on every connection, under its name. */
export interface Statement {
  name: string
  text: string
  /** In milliseconds, where it may take longer than others; as pg calls it. */
  query_timeout?: number
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
  | readonly (string | number | boolean | null | undefined)[]

export interface Queryable {
  rows: <Row>(statement: Statement, values: readonly Value[]) => Promise<Row[]>
}
