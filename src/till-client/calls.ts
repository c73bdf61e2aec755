// The till API in short, for those who would rather catch an error than look at each answer:
//
//   const till = createTillCalls(client)
//   const { id } = await till.post('/orders', { orderType: 'DineIn' })
//   await till.post('/orders/{orderId}/lines', { orderId: id }, { lines: [{ plu: '1001' }] })
//
// Paths are without /till/v1. What a path has in braces comes first, then the body, then the query;
// a call takes what its operation takes, and nothing else.
import type { paths } from './generated/till-api.ts'
import { okay, type TillClient } from './client.ts'

const BASE = '/till/v1'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The paths that have an operation of this method. */
type PathOf<M extends Method> = {
  [Path in keyof paths]: paths[Path] extends Record<M, object>
    ? Path extends `${typeof BASE}${infer Short}`
      ? Short
      : never
    : never
}[keyof paths]

type OperationOf<M extends Method, Path extends string> = `${typeof BASE}${Path}` extends infer Full
  ? Full extends keyof paths
    ? paths[Full][M]
    : never
  : never

type IdsOf<Operation> = Operation extends { parameters: { path: infer Ids } } ? [ids: Ids] : []

/** What is also taken or answered as a spreadsheet is JSON here. */
type JsonOf<Content> = Content extends { 'application/json': infer Body } ? Body : never

type BodyOf<Operation> = Operation extends { requestBody?: never }
  ? []
  : Operation extends { requestBody: { content: infer Content } }
    ? [body: JsonOf<Content>]
    : []

type QueryOf<Operation> = Operation extends { parameters: { query?: never } }
  ? []
  : Operation extends { parameters: { query?: infer Query } }
    ? [query?: Query]
    : []

type Succeeded = 200 | 201 | 202

type AnswerOf<Operation> = Operation extends { responses: infer Responses }
  ? {
      [Status in keyof Responses & Succeeded]: Responses[Status] extends { content: infer Content }
        ? JsonOf<Content>
        : never
    }[keyof Responses & Succeeded]
  : never

/** What a call answers: `TillAnswer<'get', '/orders/{orderId}'>`. */
export type TillAnswer<M extends Method, Path extends PathOf<M>> = AnswerOf<OperationOf<M, Path>>

/** What a call takes: `TillBody<'post', '/orders'>`. */
export type TillBody<M extends Method, Path extends PathOf<M>> = BodyOf<OperationOf<M, Path>>[0]

/** @throws TillProblem: the server refused the call */
type Calls<M extends Method> = <Path extends PathOf<M>>(
  path: Path,
  ...given: [
    ...IdsOf<OperationOf<M, Path>>,
    ...BodyOf<OperationOf<M, Path>>,
    ...QueryOf<OperationOf<M, Path>>,
  ]
) => Promise<TillAnswer<M, Path>>

export type TillCalls = { [M in Method]: Calls<M> }

export function createTillCalls(client: TillClient): TillCalls {
  return {
    get: callsOf(client, 'get', false),
    post: callsOf(client, 'post', true),
    put: callsOf(client, 'put', true),
    patch: callsOf(client, 'patch', true),
    delete: callsOf(client, 'delete', false),
  }
}

/** The types have checked what is given; what it is follows from the path and the method. */
function callsOf<M extends Method>(client: TillClient, method: M, hasBody: boolean): Calls<M> {
  return async (path: string, ...given: unknown[]): Promise<never> => {
    const ids = path.includes('{') ? given.shift() : undefined
    const body = hasBody ? given.shift() : undefined
    const params = { path: ids, query: given.shift() }
    const init = { params, body } as never
    return (await okay(client.request(method, `${BASE}${path}` as never, init))) as never
  }
}
