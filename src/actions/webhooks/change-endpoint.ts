// A venue names the systems of its own that are sent its events.
import { notFound } from '../../domain/errors.ts'
import { checkEndpointUrl, mustBeFree, mustHaveRoom } from '../../domain/venue/webhook-endpoint.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import {
  deleteEndpoint,
  disableEndpoint,
  enableEndpoint,
  findEndpoint,
  insertEndpoint,
  lockEndpoint,
  readEndpoints,
  replaceSecret,
  updateEndpoint,
  type Endpoint,
} from '../../store/feed/webhook-endpoints.ts'
import { queueOneAgain, type DeliveryKey } from '../../store/feed/webhook-deliveries.ts'
import { recoverSince } from '../../store/feed/webhook-queue.ts'

export interface EndpointSecretMade {
  secretId: string
  sealed: Buffer
}

export interface EndpointToAdd {
  endpointId: string
  url: string
  description: string | undefined
  types: readonly string[]
  secret: EndpointSecretMade
  mustBePublic: boolean
}

/**
 * Events from now on are sent to it.
 * @throws Refusal InvalidRequest: an address that is not allowed; Conflict: the id is taken, or
 *   there are as many as a venue may have
 */
export async function addEndpoint(
  tx: Transaction,
  locationId: string,
  { endpointId, secret, mustBePublic, ...fields }: EndpointToAdd,
): Promise<Endpoint> {
  checkEndpointUrl(fields.url, { mustBePublic })
  const { length } = await readEndpoints(tx, locationId)
  mustHaveRoom(length)
  mustBeFree(endpointId, await insertEndpoint(tx, locationId, endpointId, fields))
  replaceSecret(tx, locationId, endpointId, secret)
  return await readEndpoint(tx, locationId, endpointId)
}

/** @throws Refusal NotFound */
async function readEndpoint(
  tx: Transaction,
  locationId: string,
  endpointId: string,
): Promise<Endpoint> {
  const endpoint = await findEndpoint(tx, locationId, endpointId)
  if (endpoint === undefined) throw notFound('webhook', endpointId)
  return endpoint
}

export interface EndpointChange {
  endpointId: string
  ifMatch: number | undefined
  url?: string
  description?: string
  types?: readonly string[]
  enabled?: boolean
  mustBePublic: boolean
}

/** @throws Refusal NotFound; InvalidRequest: an address that is not allowed; Conflict: stale */
export async function changeEndpoint(
  tx: Transaction,
  locationId: string,
  { endpointId, ifMatch, mustBePublic, enabled, ...fields }: EndpointChange,
): Promise<Endpoint> {
  await mustHave(tx, locationId, endpointId, ifMatch)
  if (fields.url !== undefined) checkEndpointUrl(fields.url, { mustBePublic })
  const { url, description, types, disabledAt } = await readEndpoint(tx, locationId, endpointId)
  await updateEndpoint(tx, locationId, endpointId, {
    url: fields.url ?? url,
    description: fields.description ?? description ?? undefined,
    types: fields.types ?? types,
  })
  if (enabled === true) await enableEndpoint(tx, locationId, endpointId)
  if (enabled === false && disabledAt === null) {
    disableEndpoint(tx, locationId, endpointId, 'Somebody disabled it.')
  }
  return await readEndpoint(tx, locationId, endpointId)
}

/** @throws Refusal NotFound; Conflict: stale */
async function mustHave(
  tx: Transaction,
  locationId: string,
  endpointId: string,
  ifMatch?: number,
): Promise<void> {
  const version = await lockEndpoint(tx, locationId, endpointId)
  if (version === undefined) throw notFound('webhook', endpointId)
  mustMatch(ifMatch, version, 'webhook')
}

/** With what waits for it. @throws Refusal NotFound */
export async function removeEndpoint(
  tx: Transaction,
  locationId: string,
  endpointId: string,
): Promise<void> {
  await mustHave(tx, locationId, endpointId)
  await deleteEndpoint(tx, locationId, endpointId)
}

/** The secret before signs beside the new one for a day. @throws Refusal NotFound */
export async function rotateSecret(
  tx: Transaction,
  locationId: string,
  endpointId: string,
  secret: EndpointSecretMade,
): Promise<void> {
  await mustHave(tx, locationId, endpointId)
  replaceSecret(tx, locationId, endpointId, secret)
}

/** @returns how many events are sent again. @throws Refusal NotFound */
export async function recoverEvents(
  tx: Transaction,
  locationId: string,
  endpointId: string,
  since: string,
): Promise<number> {
  await mustHave(tx, locationId, endpointId)
  const recovered = await recoverSince(tx, locationId, endpointId, since)
  tx.announce('changes', locationId)
  return recovered
}

/** @throws Refusal NotFound: no such event was queued for the endpoint */
export async function sendAgain(tx: Transaction, key: DeliveryKey, eventId: string): Promise<void> {
  if (!(await queueOneAgain(tx, key))) throw notFound('event', eventId)
  tx.announce('changes', key.locationId)
}
