// A scenario: what is done to an EPOS and what must come of it. The tester tool runs one at a time,
// the certifier runs them all.
import type { CapabilityName, Product, Schemas } from '../../contract/capabilities.ts'
import type { Exchange } from '../epos/exchange.ts'
import type { TransportName } from '../epos/transport.ts'
import { balanceOf } from '../products/money.ts'
import { orderRequest } from '../products/order-and-pay.ts'
import { ScenarioSkipped, ExpectationFailed, type Runner } from '../products/runner.ts'

export type Section =
  | 'Configuration'
  | 'Orders'
  | 'Order locking'
  | 'Record a payment'
  | 'Payments under stress'
  | 'Events'
  | 'Order and Pay'
  | 'Bookings'
  | 'Error handling'
  | 'WebSocket'

export interface Parameter {
  name: string
  type: 'string'
  required: boolean
  description: string
}

export interface Scenario {
  /** The name in the tester tool. */
  name: string
  section: Section
  products: readonly Product[]
  /** Whether a product can only go live when it passes. */
  mandatory: boolean
  /** Only for an EPOS that is called this way; for every EPOS when absent. */
  transport?: TransportName
  /** The capabilities that it cannot run without. */
  needs: readonly CapabilityName[]
  parameters?: readonly Parameter[]
  /** Whether it pays its order, which is then of no use to others until the money goes back. */
  usesUpOrder?: boolean
  /** What a passing EPOS does, in one sentence. */
  expected: string
  run: (runner: Runner) => Promise<void>
}

export const orderParameter: Parameter = {
  name: 'orderId',
  type: 'string',
  required: false,
  description:
    'An open order with a balance. By default one is created, if CreateOrder is registered.',
}

export const otherOrderParameter: Parameter = {
  name: 'otherOrderId',
  type: 'string',
  required: false,
  description: 'A second open order with a balance.',
}

/** How staff recognise what a scenario orders. */
export const TEST_ORDER = { displayName: 'Test order', note: 'A test: prepare nothing.' } as const

/**
 * The price of a scenario's order. Neither three nor seven divides it, so a split shows where the
 * odd penny goes.
 */
const ORDER_MINOR = 4_199

/**
 * An open order for this scenario alone: the one that the parameter names, or a new one.
 * @throws ScenarioSkipped when there is neither
 */
export async function openOrder(
  runner: Runner,
  {
    tableId,
    parameter = 'orderId',
  }: { tableId?: string; parameter?: 'orderId' | 'otherOrderId' } = {},
): Promise<Schemas['Order']> {
  const named = runner.parameters[parameter]
  if (named !== undefined) return await runner.callOk('GetOrderById', { orderId: named })
  return await createOrder(runner, tableId)
}

export const NEEDS_AN_ORDER =
  'Needs an open order with a balance, and cannot create one without CreateOrder. ' +
  'Name one more with --order ID (the parameter orderId).'

/** @throws ScenarioSkipped without CreateOrder */
export async function createOrder(runner: Runner, tableId?: string): Promise<Schemas['Order']> {
  if (!runner.isRegistered('CreateOrder')) throw new ScenarioSkipped(NEEDS_AN_ORDER)
  const currencyCode = runner.parameters['currencyCode'] ?? 'GBP'
  const request = orderRequest(
    runner,
    {
      currencyCode,
      items: [
        {
          name: 'Fish and chips',
          plu: '101',
          quantity: 2,
          amountPerItem: { value: 1_650, currencyCode },
        },
        {
          name: 'Lemonade',
          plu: '202',
          quantity: 1,
          amountPerItem: { value: ORDER_MINOR - 3_300, currencyCode },
        },
      ],
      tableId,
      ...TEST_ORDER,
    },
    [],
  )
  const { status, output: order } = await runner.call('CreateOrder', request, {
    product: 'OrderAndPay',
  })
  if (status === 404 || status === 405 || status === 501) throw new ScenarioSkipped(NEEDS_AN_ORDER)
  if (order === undefined) {
    throw new ExpectationFailed(`Expected: CreateOrder creates an order. Got: ${status}.`, [
      'The request fits the contract; accept it.',
      'If the venue uses another currency, set --currency (the parameter currencyCode).',
    ])
  }
  cancelAtEnd(runner, order.id)
  return order
}

/** Cancels an order that a scenario created, once its payments are given back. */
export function cancelAtEnd(runner: Runner, orderId: string): void {
  if (!runner.isRegistered('CancelOrderById')) return
  runner.addCleanup(
    async () => await runner.call('CancelOrderById', { orderId }, { product: 'OrderAndPay' }),
  )
}

export const readOrder = async (runner: Runner, orderId: string): Promise<Schemas['Order']> =>
  await runner.callOk('GetOrderById', { orderId })

/** `paidMinor` has been paid since `before`, and the rest is owed. @throws ExpectationFailed */
export async function expectPaid(
  runner: Runner,
  before: Schemas['Order'],
  paidMinor: number,
): Promise<Schemas['Order']> {
  const after = await readOrder(runner, before.id)
  const balanceMinor = balanceOf(before) - paidMinor
  runner.expect(
    `${paidMinor} of the balance of ${balanceOf(before)} is paid`,
    balanceOf(after) === balanceMinor,
    `a balance of ${balanceOf(after)} (totalAmount ${after.totalAmount?.value}, ` +
      `paidAmount ${after.paidAmount?.value})`,
    'paidAmount is the sum of the paidAmount of all payments, tips excluded and ' +
      'each paymentIntentId counted once. It must be current in the next answer.',
  )
  runner.expect(
    balanceMinor > 0 ? 'the order can be paid' : 'the order can no longer be paid',
    after.payable === balanceMinor > 0,
    `payable ${after.payable}`,
    'payable is true while the order owes something, and false afterwards.',
  )
  return after
}

/** The order lists these payments with their tips. @throws ExpectationFailed */
export function expectPayments(
  runner: Runner,
  order: Schemas['Order'],
  payments: ReadonlyArray<{ paymentIntentId: string; amountMinor: number; tipsMinor: number }>,
): void {
  for (const { paymentIntentId, amountMinor, tipsMinor } of payments) {
    const kept = (order.payments ?? []).filter(
      (payment) => payment.paymentIntentId === paymentIntentId,
    )
    runner.expect(
      `the order lists the payment ${paymentIntentId} once`,
      kept.length === 1,
      `${kept.length} times`,
      'Keep the paymentIntentId with the order: refunds need it.',
    )
    runner.expect(
      `the payment is ${amountMinor}`,
      kept[0]!.paidAmount.value === amountMinor,
      kept[0]!.paidAmount.value,
    )
    runner.expect(
      `its tip is ${tipsMinor}`,
      (kept[0]!.tipsAmount?.value ?? 0) === tipsMinor,
      kept[0]!.tipsAmount?.value ?? 0,
      'Keep tipsAmount with the payment, separate from paidAmount.',
    )
  }
  if (order.tipsAmount === undefined) return
  const tipsMinor = (order.payments ?? []).reduce(
    (sum, payment) => sum + (payment.tipsAmount?.value ?? 0),
    0,
  )
  runner.expect(
    `the tips of the order are ${tipsMinor}`,
    order.tipsAmount.value === tipsMinor,
    order.tipsAmount.value,
    'If an order has a tipsAmount, it is the sum of the tipsAmount of its payments.',
  )
}

/** The EPOS refuses as the contract says. @throws ExpectationFailed */
export function expectRefusal(
  runner: Runner,
  what: string,
  { status, refusal, noAnswer }: Exchange,
  errorType: 'Conflict' | 'NotFound' | 'InvalidRequest',
  advice?: string,
): void {
  const expectedStatus = { Conflict: 409, NotFound: 404, InvalidRequest: 400 }[errorType]
  runner.expect(
    `${what} is refused with ${expectedStatus} ${errorType}`,
    status === expectedStatus && refusal?.errorType === errorType,
    noAnswer ?? `${status} ${refusal?.errorType ?? ''}`.trim(),
    advice,
  )
}

export async function inParallel<T>(
  count: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  return await Promise.all(Array.from({ length: count }, async (_, index) => await work(index)))
}
