// Who is calling: an operator who is signed in to the console, or a program of theirs by its token.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { admitOperator, type OperatorProof } from '../../actions/access/admit-operator.ts'
import { byAddress, limitAttempts } from '../../http/attempts.ts'
import { notAuthenticated } from '../../http/errors.ts'
import { operatorSessionIn } from '../../http/session-cookie.ts'
import type { Database } from '../../store/database/database.ts'
import type { OperatorCaller } from './operation.ts'

const CHALLENGE = 'Bearer realm="operator"'
const NO_TOKEN =
  "The header Authorization must carry an operator's token, with the scheme Bearer. " +
  'Make one with: npx epos operator create-token'
const WRONG_TOKEN = 'The token is wrong or was revoked.'
const SESSION_ENDED = 'You are signed out. Sign in again.'

declare module 'fastify' {
  interface FastifyRequest {
    operator: OperatorCaller | null
  }
}

export async function registerOperators(app: FastifyInstance, database: Database): Promise<void> {
  app.decorateRequest('operator', null)
  const countFailure = await limitAttempts(app, 'with a wrong token', [byAddress('operator')])
  app.addHook('onRequest', async (request) => {
    const proof = proofOf(request)
    const name = proof && (await admitOperator(database, proof))
    if (name !== undefined) {
      request.operator = { name, address: request.ip }
      return
    }
    if (proof !== undefined && 'session' in proof) throw notAuthenticated(SESSION_ENDED, CHALLENGE)
    await countFailure(request)
    throw notAuthenticated(proof === undefined ? NO_TOKEN : WRONG_TOKEN, CHALLENGE)
  })
}

function proofOf(request: FastifyRequest): OperatorProof | undefined {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token !== undefined) return { token }
  const cookie = operatorSessionIn(request)
  return cookie && { session: cookie.secret, isPerson: cookie.isPerson }
}
