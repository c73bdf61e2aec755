// Order and Pay: orders that guests send from their own phone, paid already.
import type { Schemas } from '../../contract/capabilities.ts'
import { currencyOf, paidOf, totalOf } from '../products/money.ts'
import { orderAndPay, orderRequest, payOnly, type Basket } from '../products/order-and-pay.ts'
import { takePayment } from '../products/payment.ts'
import type { Stage } from '../products/runner.ts'
import {
  createOrder,
  expectPaid,
  expectPayments,
  expectRefusal,
  inParallel,
  openOrder,
  orderParameter,
  readOrder,
  type Scenario,
} from './scenario.ts'

const ordering = {
  section: 'Order and Pay',
  products: ['order-and-pay'],
  mandatory: true,
  needs: ['CreateOrder', 'GetOrderById'],
} as const satisfies Partial<Scenario>
const caller = { product: 'OrderAndPay' }

function basketOf(stage: Stage): Basket {
  const currencyCode = stage.parameters['currencyCode'] ?? 'GBP'
  const price = (value: number): Schemas['Money'] => ({ value, currencyCode })
  return {
    currencyCode,
    tipsMinor: 250,
    displayName: 'Order and Pay',
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
    expected: 'A guest orders and pays; the order arrives with its items and its payment.',
    play: async (stage) => {
      const { order, request, paymentIntentId } = await orderAndPay(stage, basketOf(stage))
      await stage.step('Read the order', async () => {
        const after = await readOrder(stage, order.id)
        const totalMinor = request.totalAmount.value
        stage.expect(`the total is ${totalMinor}`, totalOf(after) === totalMinor, totalOf(after))
        stage.expect(
          `${totalMinor} is paid`,
          paidOf(after) === totalMinor,
          paidOf(after),
          'The payments in CreateOrder count like those in RecordOrderPaymentById.',
        )
        stage.expect('it can no longer be paid', after.payable === false, after.payable)
        stage.expect(
          'it has its items',
          (after.items ?? [])
            .map(({ plu }) => plu)
            .sort()
            .join() === '301,303',
          (after.items ?? []).map(({ plu }) => plu),
        )
        expectPayments(stage, after, [{ paymentIntentId, amountMinor: totalMinor, tipsMinor: 250 }])
      })
    },
  },
  {
    ...ordering,
    name: 'Create Order',
    needs: ['CreateOrder', 'GetOrderById'],
    expected: 'An order that nobody has paid yet is created, and owes its total.',
    play: async (stage) => {
      const order = await stage.step(
        'Create an order',
        async () =>
          await stage.ask('CreateOrder', orderRequest(stage, basketOf(stage), []), caller),
      )
      if (stage.isRegistered('CancelOrderById')) {
        stage.afterwards(
          async () => await stage.call('CancelOrderById', { orderId: order.id }, caller),
        )
      }
      await stage.step('Read it', async () => {
        await expectPaid(stage, order, 0)
      })
    },
  },
  {
    ...ordering,
    name: 'Create Order Twice',
    expected: 'The same order sent again, also at the same moment, is one order.',
    play: async (stage) => {
      const request = orderRequest(stage, basketOf(stage), [])
      const first = await stage.step('Create an order four times at once', async () => {
        const exchanges = await inParallel(
          4,
          async () => await stage.call('CreateOrder', request, caller),
        )
        const ids = new Set(exchanges.map(({ output, status }) => output?.id ?? `${status}`))
        stage.expect(
          'each answer has the same order',
          ids.size === 1,
          [...ids],
          'dojoOrderId is unique: the same again is answered with the order that there is.',
        )
        return [...ids][0]!
      })
      if (stage.isRegistered('CancelOrderById')) {
        stage.afterwards(
          async () => await stage.call('CancelOrderById', { orderId: first }, caller),
        )
      }
      await stage.step('Create it again', async () => {
        const again = await stage.ask('CreateOrder', request, caller)
        stage.expect(`it is the order ${first}`, again.id === first, again.id)
      })
    },
  },
  {
    ...ordering,
    name: 'Cancel Order',
    needs: ['CreateOrder', 'GetOrderById', 'CancelOrderById', 'RecordOrderPaymentById'],
    expected: 'An order that nobody has paid is canceled, and can no longer be paid.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await createOrder(stage))
      await stage.step('Cancel it', async () => {
        await stage.ask('CancelOrderById', { orderId: order.id }, caller)
      })
      await stage.step('Read it', async () => {
        const { status, payable } = await readOrder(stage, order.id)
        stage.expect('it is canceled', status === 'Canceled', status)
        stage.expect('it cannot be paid', payable === false, payable)
      })
      await stage.step('Pay it all the same', async () => {
        const { exchange } = await takePayment(
          stage,
          {
            orderId: order.id,
            amountMinor: 100,
            currencyCode: currencyOf(order),
            paidBy: 'online',
          },
          caller,
        )
        expectRefusal(stage, 'the payment of a canceled order', exchange, 'Conflict')
      })
    },
  },
  {
    ...ordering,
    name: 'Cancel Paid Order',
    needs: ['CreateOrder', 'GetOrderById', 'CancelOrderById'],
    expected: 'A paid order is not canceled while its money is kept.',
    play: async (stage) => {
      const { order } = await orderAndPay(stage, basketOf(stage))
      await stage.step('Cancel it', async () => {
        const { status } = await stage.call('CancelOrderById', { orderId: order.id }, caller)
        stage.expect(
          'it is refused',
          status === 409,
          status,
          'An order with payments that stand is canceled only after they are given back: Conflict.',
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
    expected: 'Guests at a table find their open order on their phone and pay it.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const { payments } = await payOnly(stage, order.details.dineIn?.tableId, order.id)
      await stage.step('Read the order', async () => {
        const after = await expectPaid(
          stage,
          order,
          payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
        )
        expectPayments(stage, after, payments)
      })
    },
  },
]
