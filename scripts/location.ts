// Venues: make, look at, set up, and hand out what Dojo authenticates with.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { text as readAll } from 'node:stream/consumers'
import { Writable } from 'node:stream'
import type { ParseArgsOptionsConfig } from 'node:util'
import { verifyChoices } from '../src/domain/venue/venue.ts'
import { spoken } from '../src/domain/money.ts'
import { limits } from '../src/limits.ts'
import { readOrderNames } from '../src/store/payments/audits.ts'
import { readUnmatchedPayments, type UnmatchedPayment } from '../src/store/payments/intents.ts'
import {
  changeSettings,
  createLocation,
  currencies,
  listLocations,
  revokeCredentials,
  rotateCredential,
  setBillTemplate,
  setDojoKey,
  sharedKeyWarning,
  showLocation,
  type Currency,
  type IssuedCredential,
  type LocationSummary,
  type Settings,
} from '../src/operator/locations.ts'
import { checkPayment, setDojoAccount } from '../src/operator/payment-checks.ts'
import { secretsKeyOf } from '../src/operator/secrets-key.ts'
import { runCommand, UsageFault, type Command } from './command.ts'
import { withStore } from './cli-context.ts'
import { plain } from './terminal.ts'

const HELP = `Usage: npm run location -- SUBCOMMAND [options]

Makes and looks after venues. Each subcommand tells its options with --help.

  create              a new venue, and the credential that Dojo gets for it
  list                all venues
  show                one venue: settings and credentials
  set                 changes settings, and shows them
  rotate-credential   a new credential; those before it keep working
  revoke-credential   ends one credential, or all but the newest
  set-bill-template   what is printed above and below a bill
  set-dojo-key        stores the venue's Dojo API key, sealed
  unmatched-payments  money at Dojo and payments here that do not go together
  check-payment       has one payment held against Dojo's once more
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

const location = { type: 'string' } as const
const json = { type: 'boolean' } as const

/** Nothing may follow the subcommand but options. */
function subcommand<Options extends ParseArgsOptionsConfig>({
  help,
  options,
  run,
}: Command<Options>): () => Promise<void> {
  return async () => {
    await runCommand({
      help,
      options,
      run: async (values, [, extra]) => {
        // It is not said back: it may be a key.
        if (extra !== undefined) {
          throw new UsageFault('Nothing follows the subcommand but options, which begin with --.')
        }
        await run(values, [])
      },
    })
  }
}

const subcommands: Record<string, () => Promise<void>> = {
  create: subcommand({
    help: `Usage: npm run location -- create --name NAME --currency ${currencies.join('|')} [--timezone ZONE] [--json]

Makes a venue and prints its credential, this once.

  --name NAME        as guests know it
  --currency CODE    of all its money, for good
  --timezone ZONE    for the times on its bills; Europe/London unless given
  --json             prints JSON
`,
    options: {
      name: { type: 'string' },
      currency: { type: 'string' },
      timezone: { type: 'string' },
      json,
    },
    run: async ({ name, currency, timezone, json }) => {
      const checked = {
        name: required(name, '--name'),
        currency: currencyOf(required(currency, '--currency')),
        ...(timezone === undefined ? {} : { timeZone: timezone }),
      }
      const { locationId, credential } = await withStore(
        async ({ store: { prisma } }) => await createLocation(prisma, checked),
      )
      printCredential(locationId, credential, json)
    },
  }),

  list: subcommand({
    help: `Usage: npm run location -- list [--json]

Lists all venues.
`,
    options: { json },
    run: async ({ json }) => {
      const locations = await withStore(
        async ({ store: { prisma } }) => await listLocations(prisma),
      )
      if (json === true) printJson(locations)
      else if (locations.length === 0) {
        remark('There is no venue yet. Make one with: npm run location -- create')
      } else {
        for (const { locationId, name, currency } of locations) {
          print(`${locationId}  ${currency}  ${name}`)
        }
      }
    },
  }),

  show: subcommand({
    help: `Usage: npm run location -- show --location ID [--json]

Shows the settings and the credentials of a venue.
`,
    options: { location, json },
    run: async ({ location, json }) => {
      const locationId = required(location, '--location')
      const summary = await withStore(
        async ({ store: { prisma } }) => await showLocation(prisma, locationId),
      )
      if (json === true) printJson(summary)
      else printLocation(summary)
    },
  }),

  set: subcommand({
    help: `Usage: npm run location -- set --location ID [--name NAME] [--timezone ZONE] [--waiter-access on|off] [--one-party-per-table on|off] [--refuse-overlapping-reservations on|off] [--verify-payments ${verifyChoices.join('|')}|default] [--dojo-account-id ID]

Changes the settings that are given, and shows all of them.

  --name NAME                                as guests know it; bills keep the name that their template has
  --timezone ZONE                            for the times on its bills, as Europe/London
  --waiter-access on|off                     a waiter finds only the orders of their own tables and areas
  --one-party-per-table on|off               a table that is taken seats nobody else
  --refuse-overlapping-reservations on|off   a table is booked once at a time
  --verify-payments WHEN                     a payment is held against Dojo's before it is answered, soon after, or not (off);
                                             default is after where there is a Dojo key
  --dojo-account-id ID                       events of another account have no effect; found out by itself where it is not set.
                                             Once it is set right, the payments are checked of which its events told in vain
`,
    options: {
      location,
      name: { type: 'string' },
      timezone: { type: 'string' },
      'waiter-access': { type: 'string' },
      'one-party-per-table': { type: 'string' },
      'refuse-overlapping-reservations': { type: 'string' },
      'verify-payments': { type: 'string' },
      'dojo-account-id': { type: 'string' },
    },
    run: async (values) => {
      const locationId = required(values.location, '--location')
      const given = {
        name: values.name,
        timeZone: values.timezone,
        waiterAccess: switchOf(values['waiter-access'], '--waiter-access'),
        onePartyPerTable: switchOf(values['one-party-per-table'], '--one-party-per-table'),
        refuseOverlappingReservations: switchOf(
          values['refuse-overlapping-reservations'],
          '--refuse-overlapping-reservations',
        ),
        verifyPayments: verifyOf(values['verify-payments']),
      }
      const accountId = values['dojo-account-id']
      const { summary, checks } = await withStore(async ({ store }) => {
        await changeSettings(store.prisma, locationId, given)
        const checks =
          accountId === undefined ? 0 : await setDojoAccount(store, locationId, accountId)
        return { summary: await showLocation(store.prisma, locationId), checks }
      })
      printLocation(summary)
      if (checks > 0) {
        remark(
          `Dojo is asked about ${checks === 1 ? 'the payment' : `the ${checks} payments`} of which events of ${accountId} told in the last ${limits.keptEventsCheckDays} days without effect.`,
        )
      }
    },
  }),

  'rotate-credential': subcommand({
    help: `Usage: npm run location -- rotate-credential --location ID [--json]

Prints a new credential, this once. Those before it keep working until they are revoked.
`,
    options: { location, json },
    run: async ({ location, json }) => {
      const locationId = required(location, '--location')
      printCredential(
        locationId,
        await withStore(
          async ({ store: { prisma } }) => await rotateCredential(prisma, locationId),
        ),
        json,
      )
    },
  }),

  'revoke-credential': subcommand({
    help: `Usage: npm run location -- revoke-credential --location ID [--username NAME]

Ends a credential; without --username, all but the newest.
`,
    options: { location, username: { type: 'string' } },
    run: async ({ location, username }) => {
      const locationId = required(location, '--location')
      const revoked = await withStore(
        async ({ store: { prisma } }) => await revokeCredentials(prisma, locationId, username),
      )
      if (revoked.length === 0) {
        remark('There is nothing to revoke: only the newest credential works.')
      }
      for (const name of revoked) print(`${name} no longer works.`)
    },
  }),

  'set-bill-template': subcommand({
    help: `Usage: npm run location -- set-bill-template --location ID --file FILE

Sets what is printed above and below a bill: JSON of the form {"header": [...], "footer": [...]}, where each line is a line
of a bill as in the EPOS Data API. In its texts {table}, {waiter}, {reference}, {date} and {time} are filled in.

  --file FILE   a file, or - for standard input
`,
    options: { location, file: { type: 'string' } },
    run: async ({ location, file }) => {
      const locationId = required(location, '--location')
      const template = await readTemplate(required(file, '--file'))
      await withStore(async ({ store: { prisma } }) => {
        await setBillTemplate(prisma, locationId, template)
      })
      print(`The bills of ${locationId} have this template now.`)
    },
  }),

  'set-dojo-key': subcommand({
    help: `Usage: npm run location -- set-dojo-key --location ID

Reads the venue's Dojo API key (sk_sandbox_... or sk_prod_...) from standard input and stores it, sealed under SECRETS_KEY.
`,
    options: { location },
    run: async ({ location }) => {
      const locationId = required(location, '--location')
      const key = await readSecret('The Dojo API key of the venue, which is not shown: ')
      const warning = await withStore(async ({ config, store: { prisma } }) => {
        const secretsKey = secretsKeyOf({ ...config, embedded: config.databaseUrl === undefined })
        await setDojoKey(prisma, locationId, key, secretsKey)
        return await sharedKeyWarning(prisma, locationId, secretsKey)
      })
      print(`The Dojo API key of ${locationId} is stored.`)
      if (warning !== undefined) remark(warning)
    },
  }),

  'unmatched-payments': subcommand({
    help: `Usage: npm run location -- unmatched-payments --location ID [--json]

Lists money at Dojo and payments here that do not go together, with the reason: for somebody to look into.
`,
    options: { location, json },
    run: async ({ location, json }) => {
      const locationId = required(location, '--location')
      const { payments, currency, orderNames } = await withStore(
        async ({ store: { prisma, database } }) => {
          const { currency } = await showLocation(prisma, locationId)
          const payments = await readUnmatchedPayments(database, locationId)
          return {
            payments,
            currency,
            orderNames: await readOrderNames(
              database,
              locationId,
              payments.flatMap(({ orderId }) => orderId ?? []),
            ),
          }
        },
      )
      if (json === true) {
        printJson(payments)
        return
      }
      if (payments.length === 0) remark('There are none.')
      for (const payment of payments) print(plainUnmatched(payment, currency, orderNames))
      if (payments.length > 0) {
        remark(
          `Give the money back at Dojo, or set right what the reason says; then have it looked at with: npm run location -- check-payment --location ${locationId} --payment-intent PI`,
        )
      }
    },
  }),

  'check-payment': subcommand({
    help: `Usage: npm run location -- check-payment --location ID --payment-intent PI

Has the server that runs ask Dojo how a payment stands there, and settle it here by the answer: void when its money went back, less
what was refunded, recorded when Dojo has captured it and no order has it. Needs SOFTWARE_HOUSE_ID and the venue's key.

  --location ID         the venue
  --payment-intent PI   Dojo's id of the payment
`,
    options: { location, 'payment-intent': { type: 'string' } },
    run: async (values) => {
      const locationId = required(values.location, '--location')
      const paymentIntentId = required(values['payment-intent'], '--payment-intent')
      const refusedAt = await withStore(
        async ({ config, store }) =>
          await checkPayment(
            {
              store,
              config,
              secretsKey: () =>
                secretsKeyOf({ ...config, embedded: config.databaseUrl === undefined }),
            },
            locationId,
            paymentIntentId,
          ),
      )
      print(
        `The server asks Dojo about ${paymentIntentId} as soon as it runs, and its log says what came of it. While it waits it is in: npm run outbox -- list --location ${locationId}`,
      )
      if (refusedAt !== undefined) {
        remark(
          `Dojo refused the key of the venue at ${refusedAt.toISOString()}, so it is asked only ${limits.dojoKeyRefusedPauseSeconds / 60} minutes after that, or once the key is set again with set-dojo-key.`,
        )
      }
    },
  }),
}

const [, , name = ''] = process.argv
await (Object.hasOwn(subcommands, name) ? subcommands[name]! : unknownSubcommand)()

async function unknownSubcommand(): Promise<void> {
  await runCommand({
    help: HELP,
    options: {},
    run: async () => {
      throw new UsageFault(
        name === ''
          ? 'Which subcommand?'
          : `The first word is a subcommand, and there is none named ${name}.`,
      )
    },
  })
}

// --- reading what was typed

function required(value: string | undefined, option: string): string {
  if (value === undefined || value === '') throw new UsageFault(`${option} is missing.`)
  return value
}

function currencyOf(text: string): Currency {
  const currency = currencies.find((each) => each === text)
  if (currency === undefined) {
    throw new UsageFault(`--currency is one of ${currencies.join(', ')}, not ${text}.`)
  }
  return currency
}

function switchOf(text: string | undefined, option: string): boolean | undefined {
  if (text !== undefined && text !== 'on' && text !== 'off') {
    throw new UsageFault(`${option} is on or off, not ${text}.`)
  }
  return text === undefined ? undefined : text === 'on'
}

function verifyOf(text: string | undefined): Settings['verifyPayments'] {
  if (text === undefined || text === 'default') return text === undefined ? undefined : null
  const choice = verifyChoices.find((each) => each === text)
  if (choice === undefined) {
    throw new UsageFault(
      `--verify-payments is one of ${verifyChoices.join(', ')} and default, not ${text}.`,
    )
  }
  return choice
}

async function readTemplate(file: string): Promise<unknown> {
  let text: string
  try {
    text = file === '-' ? await readAll(process.stdin) : readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`)
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new Error(
      `${file === '-' ? 'Standard input' : file} is not JSON: ${(error as Error).message}`,
    )
  }
}

/** A line typed at a terminal, which does not show it, or all that a pipe brings. */
async function readSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY) return (await readAll(process.stdin)).trim()
  process.stderr.write(question)
  const silence = new Writable({
    write(_chunk, _encoding, done) {
      done()
    },
  })
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true })
  try {
    const stopped = new Promise<never>((_resolve, reject) => {
      terminal.once('SIGINT', () => {
        reject(new Error('Nothing was changed.'))
      })
    })
    return (await Promise.race([terminal.question(''), stopped])).trim()
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}

// --- printing

/** One payment on lines of its own: what it is, whose, and why it is on the list. */
function plainUnmatched(
  {
    paymentIntentId,
    since,
    reason,
    status,
    amountMinor,
    tipsMinor,
    externalId,
    orderId,
  }: UnmatchedPayment,
  currency: Currency,
  orderNames: ReadonlyMap<string, string>,
): string {
  const money =
    amountMinor === null
      ? `an amount that is not known in ${currency}`
      : `${spoken(amountMinor, currency)}${tipsMinor === null || tipsMinor === 0 ? '' : `, tip ${spoken(tipsMinor, currency)}`}`
  const order =
    orderId !== null
      ? `${orderNames.get(orderId)} (${orderId})`
      : externalId !== null
        ? `the order ${externalId}, which is not here`
        : 'no order'
  return [
    `${paymentIntentId}  ${money}, ${status ?? 'of no known state'}, since ${since.toISOString()}`,
    `  for ${order}`,
    `  ${reason}`,
  ]
    .map(plain)
    .join('\n')
}

function printCredential(
  locationId: string,
  { username, password }: IssuedCredential,
  json = false,
): void {
  if (json) {
    printJson({ locationId, username, password })
    return
  }
  print(`location  ${locationId}\nusername  ${username}\npassword  ${password}`)
  remark('The password is not shown again.')
}

function printLocation({
  locationId,
  name,
  currency,
  timeZone,
  waiterAccess,
  onePartyPerTable,
  refuseOverlappingReservations,
  verifyPayments,
  dojoAccountId,
  hasDojoKey,
  dojoKeyRefusedAt,
  credentials,
}: LocationSummary): void {
  const onOff = (value: boolean): string => (value ? 'on' : 'off')
  const rows = [
    ['location', locationId],
    ['name', name],
    ['currency', currency],
    ['timezone', timeZone],
    ['waiter-access', onOff(waiterAccess)],
    ['one-party-per-table', onOff(onePartyPerTable)],
    ['refuse-overlapping-reservations', onOff(refuseOverlappingReservations)],
    ['verify-payments', verifyPayments],
    ['dojo-account-id', dojoAccountId ?? 'not known yet'],
    [
      'Dojo API key',
      !hasDojoKey
        ? 'none'
        : dojoKeyRefusedAt === undefined
          ? 'stored'
          : `refused by Dojo at ${dojoKeyRefusedAt.toISOString()}; set it again with set-dojo-key`,
    ],
    ...credentials.map(({ username, createdAt, revokedAt }) => [
      'credential',
      `${username}  made ${createdAt.toISOString()}${revokedAt === null ? '' : `, revoked ${revokedAt.toISOString()}`}`,
    ]),
  ]
  for (const [label, value] of rows) print(`${label!.padEnd(31)}  ${value}`)
}
