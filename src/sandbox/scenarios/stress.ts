// What breaks real integrations: repetitions, concurrent calls, and payments that do not fit.
import type { Schemas } from '../../contract/capabilities.ts'
import { balanceOf, currencyOf } from '../products/money.ts'
import { eposPayment, chargeCard, takePayment } from '../products/payment.ts'
import type { Runner } from '../products/runner.ts'
import { pagesUnderChange } from './paging.ts'
import { anotherCurrency } from './payments.ts'
import {
  expectPaid,
  expectPayments,
  expectRefusal,
  inParallel,
  openOrder,
  orderParameter,
  otherOrderParameter,
  readOrder,
  type Scenario,
} from './scenario.ts'

const stress = {
  section: 'Payments under stress',
  products: ['pay-at-table', 'order-and-pay'],
  mandatory: true,
  needs: ['GetOrderById', 'RecordOrderPaymentById'],
  parameters: [orderParameter],
  usesUpOrder: true,
} as const satisfies Partial<Scenario>

/** A payment that a card has made and the EPOS has not recorded yet. */
export function paidByCard(
  runner: Runner,
  order: Schemas['Order'],
  amountMinor: number,
  tipsMinor = 0,
): Schemas['PaymentWithLockId'] {
  return eposPayment(
    chargeCard(runner, {
      orderId: order.id,
      amountMinor,
      tipsMinor,
      currencyCode: currencyOf(order),
      paidBy: 'online',
    }),
  )
}

/** Refusals are fine. @throws ExpectationFailed when the server failed */
function expectNoFailure(
  runner: Runner,
  exchanges: ReadonlyArray<{ status?: number; noAnswer?: string }>,
): void {
  const failed = exchanges.find(({ status, noAnswer }) => noAnswer !== undefined || status! >= 500)
  runner.expect(
    'each call succeeds or is refused; none fails',
    failed === undefined,
    failed?.noAnswer ?? failed?.status,
  )
}

const HALF_TAKERS = 8

export const stressScenarios: readonly Scenario[] = [
  {
    ...stress,
    name: 'Payment Sent Twice',
    expected: 'A repeated payment is answered with 200 and counted once.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const payment = paidByCard(runner, order, Math.floor(balanceOf(order) / 3), 100)
      await runner.step('Record the payment', async () => {
        await runner.callOk('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await runner.step('Record it again', async () => {
        const { status } = await runner.call('RecordOrderPaymentById', {
          orderId: order.id,
          ...payment,
        })
        runner.expect(
          'the repetition is answered with 200',
          status === 200,
          status,
          'Look up the paymentIntentId first and answer a repetition with success. ' +
            'After a refusal Dojo reverses the payment that you keep.',
        )
      })
      await runner.step('Read the order', async () => {
        const after = await expectPaid(runner, order, payment.paidAmount.value)
        expectPayments(runner, after, [
          {
            paymentIntentId: payment.paymentIntentId,
            amountMinor: payment.paidAmount.value,
            tipsMinor: 100,
          },
        ])
      })
    },
  },
  {
    ...stress,
    name: 'Payment Sent Many Times at Once',
    expected: 'A payment that is sent eight times at once is counted once.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const payment = paidByCard(runner, order, Math.floor(balanceOf(order) / 10))
      await runner.step('Record the payment eight times at once', async () => {
        const exchanges = await inParallel(
          8,
          async () =>
            await runner.send('RecordOrderPaymentById', { orderId: order.id, ...payment }),
        )
        expectNoFailure(runner, exchanges)
        runner.expect(
          'each is answered with 200',
          exchanges.every(({ status }) => status === 200),
          exchanges.map(({ status }) => status),
          'Let the second call wait for the first; it is then a repetition.',
        )
      })
      await runner.step('Read the order', async () => {
        await expectPaid(runner, order, payment.paidAmount.value)
      })
    },
  },
  {
    ...stress,
    name: 'Payments at Once',
    expected: `Of ${HALF_TAKERS} concurrent payments of half the balance, two are accepted.`,
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const amountMinor = Math.floor(balanceOf(order) / 2)
      await runner.step(`Record ${HALF_TAKERS} payments at once`, async () => {
        const payments = await inParallel(
          HALF_TAKERS,
          async () =>
            await takePayment(
              runner,
              { orderId: order.id, amountMinor, currencyCode: currencyOf(order), paidBy: 'online' },
              {},
            ),
        )
        expectNoFailure(
          runner,
          payments.map(({ exchange }) => exchange),
        )
        const taken = payments.filter(({ outcome }) => outcome === 'recorded')
        runner.expect(
          'two are accepted',
          taken.length === 2,
          `${taken.length} accepted`,
          'Check the balance and add the payment in one transaction that locks the order: ' +
            'otherwise two card machines both see a balance that is high enough.',
        )
        for (const { exchange } of payments.filter(({ outcome }) => outcome === 'reversed')) {
          expectRefusal(runner, 'each other payment', exchange, 'Conflict')
        }
      })
      await runner.step('Read the order', async () => {
        await expectPaidMinor(runner, order, 2 * amountMinor)
      })
    },
  },
  {
    ...stress,
    name: 'Overpayment',
    expected: 'After a part payment, a payment above the balance is refused with 409 Conflict.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const firstMinor = Math.floor(balanceOf(order) / 2)
      await runner.step('Pay half', async () => {
        await runner.callOk('RecordOrderPaymentById', {
          orderId: order.id,
          ...paidByCard(runner, order, firstMinor),
        })
      })
      await runner.step('Pay more than the other half', async () => {
        expectRefusal(
          runner,
          'a payment above the balance',
          await runner.call('RecordOrderPaymentById', {
            orderId: order.id,
            ...paidByCard(runner, order, balanceOf(order) - firstMinor + 1),
          }),
          'Conflict',
        )
      })
      await runner.step('Read the order', async () => {
        await expectPaid(runner, order, firstMinor)
      })
    },
  },
  {
    ...stress,
    name: 'Payment of a Paid Order',
    expected: 'A paid order accepts no further payment.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      await runner.step('Pay it', async () => {
        await runner.callOk('RecordOrderPaymentById', {
          orderId: order.id,
          ...paidByCard(runner, order, balanceOf(order)),
        })
      })
      await runner.step('Pay it again with another card', async () => {
        expectRefusal(
          runner,
          'the second payment',
          await runner.call('RecordOrderPaymentById', {
            orderId: order.id,
            ...paidByCard(runner, order, balanceOf(order)),
          }),
          'Conflict',
        )
      })
      await runner.step('Read the order', async () => {
        await expectPaid(runner, order, balanceOf(order))
      })
    },
  },
  {
    ...stress,
    name: 'One Payment Intent, Another Amount',
    expected:
      'A known paymentIntentId with another amount is refused with 409 Conflict, ' +
      'and the first payment is kept.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const payment = paidByCard(runner, order, Math.floor(balanceOf(order) / 3))
      await runner.step('Record the payment', async () => {
        await runner.callOk('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await runner.step('Record it with another amount', async () => {
        expectRefusal(
          runner,
          'the other amount',
          await runner.call('RecordOrderPaymentById', {
            orderId: order.id,
            ...payment,
            paidAmount: { ...payment.paidAmount, value: payment.paidAmount.value + 1 },
          }),
          'Conflict',
        )
      })
      await runner.step('Read the order', async () => {
        await expectPaid(runner, order, payment.paidAmount.value)
      })
    },
  },
  {
    ...stress,
    name: 'One Payment Intent, Two Orders',
    parameters: [orderParameter, otherOrderParameter],
    expected: 'A paymentIntentId of one order is refused on another order with 409 Conflict.',
    run: async (runner) => {
      const [first, second] = await runner.step(
        'Get two open orders',
        async () =>
          [
            await openOrder(runner),
            await openOrder(runner, { parameter: 'otherOrderId' }),
          ] as const,
      )
      const payment = paidByCard(runner, first, 700)
      await runner.step('Record the payment on one', async () => {
        await runner.callOk('RecordOrderPaymentById', { orderId: first.id, ...payment })
      })
      await runner.step('Record it on the other', async () => {
        expectRefusal(
          runner,
          'the payment of another order',
          await runner.call('RecordOrderPaymentById', { orderId: second.id, ...payment }),
          'Conflict',
          'Make paymentIntentId unique in the venue, not only within an order: ' +
            'the card was charged once.',
        )
        await expectPaid(runner, second, 0)
      })
    },
  },
  {
    ...stress,
    name: 'Payment in Another Currency',
    expected: "A payment in a currency other than the order's is refused, and nothing is paid.",
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      await runner.step('Pay in another currency', async () => {
        const payment = paidByCard(runner, order, 100)
        const { status } = await runner.call('RecordOrderPaymentById', {
          orderId: order.id,
          ...payment,
          paidAmount: { value: 100, currencyCode: anotherCurrency(order) },
        })
        runner.expect(
          'it is refused',
          status === 400 || status === 409,
          status,
          'Compare currencyCode as well: 100 yen is not a pound.',
        )
        await expectPaid(runner, order, 0)
      })
    },
  },
  pagesUnderChange,
  {
    ...stress,
    name: 'Answers in Time',
    mandatory: false,
    expected: 'An answer takes less than two seconds: guests are waiting.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      await runner.step('Read it ten times', async () => {
        let slowestMs = 0
        for (let i = 0; i < 10 && slowestMs < 2_000; i++) {
          slowestMs = Math.max(
            slowestMs,
            (await runner.call('GetOrderById', { orderId: order.id })).milliseconds,
          )
        }
        runner.expect(
          'the slowest answer takes less than 2000 ms',
          slowestMs < 2_000,
          `${Math.round(slowestMs)} ms`,
        )
      })
    },
  },
]

/** Like `expectPaid`, for a balance that may have a penny left. */
async function expectPaidMinor(
  runner: Runner,
  before: Schemas['Order'],
  paidMinor: number,
): Promise<void> {
  const after = await readOrder(runner, before.id)
  runner.expect(
    `${paidMinor} is paid`,
    balanceOf(before) - balanceOf(after) === paidMinor,
    `${balanceOf(before) - balanceOf(after)}`,
  )
}
