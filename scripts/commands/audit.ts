// A day's payments here, compared with those at Dojo.
import type { Command } from 'commander'
import { auditDay, type DayReport } from '../../src/dojo/jobs/audit-day.ts'
import { spoken } from '../../src/domain/money.ts'
import {
  differenceKinds,
  exemptions,
  type Difference,
  type DifferenceKind,
  type Exemption,
  type Tally,
} from '../../src/domain/payments/audit.ts'
import { isCalendarDay } from '../../src/domain/venue/day.ts'
import { limits } from '../../src/limits.ts'
import { dojoOf } from '../../src/operator/dojo.ts'
import { withStore } from '../cli/context.ts'
import { jsonOption, locationOption, textOption } from '../cli/options.ts'
import { plain, table } from '../cli/output.ts'
import { newCommand, UsageFault, type Cli } from '../cli/program.ts'

const HELP = `
Shows what agrees, each difference with both amounts and what to do about it, and each waiter's
tips. Changes nothing. The server does the same every night for the day before, and checks each
payment that differs. Needs SOFTWARE_HOUSE_ID and the venue's Dojo API key: npx epos location set-dojo-key

Exit code 0 when everything agrees, 1 when something differs or Dojo cannot be asked.`

const KINDS: Readonly<Record<DifferenceKind, string>> = {
  missingHere: 'missing here',
  missingThere: 'missing at Dojo',
  differentAmount: 'different amount',
  differentState: 'different state',
  refunded: 'refunded differently',
}

const EXEMPTIONS: Readonly<Record<Exemption, string>> = {
  deposits: 'deposits of parties',
  otherDays: 'recorded on another day',
  underWay: 'still in progress',
}

interface Options {
  location: string
  date: string
  json?: boolean
}

export function auditCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addOption(locationOption())
    .addOption(
      textOption(
        '--date <day>',
        "a day of the venue's calendar, such as 2026-11-20",
      ).makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async ({ location, date, json }: Options) => {
      if (!isCalendarDay(date)) {
        throw new UsageFault(`--date is a day such as 2026-11-20, not ${date}.`)
      }
      const report = await withStore(cli, async (context) => {
        const askDojo = await dojoOf(context, location)
        return await askDojo(
          async (client) => await auditDay(context.store.database, client, location, date),
        )
      })
      if (json === true) cli.printJson(report)
      else cli.print(reportInWords(report))
      if (report.differences.length > 0) cli.exitCode = 1
    })
}

function reportInWords({ currency, differences, total, ...report }: DayReport): string {
  const { venue, day, from, until, timeZone } = report
  const parts = [`${plain(venue)} on ${day}, from ${from} until ${until} (${timeZone})`]
  if (!report.isOver) {
    parts.push(
      `Payments of the last ${limits.dojoLagSeconds} seconds are left out: they may still ` +
        'be in progress.',
    )
  }
  parts.push(tallies({ ...report, total, currency }))
  const exempt = exemptions
    .filter((name) => report.exempt[name].count > 0)
    .map((name) => {
      const { count, thereMinor } = report.exempt[name]
      return [EXEMPTIONS[name], String(count), spoken(thereMinor, currency)]
    })
  if (exempt.length > 0) {
    const headers = ["not this day's", 'payments', 'at Dojo']
    parts.push(table(headers, exempt, { areNumbers: true }))
  }
  const { count, amountMinor } = report.unlinkedRefunds
  if (count > 0) {
    parts.push(
      `Refunds without a payment: ${count}, ${spoken(amountMinor, currency)} in all. Dojo has no ` +
        "payment intents of them: compare them with Dojo's settlement.",
    )
  }
  parts.push(...differences.map((difference) => differenceInWords(difference, currency)))
  if (report.tips.length > 0) {
    const tips = report.tips.map(({ waiterId, waiterName, tipsMinor }) => [
      waiterName ?? waiterId ?? 'no waiter',
      spoken(tipsMinor, currency),
    ])
    parts.push(table(['waiter', 'tips'], tips, { areNumbers: true }))
  }
  parts.push(
    differences.length === 0
      ? 'Everything agrees.'
      : `${differences.length} of ${total.count} do not agree.`,
  )
  return parts.join('\n\n')
}

function tallies({
  matched,
  different,
  total,
  currency,
}: Pick<DayReport, 'matched' | 'different' | 'total' | 'currency'>): string {
  const row = (label: string, { count, hereMinor, thereMinor }: Tally): string[] => [
    label,
    String(count),
    spoken(hereMinor, currency),
    spoken(thereMinor, currency),
  ]
  return table(
    ['result', 'payments', 'here', 'at Dojo'],
    [
      row('agree', matched),
      ...differenceKinds
        .filter((kind) => different[kind].count > 0)
        .map((kind) => row(KINDS[kind], different[kind])),
      row('all', total),
    ],
    { areNumbers: true },
  )
}

function differenceInWords(
  { kind, paymentIntentId, orderId, orderName, here, there, toDo }: Difference,
  currency: string,
): string {
  const order = orderId === undefined ? 'no order' : `${orderName} (${orderId})`
  let ours = 'nothing'
  if (here !== undefined) ours = `${amountsInWords(here, currency)}${here.voided ? ', void' : ''}`
  let theirs = 'nothing'
  if (there !== undefined) theirs = `${amountsInWords(there, there.currency)}, ${there.status}`
  return [
    `${KINDS[kind]}: ${order}, ${paymentIntentId}`,
    `  here     ${ours}`,
    `  at Dojo  ${theirs}`,
    `  ${toDo}`,
  ]
    .map(plain)
    .join('\n')
}

function amountsInWords(
  side: { amountMinor: number; tipsMinor: number; refundedMinor: number },
  currency: string,
): string {
  const parts = [spoken(side.amountMinor, currency)]
  if (side.tipsMinor !== 0) parts.push(`tip ${spoken(side.tipsMinor, currency)}`)
  if (side.refundedMinor !== 0) parts.push(`${spoken(side.refundedMinor, currency)} refunded`)
  return parts.join(', ')
}
