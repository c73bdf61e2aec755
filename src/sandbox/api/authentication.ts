// The account behind a request's API key.
import type { FastifyRequest } from 'fastify'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import { keyOf } from './key.ts'

/** @throws Problem 401 */
export function authenticate(simulation: Simulation, { headers }: FastifyRequest): Account {
  return simulation.account(keyOf(headers))
}
