// Webhooks of a venue: which events Dojo tells to our URL, and the secrets that it signs them with.
// A command that breaks off, wherever it does, leaves whatever Dojo may sign with believed here;
// run once more, it does the rest.
import { registeredNames } from '../contract/capabilities.ts'
import type { DojoSchemas } from '../contract/dojo-api.ts'
import { DojoRefusal } from '../dojo/client/errors.ts'
import type { DojoClient } from '../dojo/client/index.ts'
import { webhookUrl } from '../contract/webhooks.ts'
import { invalid } from '../domain/errors.ts'
import {
  deleteWebhookSecrets,
  findWebhookVenue,
  keepWebhookSecret,
  retireWebhookSecrets,
} from '../store/venue/webhook-secrets.ts'
import { alone, dojoOf, sameUrl, type DojoDeps } from './dojo.ts'
import { setDojoAccount } from './payment-checks.ts'
import { dojoUrlOf } from './public-url.ts'
import { seal, unseal } from './secrets.ts'

/** What the server does something upon; other events are kept and change nothing. */
const ACTED_UPON: readonly string[] = registeredNames('HandleEvent').map((name) =>
  name.slice('HandleEvent:'.length),
)

export interface SubscribeOptions {
  locationId: string
  /** Names as Dojo lists them; those that the server acts upon, unless given. */
  events?: readonly string[] | undefined
  allowInsecure?: boolean | undefined
}

export interface Subscribed {
  url: string
  subscriptionIds: string[]
  events: string[]
  /** Dojo's id of the venue's account, where it says it. */
  accountId: string | undefined
  /** Events that the server would act upon, and that Dojo does not list. */
  unlisted: string[]
}

/**
 * Has Dojo tell the events to our URL. What is subscribed there already is changed, and nothing is
 * made twice.
 * @throws Refusal: an event that Dojo does not list, one that it tells to another URL, and as
 *   `dojoOf` and `dojoUrlOf`. DojoFault
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
      await keep(deps, locationId, id, secrets)
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
  /** Whether what it signs now is believed here; undefined where it is not ours. */
  isBelieved: boolean | undefined
}

/**
 * All of the venue's account, those of other URLs as well.
 * @throws Refusal as `dojoOf` and `dojoUrlOf`. DojoFault
 */
export async function listSubscriptions(
  deps: DojoDeps,
  locationId: string,
): Promise<ListedSubscription[]> {
  const url = knownUrlOf(deps, locationId)
  const askDojo = await dojoOf(deps, locationId)
  const believed = await believedSecrets(deps, locationId)
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
        isBelieved: isOurs
          ? active.length > 0 && active.every(({ value }) => believed.has(value))
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
 * A fresh secret for what Dojo signs, and the end of those before it. What they signed is believed
 * for a while more.
 * @throws Refusal: nothing is subscribed at our URL, and as `dojoOf` and `dojoUrlOf`. Error: it
 *   broke off, and is to be run again
 */
export async function rotateSecret(deps: DojoDeps, locationId: string): Promise<Rotated> {
  const url = knownUrlOf(deps, locationId)
  return await change(deps, locationId, async (client) => {
    const ours = (await readSubscriptions(client)).filter((subscription) =>
      sameUrl(subscription.url, url),
    )
    if (ours.length === 0) {
      throw invalid(
        `Dojo has no subscription for ${url}. Make one with: npx epos webhooks subscribe --location ${locationId}`,
      )
    }
    try {
      const secretIds: string[] = []
      for (const { id } of ours) secretIds.push(await rotateSecretOf(deps, client, locationId, id))
      await retireWebhookSecrets(deps.store.database, locationId, { except: secretIds })
      return { url, secretIds }
    } catch (error) {
      throw new Error(
        `The rotation broke off, with every webhook still believed; run it again to finish it. ${(error as Error).message}`,
        { cause: error },
      )
    }
  })
}

/**
 * Ends what is subscribed at our URL. From then on no webhook of the venue is believed.
 * @returns the ids of the subscriptions that have ended
 * @throws Refusal as `dojoOf` and `dojoUrlOf`. DojoFault: those that are left go on as before
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

/** Of two runs at once, one would delete what the other has just made; so there is one. */
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

/** Where Dojo is not told the URL, it need not be one that Dojo can use. */
const knownUrlOf = (deps: DojoDeps, locationId: string): string =>
  webhookUrlOf(deps, locationId, { allowInsecure: true })

const listedEvents = async (client: DojoClient): Promise<string[]> =>
  (await client.call('Webhooks_GetAllWebhooks', {})).flatMap(({ events = [] }) => events)

function chosenEvents(
  listed: readonly string[],
  asked: readonly string[] | undefined,
): Pick<Subscribed, 'events' | 'unlisted'> {
  const wanted = [...new Set(asked ?? ACTED_UPON)]
  const events = wanted.filter((event) => listed.includes(event))
  const unlisted = wanted.filter((event) => !listed.includes(event))
  if (wanted.length === 0) throw invalid('No event is chosen.')
  if (asked !== undefined && unlisted.length > 0) {
    throw invalid(
      `Dojo lists no event named ${unlisted.join(', ')}. It lists ${listed.join(', ')}.`,
    )
  }
  if (events.length === 0) {
    throw invalid(
      `Dojo lists none of the events that this server acts upon, which are ${ACTED_UPON.join(', ')}. It lists ${listed.join(', ')}: choose of those with --events.`,
    )
  }
  return { events, unlisted }
}

interface Subscription {
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
      'Dojo shows a subscription without its id or its URL. Look at it in the developer portal of Dojo.',
    )
  }
  return { id, url, events, accountId: accountId ?? undefined }
}

const readSubscriptions = async (client: DojoClient): Promise<Subscription[]> =>
  (await client.call('Webhooks_GetAlSubscriptions', {})).map(subscriptionOf)

/** Dojo tells an event to one URL only. */
function mustBeFree(others: readonly Subscription[], wanted: readonly string[]): void {
  for (const { id, url, events } of others) {
    const taken = events.filter((event) => wanted.includes(event))
    if (taken.length > 0) {
      throw invalid(
        `Dojo tells ${taken.join(' and ')} to ${url} already (the subscription ${id}), and tells an event to one URL only. End that one first, with unsubscribe and its PUBLIC_URL or in the developer portal of Dojo, or choose others with --events.`,
      )
    }
  }
}

/** Mostly there is one or none; each event stays where it is, so that none is missed meanwhile. */
async function arrange(
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

interface Secret {
  id: string
  value: string
  isActive: boolean | undefined
}

/** An empty secret would let anybody sign. */
function secretsOf({ secrets = [] }: DojoSchemas['SecretsResponse']): Secret[] {
  return secrets.map(({ id, value, isActive }) => {
    if (id === undefined || value === undefined || value === '') {
      throw new Error(
        'Dojo shows a secret of the subscription without its id or its value. Look at it in the developer portal of Dojo.',
      )
    }
    return { id, value, isActive }
  })
}

async function keep(
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

/**
 * What opens of what is kept: what does not, because SECRETS_KEY was changed, is as good as not
 * known.
 */
async function believedSecrets(
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

/** @returns the id of the fresh secret, the only one that Dojo has now */
async function rotateSecretOf(
  deps: DojoDeps,
  client: DojoClient,
  locationId: string,
  subscriptionId: string,
): Promise<string> {
  const before = secretsOf(await client.call('Webhooks_GetSecrets', { subscriptionId }))
  await keep(deps, locationId, subscriptionId, before)
  const end = async ({ id: secretId }: Secret): Promise<void> => {
    await ended(client.call('Webhooks_DeleteSecret', { subscriptionId, secretId }))
  }
  // What a run that broke off has left; Dojo keeps only so many.
  const leftOver = before.filter(({ isActive }) => isActive === false)
  for (const secret of leftOver) await end(secret)

  const [fresh] = secretsOf(
    await client.call('Webhooks_GenerateSecret', { subscriptionId }),
  ).filter(({ id }) => !before.some((secret) => secret.id === id))
  if (fresh === undefined) {
    throw new Error(
      'Dojo did not show the secret that it was to make. Look at it in the developer portal of Dojo.',
    )
  }
  await keep(deps, locationId, subscriptionId, [fresh])
  await client.call('Webhooks_ActivateSecret', { subscriptionId, secretId: fresh.id })
  for (const secret of before) if (!leftOver.includes(secret)) await end(secret)
  return fresh.id
}

/** What is not there any more has ended as well, perhaps by a call whose answer was lost. */
async function ended(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion
  } catch (error) {
    if (!(error instanceof DojoRefusal) || error.status !== 404) throw error
  }
}
