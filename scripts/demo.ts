// An evening at the demo venue, played in one go: the server, the stand-in for Dojo, and the story
// of what happens.
import type { BenchView, MachineView } from '../src/sandbox/bench/views.ts'
import type { Sandbox } from '../src/sandbox/server.ts'
import { printBill } from '../src/sandbox/products/printer.ts'
import { bookSeatAndLeave, cancelBooking } from '../src/sandbox/products/bookings.ts'
import { balanceOf, splitEvenly } from '../src/sandbox/products/money.ts'
import { payAtTable } from '../src/sandbox/products/pay-at-table.ts'
import { createRunner, type Runner } from '../src/sandbox/products/runner.ts'
import type { Server } from '../src/server.ts'
import { defaultBillTemplate } from '../src/domain/paper/bill.ts'
import { createAsDojo } from '../src/operator/as-dojo.ts'
import { rotateCredential } from '../src/operator/credentials.ts'
import { openEvening } from '../src/operator/demo-evening.ts'
import { DEMO_NAME, seedDemo } from '../src/operator/demo.ts'
import { createLocation } from '../src/operator/locations.ts'
import { setBillTemplate } from '../src/operator/settings.ts'
import { createToken } from '../src/operator/tokens.ts'
import type { TillCalls } from '../src/till-client/index.ts'
import closeWithGrace from 'close-with-grace'
import { processIo } from './cli/io.ts'
import { Cli, newCommand, runProgram } from './cli/program.ts'
import { KEY, moneyAt, openStand, registerAt, type Stand } from './demo-stand.ts'
import { watchEvening } from './demo-watch.ts'

const TIPS_MINOR = 500

const cli = new Cli(processIo())

const tell = (text = ''): void => {
  cli.print(text)
}
const heading = (text: string): void => {
  tell(`\n${cli.paint('bold', text)}\n`)
}
const money = (minor: number): string =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' }).format(minor / 100)

interface Evening extends Stand {
  locationId: string
}

async function demo({ watch = false }: { watch?: boolean }): Promise<void> {
  const { stand: opening, close } = openStand('demo')
  const ending = new AbortController()
  const tidyUp = async (): Promise<void> => {
    ending.abort()
    await close()
  }
  // Ctrl-C, or a reader that leaves early, leaves nothing behind either.
  const graceful = closeWithGrace({ logger: false }, tidyUp)
  cli.io.onInterrupt(graceful.close)
  try {
    const stand = await opening
    const evening = { ...stand, locationId: await openVenue(stand.server) }
    await play(evening)
    if (watch) await goOn(evening, ending.signal)
  } catch (error) {
    // Whatever fails because the demo is being ended is no news.
    if (!ending.signal.aborted) throw error
  } finally {
    graceful.uninstall()
    await tidyUp()
  }
}

async function openVenue({ store: { prisma, database }, asOwner }: Server): Promise<string> {
  const { locationId } = await createLocation(prisma, { name: DEMO_NAME, currency: 'GBP' })
  await asOwner(locationId, seedDemo)
  const { header, footer } = defaultBillTemplate(DEMO_NAME)
  const survey = {
    lineType: 'URL',
    url: {
      url: 'https://redlion.example/tell-us',
      description: 'How was your evening?',
      showQr: true,
      showUrl: true,
    },
  }
  await setBillTemplate(database, locationId, { header, footer: [...footer, survey] })
  return locationId
}

async function play(stand: Evening): Promise<void> {
  const {
    sandbox: { simulation: world },
  } = stand
  tell(`The server listens on ${stand.serverUrl}/, a stand-in for Dojo on ${stand.sandboxUrl}/.`)
  await register(stand)
  const stageOf = (product: string): Runner =>
    createRunner({
      simulation: world,
      account: world.account(KEY),
      seed: product,
      product,
      onStep: (step, isOver) => {
        if (isOver) {
          const succeeded = step.status === 'SUCCESS'
          tell(`  ${succeeded ? cli.paint('green', '✓') : cli.paint('red', '✗')} ${step.name}`)
        }
      },
    })
  await playPayAtTable(stageOf('PayAtTable'))
  await playGhost(stand, stageOf('PayAtTable'))
  await playBookings(stageOf('Bookings'))
  heading('What Dojo wrote down')
  await stand.server.jobs!.idle()
  await world.clock.idle()
  for (const { text } of world.account(KEY).log) tell(`  ${text}`)
}

/** The evening goes on, to be watched in the console. */
async function goOn(stand: Evening, signal: AbortSignal): Promise<void> {
  const { server, serverUrl, sandbox, sandboxUrl, locationId } = stand
  const { token } = await createToken(server.store.prisma, locationId, {
    role: 'manager',
    tillName: 'Office',
  })
  heading('The evening goes on until you press Ctrl-C')
  tell(`  The console    ${serverUrl}/console\n                 with the token ${token}`)
  tell(`  Card machines  ${sandboxUrl}/#${KEY}\n`)
  const machine = await switchOn(stand)
  await server.asOwner(locationId, async (till) => {
    // The tables of the story are over: others come, with all that an evening has to look at.
    const { orderIds } = await seedDemo(till)
    const credential = await rotateCredential(server.store.prisma, locationId)
    const dojo = createAsDojo(server.app, '', credential)
    await openEvening({ till, dojo, money: moneyAt(stand) }, orderIds)
    await putMenu(stand, till)
    await watchEvening({
      till,
      touch: async (touch) =>
        await callSandbox<MachineView>(sandbox, 'POST', `/machines/${machine}/touches`, touch),
      signal,
      tell: (text) => {
        tell(`  ${text}`)
      },
    })
  })
}

/** @returns the id of one machine more, which leaves the others to people */
async function switchOn({ sandbox }: Stand): Promise<string> {
  const { machines } = await callSandbox<BenchView>(sandbox, 'POST', '/machines')
  return machines.at(-1)!.id
}

/** What guests can order on a phone is what the venue sells. */
async function putMenu({ sandbox }: Stand, till: TillCalls): Promise<void> {
  const { menu = [] } = await till.get('/setup')
  const items = menu
    .filter(({ kind }) => kind === 'Item')
    .map(({ plu, name, priceMinor }) => ({ plu, name, priceMinor }))
  await callSandbox(sandbox, 'PUT', '/menu', { currencyCode: 'GBP', items })
}

/** @throws Error with the stand-in's sentence */
async function callSandbox<Answer>(
  { app }: Sandbox,
  method: 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await app.inject({
    method,
    url: `/sandbox${path}`,
    headers: { authorization: `Basic ${KEY}` },
    payload: body,
  })
  const answer = response.json<Answer & { detail?: string }>()
  if (response.statusCode !== 200) throw new Error(answer.detail)
  return answer
}

async function register(evening: Evening): Promise<void> {
  const { locationId, serverUrl } = evening
  heading('The venue registers with Dojo')
  const { registered } = (await registerAt(evening, locationId)).comparison
  tell(`  ${DEMO_NAME} (${locationId}) offers ${registered.length} capabilities at ${serverUrl}.`)
}

async function playPayAtTable(stage: Runner): Promise<void> {
  heading('Pay at Table: two friends split a bill, and one of them tips')
  const orders = (await stage.callOk('SearchOrders', { payableOnly: true })).data ?? []
  for (const order of orders) {
    const name = (order.displayName ?? order.id).padEnd(24)
    tell(`  On the card machine: ${name} ${money(balanceOf(order)).padStart(10)}`)
  }
  const order = orders[0]!
  const [first] = splitEvenly(balanceOf(order), 2)
  const waiterId = order.details.dineIn!.waiterId!
  const { payments } = await payAtTable(stage, {
    orderId: order.id,
    waiterId,
    printBill: true,
    payments: [{ amountMinor: first!, tipsMinor: TIPS_MINOR }, {}],
  })
  for (const { amountMinor, tipsMinor, outcome } of payments) {
    const tip = tipsMinor === 0 ? '' : ` and a tip of ${money(tipsMinor)}`
    tell(`  ${money(amountMinor)}${tip}: ${outcome}`)
  }
  const paid = await stage.callOk('GetOrderById', { orderId: order.id })
  tell(`  The order owes ${money(balanceOf(paid))} and is ${paid.status}.\n`)
  tell(
    printBill(await stage.callOk('GetOrderBillById', { orderId: order.id }), {
      timeZone: 'Europe/London',
    }).replace(/^(?=.)/gm, '    '),
  )
}

async function playGhost(
  { server: { store }, sandbox: { simulation: world }, locationId }: Evening,
  stage: Runner,
): Promise<void> {
  heading('A ghost payment: the bill says paid, the answer is lost, and Dojo gives the money back')
  const order = (await stage.callOk('SearchOrders', { payableOnly: true })).data![0]!
  world
    .faultsOf(world.account(KEY))
    .add({ kind: 'reply-lost', on: 'RecordOrderPaymentById', times: 1 })
  const {
    payments: [ghost],
  } = await payAtTable(stage, { orderId: order.id, payments: [{}] })
  tell(
    `  ${money(ghost!.amountMinor)} for ${order.displayName}: recorded, but Dojo never heard so, ` +
      'and took it back.',
  )
  await world.clock.idle()
  const healed = await stage.callOk('GetOrderById', { orderId: order.id })
  tell(`  The order owes ${money(balanceOf(healed))} and is ${healed.status}: healed. Its history:`)
  const history = await store.prisma.orderHistory.findMany({
    where: { locationId, orderId: order.id, action: { startsWith: 'Payment' } },
    orderBy: { sequence: 'asc' },
  })
  for (const { action, detail } of history) {
    const { reason } = detail as { reason?: string }
    tell(`    ${action}${reason === undefined ? '' : `, ${reason}`}`)
  }
  const {
    payments: [paid],
  } = await payAtTable(stage, { orderId: order.id, payments: [{}] })
  tell(`  ${money(paid!.amountMinor)}: ${paid!.outcome}, at the second go.`)
}

async function playBookings(stage: Runner): Promise<void> {
  heading('Bookings: a table is booked, changed, seated, and free again')
  const { reservation, party, left } = await bookSeatAndLeave(stage)
  tell(
    `  ${reservation.name}, party of ${party.covers}, left at ${left.endTime?.slice(11, 16)} UTC.`,
  )
  await cancelBooking(stage, reservation.id)
}

const command = newCommand(
  cli,
  'npm run demo --',
  'Plays an evening: starts this server and a stand-in for Dojo on free ports, with a database ' +
    'of their own that is gone afterwards; registers the demo venue; plays a Pay at Table with a ' +
    'split and a tip, a ghost payment that is healed, and a Bookings evening.',
)
  .option(
    '--watch',
    'let the evening go on, slowly enough to follow in the console and on a machine',
  )
  .action(demo)
process.exitCode = await runProgram(command, cli, process.argv.slice(2))
