// The operator's systems that are sent the events of all venues, and the secrets that sign them.
import { randomBytes } from 'node:crypto'
import { addOperatorEndpoint, rotateOperatorSecret } from '../actions/webhooks/operator-endpoint.ts'
import { newId } from '../domain/ids.ts'
import { eventTypes } from '../domain/venue/webhook-endpoint.ts'
import { invalid } from '../domain/errors.ts'
import type { Database } from '../store/database/database.ts'
import { seal } from './secrets.ts'

const SECRET_BYTES = 32

interface Context {
  database: Database
  /** Seals the secrets. */
  secretsKey: string
}

function newSecret(endpointId: string, secretsKey: string) {
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
  return { secret, kept: { secretId: newId('whs'), sealed: seal(secret, secretsKey, endpointId) } }
}

export interface EndpointMade {
  endpointId: string
  /** Shown once. */
  secret: string
}

/** @throws Refusal InvalidRequest: an address that is not allowed, or an unknown type */
export async function createEndpoint(
  { database, secretsKey }: Context,
  { url, types, mustBePublic }: { url: string; types: readonly string[]; mustBePublic: boolean },
): Promise<EndpointMade> {
  const unknown = types.find((type) => !(eventTypes as readonly string[]).includes(type))
  if (unknown !== undefined) {
    throw invalid(`There is no event ${unknown}. There are ${eventTypes.join(', ')}.`)
  }
  const endpointId = newId('whk')
  const { secret, kept } = newSecret(endpointId, secretsKey)
  await addOperatorEndpoint(database, { endpointId, url, types, secret: kept, mustBePublic })
  return { endpointId, secret }
}

/** For a day the one before signs beside it. @throws Refusal NotFound */
export async function rotateEndpointSecret(
  { database, secretsKey }: Context,
  endpointId: string,
): Promise<string> {
  const { secret, kept } = newSecret(endpointId, secretsKey)
  await rotateOperatorSecret(database, endpointId, kept)
  return secret
}
