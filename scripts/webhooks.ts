// What Dojo tells this server by webhook, beside the capabilities that it calls.
import { limits } from '../src/limits.ts'
import type { DojoDeps } from '../src/operator/dojo.ts'
import { subscribeCommand } from '../src/operator/doctor/examination.ts'
import { isInsecure } from '../src/operator/public-url.ts'
import { secretsKeyOf } from '../src/operator/secrets-key.ts'
import {
  listSubscriptions,
  rotateSecret,
  subscribe,
  unsubscribe,
  type ListedSubscription,
  type SubscribeOptions,
} from '../src/operator/webhooks.ts'
import { runCommand, UsageFault } from './command.ts'
import { withStore } from './cli-context.ts'

const subcommands = ['subscribe', 'list', 'rotate-secret', 'unsubscribe'] as const

const HELP = `Usage: npm run webhooks -- ${subcommands.join('|')} --location ID [--events NAME,NAME] [--allow-insecure] [--json]

  subscribe       has Dojo tell its events to this server, below PUBLIC_URL, and learns what it signs them with; run again,
                  it changes the subscription that is there
  list            the subscriptions of the venue's account at Dojo, and which of them is this server's for the venue
  rotate-secret   a new secret for what Dojo signs; what the old one signed is believed for
                  ${limits.webhookSecretGraceSeconds / 60} minutes more
  unsubscribe     ends this server's subscription, and believes no webhook of the venue any more

Needs PUBLIC_URL, SOFTWARE_HOUSE_ID (and RESELLER_ID where there is one) and the venue's key: npm run location -- set-dojo-key

  --location ID      the venue
  --events NAMES     subscribes to these, separated by commas; those that change something here unless given
  --allow-insecure   subscribes also with a PUBLIC_URL without TLS or inside a network, for a Dojo of your own
  --json             prints JSON
`

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
const remark = (text: string): void => {
  process.stderr.write(`${text}\n`)
}
const printJson = (value: unknown): void => {
  print(JSON.stringify(value, null, 2))
}

await runCommand({
  help: HELP,
  options: {
    location: { type: 'string' },
    events: { type: 'string' },
    'allow-insecure': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: async ({ location: locationId, events, json = false, ...flags }, [word, extra]) => {
    const subcommand = subcommands.find((each) => each === word)
    if (subcommand === undefined || extra !== undefined) {
      throw new UsageFault(`One of ${subcommands.join(', ')}?`)
    }
    if (locationId === undefined || locationId === '') {
      throw new UsageFault('--location is missing.')
    }
    if (events !== undefined && subcommand !== 'subscribe') {
      throw new UsageFault('--events goes with subscribe only.')
    }
    const chosen = events
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    await withStore(async ({ config, store }) => {
      const deps: DojoDeps = {
        store,
        config,
        secretsKey: () => secretsKeyOf({ ...config, embedded: config.databaseUrl === undefined }),
      }
      switch (subcommand) {
        case 'subscribe':
          await tellSubscribed(
            deps,
            { locationId, events: chosen, allowInsecure: flags['allow-insecure'] },
            json,
          )
          break
        case 'list':
          await tellList(deps, locationId, json)
          break
        case 'rotate-secret':
          await tellRotated(deps, locationId, json)
          break
        case 'unsubscribe':
          await tellEnded(deps, locationId, json)
          break
      }
    })
  },
})

async function tellSubscribed(
  deps: DojoDeps,
  options: SubscribeOptions,
  json: boolean,
): Promise<void> {
  const { url, subscriptionIds, events, accountId, unlisted } = await subscribe(deps, options)
  if (json) {
    printJson({ locationId: options.locationId, url, subscriptionIds, events, accountId, unlisted })
  } else {
    print(
      `Dojo tells ${url} of ${events.join(', ')}${accountId === undefined ? '' : `, for the account ${accountId}`} (${subscriptionIds.join(', ')}).`,
    )
  }
  if (unlisted.length > 0) {
    remark(`Dojo does not list ${unlisted.join(', ')}, so that is not subscribed to.`)
  }
}

async function tellList(deps: DojoDeps, locationId: string, json: boolean): Promise<void> {
  const listed = await listSubscriptions(deps, locationId)
  const subscribing = subscribeCommand({
    locationId,
    allowInsecure: isInsecure(deps.config.publicUrl!),
  })
  if (json) printJson(listed)
  else if (listed.length === 0) {
    remark(`Dojo has no subscription for this account. Make one with: ${subscribing}`)
  } else for (const subscription of listed) print(lineOf(subscription))
  if (listed.some(({ isBelieved }) => isBelieved === false)) {
    remark(
      `What Dojo signs with is not known here, so its webhooks are refused. Learn it with: ${subscribing}`,
    )
  }
}

function lineOf({ subscriptionId, url, events, isOurs, isBelieved }: ListedSubscription): string {
  const whose = !isOurs
    ? 'of another URL'
    : isBelieved === true
      ? 'of this venue, its secret is known'
      : 'of this venue, its secret is not known'
  return `${subscriptionId}  ${url}  ${events.join(', ')}  ${whose}`
}

async function tellRotated(deps: DojoDeps, locationId: string, json: boolean): Promise<void> {
  const { url, secretIds } = await rotateSecret(deps, locationId)
  if (json) printJson({ locationId, url, secretIds })
  else print(`Dojo signs what it tells ${url} with a new secret now (${secretIds.join(', ')}).`)
}

async function tellEnded(deps: DojoDeps, locationId: string, json: boolean): Promise<void> {
  const subscriptionIds = await unsubscribe(deps, locationId)
  if (json) printJson({ locationId, subscriptionIds })
  else if (subscriptionIds.length > 0) {
    print(
      `Dojo tells this server nothing of ${locationId} by webhook any more (${subscriptionIds.join(', ')}).`,
    )
  }
  if (subscriptionIds.length === 0) {
    remark(
      'Dojo had no subscription for this server; no webhook of the venue is believed any more.',
    )
  }
}
