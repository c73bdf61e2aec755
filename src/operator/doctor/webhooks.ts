// Dojo's webhooks: whether they come to this server, with the events that it needs, signed with a
// secret that it has.
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
/** The events that the server acts on, however they arrive. */
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
          `Not subscribed, and not needed: Dojo sends the events of payments through HandleEvent.`,
        ),
      ]
    }
    return [
      warning(
        'Dojo does not report refunds and reversals: HandleEvent is not registered, ' +
          `and no webhooks come to ${address}.`,
        `Register everything with: ${registerCommand(examination)}. ` +
          `Or subscribe to webhooks with: ${subscribeCommand(examination)}`,
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
    : [ok(`${heard.join(' and ')} come to ${address}, signed with a secret that is stored here.`)]
}

/** Only events that Dojo still offers count: it may drop or rename one. */
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
          `The webhooks do not include ${unheard.join(' and ')}.`,
          `Subscribe again with: ${subscribeCommand(examination)}`,
        ),
      ]
}

/** Secrets are compared by id; their values stay here. */
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
        `The subscription ${subscriptionId} has no active secret, so its webhooks are not signed ` +
          'and the server refuses them.',
        `Create one with: npx epos webhooks rotate-secret --location ${locationId}`,
      ),
    ]
  }
  const stored = await store!.prisma.webhookSecret.findFirst({
    where: { locationId, secretId: active, retiredAt: null },
  })
  if (stored === null) {
    return [
      broken(
        `Dojo signs the webhooks of ${subscriptionId} with the secret ${active}, which is not ` +
          'stored here, so the server refuses them.',
        `Fetch it from Dojo with: ${subscribeCommand(examination)}`,
      ),
    ]
  }
  try {
    unseal(stored.sealed, deps.secretsKey(), locationId)
    return []
  } catch {
    return [
      broken(
        `The webhook secret ${active} cannot be decrypted: it was stored under another ` +
          'SECRETS_KEY.',
        `Restore that SECRETS_KEY, or fetch the secret from Dojo again with: ` +
          subscribeCommand(examination),
      ),
    ]
  }
}
