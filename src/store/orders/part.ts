// A part of the statement that writes a change of an order. Every part is said once, and can be
// written for one order or for several in one statement.
import type { Transaction, Value } from '../database/database.ts'

/** One or more common table expressions of the statement. */
export interface Part {
  /** Says which columns and text it has. */
  name: string
  columns: readonly Column[]
  values: Value[]
  text: (sql: Source) => Expression[]
  /** What is sent to a distributed database instead, where the expressions are not accepted. */
  sendApart?: (to: Apart) => void
  /** Whether it is written for one order at a time. */
  isOfOne?: true
}
export type Expression = readonly [name: string, sql: string]
export type Column = readonly [name: string, type: string]

/** Where a part finds its values: parameters, or for several orders the rows of a list. */
export interface Source {
  /** A value of this part, or of the history. */
  value: (name: string) => string
  /** The rows that an INSERT takes: VALUES, or a SELECT. */
  rows: (values: readonly string[], more?: string) => string
  /** `FROM` or `USING`, where there is something to name after it. */
  after: (keyword: 'FROM' | 'USING', more?: string) => string
}

/** A change that is written statement by statement. */
export interface Apart extends Pick<Transaction, 'sendAtEnd'> {
  locationId: string
  orderId: string
  at: Date
  /** For the columns of `who`. */
  who: readonly Value[]
  send: (text: string, values: readonly Value[]) => void
}

export const who = ['caller_waiter_id', 'caller_product', 'caller_device_id', 'caller_device_type']

/** `SET`-clauses, each `column = value`. */
export function assignments(columns: readonly Column[], { value }: Source): string[] {
  return columns.map(([name]) => `${name} = ${value(name)}`)
}

export function theOrder(row: string, { value }: Source): string {
  return `${row}.location_id = ${value('location_id')} AND ${row}.order_id = ${value('order_id')}`
}
