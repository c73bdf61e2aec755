// A venue's subscriptions at Dojo: which events it sends to which URL.
import type { DojoSchemas } from '../contract/dojo-api.ts'
import { DojoRefusal } from '../dojo/client/errors.ts'
import type { DojoClient } from '../dojo/client/index.ts'
import { invalid } from '../domain/errors.ts'

export interface Subscription {
  id: string
  url: string
  events: string[]
  accountId: string | undefined
}

function subscriptionOf({
  id,
  url,
  events = [],
  accountId,
}: DojoSchemas['Subscription']): Subscription {
  if (id === undefined || url === undefined) {
    throw new Error(
      "Dojo returned a subscription without id or URL. Check it in Dojo's developer portal.",
    )
  }
  return { id, url, events, accountId: accountId ?? undefined }
}

export async function readSubscriptions(client: DojoClient): Promise<Subscription[]> {
  return (await client.call('Webhooks_GetAlSubscriptions', {})).map(subscriptionOf)
}

/** Dojo sends each event to one URL only. */
export function mustBeFree(others: readonly Subscription[], wanted: readonly string[]): void {
  for (const { id, url, events } of others) {
    const taken = events.filter((event) => wanted.includes(event))
    if (taken.length > 0) {
      throw invalid(
        `Dojo already sends ${taken.join(' and ')} to ${url} (subscription ${id}), and sends ` +
          'an event to one URL only. End that subscription first, with unsubscribe and its ' +
          "PUBLIC_URL or in Dojo's developer portal, or choose other events with --events.",
      )
    }
  }
}

/** Usually there is one or none. Each event stays where it is, so that none is missed meanwhile. */
export async function arrange(
  client: DojoClient,
  url: string,
  ours: readonly Subscription[],
  wanted: readonly string[],
): Promise<Subscription[]> {
  if (ours.length === 0) {
    return [subscriptionOf(await client.call('Webhooks_Subscribe', { events: [...wanted], url }))]
  }
  const missing = wanted.filter((event) => !ours.some(({ events }) => events.includes(event)))
  const left: Subscription[] = []
  for (const [index, subscription] of ours.entries()) {
    const { id: subscriptionId } = subscription
    const stay = subscription.events.filter((event) => wanted.includes(event))
    const events = index === 0 ? [...stay, ...missing] : stay
    if (events.length === 0) {
      await ended(client.call('Webhooks_DeleteSubscriptions', { subscriptionId }))
    } else if (events.length === stay.length && stay.length === subscription.events.length) {
      left.push(subscription)
    } else {
      left.push(
        subscriptionOf(await client.call('Webhooks_SubscribeUpdate', { subscriptionId, events })),
      )
    }
  }
  return left
}

/** Something that no longer exists has ended too, perhaps by a call whose answer was lost. */
export async function ended(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion
  } catch (error) {
    if (!(error instanceof DojoRefusal) || error.status !== 404) throw error
  }
}
