// Systems of the operator's that are sent the events of all venues.
import type { Command } from 'commander'
import {
  recoverOperatorEvents,
  removeOperatorEndpoint,
  reviveOperatorEndpoint,
} from '../../src/actions/webhooks/operator-endpoint.ts'
import { isoTime } from '../../src/domain/time.ts'
import { createEndpoint, rotateEndpointSecret } from '../../src/operator/endpoints.ts'
import { readOperatorEndpoints } from '../../src/store/feed/operator-endpoints.ts'
import { withStore, type Context } from '../cli/context.ts'
import { jsonOption, listOption, textOption } from '../cli/options.ts'
import { details } from '../cli/output.ts'
import { newCommand, type Cli } from '../cli/program.ts'

export function endpointCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addCommand(create(cli))
    .addCommand(list(cli))
    .addCommand(rotateSecret(cli))
    .addCommand(recover(cli))
    .addCommand(enable(cli))
    .addCommand(remove(cli))
}

interface Options {
  endpoint: string
  json?: boolean
}

function endpointSubcommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addOption(
      textOption('--endpoint <id>', 'the endpoint, as list shows it').makeOptionMandatory(),
    )
    .addOption(jsonOption())
}

const secretsOf = ({ store: { database }, secretsKey }: Context) => ({
  database,
  secretsKey: secretsKey(),
})

function create(cli: Cli): Command {
  return newCommand(cli, 'create', 'send the events of all venues, of those to come too, to a URL')
    .addOption(
      textOption(
        '--url <url>',
        'https:// and a public address, unless WEBHOOKS_ALLOW_PRIVATE=true',
      ).makeOptionMandatory(),
    )
    .addOption(listOption('--events <types>', 'these, separated by commas (default: all)'))
    .addOption(jsonOption())
    .action(async (options: { url: string; events?: string[]; json?: boolean }) => {
      const { url, events: types = [], json } = options
      await withStore(cli, async (context) => {
        const mustBePublic = !context.config.webhooksAllowPrivate
        const made = await createEndpoint(secretsOf(context), { url, types, mustBePublic })
        cli.printChange({
          json,
          result: { ...made, url, types },
          text: details([
            ['id', made.endpointId],
            ['url', url],
            ['secret', made.secret],
          ]),
          database: context.database,
        })
        if (json !== true) cli.remark('The secret is not shown again.')
      })
    })
}

function list(cli: Cli): Command {
  return newCommand(cli, 'list', 'list the endpoints, and how their deliveries go')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const endpoints = await withStore(
        cli,
        async ({ store: { database } }) => await readOperatorEndpoints(database),
      )
      if (json === true) cli.printJson(endpoints)
      else if (endpoints.length === 0) {
        cli.remark('There is no endpoint yet. Create one with: npx epos endpoint create --url URL')
      } else {
        cli.printTable(
          ['endpoint', 'url', 'venues', 'disabled', 'waiting', 'failed', 'last error'],
          endpoints.map(({ endpointId, url, lastError, ...counts }) => [
            endpointId,
            url,
            String(counts.venues),
            String(counts.disabled),
            String(counts.waiting),
            String(counts.failed),
            lastError ?? '',
          ]),
        )
      }
    })
}

function rotateSecret(cli: Cli): Command {
  return endpointSubcommand(
    cli,
    'rotate-secret',
    'sign with a new secret; the previous one also signs for a day',
  ).action(async ({ endpoint: endpointId, json }: Options) => {
    await withStore(cli, async (context) => {
      const secret = await rotateEndpointSecret(secretsOf(context), endpointId)
      cli.printChange({
        json,
        result: { endpointId, secret },
        text: details([
          ['id', endpointId],
          ['secret', secret],
        ]),
        database: context.database,
      })
    })
  })
}

function recover(cli: Cli): Command {
  return endpointSubcommand(cli, 'recover', 'resend the undelivered events since a time')
    .addOption(
      textOption('--since <time>', 'ISO 8601, as 2026-11-21T18:00:00Z').makeOptionMandatory(),
    )
    .action(async ({ endpoint: endpointId, since, json }: Options & { since: string }) => {
      await withStore(cli, async ({ store, database }) => {
        const from = isoTime(since, 'since')
        const events = await recoverOperatorEvents(store.database, endpointId, from)
        cli.printChange({
          json,
          result: { endpointId, events },
          text: `${events} events are sent.`,
          database,
        })
      })
    })
}

function enable(cli: Cli): Command {
  return endpointSubcommand(cli, 'enable', 'enable it again, and send what it missed').action(
    async ({ endpoint: endpointId, json }: Options) => {
      await withStore(cli, async ({ store, database }) => {
        await reviveOperatorEndpoint(store.database, endpointId)
        const text = `${endpointId} is enabled.`
        cli.printChange({ json, result: { endpointId }, text, database })
      })
    },
  )
}

function remove(cli: Cli): Command {
  return endpointSubcommand(
    cli,
    'remove',
    'remove it, and drop the events that wait for it',
  ).action(async ({ endpoint: endpointId, json }: Options) => {
    await withStore(cli, async ({ store, database }) => {
      await removeOperatorEndpoint(store.database, endpointId)
      const text = `${endpointId} is removed.`
      cli.printChange({ json, result: { endpointId }, text, database })
    })
  })
}
