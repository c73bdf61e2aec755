// /webhooks: subscriptions to events, and the secrets that sign them.
import type { DojoInput, DojoSchemas } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import { eventNames } from './event-deliveries.ts'
import { badRequest, notFound, Problem } from './problem.ts'
import { randomOf, type Account, type Subscription } from './state.ts'
import type { Simulation } from './simulation.ts'

export const webhookEvents = (): DojoSchemas['WebhookEvents'][] => [
  { model: 'payment_intent', events: [...eventNames] },
]

function found(account: Account, subscriptionId: string): Subscription {
  const subscription = account.subscriptions.get(subscriptionId)
  if (subscription === undefined) throw notFound('subscription', subscriptionId)
  return subscription
}

/** Each event has at most one subscription. @throws Problem 400, 409 */
function mustBeFree(account: Account, events: readonly string[], except?: string): void {
  if (events.length === 0) {
    throw badRequest('events is empty; name at least one event.', {
      events: ['at least one is needed'],
    })
  }
  const unknown = events.find((event) => !eventNames.some((name) => name === event))
  if (unknown !== undefined) {
    throw badRequest(`${unknown} is not an event.`, {
      events: [`must be from ${eventNames.join(', ')}`],
    })
  }
  for (const { id, events: taken = [] } of account.subscriptions.values()) {
    const both = events.find((event) => id !== except && taken.includes(event))
    if (both !== undefined) {
      throw new Problem(409, `The subscription ${id} already has the event ${both}.`)
    }
  }
}

function newSecret(
  simulation: Simulation,
  account: Account,
  isActive: boolean,
): DojoSchemas['SubscriptionSecret'] {
  const random = randomOf(account)
  return {
    id: `sc_${random.text(22)}`,
    value: random.text(32),
    createdAt: simulation.clock.now(),
    isActive,
  }
}

export function subscribe(
  simulation: Simulation,
  account: Account,
  { events, url, description }: DojoInput<'Webhooks_Subscribe'>,
): Subscription {
  mustBeFree(account, events)
  const now = simulation.clock.now()
  const subscription: Subscription = {
    id: `ws_${randomOf(account).text(22)}`,
    accountId: account.accountId,
    events: [...new Set(events)],
    url,
    description,
    secrets: [newSecret(simulation, account, true)],
    createdAt: now,
    updatedAt: now,
  }
  account.subscriptions.set(subscription.id!, subscription)
  return subscription
}

export function updateSubscription(
  simulation: Simulation,
  account: Account,
  { subscriptionId, events, url, description }: DojoInput<'Webhooks_SubscribeUpdate'>,
): Subscription {
  const subscription = found(account, subscriptionId)
  if (events != null) {
    mustBeFree(account, events, subscriptionId)
    subscription.events = [...new Set(events)]
  }
  if (url != null) subscription.url = url
  if (description !== undefined) subscription.description = description
  subscription.updatedAt = simulation.clock.now()
  return subscription
}

export function unsubscribe(account: Account, subscriptionId: string): void {
  found(account, subscriptionId)
  account.subscriptions.delete(subscriptionId)
}

export function secretsOf(
  account: Account,
  subscriptionId: string,
): DojoSchemas['SecretsResponse'] {
  return { id: subscriptionId, secrets: found(account, subscriptionId).secrets! }
}

/** The new secret signs nothing until it is activated. */
export function generateSecret(
  simulation: Simulation,
  account: Account,
  subscriptionId: string,
): DojoSchemas['SecretsResponse'] {
  const { secrets } = found(account, subscriptionId)
  if (secrets!.length >= limits.webhookSecrets) {
    throw new Problem(
      409,
      `The subscription already has ${limits.webhookSecrets} secrets, the most it can have. ` +
        'Delete one first.',
    )
  }
  secrets!.push(newSecret(simulation, account, false))
  return secretsOf(account, subscriptionId)
}

export function activateSecret(account: Account, subscriptionId: string, secretId: string): void {
  const { secrets } = found(account, subscriptionId)
  if (!secrets!.some(({ id }) => id === secretId)) throw notFound('secret', secretId)
  for (const secret of secrets!) secret.isActive = secret.id === secretId
}

export function deleteSecret(account: Account, subscriptionId: string, secretId: string): void {
  const subscription = found(account, subscriptionId)
  if (!subscription.secrets!.some(({ id }) => id === secretId)) throw notFound('secret', secretId)
  subscription.secrets = subscription.secrets!.filter(({ id }) => id !== secretId)
}
