// Order and Pay: guests order and pay on their own phone, or pay an open order there.
import type { Input, Schemas } from '../../contract/capabilities.ts'
import { capture } from '../dojo/captures.ts'
import { reverseByDojo } from '../dojo/payment-intents.ts'
import { ExpectationFailed, type Runner } from './runner.ts'
import { payAtTable, type PaidAtTable } from './pay-at-table.ts'
import {
  chargeCard,
  declineCard,
  eposPayment,
  type Charge,
  type DeclinedPayment,
} from './payment.ts'

export interface Basket {
  items: Schemas['OrderItem'][]
  currencyCode: string
  tableId?: string
  tipsMinor?: number
  displayName?: string
  note?: string
}

export interface OrderedAndPaid {
  paymentIntentId: string
  order: Schemas['Order']
  request: Input<'CreateOrder'>
}

export const sumOf = (items: readonly Schemas['OrderItem'][]): number =>
  items.reduce(
    (sum, { quantity, amountPerItem, modifiers = [] }) =>
      sum +
      quantity *
        (amountPerItem.value +
          modifiers.reduce(
            (extra, each) => extra + each.quantity * each.amountPerModifier.value,
            0,
          )),
    0,
  )

/** The order as the ordering app sends it. */
export function orderRequest(
  runner: Runner,
  { items, currencyCode, tableId, displayName, note }: Basket,
  payments: Schemas['Payment'][],
): Input<'CreateOrder'> {
  return {
    dojoOrderId: `do_sandbox_${runner.random.text(22)}`,
    items,
    totalAmount: { value: sumOf(items), currencyCode },
    payments,
    details:
      tableId === undefined
        ? { orderType: 'Collection', collection: { asap: true } }
        : { orderType: 'DineIn', dineIn: { tableId } },
    displayName,
    note,
  }
}

/** The card is declined before anything is ordered: the EPOS hears of nothing. */
export function declineOrder(runner: Runner, basket: Basket): DeclinedPayment {
  const { dojoOrderId } = orderRequest(runner, basket, [])
  return declineCard(runner, chargeOf(basket, dojoOrderId))
}

/** The EPOS has no id for the order yet, so Dojo names it by its own. */
function chargeOf({ items, currencyCode, tipsMinor }: Basket, dojoOrderId: string): Charge {
  const amountMinor = sumOf(items)
  return { orderId: dojoOrderId, amountMinor, currencyCode, paidBy: 'online', tipsMinor }
}

/**
 * Authorises the card, sends the order, and captures the money once the EPOS has the order.
 * @throws ExpectationFailed when the EPOS does not take the order
 */
export async function orderAndPay(runner: Runner, basket: Basket): Promise<OrderedAndPaid> {
  const { simulation, account } = runner
  const caller = { product: 'OrderAndPay' }
  const unpaid = orderRequest(runner, basket, [])
  const record = await runner.step('Authorise the card', async () =>
    chargeCard(runner, chargeOf(basket, unpaid.dojoOrderId), 'Manual'),
  )
  const request = { ...unpaid, payments: [eposPayment(record)] }
  const order = await runner.step('Send the order', async () => {
    const exchange = await runner.call('CreateOrder', request, caller)
    if (exchange.status === 200) return exchange.output!
    reverseByDojo(simulation, account, record)
    throw new ExpectationFailed(
      `Expected: CreateOrder succeeds. Got: ${exchange.noAnswer ?? exchange.status}. ` +
        `The payment ${record.shown.id} is reversed.`,
      ['Answer CreateOrder with 200 and the order, and keep the payments in it.'],
    )
  })
  await runner.step('Capture the payment', async () => {
    record.shown.orderDetails = { externalId: order.id }
    capture(simulation, account, record, {
      paymentIntentId: record.shown.id,
      amount: record.shown.totalAmount!.value,
    })
  })
  return { paymentIntentId: record.shown.id, order, request }
}

/** Pays an open order at a table on a phone. */
export const payOnly = async (
  runner: Runner,
  tableId: string | undefined,
  orderId: string | undefined,
): Promise<PaidAtTable> =>
  await payAtTable(runner, { with: 'qr-page', payments: [{}], tableId, orderId })
