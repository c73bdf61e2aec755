// Venues: make them, show them, and change their settings.
import type { Command, Option } from 'commander'
import { spoken } from '../../src/domain/money.ts'
import {
  cashRoundings,
  lockedChoices,
  verifyChoices,
  type LockedThen,
} from '../../src/domain/venue/venue.ts'
import { limits } from '../../src/limits.ts'
import { changeSettings, type Settings } from '../../src/operator/settings.ts'
import {
  createLocation,
  currencies,
  listLocations,
  showLocation,
  type Currency,
  type LocationSummary,
} from '../../src/operator/locations.ts'
import {
  counterTransports,
  transports,
  type CounterTransport,
  type Transport,
} from '../../src/domain/venue/venue.ts'
import { setDojoAccount } from '../../src/operator/payment-checks.ts'
import { withStore } from '../cli/context.ts'
import {
  choiceOption,
  jsonOption,
  locationOption,
  minorOption,
  numberOrOffOption,
  orNull,
  switchOption,
  textOption,
} from '../cli/options.ts'
import { details, table } from '../cli/output.ts'
import { newCommand, type Cli } from '../cli/program.ts'
import { reportCredential, revokeCredential, rotateCredential } from './location-credentials.ts'
import { setBillTemplate, setCounterKey, setDojoKey } from './location-files.ts'

export function locationCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addCommand(create(cli))
    .addCommand(list(cli))
    .addCommand(show(cli))
    .addCommand(set(cli))
    .addCommand(setBillTemplate(cli))
    .addCommand(setDojoKey(cli))
    .addCommand(setCounterKey(cli))
    .addCommand(rotateCredential(cli))
    .addCommand(revokeCredential(cli))
}

interface ChargeOptions {
  cashRoundingMinor?: number | 'off'
  serviceChargeTaxRateHundredths?: number | 'off'
}

function chargesOf({ cashRoundingMinor, serviceChargeTaxRateHundredths }: ChargeOptions) {
  return {
    cashRoundingMinor: orNull(cashRoundingMinor),
    serviceChargeTaxRateHundredths: orNull(serviceChargeTaxRateHundredths),
  }
}

interface CreateOptions extends ChargeOptions {
  name: string
  currency: Currency
  timezone?: string
  json?: boolean
}

function create(cli: Cli): Command {
  return newCommand(cli, 'create', 'create a venue and print its credential, which is shown once')
    .addOption(textOption('--name <name>', 'as guests know it').makeOptionMandatory())
    .addOption(
      choiceOption(
        '--currency <code>',
        'of the venue; it cannot be changed later',
        currencies,
      ).makeOptionMandatory(),
    )
    .addOption(
      textOption('--timezone <zone>', 'time zone of the times on bills (default: Europe/London)'),
    )
    .addOption(cashRoundingOption())
    .addOption(serviceChargeTaxOption())
    .addOption(jsonOption())
    .action(async ({ json, name, currency, timezone: timeZone, ...charges }: CreateOptions) => {
      await withStore(cli, async ({ store: { prisma }, database }) => {
        const { locationId, credential } = await createLocation(prisma, {
          name,
          currency,
          timeZone,
          ...chargesOf(charges),
        })
        reportCredential(cli, { locationId, credential, json, database })
      })
    })
}

function list(cli: Cli): Command {
  return newCommand(cli, 'list', 'list all venues')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const locations = await withStore(
        cli,
        async ({ store: { prisma } }) => await listLocations(prisma),
      )
      if (json === true) cli.printJson(locations)
      else if (locations.length === 0) {
        cli.remark('There is no venue yet. Create one with: npx epos location create')
      } else {
        cli.printTable(
          ['location', 'currency', 'timezone', 'name'],
          locations.map(({ locationId, currency, timeZone, name }) => [
            locationId,
            currency,
            timeZone,
            name,
          ]),
        )
      }
    })
}

function show(cli: Cli): Command {
  return newCommand(cli, 'show', 'show the settings and credentials of a venue')
    .addOption(locationOption())
    .addOption(jsonOption())
    .action(async ({ location, json }: { location: string; json?: boolean }) => {
      const summary = await withStore(
        cli,
        async ({ store: { prisma } }) => await showLocation(prisma, location),
      )
      if (json === true) cli.printJson(summary)
      else cli.print(summaryInWords(summary))
    })
}

const DEFAULT = 'default'

function cashRoundingOption(): Option {
  return numberOrOffOption(
    '--cash-rounding-minor <5|off>',
    'round cash payments to 5 cents, for venues that take EUR',
    { least: cashRoundings[0], most: cashRoundings[0] },
  )
}

function serviceChargeTaxOption(): Option {
  return numberOrOffOption(
    '--service-charge-tax-rate-hundredths <rate|off>',
    'the tax in the service charge of orders opened from now on: 2000 is 20 %; off for no tax',
    { least: 0, most: 10_000 },
  )
}

interface SetOptions extends ChargeOptions {
  location: string
  name?: string
  timezone?: string
  waiterAccess?: boolean
  onePartyPerTable?: boolean
  refuseOverlappingReservations?: boolean
  verifyPayments?: NonNullable<Settings['verifyPayments']> | typeof DEFAULT
  transport?: Transport
  lockedThen?: LockedThen
  counterTransport?: CounterTransport
  counterAccount?: string
  eposId?: string
  cardTips?: boolean
  cashbackMost?: number | 'off'
  unlinkedRefundMost?: number | 'off'
  dojoAccountId?: string
  json?: boolean
}

function set(cli: Cli): Command {
  const command = newCommand(cli, 'set', 'change the given settings, and show all of them')
    .addOption(locationOption())
    .addOption(
      textOption('--name <name>', 'as guests know it; bills keep the name in their template'),
    )
    .addOption(
      textOption('--timezone <zone>', 'time zone of the times on bills, such as Europe/London'),
    )
    .addOption(
      switchOption(
        '--waiter-access <on|off>',
        'a waiter finds only the orders of their own tables and areas',
      ),
    )
    .addOption(switchOption('--one-party-per-table <on|off>', 'refuse a second party at a table'))
    .addOption(
      switchOption(
        '--refuse-overlapping-reservations <on|off>',
        'a table can be booked only once at a time',
      ),
    )
    .addOption(
      choiceOption(
        '--verify-payments <when>',
        'check a payment with Dojo before it is answered, soon after, or never; the default is ' +
          'after where there is a Dojo key',
        [...verifyChoices, DEFAULT],
      ),
    )
    .addOption(
      choiceOption(
        '--locked-then <choice>',
        'a change of what is owed while somebody pays, by a till with orders of its own: refuse ' +
          'it, or have it wait for the end of the lock',
        lockedChoices,
      ),
    )
    .addOption(
      choiceOption(
        '--transport <transport>',
        'rest: Dojo calls this server; socket: it asks through a socket that this server opens ' +
          '(needs the Dojo API key); both. Then run npx epos register',
        transports,
      ),
    )
    .addOption(
      textOption(
        '--dojo-account-id <id>',
        'events of other accounts have no effect; detected automatically unless set. Setting it ' +
          'checks the payments whose events were ignored before',
      ),
    )
  return addCounterOptions(command)
    .addOption(jsonOption())
    .action(async (options: SetOptions) => {
      await changeLocation(cli, options)
    })
}

function addCounterOptions(command: Command): Command {
  return command
    .addOption(cashRoundingOption())
    .addOption(serviceChargeTaxOption())
    .addOption(
      choiceOption(
        '--counter-transport <transport>',
        "how tills reach card machines: rest: Dojo's API; socket: its Pay at Counter socket, " +
          'which needs --counter-account',
        counterTransports,
      ),
    )
    .addOption(
      textOption('--counter-account <name>', 'the account name that Dojo gave for that socket'),
    )
    .addOption(
      textOption(
        '--epos-id <id>',
        "the venue's name on that socket, unique for the account; default: the venue's own id",
      ),
    )
    .addOption(switchOption('--card-tips <on|off>', 'tills may add a tip to a card payment'))
    .addOption(
      minorOption(
        '--cashback-most <minor>',
        'the most cash that a guest gets with a card payment, in minor units; off for none',
      ),
    )
    .addOption(
      minorOption(
        '--unlinked-refund-most <minor>',
        'the most that one refund without a payment may come to, in minor units; off for none',
      ),
    )
}

async function changeLocation(
  cli: Cli,
  { location, json, timezone, verifyPayments, dojoAccountId, ...options }: SetOptions,
): Promise<void> {
  const { cashbackMost, unlinkedRefundMost, eposId, ...others } = options
  await withStore(cli, async ({ store, database }) => {
    await changeSettings(store, location, {
      ...others,
      eposId: eposId === DEFAULT ? null : eposId,
      cashbackMostMinor: cashbackMost === 'off' ? null : cashbackMost,
      unlinkedRefundMostMinor: unlinkedRefundMost === 'off' ? null : unlinkedRefundMost,
      ...chargesOf(options),
      timeZone: timezone,
      verifyPayments: verifyPayments === DEFAULT ? null : verifyPayments,
    })
    const checks =
      dojoAccountId === undefined ? 0 : await setDojoAccount(store, location, dojoAccountId)
    const summary = await showLocation(store.prisma, location)
    cli.printChange({ json, result: summary, text: summaryInWords(summary), database })
    if (checks > 0) {
      cli.remark(
        `The server checks ${checks === 1 ? 'a payment' : `${checks} payments`} with Dojo, whose ` +
          `events from ${dojoAccountId} were ignored in the last ` +
          `${limits.keptEventsCheckDays} days.`,
      )
    }
  })
}

function summaryInWords({ credentials, ...location }: LocationSummary): string {
  const onOff = (value: boolean): string => (value ? 'on' : 'off')
  const most = (minor: number | undefined): string =>
    minor === undefined ? 'off' : spoken(minor, location.currency)
  return [
    details([
      ['location', location.locationId],
      ['name', location.name],
      ['currency', location.currency],
      ['timezone', location.timeZone],
      ['waiter-access', onOff(location.waiterAccess)],
      ['one-party-per-table', onOff(location.onePartyPerTable)],
      ['refuse-overlapping-reservations', onOff(location.refuseOverlappingReservations)],
      ['cash-rounding-minor', String(location.cashRoundingMinor ?? 'off')],
      [
        'service-charge-tax-rate-hundredths',
        String(location.serviceChargeTaxRateHundredths ?? 'off'),
      ],
      ['verify-payments', location.verifyPayments],
      ['locked-then', location.lockedThen],
      ['transport', location.transport],
      ['counter-transport', location.counterTransport],
      ['counter-account', location.counterAccount ?? 'none'],
      ['epos-id', location.eposId],
      ['card-tips', onOff(location.cardTips)],
      ['cashback-most', most(location.cashbackMostMinor)],
      ['unlinked-refund-most', most(location.unlinkedRefundMostMinor)],
      ['dojo-account-id', location.dojoAccountId ?? 'not known yet'],
      ['Dojo API key', keyInWords(location)],
    ]),
    '',
    table(
      ['credential', 'created', 'revoked'],
      credentials.map(({ username, createdAt, revokedAt }) => [
        username,
        createdAt.toISOString(),
        revokedAt?.toISOString() ?? '',
      ]),
    ),
  ].join('\n')
}

function keyInWords({
  hasDojoKey,
  dojoKeyRefusedAt,
}: Pick<LocationSummary, 'hasDojoKey' | 'dojoKeyRefusedAt'>): string {
  if (!hasDojoKey) return 'none'
  if (dojoKeyRefusedAt === undefined) return 'stored'
  return `rejected by Dojo at ${dojoKeyRefusedAt.toISOString()}; replace it with set-dojo-key`
}
