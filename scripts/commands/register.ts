// Registers a venue with Dojo.
import type { Command } from 'commander'
import { products, type Product } from '../../src/contract/capabilities.ts'
import { readDemo } from '../../src/operator/demo-file.ts'
import { sharedKeyWarning } from '../../src/operator/dojo-keys.ts'
import { registerVenue, type Registration } from '../../src/operator/register.ts'
import { withStore } from '../cli/context.ts'
import {
  choiceOption,
  insecureOption,
  jsonOption,
  listOption,
  locationOption,
} from '../cli/options.ts'
import { newCommand, type Cli } from '../cli/program.ts'

const HELP = `
Tells Dojo which capabilities it may call at PUBLIC_URL, with a new credential of the venue. Earlier
credentials are revoked once Dojo has the new one; the demo's, in DATA_DIR/demo.json, keeps working.
For a venue with the transport socket, tells Dojo what it may ask for through the venue's socket.
Then compares what Dojo has registered with what was sent. Exit code 1 when something is missing.

Needs SOFTWARE_HOUSE_ID (RESELLER_ID where there is one), the venue's Dojo API key (npx epos location
set-dojo-key), and PUBLIC_URL for what goes over REST.`

interface Options {
  location: string
  capabilities?: string[]
  product?: Product | 'all'
  overSocket?: string[]
  dryRun?: boolean
  allowInsecure?: boolean
  json?: boolean
}

export function registerCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addOption(locationOption())
    .addOption(
      listOption(
        '--capabilities <names>',
        'only these, separated by commas; HandleEvent means both of its events',
      ).conflicts('product'),
    )
    .addOption(
      choiceOption('--product <product>', 'only what this product calls (default: all)', [
        ...products,
        'all',
      ]),
    )
    .addOption(
      listOption(
        '--over-socket <names>',
        'with the transport both: these go over the socket, the others over REST',
      ),
    )
    .option('--dry-run', 'print what would be sent; call nothing and change nothing')
    .addOption(insecureOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async ({ location, json, ...options }: Options) => {
      await withStore(cli, async (context) => {
        const registration = await registerVenue(context, {
          locationId: location,
          keepUsername: readDemo(context.config.dataDir)?.username,
          ...options,
        })
        report(cli, { locationId: location, registration, json, database: context.database })
        const warning = await sharedKeyWarning(context.store.prisma, location, context.secretsKey())
        if (warning !== undefined) cli.remark(warning)
      })
    })
}

interface Report {
  locationId: string
  registration: Registration
  json: boolean | undefined
  database: string
}

function report(
  cli: Cli,
  { locationId, registration: { request, socketRequest, outcome }, json, database }: Report,
): void {
  if (outcome === undefined) {
    for (const sent of [request, socketRequest]) if (sent !== undefined) cli.printJson(sent)
    cli.remark('Nothing was sent.')
    return
  }
  const { comparison, overSocket, leftOverSocket, revokedUsernames } = outcome
  const username = request?.auth.basic?.username
  cli.printChange({
    json,
    result: {
      locationId,
      url: request?.url,
      username,
      ...comparison,
      overSocket,
      leftOverSocket,
      revokedUsernames,
    },
    text: [
      ...(request === undefined
        ? []
        : [
            ...listed(`${locationId} is registered at ${request.url}`, comparison.registered),
            `Dojo calls it as ${username}.`,
          ]),
      ...(overSocket === undefined
        ? []
        : listed(`${locationId} is registered over its socket`, overSocket.registered)),
    ].join('\n'),
    database,
  })
  const missing = [...comparison.missing, ...(overSocket?.missing ?? [])]
  const findings: Array<[label: string, names: readonly string[]]> = [
    ['Revoked', revokedUsernames],
    ['Dojo has other URLs for this account', comparison.otherUrls],
    [
      'Registered, but unknown to this server',
      [...comparison.notServed, ...(overSocket?.notServed ?? [])],
    ],
    ['Registered over REST as well, so that Dojo may use either', overSocket?.twice ?? []],
    ['Sent, but not registered', missing],
  ]
  for (const [label, names] of findings) {
    if (names.length > 0) cli.remark(`${label}: ${names.join(', ')}.`)
  }
  if (leftOverSocket.length > 0) {
    cli.remark(
      `Dojo also has a registration over a socket (${leftOverSocket.join(', ')}), but this venue ` +
        'has the transport rest. Ask Dojo to remove it, unless another system of the venue uses ' +
        'it. To use both here: npx epos location set --transport both',
    )
  }
  if (missing.length > 0) cli.exitCode = 1
}

const listed = (what: string, names: readonly string[]): string[] => [
  `${what} with ${names.length} capabilities:`,
  ...names.map((name) => `  ${name}`),
]
