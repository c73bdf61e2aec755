// A day's payments here, held against those at Dojo.
import { createDojoClient } from '../src/dojo/client/index.ts'
import {
  differenceKinds,
  exemptions,
  type Difference,
  type DifferenceKind,
  type Exemption,
  type Tally,
} from '../src/domain/payments/audit.ts'
import { isCalendarDay } from '../src/domain/venue/day.ts'
import { invalid } from '../src/domain/errors.ts'
import { spoken } from '../src/domain/money.ts'
import { limits } from '../src/limits.ts'
import { auditDay, type DayReport } from '../src/dojo/jobs/audit-day.ts'
import { readDojoKey, showLocation } from '../src/operator/locations.ts'
import { secretsKeyOf } from '../src/operator/secrets-key.ts'
import { runCommand, UsageFault } from './command.ts'
import { withStore, type Surroundings } from './cli-context.ts'
import { plain } from './terminal.ts'

const KINDS: Readonly<Record<DifferenceKind, string>> = {
  missingHere: 'missing here',
  missingThere: 'missing at Dojo',
  differentAmount: 'different amount',
  differentState: 'different state',
  refunded: 'refunded differently',
}

const EXEMPTIONS: Readonly<Record<Exemption, string>> = {
  deposits: 'deposits of parties',
  otherDays: 'recorded in another day',
  underWay: 'still on their way',
}

await runCommand({
  help: `Usage: npm run audit -- --location ID --date 2026-11-20 [--json]

Holds a day's payments, as they are recorded here, against Dojo's payment intents: what agrees, each difference with the two
amounts and what to do, and the tips of each waiter. Asks only, and changes nothing; the server does the same by itself every night
for the day before, and then has each difference checked. Needs SOFTWARE_HOUSE_ID and the venue's key: npm run location -- set-dojo-key

  --location ID   the venue
  --date DAY      a day of the venue's own calendar
  --json          prints JSON

Exit code 0 when all agrees, 1 when something does not or could not be asked, 2 when it was typed wrongly.
`,
  options: { location: { type: 'string' }, date: { type: 'string' }, json: { type: 'boolean' } },
  run: async ({ location, date, json }, [extra]) => {
    if (extra !== undefined) {
      throw new UsageFault('There is nothing to give but options, which begin with --.')
    }
    if (location === undefined || location === '') throw new UsageFault('--location is missing.')
    if (date === undefined) throw new UsageFault('--date is missing.')
    if (!isCalendarDay(date)) {
      throw new UsageFault(`--date is a day such as 2026-11-20, not ${date}.`)
    }
    const report = await withStore(
      async (surroundings) => await audit(surroundings, location, date),
    )
    process.stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : inWords(report))
    process.exitCode = report.differences.length === 0 ? 0 : 1
  },
})

async function audit(
  { config, store: { prisma, database } }: Surroundings,
  locationId: string,
  date: string,
): Promise<DayReport> {
  const { dojoApiUrl: apiUrl, softwareHouseId, resellerId } = config
  const { hasDojoKey } = await showLocation(prisma, locationId)
  // Without a key there is nothing to open, and no need for what opens it.
  const key = await readDojoKey(
    prisma,
    locationId,
    hasDojoKey ? secretsKeyOf({ ...config, embedded: config.databaseUrl === undefined }) : '',
  )
  if (softwareHouseId === undefined) {
    throw invalid('SOFTWARE_HOUSE_ID is not set: Dojo gives every EPOS company one.')
  }
  const client = createDojoClient({ apiUrl, key, softwareHouseId, resellerId })
  try {
    return await auditDay(database, client, locationId, date)
  } finally {
    await client.close()
  }
}

// --- printing

function inWords({
  venue,
  day,
  timeZone,
  currency,
  from,
  until,
  isOver,
  matched,
  different,
  total,
  exempt,
  differences,
  tips,
}: DayReport): string {
  const row = (label: string, { count, hereMinor, thereMinor }: Tally): string[] => [
    label,
    String(count),
    spoken(hereMinor, currency),
    spoken(thereMinor, currency),
  ]
  const table = [
    ['', 'payments', 'here', 'at Dojo'],
    row('agree', matched),
    ...differenceKinds
      .filter((kind) => different[kind].count > 0)
      .map((kind) => row(KINDS[kind], different[kind])),
    row('all', total),
  ]
  const aside = exemptions
    .filter((name) => exempt[name].count > 0)
    .map((name) => [
      EXEMPTIONS[name],
      String(exempt[name].count),
      spoken(exempt[name].thereMinor, currency),
    ])
  return [
    `${plain(venue)} on ${day}, from ${from} until ${until} (${timeZone})`,
    ...(isOver
      ? []
      : [
          `What came in the last ${limits.dojoLagSeconds} seconds is left out: it may still be on its way.`,
        ]),
    columns(table),
    ...(aside.length === 0 ? [] : [`At Dojo, and no payments of this day\n${columns(aside)}`]),
    ...differences.map((difference) => told(difference, currency)),
    ...(tips.length === 0
      ? []
      : [
          `Tips\n${columns(tips.map(({ waiterId, waiterName, tipsMinor }) => [plain(waiterName ?? waiterId ?? 'no waiter'), spoken(tipsMinor, currency)]))}`,
        ]),
    differences.length === 0
      ? 'Everything agrees.'
      : `${differences.length} of ${total.count} do not agree.`,
  ]
    .map((part) => `${part}\n`)
    .join('\n')
}

function told(
  { kind, paymentIntentId, orderId, orderName, here, there, toDo }: Difference,
  currency: string,
): string {
  const parts = (
    side: { amountMinor: number; tipsMinor: number; refundedMinor: number },
    unit: string,
  ): string =>
    [
      spoken(side.amountMinor, unit),
      ...(side.tipsMinor === 0 ? [] : [`tip ${spoken(side.tipsMinor, unit)}`]),
      ...(side.refundedMinor === 0
        ? []
        : [`of which ${spoken(side.refundedMinor, unit)} went back`]),
    ].join(', ')
  const ours =
    here === undefined ? 'nothing' : `${parts(here, currency)}${here.stands ? '' : ', void'}`
  const theirs =
    there === undefined ? 'nothing' : `${parts(there, there.currency)}, ${there.status}`
  return [
    `${KINDS[kind]}: ${orderId === undefined ? 'no order' : `${orderName} (${orderId})`}, ${paymentIntentId}`,
    `  here     ${ours}`,
    `  at Dojo  ${theirs}`,
    `  ${toDo}`,
  ]
    .map(plain)
    .join('\n')
}

/** The first to the left, the others to the right. */
function columns(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]! + 2),
        )
        .join(''),
    )
    .join('\n')
}
