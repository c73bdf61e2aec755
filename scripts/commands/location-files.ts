// What a venue is given from a file or from standard input: its bill template and its keys.
import { readFileSync } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import * as dojoKeys from '../../src/operator/dojo-keys.ts'
import * as settings from '../../src/operator/settings.ts'
import { withStore } from '../cli/context.ts'
import type { Io } from '../cli/io.ts'
import { jsonOption, locationOption, readSecret, textOption } from '../cli/options.ts'
import { newCommand, type Cli } from '../cli/program.ts'

interface TemplateOptions {
  location: string
  file: string
  json?: boolean
}

export function setBillTemplate(cli: Cli): Command {
  return newCommand(cli, 'set-bill-template', 'set what is printed above and below a bill')
    .addOption(locationOption())
    .addOption(
      textOption('--file <file>', 'a JSON file, or - for standard input').makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The file looks like {"header": [...], "footer": [...]}. Each line is a line of a bill as in the
EPOS Data API; {table}, {waiter}, {reference}, {date} and {time} in its text are filled in.`,
    )
    .action(async ({ location, file, json }: TemplateOptions) => {
      const template = await readTemplate(cli.io, file)
      await withStore(cli, async ({ store, database }) => {
        await settings.setBillTemplate(store.database, location, template)
        cli.printChange({
          json,
          result: { locationId: location },
          text: `The bills of ${location} use this template now.`,
          database,
        })
      })
    })
}

export function setDojoKey(cli: Cli): Command {
  return newCommand(cli, 'set-dojo-key', "store a venue's Dojo API key, sealed under SECRETS_KEY")
    .addOption(locationOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nThe key (sk_sandbox_... or sk_prod_...) is read from standard input.')
    .action(async ({ location, json }: { location: string; json?: boolean }) => {
      const key = await readSecret(cli.io, "The venue's Dojo API key (it is not shown): ")
      await withStore(cli, async ({ store: { prisma }, secretsKey, database }) => {
        await dojoKeys.setDojoKey(prisma, location, key, secretsKey())
        const warning = await dojoKeys.sharedKeyWarning(prisma, location, secretsKey())
        cli.printChange({
          json,
          result: { locationId: location },
          text: `The Dojo API key of ${location} is stored.`,
          database,
        })
        if (warning !== undefined) cli.remark(warning)
      })
    })
}

export function setCounterKey(cli: Cli): Command {
  return newCommand(
    cli,
    'set-counter-key',
    "store the key of a venue's account on Dojo's Pay at Counter socket, sealed under SECRETS_KEY",
  )
    .addOption(locationOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe key is read from standard input. Without one the Dojo API key is used.',
    )
    .action(async ({ location, json }: { location: string; json?: boolean }) => {
      const key = await readSecret(cli.io, "The account's key (it is not shown): ")
      await withStore(cli, async ({ store: { prisma }, secretsKey, database }) => {
        await dojoKeys.setCounterKey(prisma, location, key, secretsKey())
        cli.printChange({
          json,
          result: { locationId: location },
          text: `The key of the counter account of ${location} is stored.`,
          database,
        })
      })
    })
}

async function readTemplate({ stdin }: Io, file: string): Promise<unknown> {
  let text: string
  try {
    text = file === '-' ? await readAll(stdin) : readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`)
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const source = file === '-' ? 'Standard input' : file
    throw new Error(`${source} is not JSON: ${(error as Error).message}`)
  }
}
