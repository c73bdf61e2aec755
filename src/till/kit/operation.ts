// What an operation of the till API is: who may call it, the shapes of what goes in and comes out,
// and what it does. It knows no transport; routes.ts makes routes of operations.
import type { Static, TObject, TSchema } from 'typebox'
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import type { Database, Queryable, Transaction } from '../../store/database/database.ts'
import type { Store } from '../../store/index.ts'
import type { VenueKind } from '../../domain/venue/venue.ts'
import type { TillRole } from '../../domain/venue/till-role.ts'
import type { SessionKey } from '../../store/access/sessions.ts'
import type { TillAccess } from '../../store/venue/till-tokens.ts'
import type { ExamineVenue } from '../../actions/venue/examine-venue.ts'
import type { CardMachines } from '../../actions/payments/card-machines.ts'
import type { ChangeOrder } from '../../actions/orders/change-order.ts'
import type { MirrorTurn } from '../../actions/orders/mirror-turns.ts'
import type { RefundAtDojo } from '../../actions/payments/refund-at-dojo.ts'

/**
 * Listens to the venue from when it resolves; `changed` resolves once there is something new, or
 * that much time has passed.
 */
export type UntilChange = (
  caller: TillCaller,
  mostMs: number,
) => Promise<{ changed: Promise<void> }>

export interface TillDeps {
  store: Store
  /** Changes an order, together with others that change at the same moment. */
  change: ChangeOrder
  /** For orders that a till sends among many. */
  mirrorTurn: MirrorTurn
  newId: NewId
  refundAtDojo: RefundAtDojo
  untilChange: UntilChange
  cardMachines: CardMachines
  examineVenue: ExamineVenue
  /** Encrypts a webhook's secret. @throws Error when there is nothing to encrypt it with */
  sealSecret: (secret: string, locationId: string) => Buffer
  /** Whether webhooks go over TLS and to public addresses only. */
  webhooksMustBePublic: boolean
  /** Logs what staff or operators should know although the call succeeds. */
  notice: (
    locationId: string,
    message: string,
    detail: Record<string, string | number | undefined>,
  ) => void
}

/** Who is at the till: the venue, the person, the device, and what they may do. */
export interface TillCaller extends Caller, Omit<TillAccess, 'waiterId'> {
  /** The waiter whose token it is; a request to a shared till may name another. */
  tokenOf: string | undefined
  /** The session of the console, when it is a person's and not a till's. */
  session?: SessionKey
}

export interface Answered {
  body: unknown
  /** The version of the entity, for its ETag. */
  version?: number | undefined
  /** 200 unless given. */
  status?: number
}

/** An answer that is not JSON: a printed bill, a spreadsheet. */
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
export interface OrderContext {
  change: ChangeOrder
  ifMatch: number | undefined
}
export interface OwnTransactionContext {
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
  /** Where it applies to one kind of venue only. */
  venues?: VenueKind
  params?: Params
  query?: Query
  body?: Body
  answer: TSchema
  /** Whether it answers 201 for something new, and 200 for something that was there already. */
  creates?: boolean
  /** Whether Dojo may refuse it. A write answers 202 while the outcome at Dojo is not known. */
  asksDojo?: boolean
  /** Whether it waits until there is something to answer. */
  waits?: boolean
  /** Media types of the answer besides JSON. */
  textTypes?: readonly string[]
  /** Media types of the body besides JSON. Such a body is a string. */
  textBodies?: readonly string[]
}

type Read<Params extends TObject, Query extends TObject, Body extends TSchema> = Shape<
  Params,
  Query,
  Body
> & {
  does: 'read'
  transaction?: undefined
  run: (given: Given<Params, Query, Body> & ReadContext) => Promise<Answered | TextAnswer>
}

/**
 * Runs in one transaction, which also keeps the answer when the caller sent an Idempotency-Key.
 */
type Write<Params extends TObject, Query extends TObject, Body extends TSchema> = Shape<
  Params,
  Query,
  Body
> & {
  does: 'write'
  transaction?: undefined
  run: (given: Given<Params, Query, Body> & WriteContext) => Promise<Answered>
}

/**
 * Changes one order by one `change`, which may share its transaction with others. With an
 * Idempotency-Key it has a transaction of its own, which also keeps the answer.
 */
type WriteOfOrder<Params extends TObject, Query extends TObject, Body extends TSchema> = Shape<
  Params,
  Query,
  Body
> & {
  does: 'write'
  transaction: 'shared'
  run: (given: Given<Params, Query, Body> & OrderContext) => Promise<Answered>
}

/** Makes its own transactions, because it waits for Dojo in between, or takes long. */
type WriteInOwn<Params extends TObject, Query extends TObject, Body extends TSchema> = Shape<
  Params,
  Query,
  Body
> & {
  does: 'write'
  transaction: 'own'
  run: (given: Given<Params, Query, Body> & OwnTransactionContext) => Promise<Answered>
}

export type Operation =
  | Read<TObject, TObject, TSchema>
  | Write<TObject, TObject, TSchema>
  | WriteOfOrder<TObject, TObject, TSchema>
  | WriteInOwn<TObject, TObject, TSchema>

/** Lets the compiler check `run` against the shapes. */
export function operation<
  Params extends TObject = TObject<{}>,
  Query extends TObject = TObject<{}>,
  Body extends TSchema = TSchema,
>(definition: Read<Params, Query, Body> | Write<Params, Query, Body>): Operation
export function operation<
  Params extends TObject = TObject<{}>,
  Query extends TObject = TObject<{}>,
  Body extends TSchema = TSchema,
>(definition: WriteOfOrder<Params, Query, Body>): Operation
export function operation<
  Params extends TObject = TObject<{}>,
  Query extends TObject = TObject<{}>,
  Body extends TSchema = TSchema,
>(definition: WriteInOwn<Params, Query, Body>): Operation
export function operation(definition: unknown): Operation {
  return definition as Operation
}

export const STAFF = ['waiter', 'manager', 'owner'] as const
export const EVERYBODY = ['kitchen', ...STAFF] as const
export const MANAGERS = ['manager', 'owner'] as const
export const OWNERS = ['owner'] as const
