// Webhooks as Dojo sends them: a body, signed with a secret that the venue believes.
import type { InjectOptions } from 'fastify'
import { keepWebhookSecret } from '../../src/store/venue/webhook-secrets.ts'
import { seal } from '../../src/operator/secrets.ts'
import { expectedSignature } from '../sandbox/support/receiver.ts'
import type { TestServer, Venue } from './server.ts'
import { answerOf, type RawAnswer } from './visits.ts'

/** What the servers here seal the secrets with. */
export const SECRETS_KEY = '5e'.repeat(32)

/** Has a venue believe a secret, as after `subscribe`. */
export async function believe(
  { store: { prisma } }: TestServer,
  { locationId }: Venue,
  value: string,
  { secretId = `sc_${value}`, secretsKey = SECRETS_KEY } = {},
): Promise<void> {
  await keepWebhookSecret(prisma, {
    locationId,
    secretId,
    subscriptionId: 'ws_1',
    sealed: seal(value, secretsKey, locationId),
  })
}

/** Has a secret be replaced so many seconds ago. */
export async function retired({ sql }: TestServer, value: string, seconds: number): Promise<void> {
  await sql(
    'UPDATE webhook_secrets SET retired_at = now() - make_interval(secs => $2) WHERE secret_id = $1',
    [`sc_${value}`, seconds],
  )
}

export interface Sent {
  /** An object is sent as JSON, text and bytes as they are. */
  body: unknown
  /** What Dojo signs with; or the whole header, or undefined for none. */
  secret?: string
  signature?: string | undefined
  /** Besides the signature; of JSON, unless given. */
  headers?: InjectOptions['headers']
}

export async function deliver(
  { app }: TestServer,
  { locationId }: Pick<Venue, 'locationId'>,
  { body, secret, headers = { 'content-type': 'application/json' }, ...sent }: Sent,
): Promise<RawAnswer> {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const signature = secret === undefined ? sent.signature : expectedSignature(payload, secret)
  return answerOf(
    await app.inject({
      method: 'POST',
      url: `/webhooks/dojo/${encodeURIComponent(locationId)}`,
      headers: { ...headers, ...(signature === undefined ? {} : { 'dojo-signature': signature }) },
      payload,
    }),
  )
}
