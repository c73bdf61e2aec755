// Payments as guests make them: whole, split, tipped, partial and wrong.
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
 * Runs Pay at Table on an open order and checks that the EPOS kept every payment.
 */
async function payAndCheck(
  runner: Runner,
  payments: Payments,
  plan: Omit<PayAtTable, 'payments'> = {},
): Promise<{ order: Schemas['Order']; paid: PaidAtTable }> {
  const order = await runner.step('Get an open order', async () => await openOrder(runner))
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
  await runner.step('Check the answers to the payments', async () => {
    expectBalancesToFall(runner, order, paid)
  })
  return { order, paid }
}

/** A card machine continues a split with the balance from the last answer. */
function expectBalancesToFall(
  runner: Runner,
  order: Schemas['Order'],
  { payments }: PaidAtTable,
): void {
  let owedMinor = balanceOf(order)
  for (const { amountMinor, order: answered } of payments) {
    owedMinor -= amountMinor
    runner.expect(
      `the answer to a payment of ${amountMinor} shows a balance of ${owedMinor}`,
      answered !== undefined && balanceOf(answered) === owedMinor,
      answered && balanceOf(answered),
      'Answer RecordOrderPaymentById with the order as it is after the payment: ' +
        'the card machine continues with that balance.',
    )
  }
}

const half = (order: Schemas['Order']): number => Math.floor(balanceOf(order) / 2)

export const paymentScenarios: readonly Scenario[] = [
  {
    ...paying,
    name: 'Pay at Table',
    expected:
      'Two guests pay an order, one with a tip: it is listed, locked (if locks are registered), ' +
      'its bill printed, paid and unlocked.',
    run: async (runner) => {
      await payAndCheck(runner, (order) => [{ amountMinor: half(order), tipsMinor: 150 }, {}], {
        printBill: runner.isRegistered('GetOrderBillById'),
      })
    },
  },
  {
    ...paying,
    name: 'Pay at Table without Locks',
    expected: 'An order is paid without a lock: some products take none.',
    run: async (runner) => {
      await payAndCheck(runner, () => [{}], { lock: false })
    },
  },
  {
    ...paying,
    name: 'Record Order Payment',
    products: ['pay-at-table', 'order-and-pay'],
    expected:
      'One card pays an order in full. The order keeps the paymentIntentId ' +
      'and can no longer be paid.',
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
    expected: 'Three guests pay a third each, which adds up to the total to the penny.',
    run: async (runner) => {
      await payAndCheck(runner, (order) => equalParts(order, 3))
    },
  },
  {
    ...paying,
    name: 'Pay at Table, Split with Tips',
    expected:
      'Two guests pay half each with different tips. ' +
      'Each tip stays with its payment, and nothing is owed.',
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
      'One guest pays half with a tip and leaves the card machine. ' +
      'The order owes the other half and can be paid again.',
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
      'One guest pays half without a tip and leaves the card machine. ' +
      'The order owes the other half and can be paid again.',
    run: async (runner) => {
      const { order } = await payAndCheck(runner, (open) => [{ amountMinor: half(open) }])
      await payRest(runner, order)
    },
  },
  {
    ...paying,
    name: 'Pay at Table, Conflict and Reversal',
    expected:
      'A payment above the balance is refused with 409 Conflict, so Dojo reverses it. ' +
      'The order is unchanged and can be paid.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const { payments } = await payAtTable(runner, {
        orderId: order.id,
        payments: [{ amountMinor: balanceOf(order) + 1 }],
      })
      await runner.step('Check the refusal', async () => {
        expectRefusal(
          runner,
          'a payment above the balance',
          payments[0]!.exchange,
          'Conflict',
          'Compare paidAmount with the balance while the order is locked. ' +
            'Answer 409 with errorType Conflict: Dojo then reverses the payment.',
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
    expected: 'A payment for an unknown order is refused with 404 NotFound.',
    run: async (runner) => {
      await runner.step('Pay an unknown order', async () => {
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

/** Pays the rest, which closes the order. */
async function payRest(runner: Runner, order: Schemas['Order']): Promise<void> {
  const open = await runner.step('Read the balance', async () => await readOrder(runner, order.id))
  await payAtTable(runner, { orderId: order.id, payments: [{}] })
  await runner.step('Read the order', async () => {
    await expectPaid(runner, open, balanceOf(open))
  })
}

export const anotherCurrency = (order: Schemas['Order']): string =>
  currencyOf(order) === 'EUR' ? 'GBP' : 'EUR'
