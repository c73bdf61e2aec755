// Payments that need somebody to look into them.
import type { Command } from 'commander'
import { spoken } from '../../src/domain/money.ts'
import { limits } from '../../src/limits.ts'
import { showLocation, type Currency } from '../../src/operator/locations.ts'
import { checkPayment } from '../../src/operator/payment-checks.ts'
import { readNamedOrders } from '../../src/store/payments/audits.ts'
import { orderNamesOf } from '../../src/domain/payments/audit.ts'
import { dismissUnmatched } from '../../src/actions/payments/dismiss-unmatched.ts'
import {
  readDismissedPayments,
  readUnmatchedPayments,
  type UnmatchedPayment,
} from '../../src/store/payments/unmatched.ts'
import { withStore } from '../cli/context.ts'
import { jsonOption, locationOption, textOption } from '../cli/options.ts'
import { newCommand, type Cli } from '../cli/program.ts'

export function paymentCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addCommand(unmatched(cli))
    .addCommand(check(cli))
    .addCommand(dismiss(cli))
}

interface UnmatchedOptions {
  location: string
  json?: boolean
  dismissed?: boolean
}

function unmatched(cli: Cli): Command {
  return newCommand(
    cli,
    'unmatched',
    'list the money at Dojo and the payments here that do not match, with the reason',
  )
    .addOption(locationOption())
    .option('--dismissed', 'list those that were dismissed, with the reason')
    .addOption(jsonOption())
    .action(async ({ location, json, dismissed }: UnmatchedOptions) => {
      if (dismissed === true) {
        await listDismissed(cli, location, json)
        return
      }
      const { payments, currency, orderNames } = await withStore(
        cli,
        async ({ store: { prisma, database } }) => {
          const { currency } = await showLocation(prisma, location)
          const payments = await readUnmatchedPayments(database, location)
          const orderIds = payments.flatMap(({ orderId }) => orderId ?? [])
          return {
            payments,
            currency,
            orderNames: orderNamesOf(await readNamedOrders(database, location, orderIds)),
          }
        },
      )
      if (json === true) {
        cli.printJson(payments)
        return
      }
      if (payments.length === 0) {
        cli.remark('Every payment matches.')
        return
      }
      cli.printTable(
        ['payment', 'amount', 'tip', 'status', 'since', 'order', 'reason'],
        payments.map((payment) => rowOf(payment, currency, orderNames)),
      )
      cli.remark(
        'Give the money back at Dojo, or put right what the reason says. Then run: ' +
          `npx epos payment check --location ${location} --payment-intent ID\n` +
          'Where there is nothing to do: ' +
          `npx epos payment dismiss --location ${location} --payment-intent ID --reason TEXT`,
      )
    })
}

async function listDismissed(cli: Cli, location: string, json: boolean | undefined): Promise<void> {
  const payments = await withStore(cli, async ({ store: { prisma, database } }) => {
    await showLocation(prisma, location)
    return await readDismissedPayments(database, location)
  })
  if (json === true) cli.printJson(payments)
  else if (payments.length === 0) cli.remark('No payment was dismissed.')
  else {
    cli.printTable(
      ['payment', 'dismissed', 'by', 'because', 'was on the list for'],
      payments.map(({ paymentIntentId, dismissedAt, dismissedBy, dismissedReason, reason }) => [
        paymentIntentId,
        dismissedAt.toISOString(),
        dismissedBy ?? 'an operator',
        dismissedReason,
        reason,
      ]),
    )
  }
}

function rowOf(
  { paymentIntentId, since, reason, status, ...payment }: UnmatchedPayment,
  currency: Currency,
  orderNames: ReadonlyMap<string, string>,
): string[] {
  const money = (amount: number | null): string =>
    amount === null ? 'unknown' : spoken(amount, currency)
  return [
    paymentIntentId,
    money(payment.amountMinor),
    payment.tipsMinor === 0 ? '' : money(payment.tipsMinor),
    status ?? 'unknown',
    since.toISOString(),
    orderOf(payment, orderNames),
    reason,
  ]
}

function orderOf(
  { orderId, externalId }: Pick<UnmatchedPayment, 'orderId' | 'externalId'>,
  orderNames: ReadonlyMap<string, string>,
): string {
  if (orderId !== null) return `${orderNames.get(orderId)} (${orderId})`
  return externalId === null ? '' : `${externalId}, not here`
}

interface CheckOptions {
  location: string
  paymentIntent: string
  json?: boolean
}

function check(cli: Cli): Command {
  return newCommand(
    cli,
    'check',
    "have the running server read a payment's state from Dojo and act on it: void the payment " +
      'here, reduce it by what was refunded, or record it where no order has it',
  )
    .addOption(locationOption())
    .addOption(
      textOption('--payment-intent <id>', "Dojo's id of the payment").makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .addHelpText('after', "\nNeeds SOFTWARE_HOUSE_ID and the venue's Dojo API key.")
    .action(async ({ location, paymentIntent, json }: CheckOptions) => {
      await withStore(cli, async (context) => {
        const refusedAt = await checkPayment(context, location, paymentIntent)
        cli.printChange({
          json,
          result: {
            locationId: location,
            paymentIntentId: paymentIntent,
            dojoKeyRefusedAt: refusedAt,
          },
          text:
            `The check of ${paymentIntent} is queued. The running server makes it and logs the ` +
            `result. Until then: npx epos jobs list --location ${location}`,
          database: context.database,
        })
        if (refusedAt !== undefined) {
          cli.remark(
            `Dojo rejected the venue's API key at ${refusedAt.toISOString()}. Calls to Dojo are ` +
              `paused for ${limits.dojoKeyRefusedPauseSeconds / 60} minutes after that, or until ` +
              'the key is replaced: npx epos location set-dojo-key',
          )
        }
      })
    })
}

interface DismissOptions extends CheckOptions {
  reason: string
}

function dismiss(cli: Cli): Command {
  return newCommand(
    cli,
    'dismiss',
    'take a payment off the unmatched list, because somebody has looked into it',
  )
    .addOption(locationOption())
    .addOption(
      textOption('--payment-intent <id>', "Dojo's id of the payment").makeOptionMandatory(),
    )
    .addOption(
      textOption(
        '--reason <text>',
        'why there is nothing to do, for the record',
      ).makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nChanges no bill and moves no money. The payment comes back on the list when a check or ' +
        'an\nevent finds another reason. See also: npx epos payment unmatched --dismissed',
    )
    .action(async ({ location, paymentIntent, reason, json }: DismissOptions) => {
      await withStore(cli, async ({ store: { prisma, database }, ...context }) => {
        await showLocation(prisma, location)
        const was = await dismissUnmatched(database, location, {
          paymentIntentId: paymentIntent,
          reason,
          by: undefined,
        })
        cli.printChange({
          json,
          result: { locationId: location, paymentIntentId: paymentIntent, unmatchedReason: was },
          text: `${paymentIntent} is off the list of unmatched payments. It was there because: ${was}`,
          database: context.database,
        })
      })
    })
}
