// What breaks real integrations: the same again, everything at once, and what does not fit.
import type { Schemas } from '../../contract/capabilities.ts'
import { balanceOf, currencyOf } from '../products/money.ts'
import { eposPayment, chargeCard, takePayment } from '../products/payment.ts'
import type { Runner } from '../products/runner.ts'
import { allOrders } from './orders.ts'
import { anotherCurrency } from './payments.ts'
import {
  createOrder,
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

/** A payment that a card has made, to be told to the EPOS as often as it takes. */
function paidByCard(
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

/** @throws ExpectationFailed when the server failed, which a refusal is not */
function expectNoFailure(
  runner: Runner,
  exchanges: ReadonlyArray<{ status?: number; noAnswer?: string }>,
): void {
  const failed = exchanges.find(({ status, noAnswer }) => noAnswer !== undefined || status! >= 500)
  runner.expect(
    'each is taken or refused, and none fails',
    failed === undefined,
    failed?.noAnswer ?? failed?.status,
  )
}

const HALF_TAKERS = 8

export const stressScenarios: readonly Scenario[] = [
  {
    ...stress,
    name: 'Payment Sent Twice',
    expected: 'The same payment sent again is answered with 200 and counted once.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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
          'Look the paymentIntentId up first: the same again is a success. A refusal would make Dojo reverse a payment that you keep.',
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
    expected: 'The same payment sent eight times at once is counted once.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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
          'The one that comes second waits for the first, and is then the same again.',
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
    expected: `Of ${HALF_TAKERS} payments of half the balance at once, two are taken.`,
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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
          'two are taken',
          taken.length === 2,
          `${taken.length} are`,
          'Look at the balance and add the payment in one transaction that holds the order: otherwise two machines both see enough.',
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
    expected:
      'A payment of more than is owed, also after a part was paid, is refused with 409 Conflict.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      const firstMinor = Math.floor(balanceOf(order) / 2)
      await runner.step('Pay a half', async () => {
        await runner.callOk('RecordOrderPaymentById', {
          orderId: order.id,
          ...paidByCard(runner, order, firstMinor),
        })
      })
      await runner.step('Pay more than the other half', async () => {
        expectRefusal(
          runner,
          'more than the balance',
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
    expected: 'An order that is paid takes no further payment.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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
      'A paymentIntentId that comes again with another amount is refused with 409 Conflict, and the first payment stands.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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
    expected: 'A paymentIntentId that one order has is refused by another with 409 Conflict.',
    run: async (runner) => {
      const [first, second] = await runner.step(
        'Have two open orders',
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
          'A paymentIntentId is unique in the venue, and not only within an order: one card was charged once.',
        )
        await expectPaid(runner, second, 0)
      })
    },
  },
  {
    ...stress,
    name: 'Payment in Another Currency',
    expected: 'A payment in another currency than the order is refused, and nothing is paid.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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
          'Compare currencyCode as well: 100 yen are not a pound.',
        )
        await expectPaid(runner, order, 0)
      })
    },
  },
  {
    ...stress,
    name: 'Pages under Change',
    section: 'Orders',
    products: ['pay-at-table', 'order-and-pay'],
    needs: ['SearchOrders', 'GetOrderById', 'CreateOrder'],
    parameters: [],
    expected:
      'Whoever pages through the orders while others are opened sees each of those that were there, once.',
    run: async (runner) => {
      const before = await runner.step('Have seven open orders', async () => {
        const created: string[] = []
        for (let i = 0; i < 7; i++) created.push((await createOrder(runner)).id)
        return created
      })
      await runner.step('Page through them while more are opened', async () => {
        const seen: string[] = []
        for (let after: string | undefined, pages = 0; ; pages++) {
          const page = await runner.callOk('SearchOrders', {
            payableOnly: true,
            cursor: { limit: 3, ...(after === undefined ? {} : { after }) },
          })
          runner.expect(
            'a page has three orders at most',
            (page.data ?? []).length <= 3,
            page.data?.length,
            'cursor.limit is the size of a page.',
          )
          seen.push(...(page.data ?? []).map(({ id }) => id))
          after = page.after
          if (after === undefined || pages > 2_000) break
          if (pages < 3) await createOrder(runner)
        }
        const twice = seen.filter((id, index) => seen.indexOf(id) !== index)
        runner.expect(
          'no order is listed twice',
          twice.length === 0,
          twice,
          'Let a page begin after the last order of the one before (its time and id), and not at a number of rows.',
        )
        const missing = before.filter((id) => !seen.includes(id))
        runner.expect(
          'no order is left out',
          missing.length === 0,
          missing,
          'Let a page begin after the last order of the one before (its time and id), and not at a number of rows.',
        )
      })
      await runner.step('Read all at once', async () => {
        const all = await allOrders(runner, { payableOnly: true })
        runner.expect(
          'every order is listed',
          before.every((id) => all.some((order) => order.id === id)),
          `${all.length} orders`,
        )
      })
    },
  },
  {
    ...stress,
    name: 'Answers in Time',
    mandatory: false,
    expected: 'Guests stand and wait: an answer takes less than two seconds.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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

/** As expectPaid, where the rest may be a penny. */
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
