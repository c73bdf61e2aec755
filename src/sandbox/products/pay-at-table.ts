// Pay at Table, as a card machine or a QR page does it: list, choose, lock (if locks are
// registered), pay, unlock.
import { limits } from '../limits.ts'
import type { Schemas } from '../../contract/capabilities.ts'
import type { Caller } from '../epos/transport.ts'
import { ExpectationFailed, type Runner } from './runner.ts'
import { balanceOf, currencyOf, splitEvenly } from './money.ts'
import {
  declineCard,
  takePayment,
  type Charge,
  type DeclinedPayment,
  type GuestCard,
  type TakenPayment,
} from './payment.ts'

export interface PayAtTable {
  /** The first order of the list by default. */
  orderId?: string
  /** What the waiter types into the machine. */
  waiterId?: string
  /** The table of a QR page, which lists only the orders there. */
  tableId?: string
  with?: 'card-machine' | 'qr-page'
  /** Each guest's part: an amount, or the rest. */
  payments: ReadonlyArray<{ amountMinor?: number; tipsMinor?: number; card?: GuestCard }>
  printBill?: boolean
  /** False: no lock, even if locks are registered. */
  lock?: boolean
}

export interface PaidAtTable {
  /** The order when it was chosen or locked. */
  before: Schemas['Order']
  payments: TakenPayment[]
  /** With cards that were declined. */
  declined: DeclinedPayment[]
  bill?: Schemas['OrderBill']
  lockId?: string
  /** True when the order could not be locked. Nothing was paid then. */
  lockRefused: boolean
}

/** @throws ExpectationFailed when the EPOS does not do its part */
export async function payAtTable(runner: Runner, plan: PayAtTable): Promise<PaidAtTable> {
  const caller = callerFor(plan)
  const chosen = await runner.step(
    'List the orders that can be paid',
    async () => await chooseOrder(runner, plan, caller),
  )
  const locks =
    plan.lock !== false &&
    runner.isRegistered('CreateOrderLock') &&
    runner.isRegistered('DeleteOrderLock')
  if (!locks || plan.with === 'qr-page') {
    const order = await runner.step(
      'Read the order',
      async () => await runner.callOk('GetOrderById', { orderId: chosen.id }, caller),
    )
    if (!locks) return await takePayments(runner, plan, caller, order, undefined)
  }
  const lockId = runner.random.uuid()
  const locked = await runner.step(
    'Lock the order',
    async () =>
      await runner.call(
        'CreateOrderLock',
        { orderId: chosen.id, lockId, expiry: lockExpiry(runner) },
        caller,
      ),
  )
  if (locked.status !== 200) {
    return { before: chosen, payments: [], declined: [], lockRefused: true }
  }
  runner.addCleanup(
    async () => await runner.call('DeleteOrderLock', { orderId: chosen.id, lockId }, caller),
  )
  const paid = await takePayments(runner, plan, caller, locked.output!, lockId)
  await runner.step(
    'Unlock the order',
    async () => await runner.callOk('DeleteOrderLock', { orderId: chosen.id, lockId }, caller),
  )
  return paid
}

function callerFor({ waiterId, with: device = 'card-machine' }: PayAtTable): Partial<Caller> {
  return device === 'card-machine'
    ? {
        product: 'PayAtTable',
        deviceId: 'tm_sandbox_card_machine',
        deviceType: 'CardMachine',
        waiterId,
      }
    : { product: 'PayAtTable', deviceType: 'QrPage' }
}

async function chooseOrder(
  runner: Runner,
  { orderId, waiterId, tableId }: PayAtTable,
  caller: Partial<Caller>,
): Promise<Schemas['Order']> {
  const isNarrowed = tableId !== undefined || waiterId !== undefined
  let after: string | undefined
  do {
    const page = await runner.callOk(
      'SearchOrders',
      {
        payableOnly: true,
        dineIn: isNarrowed ? { tableId, waiterId } : undefined,
        cursor: after === undefined ? undefined : { after },
      },
      caller,
    )
    const orders = page.data ?? []
    const order = orderId === undefined ? orders[0] : orders.find(({ id }) => id === orderId)
    if (order !== undefined) return order
    after = page.after
  } while (after !== undefined)
  throw new ExpectationFailed(
    orderId === undefined
      ? 'SearchOrders lists no order that can be paid.'
      : `SearchOrders does not list the order ${orderId} as one that can be paid.`,
    [
      'Open an order with a balance. SearchOrders with payableOnly lists it ' +
        'until it is paid, held or locked.',
    ],
  )
}

/** Short if the lock can be extended, long if it cannot. */
export function lockExpiry(runner: Runner): string {
  const seconds = runner.isRegistered('ExtendOrderLock')
    ? limits.shortLockSeconds
    : limits.longLockSeconds
  return new Date(Date.now() + seconds * 1000).toISOString()
}

async function takePayments(
  runner: Runner,
  plan: PayAtTable,
  caller: Partial<Caller>,
  order: Schemas['Order'],
  lockId: string | undefined,
): Promise<PaidAtTable> {
  const bill =
    plan.printBill === true
      ? await runner.step(
          'Print the bill',
          async () => await runner.callOk('GetOrderBillById', { orderId: order.id }, caller),
        )
      : undefined
  const payments: TakenPayment[] = []
  const declined: DeclinedPayment[] = []
  let latest = order
  for (const [index, part] of plan.payments.entries()) {
    const balanceMinor = balanceOf(latest)
    const amountMinor = part.amountMinor ?? balanceMinor
    // Guests take their time: a short lock must last until the next card.
    if (index > 0 && lockId !== undefined && runner.isRegistered('ExtendOrderLock')) {
      await runner.step(
        'Extend the lock',
        async () =>
          await runner.callOk(
            'ExtendOrderLock',
            { orderId: order.id, lockId, expiry: lockExpiry(runner) },
            caller,
          ),
      )
    }
    const charge: Charge = {
      orderId: order.id,
      amountMinor,
      currencyCode: currencyOf(order),
      paidBy: plan.with === 'qr-page' ? 'online' : 'terminal',
      tipsMinor: part.tipsMinor,
      lockId,
      waiterId: plan.waiterId,
    }
    if (part.card === 'declined') {
      declined.push(declineCard(runner, charge))
      continue
    }
    const payment = await runner.step(
      `Pay ${amountMinor}${part.tipsMinor === undefined ? '' : ` and a tip of ${part.tipsMinor}`}`,
      async () => await takePayment(runner, charge, caller),
    )
    payments.push(payment)
    latest = payment.order ?? latest
  }
  return { before: order, payments, declined, lockRefused: false, bill, lockId }
}

/** Everybody pays the same, as the card machine offers it. */
export const equalParts = (
  order: Schemas['Order'],
  people: number,
): Array<{ amountMinor: number }> =>
  splitEvenly(balanceOf(order), people).map((amountMinor) => ({ amountMinor }))
