// Order and Pay: guests order and pay on their own phone.
import type { Schemas } from '../../contract/capabilities.ts'
import { currencyOf, paidOf, totalOf } from '../products/money.ts'
import { orderAndPay, orderRequest, payOnly, type Basket } from '../products/order-and-pay.ts'
import { takePayment } from '../products/payment.ts'
import type { Runner } from '../products/runner.ts'
import {
  cancelAtEnd,
  createOrder,
  expectPaid,
  expectPayments,
  expectRefusal,
  inParallel,
  openOrder,
  orderParameter,
  readOrder,
  TEST_ORDER,
  type Scenario,
} from './scenario.ts'

const ordering = {
  section: 'Order and Pay',
  products: ['order-and-pay'],
  mandatory: true,
  needs: ['CreateOrder', 'GetOrderById'],
} as const satisfies Partial<Scenario>
const caller = { product: 'OrderAndPay' }

function basketOf(runner: Runner): Basket {
  const currencyCode = runner.parameters['currencyCode'] ?? 'GBP'
  const price = (value: number): Schemas['Money'] => ({ value, currencyCode })
  return {
    currencyCode,
    tipsMinor: 250,
    ...TEST_ORDER,
    items: [
      {
        name: 'Burger',
        plu: '301',
        quantity: 2,
        amountPerItem: price(1_295),
        modifiers: [
          { name: 'Extra cheese', plu: '302', quantity: 1, amountPerModifier: price(100) },
        ],
        note: 'No lettuce',
      },
      { name: 'Sparkling water', plu: '303', quantity: 1, amountPerItem: price(333) },
    ],
  }
}

export const orderAndPayScenarios: readonly Scenario[] = [
  {
    ...ordering,
    name: 'Order and Pay',
    expected: 'A guest orders and pays. The order arrives with its items and its payment.',
    run: async (runner) => {
      const { order, request, paymentIntentId } = await orderAndPay(runner, basketOf(runner))
      cancelAtEnd(runner, order.id)
      await runner.step('Read the order', async () => {
        const after = await readOrder(runner, order.id)
        const totalMinor = request.totalAmount.value
        runner.expect(`the total is ${totalMinor}`, totalOf(after) === totalMinor, totalOf(after))
        runner.expect(
          `${totalMinor} is paid`,
          paidOf(after) === totalMinor,
          paidOf(after),
          'Count the payments in CreateOrder like those in RecordOrderPaymentById.',
        )
        runner.expect('the order can no longer be paid', after.payable === false, after.payable)
        runner.expect(
          'the order has its items',
          (after.items ?? [])
            .map(({ plu }) => plu)
            .sort()
            .join() === '301,303',
          (after.items ?? []).map(({ plu }) => plu),
        )
        expectPayments(runner, after, [
          { paymentIntentId, amountMinor: totalMinor, tipsMinor: 250 },
        ])
      })
    },
  },
  {
    ...ordering,
    name: 'Create Order',
    needs: ['CreateOrder', 'GetOrderById'],
    expected: 'An unpaid order is created and owes its total.',
    run: async (runner) => {
      const order = await runner.step(
        'Create an order',
        async () =>
          await runner.callOk('CreateOrder', orderRequest(runner, basketOf(runner), []), caller),
      )
      cancelAtEnd(runner, order.id)
      await runner.step('Read it', async () => {
        await expectPaid(runner, order, 0)
      })
    },
  },
  {
    ...ordering,
    name: 'Create Order Twice',
    expected: 'An order that is sent repeatedly, even at the same moment, is one order.',
    run: async (runner) => {
      const request = orderRequest(runner, basketOf(runner), [])
      const first = await runner.step('Create an order four times at once', async () => {
        const exchanges = await inParallel(
          4,
          async () => await runner.call('CreateOrder', request, caller),
        )
        const ids = new Set(exchanges.map(({ output, status }) => output?.id ?? `${status}`))
        runner.expect(
          'each answer has the same order',
          ids.size === 1,
          [...ids],
          'Make dojoOrderId unique, and answer a repetition with the existing order.',
        )
        return [...ids][0]!
      })
      cancelAtEnd(runner, first)
      await runner.step('Create it again', async () => {
        const again = await runner.callOk('CreateOrder', request, caller)
        runner.expect(`it is the order ${first}`, again.id === first, again.id)
      })
    },
  },
  {
    ...ordering,
    name: 'Cancel Order',
    needs: ['CreateOrder', 'GetOrderById', 'CancelOrderById', 'RecordOrderPaymentById'],
    expected: 'An unpaid order is canceled and can no longer be paid.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await createOrder(runner))
      await runner.step('Cancel it', async () => {
        await runner.callOk('CancelOrderById', { orderId: order.id }, caller)
      })
      await runner.step('Read it', async () => {
        const { status, payable } = await readOrder(runner, order.id)
        runner.expect('the order is canceled', status === 'Canceled', status)
        runner.expect('the order cannot be paid', payable === false, payable)
      })
      await runner.step('Pay it nevertheless', async () => {
        const { exchange } = await takePayment(
          runner,
          {
            orderId: order.id,
            amountMinor: 100,
            currencyCode: currencyOf(order),
            paidBy: 'online',
          },
          caller,
        )
        expectRefusal(runner, 'a payment for a canceled order', exchange, 'Conflict')
      })
    },
  },
  {
    ...ordering,
    name: 'Cancel Paid Order',
    needs: ['CreateOrder', 'GetOrderById', 'CancelOrderById'],
    expected: 'A paid order cannot be canceled while the money is kept.',
    run: async (runner) => {
      const { order } = await orderAndPay(runner, basketOf(runner))
      cancelAtEnd(runner, order.id)
      await runner.step('Cancel it', async () => {
        const { status } = await runner.call('CancelOrderById', { orderId: order.id }, caller)
        runner.expect(
          'the cancellation is refused',
          status === 409,
          status,
          'Answer Conflict while the order has payments that were not given back.',
        )
      })
    },
  },
  {
    ...ordering,
    name: 'Pay Only',
    needs: ['SearchOrders', 'GetOrderById', 'RecordOrderPaymentById'],
    parameters: [orderParameter],
    usesUpOrder: true,
    expected: 'Guests at a table find their open order on a phone and pay it.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const { payments } = await payOnly(runner, order.details.dineIn?.tableId, order.id)
      await runner.step('Read the order', async () => {
        const after = await expectPaid(
          runner,
          order,
          payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
        )
        expectPayments(runner, after, payments)
      })
    },
  },
]
