// Order and Pay: guests order and pay on their own phone. Either the order is new and paid with it,
// or an open one is paid.
import type { Input, Schemas } from '../../contract/capabilities.ts'
import { capture, reverseByDojo } from '../dojo/payment-intents.ts'
import { Unmet, type Stage } from './runner.ts'
import { payAtTable, type PaidAtTable } from './pay-at-table.ts'
import { paymentOf, takeCard } from './payment.ts'

export interface Basket {
  items: Schemas['OrderItem'][]
  currencyCode: string
  tableId?: string
  tipsMinor?: number
  displayName?: string
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
  stage: Stage,
  { items, currencyCode, tableId, displayName }: Basket,
  payments: Schemas['Payment'][],
): Input<'CreateOrder'> {
  return {
    dojoOrderId: `do_sandbox_${stage.random.text(22)}`,
    items,
    totalAmount: { value: sumOf(items), currencyCode },
    payments,
    details:
      tableId === undefined
        ? { orderType: 'Collection', collection: { asap: true } }
        : { orderType: 'DineIn', dineIn: { tableId } },
    ...(displayName === undefined ? {} : { displayName }),
  }
}

/**
 * The card is authorised, the order sent, and the money taken once the EPOS has the order.
 * @throws Unmet when it does not take it
 */
export async function orderAndPay(stage: Stage, basket: Basket): Promise<OrderedAndPaid> {
  const { world, account } = stage
  const caller = { product: 'OrderAndPay' }
  const record = await stage.step('Authorise the card', async () =>
    takeCard(
      stage,
      {
        orderId: 'order-and-pay',
        amountMinor: sumOf(basket.items),
        currencyCode: basket.currencyCode,
        paidBy: 'online',
        ...(basket.tipsMinor === undefined ? {} : { tipsMinor: basket.tipsMinor }),
      },
      'Manual',
    ),
  )
  const request = orderRequest(stage, basket, [paymentOf(record)])
  const order = await stage.step('Send the order', async () => {
    const exchange = await stage.call('CreateOrder', request, caller)
    if (exchange.status === 200) return exchange.output!
    reverseByDojo(world, account, record)
    throw new Unmet(
      `The EPOS did not take the order, so the payment ${record.shown.id} is reversed.`,
      ['CreateOrder answers 200 with the order, and keeps the payments that it came with.'],
    )
  })
  await stage.step('Capture the payment', async () => {
    record.shown.orderDetails = { externalId: order.id }
    capture(world, account, record, {
      paymentIntentId: record.shown.id,
      amount: record.shown.totalAmount!.value,
    })
  })
  return { paymentIntentId: record.shown.id, order, request }
}

/** Pays an open order of a table on a phone. */
export const payOnly = async (
  stage: Stage,
  tableId: string | undefined,
  orderId: string | undefined,
): Promise<PaidAtTable> =>
  await payAtTable(stage, {
    with: 'qr-page',
    payments: [{}],
    ...(tableId === undefined ? {} : { tableId }),
    ...(orderId === undefined ? {} : { orderId }),
  })
