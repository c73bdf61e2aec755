// Runs an operation. A write and the answer kept for its Idempotency-Key are one transaction.
import type { FastifyRequest } from 'fastify'
import { answerOnce } from '../../actions/keys/answer-once.ts'
import { changeIn, type ChangeOrder } from '../../actions/orders/change-order.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { invalid } from '../../domain/errors.ts'
import { limits } from '../../limits.ts'
import type { KeptAnswer } from '../../store/database/idempotency.ts'
import type { Answered, Operation, TextAnswer, TillCaller, TillDeps } from './operation.ts'

interface Given {
  caller: TillCaller
  deps: TillDeps
  params: never
  query: never
  body: unknown
}

/** The same answer as before, to a repeated request. */
interface Replayed {
  replayed: string
  status: number
  etag: string | undefined
}

export type Outcome = Answered | TextAnswer | Replayed

export async function runOperation(
  operation: Operation,
  given: Given,
  request: Pick<FastifyRequest, 'method' | 'url' | 'headers'>,
): Promise<Outcome> {
  const { database } = given.deps.store
  if (operation.does === 'read') return await operation.run({ ...given, database })
  const ifMatch = versionOf(request.headers['if-match'])
  const key = keyOf(request.headers['idempotency-key'])
  if (operation.transaction === 'own') {
    return await operation.run({ ...given, database, ifMatch, idempotencyKey: key })
  }
  if (operation.transaction === 'shared' && key === undefined) {
    return await operation.run({ ...given, change: given.deps.change, ifMatch })
  }
  return await database.transaction(async (tx): Promise<Outcome> => {
    const change: ChangeOrder = async (request) => await changeIn(tx, request)
    const work = async (): Promise<Answered> =>
      operation.transaction === 'shared'
        ? await operation.run({ ...given, change, ifMatch })
        : await operation.run({ ...given, tx, ifMatch })
    if (key === undefined) return await work()
    const { locationId, tokenId } = given.caller
    // Two tills that number their requests choose the same keys, so the hash includes the token.
    const requestHash = contentHash([tokenId, request.method, request.url, given.body])
    const done = await answerOnce(tx, { locationId, key, requestHash }, { work, answerOf })
    if ('result' in done) return done.result
    const { answer, status, etag } = done.kept
    return { replayed: answer, status, etag }
  })
}

function answerOf({ status = 200, body, version }: Answered): KeptAnswer {
  return { status, answer: JSON.stringify(body), etag: etagOf(version) }
}

export function etagOf(version: number | undefined): string | undefined {
  return version === undefined ? undefined : `"${version}"`
}

/** @throws Refusal InvalidRequest */
function versionOf(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const version = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header.trim())?.[1]
  if (version === undefined) {
    throw invalid('The header If-Match must be an ETag of this API, for example "7".')
  }
  return Number(version)
}

/** @throws Refusal InvalidRequest */
function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (
    typeof header !== 'string' ||
    !/^[\x21-\x7e]+$/.test(header) ||
    header.length > limits.tillKeyCharacters
  ) {
    throw invalid(
      `The header Idempotency-Key must be one word of 1 to ${limits.tillKeyCharacters} characters.`,
    )
  }
  return header
}
