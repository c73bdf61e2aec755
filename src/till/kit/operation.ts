// What an operation of the till API is: who may call it, the shapes of what goes in and comes out,
// and what it does. It knows no transport; src/till/index.ts makes the routes of all of them.
import type { Static, TObject, TSchema } from 'typebox'
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import type { Database, Queryable, Transaction } from '../../store/database/database.ts'
import type { Store } from '../../store/index.ts'
import type { TillRole } from '../../domain/venue/till-role.ts'
import type { TillAccess } from '../../store/venue/till-tokens.ts'
import type { RefundAtDojo } from '../../actions/payments/refund-at-dojo.ts'
import type { Stream } from '../feed/stream-hub.ts'

export interface TillDeps {
  store: Store
  newId: NewId
  refundAtDojo: RefundAtDojo
  stream: Stream
  /** Things that staff or operators should know of, though the call succeeds. */
  notice: (
    locationId: string,
    message: string,
    detail: Record<string, string | number | undefined>,
  ) => void
}

/** Who is at the till: the venue, the person, the device, and what they may do. */
export interface TillCaller extends Caller, Omit<TillAccess, 'waiterId'> {
  /** Whose token it is, whoever a request says that the waiter is. */
  tokenOf: string | undefined
}

export interface Answered {
  body: unknown
  /** Of the entity: becomes its ETag. */
  version?: number | undefined
  /** 200 unless given. */
  status?: number
}

/** Other than JSON: a printed bill, a spreadsheet. */
export interface TextAnswer {
  text: string
  type: string
}

interface Given<Params extends TObject, Query extends TObject, Body extends TSchema> {
  caller: TillCaller
  deps: TillDeps
  params: Static<Params>
  query: Static<Query>
  body: Static<Body>
}

export interface ReadContext {
  database: Queryable
}
export interface WriteContext {
  tx: Transaction
  ifMatch: number | undefined
}
export interface AloneContext {
  database: Database
  ifMatch: number | undefined
  idempotencyKey: string | undefined
}

interface Shape<Params extends TObject, Query extends TObject, Body extends TSchema> {
  /** The operationId of the document. */
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /till/v1, as `/orders/{orderId}`. */
  path: string
  summary: string
  description?: string
  tag: string
  roles: readonly TillRole[]
  params?: Params
  query?: Query
  body?: Body
  answer: TSchema
  /** Whether it answers 201 when it has made something, and 200 when that was there already. */
  creates?: boolean
  /** Whether it answers 202 while Dojo has not said what came of it. */
  asksDojo?: boolean
  /** Media types that the answer can have besides JSON. */
  textTypes?: readonly string[]
  /** Media types that the body can have besides JSON; it is a string then. */
  textBodies?: readonly string[]
}

/**
 * read: looks, and changes nothing. write: runs in one transaction, in which its answer is kept
 * where the caller sent an Idempotency-Key. alone: makes its own transactions, because it asks
 * somebody else in between.
 */
export type Operation<
  Params extends TObject = TObject,
  Query extends TObject = TObject,
  Body extends TSchema = TSchema,
> = Shape<Params, Query, Body> &
  (
    | {
        does: 'read'
        run: (given: Given<Params, Query, Body> & ReadContext) => Promise<Answered | TextAnswer>
      }
    | {
        does: 'write'
        run: (given: Given<Params, Query, Body> & WriteContext) => Promise<Answered>
      }
    | {
        does: 'alone'
        run: (given: Given<Params, Query, Body> & AloneContext) => Promise<Answered>
      }
  )

/** Lets the compiler join the shapes and what `run` gets. */
export const operation = <
  Params extends TObject = TObject<{}>,
  Query extends TObject = TObject<{}>,
  Body extends TSchema = TSchema,
>(
  definition: Operation<Params, Query, Body>,
): Operation => definition as unknown as Operation

export const STAFF = ['waiter', 'manager', 'owner'] as const
export const EVERYBODY = ['kitchen', ...STAFF] as const
export const MANAGERS = ['manager', 'owner'] as const
export const OWNERS = ['owner'] as const

export { mustMatch } from '../../domain/version.ts'
