// The rows of the statements that are written by hand, typed by prisma/schema.prisma: a column has
// the type of its model's field, under the name that the column has in the database.
import type { Models } from './prisma.ts'

/**
 * A row of a model's table, or the columns of it that are named by their fields:
 * `Row<'MenuItem', 'plu' | 'priceMinor'>` is `{ plu: string; price_minor: number }`.
 */
export type Row<
  Model extends keyof Models,
  Field extends keyof Models[Model] = keyof Models[Model],
> = { [Name in Field as SnakeCase<Name & string>]: Column<Models[Model][Name]> }

/** As the pool reads a column, which differs from Prisma in amounts and in bytes; see pool.ts. */
type Column<Value> = Value extends bigint ? number : Value extends Uint8Array ? Buffer : Value

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name
