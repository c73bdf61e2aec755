// Dojo's webhooks: another way than HandleEvent for its events to reach this server.
import type { Command } from 'commander'
import { limits } from '../../src/limits.ts'
import { subscribeCommand } from '../../src/operator/doctor/examination.ts'
import { isInsecure } from '../../src/operator/public-url.ts'
import * as operator from '../../src/operator/webhooks.ts'
import { withStore } from '../cli/context.ts'
import { insecureOption, jsonOption, listOption, locationOption } from '../cli/options.ts'
import { newCommand, type Cli } from '../cli/program.ts'

const NEEDS = `
Needs PUBLIC_URL, SOFTWARE_HOUSE_ID (RESELLER_ID where there is one) and the venue's Dojo API key:
npx epos location set-dojo-key`

interface Options {
  location: string
  json?: boolean
}

export function webhooksCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addCommand(subscribe(cli))
    .addCommand(list(cli))
    .addCommand(rotateSecret(cli))
    .addCommand(unsubscribe(cli))
}

function webhooksSubcommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addOption(locationOption())
    .addOption(jsonOption())
    .addHelpText('after', NEEDS)
}

function subscribe(cli: Cli): Command {
  return webhooksSubcommand(
    cli,
    'subscribe',
    'have Dojo send its events to this server, and learn the secret they are signed with; ' +
      'run again, it changes the subscription that is there',
  )
    .addOption(
      listOption(
        '--events <names>',
        'these events, separated by commas (default: those that this server acts on)',
      ),
    )
    .addOption(insecureOption())
    .action(
      async ({
        location: locationId,
        json,
        ...options
      }: Options & { events?: string[]; allowInsecure?: boolean }) => {
        await withStore(cli, async (context) => {
          const result = await operator.subscribe(context, { locationId, ...options })
          const { url, subscriptionIds, events, accountId, unlisted } = result
          const account = accountId === undefined ? '' : ` for the account ${accountId}`
          cli.printChange({
            json,
            result: { locationId, ...result },
            text:
              `Dojo sends ${events.join(', ')}${account} to ${url} ` +
              `(${subscriptionIds.join(', ')}).`,
            database: context.database,
          })
          if (unlisted.length > 0) {
            cli.remark(`Dojo does not offer ${unlisted.join(', ')}, so it is not subscribed to.`)
          }
        })
      },
    )
}

function list(cli: Cli): Command {
  return webhooksSubcommand(
    cli,
    'list',
    "list the subscriptions of the venue's account at Dojo, and which of them is this server's",
  ).action(async ({ location: locationId, json }: Options) => {
    await withStore(cli, async (context) => {
      const listed = await operator.listSubscriptions(context, locationId)
      const subscribing = subscribeCommand({
        locationId,
        allowInsecure: isInsecure(context.config.publicUrl!),
      })
      if (json === true) cli.printJson(listed)
      else if (listed.length === 0) {
        cli.remark(`Dojo has no subscription for this account. Create one with: ${subscribing}`)
      } else {
        cli.printTable(
          ['subscription', 'url', 'events', 'whose'],
          listed.map((subscription) => [
            subscription.subscriptionId,
            subscription.url,
            subscription.events.join(', '),
            whoseInWords(subscription),
          ]),
        )
      }
      if (listed.some(({ isAccepted }) => isAccepted === false)) {
        cli.remark(
          'The secret that Dojo signs with is unknown here, so its webhooks are refused. ' +
            `Learn it with: ${subscribing}`,
        )
      }
    })
  })
}

function whoseInWords({ isOurs, isAccepted }: operator.ListedSubscription): string {
  if (!isOurs) return 'another URL'
  return isAccepted === true ? 'this venue, secret known' : 'this venue, secret unknown'
}

function rotateSecret(cli: Cli): Command {
  return webhooksSubcommand(
    cli,
    'rotate-secret',
    'have Dojo sign with a new secret; signatures by the old one are accepted for ' +
      `${limits.webhookSecretGraceSeconds / 60} more minutes`,
  ).action(async ({ location: locationId, json }: Options) => {
    await withStore(cli, async (context) => {
      const { url, secretIds } = await operator.rotateSecret(context, locationId)
      cli.printChange({
        json,
        result: { locationId, url, secretIds },
        text: `Dojo signs its webhooks to ${url} with a new secret now (${secretIds.join(', ')}).`,
        database: context.database,
      })
    })
  })
}

function unsubscribe(cli: Cli): Command {
  return webhooksSubcommand(
    cli,
    'unsubscribe',
    "end this server's subscription, and refuse all webhooks of the venue from now on",
  ).action(async ({ location: locationId, json }: Options) => {
    await withStore(cli, async (context) => {
      const subscriptionIds = await operator.unsubscribe(context, locationId)
      cli.printChange({
        json,
        result: { locationId, subscriptionIds },
        text:
          subscriptionIds.length > 0
            ? `Dojo sends no more webhooks of ${locationId} to this server ` +
              `(${subscriptionIds.join(', ')}).`
            : `Dojo had no subscription for this server; webhooks of ${locationId} are refused.`,
        database: context.database,
      })
    })
  })
}
