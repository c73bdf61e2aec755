// The operator names systems that are sent the events of all venues.
import { notFound } from '../../domain/errors.ts'
import { checkEndpointUrl, mustHaveRoom } from '../../domain/venue/webhook-endpoint.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import {
  deleteOperatorEndpoint,
  enableOperatorEndpoint,
  insertOperatorEndpoint,
  lockOperatorEndpoint,
  readOperatorEndpoints,
  readVenuesOfEndpoint,
  replaceOperatorSecret,
} from '../../store/feed/operator-endpoints.ts'
import { recoverSince } from '../../store/feed/webhook-queue.ts'
import type { EndpointSecretMade } from './change-endpoint.ts'

export interface OperatorEndpointToAdd {
  endpointId: string
  url: string
  types: readonly string[]
  secret: EndpointSecretMade
  mustBePublic: boolean
}

/**
 * Events of every venue from now on are sent to it.
 * @throws Refusal InvalidRequest: an address that is not allowed; Conflict: there are as many as
 *   there may be
 */
export async function addOperatorEndpoint(
  database: Database,
  { secret, mustBePublic, ...endpoint }: OperatorEndpointToAdd,
): Promise<void> {
  checkEndpointUrl(endpoint.url, { mustBePublic })
  await database.transaction(async (tx) => {
    const { length } = await readOperatorEndpoints(tx)
    mustHaveRoom(length)
    await insertOperatorEndpoint(tx, endpoint)
    replaceOperatorSecret(tx, endpoint.endpointId, secret)
  })
}

async function mustHave(tx: Transaction, endpointId: string): Promise<void> {
  if (!(await lockOperatorEndpoint(tx, endpointId))) throw notFound('endpoint', endpointId)
}

/** With what waits for it. @throws Refusal NotFound */
export async function removeOperatorEndpoint(
  database: Database,
  endpointId: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    await mustHave(tx, endpointId)
    await deleteOperatorEndpoint(tx, endpointId)
  })
}

/** At the venues where it was disabled. @throws Refusal NotFound */
export async function reviveOperatorEndpoint(
  database: Database,
  endpointId: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    await mustHave(tx, endpointId)
    await enableOperatorEndpoint(tx, endpointId)
  })
}

/** The secret before signs beside the new one for a day. @throws Refusal NotFound */
export async function rotateOperatorSecret(
  database: Database,
  endpointId: string,
  secret: EndpointSecretMade,
): Promise<void> {
  await database.transaction(async (tx) => {
    await mustHave(tx, endpointId)
    replaceOperatorSecret(tx, endpointId, secret)
  })
}

/**
 * Sends again what was not delivered since then, venue by venue.
 * @returns how many events. @throws Refusal NotFound
 */
export async function recoverOperatorEvents(
  database: Database,
  endpointId: string,
  since: string,
): Promise<number> {
  const venues = await database.transaction(async (tx) => {
    await mustHave(tx, endpointId)
    return await readVenuesOfEndpoint(tx, endpointId)
  })
  let recovered = 0
  for (const locationId of venues) {
    recovered += await database.transaction(
      async (tx) => await recoverSince(tx, locationId, endpointId, since),
    )
  }
  return recovered
}
