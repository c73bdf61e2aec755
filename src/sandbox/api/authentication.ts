// The account behind a request's API key.
import type { FastifyRequest } from 'fastify'
import { Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'

const HEADER = /^[Bb]asic (sk_sandbox_[A-Za-z0-9_-]{1,200})$/

/** Dojo takes the key as it is, not encoded in Base64. @throws Problem 401 */
export function authenticate(simulation: Simulation, { headers }: FastifyRequest): Account {
  const key = HEADER.exec(headers.authorization ?? '')?.[1]
  if (key === undefined) {
    throw new Problem(
      401,
      'The API key is missing or malformed. ' +
        'Send `Authorization: Basic sk_sandbox_...`, with the key not encoded.',
    )
  }
  return simulation.account(key)
}
