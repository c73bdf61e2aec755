// What breaks real integrations: the same again, everything at once, and what does not fit.
import type { Schemas } from '../../contract/capabilities.ts'
import { balanceOf, currencyOf } from '../products/money.ts'
import { paymentOf, takeCard, takePayment } from '../products/payment.ts'
import type { Stage } from '../products/runner.ts'
import { allOrders } from './orders.ts'
import { currencyElse } from './payments.ts'
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
  stage: Stage,
  order: Schemas['Order'],
  amountMinor: number,
  tipsMinor = 0,
): Schemas['PaymentWithLockId'] {
  return paymentOf(
    takeCard(stage, {
      orderId: order.id,
      amountMinor,
      tipsMinor,
      currencyCode: currencyOf(order),
      paidBy: 'online',
    }),
  )
}

/** @throws Unmet when the server failed, which a refusal is not */
function expectNoFailure(
  stage: Stage,
  exchanges: ReadonlyArray<{ status?: number; noAnswer?: string }>,
): void {
  const failed = exchanges.find(({ status, noAnswer }) => noAnswer !== undefined || status! >= 500)
  stage.expect(
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
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const payment = paidByCard(stage, order, Math.floor(balanceOf(order) / 3), 100)
      await stage.step('Record the payment', async () => {
        await stage.ask('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await stage.step('Record it again', async () => {
        const { status } = await stage.call('RecordOrderPaymentById', {
          orderId: order.id,
          ...payment,
        })
        stage.expect(
          'the repetition is answered with 200',
          status === 200,
          status,
          'Look the paymentIntentId up first: the same again is a success. A refusal would make Dojo reverse a payment that you keep.',
        )
      })
      await stage.step('Read the order', async () => {
        const after = await expectPaid(stage, order, payment.paidAmount.value)
        expectPayments(stage, after, [
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
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const payment = paidByCard(stage, order, Math.floor(balanceOf(order) / 10))
      await stage.step('Record the payment eight times at once', async () => {
        const exchanges = await inParallel(
          8,
          async () => await stage.send('RecordOrderPaymentById', { orderId: order.id, ...payment }),
        )
        expectNoFailure(stage, exchanges)
        stage.expect(
          'each is answered with 200',
          exchanges.every(({ status }) => status === 200),
          exchanges.map(({ status }) => status),
          'The one that comes second waits for the first, and is then the same again.',
        )
      })
      await stage.step('Read the order', async () => {
        await expectPaid(stage, order, payment.paidAmount.value)
      })
    },
  },
  {
    ...stress,
    name: 'Payments at Once',
    expected: `Of ${HALF_TAKERS} payments of half the balance at once, two are taken.`,
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const amountMinor = Math.floor(balanceOf(order) / 2)
      await stage.step(`Record ${HALF_TAKERS} payments at once`, async () => {
        const payments = await inParallel(
          HALF_TAKERS,
          async () =>
            await takePayment(
              stage,
              { orderId: order.id, amountMinor, currencyCode: currencyOf(order), paidBy: 'online' },
              {},
            ),
        )
        expectNoFailure(
          stage,
          payments.map(({ exchange }) => exchange),
        )
        const taken = payments.filter(({ outcome }) => outcome === 'recorded')
        stage.expect(
          'two are taken',
          taken.length === 2,
          `${taken.length} are`,
          'Look at the balance and add the payment in one transaction that holds the order: otherwise two machines both see enough.',
        )
        for (const { exchange } of payments.filter(({ outcome }) => outcome === 'reversed')) {
          expectRefusal(stage, 'each other payment', exchange, 'Conflict')
        }
      })
      await stage.step('Read the order', async () => {
        await expectPaidMinor(stage, order, 2 * amountMinor)
      })
    },
  },
  {
    ...stress,
    name: 'Overpayment',
    expected:
      'A payment of more than is owed, also after a part was paid, is refused with 409 Conflict.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const firstMinor = Math.floor(balanceOf(order) / 2)
      await stage.step('Pay a half', async () => {
        await stage.ask('RecordOrderPaymentById', {
          orderId: order.id,
          ...paidByCard(stage, order, firstMinor),
        })
      })
      await stage.step('Pay more than the other half', async () => {
        expectRefusal(
          stage,
          'more than the balance',
          await stage.call('RecordOrderPaymentById', {
            orderId: order.id,
            ...paidByCard(stage, order, balanceOf(order) - firstMinor + 1),
          }),
          'Conflict',
        )
      })
      await stage.step('Read the order', async () => {
        await expectPaid(stage, order, firstMinor)
      })
    },
  },
  {
    ...stress,
    name: 'Payment of a Paid Order',
    expected: 'An order that is paid takes no further payment.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      await stage.step('Pay it', async () => {
        await stage.ask('RecordOrderPaymentById', {
          orderId: order.id,
          ...paidByCard(stage, order, balanceOf(order)),
        })
      })
      await stage.step('Pay it again with another card', async () => {
        expectRefusal(
          stage,
          'the second payment',
          await stage.call('RecordOrderPaymentById', {
            orderId: order.id,
            ...paidByCard(stage, order, balanceOf(order)),
          }),
          'Conflict',
        )
      })
      await stage.step('Read the order', async () => {
        await expectPaid(stage, order, balanceOf(order))
      })
    },
  },
  {
    ...stress,
    name: 'One Payment Intent, Another Amount',
    expected:
      'A paymentIntentId that comes again with another amount is refused with 409 Conflict, and the first payment stands.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const payment = paidByCard(stage, order, Math.floor(balanceOf(order) / 3))
      await stage.step('Record the payment', async () => {
        await stage.ask('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await stage.step('Record it with another amount', async () => {
        expectRefusal(
          stage,
          'the other amount',
          await stage.call('RecordOrderPaymentById', {
            orderId: order.id,
            ...payment,
            paidAmount: { ...payment.paidAmount, value: payment.paidAmount.value + 1 },
          }),
          'Conflict',
        )
      })
      await stage.step('Read the order', async () => {
        await expectPaid(stage, order, payment.paidAmount.value)
      })
    },
  },
  {
    ...stress,
    name: 'One Payment Intent, Two Orders',
    parameters: [orderParameter, otherOrderParameter],
    expected: 'A paymentIntentId that one order has is refused by another with 409 Conflict.',
    play: async (stage) => {
      const [first, second] = await stage.step(
        'Have two open orders',
        async () =>
          [await openOrder(stage), await openOrder(stage, { parameter: 'otherOrderId' })] as const,
      )
      const payment = paidByCard(stage, first, 700)
      await stage.step('Record the payment on one', async () => {
        await stage.ask('RecordOrderPaymentById', { orderId: first.id, ...payment })
      })
      await stage.step('Record it on the other', async () => {
        expectRefusal(
          stage,
          'the payment of another order',
          await stage.call('RecordOrderPaymentById', { orderId: second.id, ...payment }),
          'Conflict',
          'A paymentIntentId is unique in the venue, and not only within an order: one card was charged once.',
        )
        await expectPaid(stage, second, 0)
      })
    },
  },
  {
    ...stress,
    name: 'Payment in Another Currency',
    expected: 'A payment in another currency than the order is refused, and nothing is paid.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      await stage.step('Pay in another currency', async () => {
        const payment = paidByCard(stage, order, 100)
        const { status } = await stage.call('RecordOrderPaymentById', {
          orderId: order.id,
          ...payment,
          paidAmount: { value: 100, currencyCode: currencyElse(order) },
        })
        stage.expect(
          'it is refused',
          status === 400 || status === 409,
          status,
          'Compare currencyCode as well: 100 yen are not a pound.',
        )
        await expectPaid(stage, order, 0)
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
    play: async (stage) => {
      const before = await stage.step('Have seven open orders', async () => {
        const created: string[] = []
        for (let i = 0; i < 7; i++) created.push((await createOrder(stage)).id)
        return created
      })
      await stage.step('Page through them while more are opened', async () => {
        const seen: string[] = []
        for (let after: string | undefined, pages = 0; ; pages++) {
          const page = await stage.ask('SearchOrders', {
            payableOnly: true,
            cursor: { limit: 3, ...(after === undefined ? {} : { after }) },
          })
          stage.expect(
            'a page has three orders at most',
            (page.data ?? []).length <= 3,
            page.data?.length,
            'cursor.limit is the size of a page.',
          )
          seen.push(...(page.data ?? []).map(({ id }) => id))
          after = page.after
          if (after === undefined || pages > 2_000) break
          if (pages < 3) await createOrder(stage)
        }
        const twice = seen.filter((id, index) => seen.indexOf(id) !== index)
        stage.expect(
          'no order is listed twice',
          twice.length === 0,
          twice,
          'Let a page begin after the last order of the one before (its time and id), and not at a number of rows.',
        )
        const missing = before.filter((id) => !seen.includes(id))
        stage.expect(
          'no order is left out',
          missing.length === 0,
          missing,
          'Let a page begin after the last order of the one before (its time and id), and not at a number of rows.',
        )
      })
      await stage.step('Read all at once', async () => {
        const all = await allOrders(stage, { payableOnly: true })
        stage.expect(
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
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      await stage.step('Read it ten times', async () => {
        let slowestMs = 0
        for (let i = 0; i < 10 && slowestMs < 2_000; i++) {
          slowestMs = Math.max(
            slowestMs,
            (await stage.call('GetOrderById', { orderId: order.id })).milliseconds,
          )
        }
        stage.expect(
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
  stage: Stage,
  before: Schemas['Order'],
  paidMinor: number,
): Promise<void> {
  const after = await readOrder(stage, before.id)
  stage.expect(
    `${paidMinor} is paid`,
    balanceOf(before) - balanceOf(after) === paidMinor,
    `${balanceOf(before) - balanceOf(after)}`,
  )
}
