// What an operation of the operator's API is: the shapes of what goes in and comes out, and what it
// does. It knows no transport; index.ts makes routes of operations.
import type { Static, TObject, TSchema } from 'typebox'
import type { NewId } from '../../domain/ids.ts'
import type { Store } from '../../store/index.ts'
import type { DojoConfig } from '../dojo.ts'

export interface OperatorDeps {
  store: Store
  config: DojoConfig & { secretsKey: string | undefined }
  /** Whether the database is the one that comes with the server. */
  embedded: boolean
  /** The key that seals secrets. @throws Error when there is none */
  secretsKey: () => string
  newId: NewId
}

export interface OperatorCaller {
  name: string
  address: string
}

interface Given<Params extends TObject, Query extends TObject, Body extends TSchema> {
  caller: OperatorCaller
  deps: OperatorDeps
  params: Static<Params>
  query: Static<Query>
  body: Static<Body>
}

interface Definition<Params extends TObject, Query extends TObject, Body extends TSchema> {
  /** The operationId of the document. */
  id: string
  /** What is not a GET is kept on record before it is done. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /operator/v1, as `/venues/{venueId}`. */
  path: string
  summary: string
  description?: string
  tag: string
  params?: Params
  query?: Query
  body?: Body
  /** Fields of the body that never reach the record. */
  secrets?: readonly string[]
  answer: TSchema
  run: (given: Given<Params, Query, Body>) => Promise<object>
}

export type OperatorOperation = Definition<TObject, TObject, TSchema>

/** Lets the compiler check `run` against the shapes. */
export function operation<
  Params extends TObject = TObject<{}>,
  Query extends TObject = TObject<{}>,
  Body extends TSchema = TSchema,
>(definition: Definition<Params, Query, Body>): OperatorOperation {
  return definition as unknown as OperatorOperation
}
