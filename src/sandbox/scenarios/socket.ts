// An EPOS that is called over a WebSocket: its pings, its reconnects, and what becomes of a call
// whose connection breaks.
import type { CapabilityName, Schemas } from '../../contract/capabilities.ts'
import { CUT, SERVICE_RESTART, type Connection } from '../gateway/connection.ts'
import type { Line } from '../gateway/line.ts'
import type { Fault } from '../kit/faults.ts'
import { balanceOf } from '../products/money.ts'
import { ScenarioSkipped, type Runner } from '../products/runner.ts'
import {
  expectPaid,
  expectPayments,
  inParallel,
  openOrder,
  orderParameter,
  type Scenario,
} from './scenario.ts'
import { paidByCard } from './stress.ts'

const socket = {
  section: 'WebSocket',
  products: ['pay-at-table', 'order-and-pay', 'bookings'],
  mandatory: true,
  transport: 'socket',
  needs: [],
} as const satisfies Partial<Scenario>

const paying = {
  ...socket,
  products: ['pay-at-table', 'order-and-pay'],
  needs: ['GetOrderById', 'RecordOrderPaymentById'],
  parameters: [orderParameter],
  usesUpOrder: true,
} as const satisfies Partial<Scenario>

/** Enough that answers overtake each other, and no load. */
const CALLS_AT_ONCE = 40
const PINGS = 3
/** A timer that is set to the limit fires a little after it. */
const SLACK = 1.1

const lineOf = ({ simulation, account }: Runner): Line => simulation.gateway.lineOf(account)

/**
 * The open connection, after a moment in which an EPOS may connect again.
 * @throws ScenarioSkipped for an EPOS that is not called over a WebSocket
 */
async function connected(runner: Runner): Promise<Connection> {
  if (runner.account.ws === undefined) {
    throw new ScenarioSkipped('Needs an EPOS that is registered with PUT /epos/integrations/ws.')
  }
  const line = lineOf(runner)
  return await runner.step('Find the WebSocket', async () => {
    const connection = line.routed() ?? (await line.nextConnection(line.times.reconnectMs))
    runner.expect(
      'the EPOS is connected',
      connection !== undefined,
      'no WebSocket',
      'Connect to the gateway again whenever the connection ends, whatever its close code.',
    )
    return connection!
  })
}

const PROBES = ['ListAreas', 'SearchTables', 'SearchOrders', 'SearchParties'] as const

/** A call that changes nothing and needs to know nothing. */
async function probe(runner: Runner): Promise<void> {
  const name: CapabilityName | undefined = PROBES.find((each) => runner.isRegistered(each))
  if (name !== undefined) await runner.callOk(name, {})
  else await runner.call('GetOrderById', { orderId: 'none' })
}

/** Breaks the connection, and expects another one that serves. @throws ExpectationFailed */
async function expectReconnect(
  runner: Runner,
  what: string,
  { withinMs, breakIt }: { withinMs: number; breakIt: () => void },
): Promise<void> {
  let startedMs = 0
  await runner.step(what, async () => {
    startedMs = performance.now()
    const next = lineOf(runner).nextConnection(withinMs)
    breakIt()
    const isBack = (await next) !== undefined
    runner.expect(
      `the EPOS connects again within ${withinMs / 1000} s`,
      isBack,
      'it does not',
      'Connect again whenever the connection ends, after 1 s at first, and after longer waits ' +
        '(30 s at most) only while that fails.',
    )
    runner.note(`It took ${Math.round(performance.now() - startedMs)} ms.`)
  })
  await runner.step('Call it on the new connection', async () => {
    await probe(runner)
    const tookMs = Math.round(performance.now() - startedMs)
    runner.expect(
      `the EPOS serves again within ${withinMs / 1000} s`,
      tookMs <= withinMs,
      `${tookMs} ms after the connection broke`,
      'Answer on a new connection as soon as it is open: a card machine waits meanwhile.',
    )
  })
}

/** Pays a third of an open order while the fault hits the payment, and expects one effect. */
async function payUnderFault(runner: Runner, fault: Fault): Promise<void> {
  await connected(runner)
  const order = await runner.step('Get an open order', async () => await openOrder(runner))
  const payment = paidByCard(runner, order, Math.floor(balanceOf(order) / 3), 100)
  await runner.step('Record a payment', async () => {
    runner.simulation
      .faultsOf(runner.account)
      .add({ ...fault, on: 'RecordOrderPaymentById', times: 1 })
    const { status, noAnswer } = await runner.send('RecordOrderPaymentById', {
      orderId: order.id,
      ...payment,
    })
    runner.expect(
      'the repetition is answered with a result',
      status === 200,
      noAnswer ?? status,
      'The same id is the same request: carry it out once, and answer each time it comes. ' +
        'The paymentIntentId tells a repetition as well.',
    )
  })
  await runner.step('Read the order', async () => {
    await expectOnePayment(runner, order, payment)
  })
}

async function expectOnePayment(
  runner: Runner,
  order: Schemas['Order'],
  payment: Schemas['PaymentWithLockId'],
): Promise<void> {
  const { paymentIntentId, paidAmount } = payment
  const after = await expectPaid(runner, order, paidAmount.value)
  expectPayments(runner, after, [
    { paymentIntentId, amountMinor: paidAmount.value, tipsMinor: 100 },
  ])
}

export const socketScenarios: readonly Scenario[] = [
  {
    ...socket,
    name: 'WebSocket Pings',
    expected: 'Each ping of the gateway is answered within a few seconds.',
    run: async (runner) => {
      const connection = await connected(runner)
      const { pongMs } = lineOf(runner).times
      await runner.step(`Ping ${PINGS} times`, async () => {
        for (let count = 0; count < PINGS; count++) {
          const milliseconds = await connection.ping(pongMs)
          runner.expect(
            `a pong comes within ${pongMs / 1000} s`,
            milliseconds !== undefined,
            'none',
            'Answer every ping frame with a pong frame. Most libraries do, if nothing blocks them.',
          )
        }
      })
    },
  },
  {
    ...socket,
    name: 'One WebSocket',
    mandatory: false,
    expected: 'The EPOS keeps one connection open. Of several, one alone is called.',
    run: async (runner) => {
      await connected(runner)
      await runner.step('Count the connections', async () => {
        const count = lineOf(runner).connections().length
        runner.expect(
          'one connection is open',
          count === 1,
          `${count} connections`,
          'Open one connection for a key, and close the old one before you open another.',
        )
      })
    },
  },
  {
    ...socket,
    name: 'Answers under Their Ids',
    products: ['pay-at-table', 'order-and-pay'],
    needs: ['GetOrderById'],
    parameters: [orderParameter],
    expected: `${CALLS_AT_ONCE} calls at once get their own answers, each under the id of its call.`,
    run: async (runner) => {
      await connected(runner)
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      await runner.step(`Ask ${CALLS_AT_ONCE} times at once`, async () => {
        // Every second id is unknown, so that swapped answers show.
        const exchanges = await inParallel(CALLS_AT_ONCE, async (index) =>
          index % 2 === 0
            ? await runner.call('GetOrderById', { orderId: order.id })
            : await runner.call('GetOrderById', { orderId: `no-such-order-${index}` }),
        )
        const wrong = exchanges.filter(({ output, refusal }, index) =>
          index % 2 === 0 ? output?.id !== order.id : refusal?.errorType !== 'NotFound',
        )
        runner.expect(
          'each answer is that of its call',
          wrong.length === 0,
          `${wrong.length} of ${CALLS_AT_ONCE} answers are those of other calls`,
          'Answer with the id of the request that the answer is for, however many are open.',
        )
      })
    },
  },
  {
    ...socket,
    name: 'Reconnect after a Close',
    expected:
      'After a close frame with 1012, the EPOS connects again and serves within 10 seconds.',
    run: async (runner) => {
      const connection = await connected(runner)
      await expectReconnect(runner, 'Close the connection with 1012', {
        withinMs: lineOf(runner).times.reconnectMs,
        breakIt: () => {
          connection.close(SERVICE_RESTART)
        },
      })
    },
  },
  {
    ...socket,
    name: 'Reconnect after a Cut',
    expected: 'After a cut without a word, the EPOS connects again and serves within 10 seconds.',
    run: async (runner) => {
      const connection = await connected(runner)
      await expectReconnect(runner, 'Cut the connection', {
        withinMs: lineOf(runner).times.reconnectMs,
        breakIt: () => {
          connection.close(CUT)
        },
      })
    },
  },
  {
    ...paying,
    name: 'Request in Flight at a Disconnect',
    expected:
      'A payment whose answer is lost with the connection comes again under the same id after ' +
      'the reconnect. It is answered and counted once.',
    run: async (runner) => {
      await payUnderFault(runner, { kind: 'socket-answer-dropped' })
    },
  },
  {
    ...paying,
    name: 'Request Sent Twice under One Id',
    expected: 'A payment that comes twice at once under the same id is answered and counted once.',
    run: async (runner) => {
      await payUnderFault(runner, { kind: 'sent-twice' })
    },
  },
  {
    ...socket,
    name: 'WebSocket Keepalive',
    expected: 'An EPOS that has nothing else to send pings at least every 30 seconds.',
    run: async (runner) => {
      const connection = await connected(runner)
      const { keepaliveMs } = lineOf(runner).times
      await runner.step(`Wait for a ping, ${keepaliveMs / 1000} s at most`, async () => {
        runner.expect(
          'the EPOS sends a ping frame',
          await connection.nextPing(keepaliveMs * SLACK),
          'none',
          'Send a ping frame when nothing was sent for 20 seconds or so, and give the connection ' +
            'up when nothing comes back.',
        )
      })
    },
  },
  {
    ...socket,
    name: 'Half-open WebSocket',
    mandatory: false,
    expected:
      'When the gateway falls silent and the connection stays open, the EPOS notices by its ' +
      'pings, connects again and serves within a minute.',
    run: async (runner) => {
      const connection = await connected(runner)
      await expectReconnect(runner, 'Fall silent', {
        withinMs: 2 * lineOf(runner).times.keepaliveMs,
        breakIt: () => {
          connection.freeze()
        },
      })
    },
  },
]
