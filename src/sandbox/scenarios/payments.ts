// Payments as guests make them: whole, split, with tips, in part, and wrong ones.
import type { Schemas } from '../../contract/capabilities.ts'
import { balanceOf, currencyOf } from '../products/money.ts'
import {
  equalParts,
  payAtTable,
  type PaidAtTable,
  type PayAtTable,
} from '../products/pay-at-table.ts'
import { takePayment } from '../products/payment.ts'
import type { Runner } from '../products/runner.ts'
import {
  expectPaid,
  expectPayments,
  expectRefusal,
  openOrder,
  orderParameter,
  readOrder,
  type Scenario,
} from './scenario.ts'

const paying = {
  section: 'Record a payment',
  products: ['pay-at-table'],
  mandatory: true,
  needs: ['SearchOrders', 'GetOrderById', 'RecordOrderPaymentById'],
  parameters: [orderParameter],
  usesUpOrder: true,
} as const satisfies Partial<Scenario>

type Payments = (order: Schemas['Order']) => PayAtTable['payments']

/**
 * Plays Pay at Table on an open order, and looks whether the EPOS kept every payment as it was
 * made.
 */
async function payAndCheck(
  runner: Runner,
  payments: Payments,
  plan: Omit<PayAtTable, 'payments'> = {},
): Promise<{ order: Schemas['Order']; paid: PaidAtTable }> {
  const order = await runner.step('Have an open order', async () => await openOrder(runner))
  const paid = await payAtTable(runner, { ...plan, orderId: order.id, payments: payments(order) })
  await runner.step('Read the order', async () => {
    runner.expect(
      'every payment was recorded',
      !paid.lockRefused && paid.payments.every(({ outcome }) => outcome === 'recorded'),
      paid.payments.map(({ outcome }) => outcome),
    )
    const after = await expectPaid(
      runner,
      order,
      paid.payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    )
    expectPayments(runner, after, paid.payments)
  })
  await runner.step('Look at the answers to the payments', async () => {
    expectBalancesToFall(runner, order, paid)
  })
  return { order, paid }
}

/** A split goes on from the balance in the last answer. */
function expectBalancesToFall(
  runner: Runner,
  order: Schemas['Order'],
  { payments }: PaidAtTable,
): void {
  let owedMinor = balanceOf(order)
  for (const { amountMinor, order: answered } of payments) {
    owedMinor -= amountMinor
    runner.expect(
      `the answer to a payment of ${amountMinor} says that ${owedMinor} is owed`,
      answered !== undefined && balanceOf(answered) === owedMinor,
      answered && balanceOf(answered),
      'Answer RecordOrderPaymentById with the order as it is after the payment: the card machine goes on from it.',
    )
  }
}

const half = (order: Schemas['Order']): number => Math.floor(balanceOf(order) / 2)

export const paymentScenarios: readonly Scenario[] = [
  {
    ...paying,
    name: 'Pay at Table',
    expected:
      'An order is listed, locked where locks are registered, its bill printed, paid by two people with a tip, and unlocked.',
    run: async (runner) => {
      await payAndCheck(runner, (order) => [{ amountMinor: half(order), tipsMinor: 150 }, {}], {
        printBill: runner.isRegistered('GetOrderBillById'),
      })
    },
  },
  {
    ...paying,
    name: 'Pay at Table without Locks',
    expected: 'An order is paid without a lock, as products do that take none.',
    run: async (runner) => {
      await payAndCheck(runner, () => [{}], { lock: false })
    },
  },
  {
    ...paying,
    name: 'Record Order Payment',
    products: ['pay-at-table', 'order-and-pay'],
    expected:
      'An order that one card pays in full is paid, keeps the paymentIntentId, and can no longer be paid.',
    run: async (runner) => {
      const { order } = await payAndCheck(runner, () => [{}])
      await runner.step('Search for it with payableOnly', async () => {
        const { data = [] } = await runner.callOk('SearchOrders', {
          payableOnly: true,
          ...(order.details.dineIn?.tableId === undefined
            ? {}
            : { dineIn: { tableId: order.details.dineIn.tableId } }),
        })
        runner.expect(
          'the paid order is not listed',
          !data.some(({ id }) => id === order.id),
          'it is',
        )
      })
    },
  },
  {
    ...paying,
    name: 'Pay at Table, Split',
    expected: 'Three guests pay a third each; together it is the total, to the penny.',
    run: async (runner) => {
      await payAndCheck(runner, (order) => equalParts(order, 3))
    },
  },
  {
    ...paying,
    name: 'Pay at Table, Split with Tips',
    expected:
      'Two guests pay half each and tip differently; the tips are kept with their payments, and the bill owes nothing.',
    run: async (runner) => {
      await payAndCheck(runner, (order) =>
        equalParts(order, 2).map((part, index) => ({ ...part, tipsMinor: 200 + 75 * index })),
      )
    },
  },
  {
    ...paying,
    name: 'Pay at Table, Partial',
    expected:
      'One guest pays a half with a tip and the machine is left; the order can be paid again, and owes the other half.',
    run: async (runner) => {
      const { order } = await payAndCheck(runner, (open) => [
        { amountMinor: half(open), tipsMinor: 300 },
      ])
      await payRest(runner, order)
    },
  },
  {
    ...paying,
    name: 'Pay at Table, Partial without Tip',
    expected:
      'One guest pays a half without a tip and the machine is left; the order can be paid again, and owes the other half.',
    run: async (runner) => {
      const { order } = await payAndCheck(runner, (open) => [{ amountMinor: half(open) }])
      await payRest(runner, order)
    },
  },
  {
    ...paying,
    name: 'Pay at Table, Conflict and Reversal',
    expected:
      'A payment of more than is owed is refused with 409 Conflict, which makes Dojo reverse it; the order is as it was, and can be paid.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      const { payments } = await payAtTable(runner, {
        orderId: order.id,
        payments: [{ amountMinor: balanceOf(order) + 1 }],
      })
      await runner.step('Look at the refusal', async () => {
        expectRefusal(
          runner,
          'more than the balance',
          payments[0]!.exchange,
          'Conflict',
          'Compare paidAmount with the balance under the lock of the order, and answer 409 with errorType Conflict: Dojo then reverses the payment.',
        )
        await expectPaid(runner, order, 0)
      })
      await payRest(runner, order)
    },
  },
  {
    ...paying,
    name: 'Payment of an Order that Does Not Exist',
    section: 'Error handling',
    needs: ['RecordOrderPaymentById'],
    parameters: [],
    expected: 'A payment of an unknown order is refused with 404 NotFound.',
    run: async (runner) => {
      await runner.step('Pay an order that there is not', async () => {
        const { exchange } = await takePayment(
          runner,
          {
            orderId: `no-such-order-${runner.random.text(8)}`,
            amountMinor: 100,
            currencyCode: 'GBP',
            paidBy: 'online',
          },
          {},
        )
        expectRefusal(runner, 'the payment', exchange, 'NotFound')
      })
    },
  },
]

/** What is left is paid; the order is closed by it. */
async function payRest(runner: Runner, order: Schemas['Order']): Promise<void> {
  const open = await runner.step('Have the rest', async () => await readOrder(runner, order.id))
  await payAtTable(runner, { orderId: order.id, payments: [{}] })
  await runner.step('Read the order', async () => {
    await expectPaid(runner, open, balanceOf(open))
  })
}

export const anotherCurrency = (order: Schemas['Order']): string =>
  currencyOf(order) === 'EUR' ? 'GBP' : 'EUR'
