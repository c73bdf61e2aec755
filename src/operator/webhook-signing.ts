// The secrets that Dojo signs a venue's webhooks with: sealed in the database, and changed at Dojo.
import type { DojoSchemas } from '../contract/dojo-api.ts'
import type { DojoClient } from '../dojo/client/index.ts'
import { findWebhookVenue, keepWebhookSecret } from '../store/venue/webhook-secrets.ts'
import type { DojoDeps } from './dojo.ts'
import { seal, unseal } from './secrets.ts'
import { ended } from './webhook-subscriptions.ts'

interface Secret {
  id: string
  value: string
  isActive: boolean | undefined
}

/** An empty secret would let anybody sign. */
export function secretsOf({ secrets = [] }: DojoSchemas['SecretsResponse']): Secret[] {
  return secrets.map(({ id, value, isActive }) => {
    if (id === undefined || value === undefined || value === '') {
      throw new Error(
        'Dojo returned a secret of the subscription without id or value. ' +
          "Check it in Dojo's developer portal.",
      )
    }
    return { id, value, isActive }
  })
}

export async function keepSecrets(
  { store: { prisma }, secretsKey }: DojoDeps,
  locationId: string,
  subscriptionId: string,
  secrets: readonly Secret[],
): Promise<void> {
  for (const { id, value } of secrets) {
    await keepWebhookSecret(prisma, {
      locationId,
      secretId: id,
      subscriptionId,
      sealed: seal(value, secretsKey(), locationId),
    })
  }
}

/** The stored secrets that can be decrypted; SECRETS_KEY may have changed since. */
export async function acceptedSecrets(
  { store: { database }, secretsKey }: DojoDeps,
  locationId: string,
): Promise<Set<string>> {
  const { sealedSecrets = [] } = (await findWebhookVenue(database, locationId)) ?? {}
  return new Set(
    sealedSecrets.flatMap((sealed) => {
      try {
        return [unseal(sealed, secretsKey(), locationId, 'webhook secret')]
      } catch {
        return []
      }
    }),
  )
}

/** @returns the id of the new secret, the only one that Dojo now has */
export async function rotateSecretOf(
  deps: DojoDeps,
  client: DojoClient,
  locationId: string,
  subscriptionId: string,
): Promise<string> {
  const before = secretsOf(await client.call('Webhooks_GetSecrets', { subscriptionId }))
  await keepSecrets(deps, locationId, subscriptionId, before)
  const end = async ({ id: secretId }: Secret): Promise<void> => {
    await ended(client.call('Webhooks_DeleteSecret', { subscriptionId, secretId }))
  }
  // Left over from a run that failed; Dojo stores only a few.
  const leftOver = before.filter(({ isActive }) => isActive === false)
  for (const secret of leftOver) await end(secret)

  const [fresh] = secretsOf(
    await client.call('Webhooks_GenerateSecret', { subscriptionId }),
  ).filter(({ id }) => !before.some((secret) => secret.id === id))
  if (fresh === undefined) {
    throw new Error(
      "Dojo did not return the secret that it generated. Check it in Dojo's developer portal.",
    )
  }
  await keepSecrets(deps, locationId, subscriptionId, [fresh])
  await client.call('Webhooks_ActivateSecret', { subscriptionId, secretId: fresh.id })
  for (const secret of before) if (!leftOver.includes(secret)) await end(secret)
  return fresh.id
}
