// A venue's webhooks: which events Dojo sends to our URL, and the secrets that it signs them with.
// When a command fails halfway, every secret that Dojo may sign with is still accepted here; run
// again, the command does the rest.
import { registeredNames } from '../contract/capabilities.ts'
import type { DojoClient } from '../dojo/client/index.ts'
import { webhookUrl } from '../contract/webhooks.ts'
import { invalid } from '../domain/errors.ts'
import { deleteWebhookSecrets, retireWebhookSecrets } from '../store/venue/webhook-secrets.ts'
import { alone, dojoOf, sameUrl, type DojoDeps } from './dojo.ts'
import { setDojoAccount } from './payment-checks.ts'
import { dojoUrlOf } from './public-url.ts'
import { acceptedSecrets, keepSecrets, rotateSecretOf, secretsOf } from './webhook-signing.ts'
import { arrange, ended, mustBeFree, readSubscriptions } from './webhook-subscriptions.ts'

/** The events that the server acts on. Others are stored and change nothing. */
const ACTED_ON: readonly string[] = registeredNames('HandleEvent').map((name) =>
  name.slice('HandleEvent:'.length),
)

export interface SubscribeOptions {
  locationId: string
  /** Names as Dojo lists them; without them, the events that the server acts on. */
  events?: readonly string[] | undefined
  allowInsecure?: boolean | undefined
}

export interface Subscribed {
  url: string
  subscriptionIds: string[]
  events: string[]
  /** Dojo's id of the venue's account, if it sends it. */
  accountId: string | undefined
  /** Events that the server would act on, but that Dojo does not list. */
  unlisted: string[]
}

/**
 * Subscribes our URL to the events. Existing subscriptions of it are changed rather than doubled.
 * @throws Refusal: an event that Dojo does not list or sends to another URL, and as dojoOf and
 *   dojoUrlOf. DojoFault
 */
export async function subscribe(
  deps: DojoDeps,
  { locationId, events: asked, allowInsecure = false }: SubscribeOptions,
): Promise<Subscribed> {
  const url = webhookUrlOf(deps, locationId, { allowInsecure })
  return await change(deps, locationId, async (client) => {
    const { events, unlisted } = chosenEvents(await listedEvents(client), asked)
    const all = await readSubscriptions(client)
    mustBeFree(
      all.filter((subscription) => !sameUrl(subscription.url, url)),
      events,
    )
    const ours = await arrange(
      client,
      url,
      all.filter((subscription) => sameUrl(subscription.url, url)),
      events,
    )

    const known: string[] = []
    for (const { id } of ours) {
      const secrets = secretsOf(await client.call('Webhooks_GetSecrets', { subscriptionId: id }))
      await keepSecrets(deps, locationId, id, secrets)
      known.push(...secrets.map((secret) => secret.id))
    }
    await retireWebhookSecrets(deps.store.database, locationId, { except: known })
    const accountId = ours.find((subscription) => subscription.accountId !== undefined)?.accountId
    if (accountId !== undefined) await setDojoAccount(deps.store, locationId, accountId)
    return {
      url,
      subscriptionIds: ours.map(({ id }) => id),
      events: ours.flatMap((subscription) => subscription.events),
      accountId,
      unlisted,
    }
  })
}

export interface ListedSubscription {
  subscriptionId: string
  url: string
  events: string[]
  isOurs: boolean
  /** Whether its present signatures are accepted here; undefined when it is not ours. */
  isAccepted: boolean | undefined
}

/**
 * All of the venue's account, also for other URLs.
 * @throws Refusal as `dojoOf` and `dojoUrlOf`. DojoFault
 */
export async function listSubscriptions(
  deps: DojoDeps,
  locationId: string,
): Promise<ListedSubscription[]> {
  const url = knownUrlOf(deps, locationId)
  const askDojo = await dojoOf(deps, locationId)
  const accepted = await acceptedSecrets(deps, locationId)
  return await askDojo(async (client) => {
    const listed: ListedSubscription[] = []
    for (const { id, url: theirs, events } of await readSubscriptions(client)) {
      const isOurs = sameUrl(theirs, url)
      const active = isOurs
        ? secretsOf(await client.call('Webhooks_GetSecrets', { subscriptionId: id })).filter(
            ({ isActive }) => isActive,
          )
        : []
      listed.push({
        subscriptionId: id,
        url: theirs,
        events,
        isOurs,
        isAccepted: isOurs
          ? active.length > 0 && active.every(({ value }) => accepted.has(value))
          : undefined,
      })
    }
    return listed
  })
}

export interface Rotated {
  url: string
  secretIds: string[]
}

/**
 * Has Dojo sign with a new secret, and ends the earlier ones. What those signed is accepted for a
 * while longer.
 * @throws Refusal: our URL has no subscription, and as dojoOf and dojoUrlOf. Error: it failed
 *   halfway, and must be run again
 */
export async function rotateSecret(deps: DojoDeps, locationId: string): Promise<Rotated> {
  const url = knownUrlOf(deps, locationId)
  return await change(deps, locationId, async (client) => {
    const ours = (await readSubscriptions(client)).filter((subscription) =>
      sameUrl(subscription.url, url),
    )
    if (ours.length === 0) {
      throw invalid(
        `Dojo has no subscription for ${url}. ` +
          `Create one with: npx epos webhooks subscribe --location ${locationId}`,
      )
    }
    try {
      const secretIds: string[] = []
      for (const { id } of ours) secretIds.push(await rotateSecretOf(deps, client, locationId, id))
      await retireWebhookSecrets(deps.store.database, locationId, { except: secretIds })
      return { url, secretIds }
    } catch (error) {
      throw new Error(
        'The rotation failed halfway. Webhooks are still accepted; run it again to finish it. ' +
          (error as Error).message,
        { cause: error },
      )
    }
  })
}

/**
 * Ends the subscriptions of our URL. From then on no webhook of the venue is accepted.
 * @returns the ids of the ended subscriptions
 * @throws Refusal as dojoOf and dojoUrlOf. DojoFault: the remaining subscriptions go on as before
 */
export async function unsubscribe(deps: DojoDeps, locationId: string): Promise<string[]> {
  const url = knownUrlOf(deps, locationId)
  return await change(deps, locationId, async (client) => {
    const ours = (await readSubscriptions(client)).filter((subscription) =>
      sameUrl(subscription.url, url),
    )
    for (const { id } of ours) {
      await ended(client.call('Webhooks_DeleteSubscriptions', { subscriptionId: id }))
    }
    await deleteWebhookSecrets(deps.store.prisma, locationId)
    return ours.map(({ id }) => id)
  })
}

// --- parts

/** One run at a time: of two at once, one would delete what the other has just created. */
async function change<T>(
  deps: DojoDeps,
  locationId: string,
  work: (client: DojoClient) => Promise<T>,
): Promise<T> {
  const askDojo = await dojoOf(deps, locationId)
  return await askDojo(
    async (client) =>
      await alone(deps.store, 'change of the webhooks', locationId, async () => await work(client)),
  )
}

const webhookUrlOf = (
  { config }: DojoDeps,
  locationId: string,
  { allowInsecure }: { allowInsecure: boolean },
): string => webhookUrl(dojoUrlOf(config, allowInsecure), locationId)

/** To find our subscriptions by, so Dojo need not be able to use it. */
const knownUrlOf = (deps: DojoDeps, locationId: string): string =>
  webhookUrlOf(deps, locationId, { allowInsecure: true })

const listedEvents = async (client: DojoClient): Promise<string[]> =>
  (await client.call('Webhooks_GetAllWebhooks', {})).flatMap(({ events = [] }) => events)

function chosenEvents(
  listed: readonly string[],
  asked: readonly string[] | undefined,
): Pick<Subscribed, 'events' | 'unlisted'> {
  const wanted = [...new Set(asked ?? ACTED_ON)]
  const events = wanted.filter((event) => listed.includes(event))
  const unlisted = wanted.filter((event) => !listed.includes(event))
  if (wanted.length === 0) throw invalid('Choose at least one event.')
  if (asked !== undefined && unlisted.length > 0) {
    throw invalid(`Dojo has no event ${unlisted.join(', ')}. It has ${listed.join(', ')}.`)
  }
  if (events.length === 0) {
    throw invalid(
      `Dojo has none of the events that this server acts on, which are ${ACTED_ON.join(', ')}. ` +
        `It has ${listed.join(', ')}: choose from those with --events.`,
    )
  }
  return { events, unlisted }
}
