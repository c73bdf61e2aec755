// Dojo's webhooks: whether they come to this server, with what it wants to hear, and signed with a
// secret that it knows.
import { registeredNames } from '../../contract/capabilities.ts'
import type { DojoOutput } from '../../contract/dojo-api.ts'
import { webhookUrl } from '../../contract/webhooks.ts'
import { sameUrl } from '../dojo.ts'
import { compare } from '../register.ts'
import { unseal } from '../secrets.ts'
import {
  broken,
  ok,
  registerCommand,
  subscribeCommand,
  warning,
  type Examination,
  type Finding,
} from './examination.ts'

type Subscription = DojoOutput<'Webhooks_GetAlSubscriptions'>[number]

const HANDLE_EVENT = 'HandleEvent:'
/** What the server makes something of, however it is told. */
const events = registeredNames('HandleEvent').map((name) => name.slice(HANDLE_EVENT.length))

export async function webhooks(examination: Examination): Promise<Finding[]> {
  const { dojo, url, locationId, integrations } = examination
  const address = webhookUrl(url!, locationId)
  const handled = compare([], url!, integrations!)
    .registered.filter((name) => name.startsWith(HANDLE_EVENT))
    .map((name) => name.slice(HANDLE_EVENT.length))
  const subscriptions = (await dojo!.call('Webhooks_GetAlSubscriptions', {})).filter(
    ({ url: subscribed = '' }) => sameUrl(subscribed, address),
  )
  examination.subscriptions = subscriptions
  if (subscriptions.length === 0) {
    if (handled.length > 0) {
      return [
        ok(
          `None come to ${address}, and none are needed: Dojo tells of payments through HandleEvent.`,
        ),
      ]
    }
    return [
      warning(
        `Dojo does not tell of payments that are given back: HandleEvent is not registered, and no webhooks come to ${address}.`,
        `Register it, with all else, with: ${registerCommand(examination)}; or have webhooks come with: ${subscribeCommand(examination)}`,
      ),
    ]
  }
  const heard = [...new Set(subscriptions.flatMap((subscription) => subscription.events ?? []))]
  const findings = [
    ...(await faultOfEvents(examination, [...heard, ...handled])),
    ...(
      await Promise.all(
        subscriptions.map(async (subscription) => await faultOfSecret(examination, subscription)),
      )
    ).flat(),
  ]
  return findings.length > 0
    ? findings
    : [
        ok(
          `They come to ${address} with ${heard.join(' and ')}, signed with a secret that is stored here.`,
        ),
      ]
}

/** Of those that Dojo has: it may give up an event, or rename it. */
async function faultOfEvents(
  examination: Examination,
  heard: readonly string[],
): Promise<Finding[]> {
  const offered = (await examination.dojo!.call('Webhooks_GetAllWebhooks', {})).flatMap(
    (model) => model.events ?? [],
  )
  const unheard = events.filter((event) => offered.includes(event) && !heard.includes(event))
  return unheard.length === 0
    ? []
    : [
        warning(
          `Dojo sends webhooks, but not ${unheard.join(' and ')}.`,
          `Subscribe again with: ${subscribeCommand(examination)}`,
        ),
      ]
}

/** Secrets are held against each other by their ids; the values go nowhere. */
async function faultOfSecret(
  examination: Examination,
  { id: subscriptionId = '' }: Subscription,
): Promise<Finding[]> {
  const { dojo, store, locationId, deps } = examination
  const { secrets = [] } = await dojo!.call('Webhooks_GetSecrets', { subscriptionId })
  const active = secrets.find(({ isActive }) => isActive === true)?.id
  if (active === undefined) {
    return [
      broken(
        `The subscription ${subscriptionId} has no active secret, so what Dojo sends is not signed, and refused.`,
        `Make one with: npx epos webhooks rotate-secret --location ${locationId}`,
      ),
    ]
  }
  const stored = await store!.prisma.webhookSecret.findFirst({
    where: { locationId, secretId: active, retiredAt: null },
  })
  if (stored === null) {
    return [
      broken(
        `Dojo signs the webhooks of ${subscriptionId} with the secret ${active}, which is not stored here, so they are refused.`,
        `Read it from Dojo with: ${subscribeCommand(examination)}`,
      ),
    ]
  }
  try {
    unseal(stored.sealed, deps.secretsKey(), locationId)
    return []
  } catch {
    return [
      broken(
        `The webhook secret ${active} is stored, but does not open: it was sealed under another SECRETS_KEY.`,
        `Put that SECRETS_KEY back, or read the secret from Dojo again with: ${subscribeCommand(examination)}`,
      ),
    ]
  }
}
