// Events about payment intents: after a reversal the order owes the amount again, however the
// events arrive.
import type { Schemas } from '../../contract/capabilities.ts'
import { intentOf, setStatus } from '../dojo/payment-intents.ts'
import { balanceOf, currencyOf } from '../products/money.ts'
import { eposPayment, chargeCard } from '../products/payment.ts'
import type { Runner } from '../products/runner.ts'
import { expectPaid, openOrder, orderParameter, type Scenario } from './scenario.ts'

const events = {
  section: 'Events',
  products: ['pay-at-table', 'order-and-pay'],
  mandatory: true,
  needs: ['GetOrderById', 'RecordOrderPaymentById', 'HandleEvent'],
  parameters: [orderParameter],
  usesUpOrder: true,
} as const satisfies Partial<Scenario>

type PaymentStatus = 'Created' | 'Authorized' | 'Captured' | 'Reversed' | 'Refunded'

/** An event as Dojo sends it, stamped this many seconds ago by Dojo's clock. */
export function newEvent(
  runner: Runner,
  paymentIntentId: string,
  paymentStatus: PaymentStatus,
  secondsAgo = 0,
): Schemas['Event'] {
  return {
    id: `evt_${runner.random.text(22)}`,
    event: paymentStatus === 'Created' ? 'payment_intent.created' : 'payment_intent.status_updated',
    accountId: runner.account.accountId,
    createdAt: new Date(runner.simulation.clock.nowMs() - secondsAgo * 1000).toISOString(),
    data: { paymentIntentId, paymentStatus, captureMode: 'Auto' },
  }
}

function paymentByCard(
  runner: Runner,
  order: Schemas['Order'],
  amountMinor = balanceOf(order),
): Schemas['PaymentWithLockId'] {
  return eposPayment(
    chargeCard(runner, {
      orderId: order.id,
      amountMinor,
      currencyCode: currencyOf(order),
      paidBy: 'online',
    }),
  )
}

/**
 * Dojo reverses the payment and sends the event, once or several times. An EPOS that asks Dojo
 * finds the intent reversed.
 */
async function reverse(runner: Runner, paymentIntentId: string, times = 1): Promise<void> {
  const { simulation, account } = runner
  const record = intentOf(account, paymentIntentId)
  setStatus(simulation, account, record, 'Reversed')
  await sendEvent(runner, newEvent(runner, paymentIntentId, 'Reversed'), times)
}

async function sendEvent(runner: Runner, event: Schemas['Event'], times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { status } = await runner.call('HandleEvent', event, { product: 'Payments' })
    runner.expect(
      'the event is answered with 200',
      status === 200,
      status,
      'Answer 200 to every event, even to a repeated or irrelevant one: ' +
        'Dojo sends an event again after any other answer.',
    )
  }
}

export const eventScenarios: readonly Scenario[] = [
  {
    ...events,
    name: 'Handle Event',
    needs: ['HandleEvent'],
    parameters: [],
    expected: 'Events about an unknown payment and events of an unknown kind are accepted.',
    run: async (runner) => {
      await runner.step('Send an event about an unknown payment', async () => {
        const paymentIntentId = `pi_sandbox_${runner.random.text(22)}`
        // Otherwise staff look for an order that somebody paid.
        runner.addCleanup(
          async () =>
            await runner.call('HandleEvent', newEvent(runner, paymentIntentId, 'Reversed'), {
              product: 'Payments',
            }),
        )
        await sendEvent(runner, newEvent(runner, paymentIntentId, 'Captured', 1))
      })
      await runner.step('Send an event of an unknown kind', async () => {
        await sendEvent(runner, {
          ...newEvent(runner, 'pi_sandbox_none', 'Captured'),
          event: 'booking.something_new',
          data: { anything: true },
        })
      })
    },
  },
  {
    ...events,
    name: 'Late Reversal',
    expected:
      'Two cards pay an order, and Dojo reverses the second payment. ' +
      'The order owes its amount again, and the first payment stays.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const partMinor = Math.floor(balanceOf(order) / 3)
      const part = paymentByCard(runner, order, partMinor)
      const payment = paymentByCard(runner, order, balanceOf(order) - partMinor)
      await runner.step('Pay it with two cards', async () => {
        for (const each of [part, payment]) {
          await runner.callOk('RecordOrderPaymentById', { orderId: order.id, ...each })
        }
        await expectPaid(runner, order, balanceOf(order))
      })
      await runner.step('Send the reversal of the second', async () => {
        await reverse(runner, payment.paymentIntentId)
        await expectPaid(runner, order, partMinor)
      })
    },
  },
  {
    ...events,
    name: 'Lost Reply and Reversal',
    expected:
      'A payment is recorded, its answer gets lost and Dojo reverses it. ' +
      'The order owes the amount again, and another card pays it.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const payment = paymentByCard(runner, order)
      await runner.step('Record a payment and lose the answer', async () => {
        runner.simulation
          .faultsOf(runner.account)
          .add({ kind: 'reply-lost', on: 'RecordOrderPaymentById', times: 1 })
        await runner.send('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await runner.step('Send the reversal', async () => {
        await reverse(runner, payment.paymentIntentId)
        await expectPaid(runner, order, 0)
      })
      await runner.step('Pay with another card', async () => {
        await runner.callOk('RecordOrderPaymentById', {
          orderId: order.id,
          ...paymentByCard(runner, order),
        })
        await expectPaid(runner, order, balanceOf(order))
      })
    },
  },
  {
    ...events,
    name: 'Events Doubled',
    expected: 'A reversal that arrives three times is one reversal.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const payment = paymentByCard(runner, order)
      await runner.step('Pay it', async () => {
        await runner.callOk('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await runner.step('Send the reversal three times', async () => {
        await reverse(runner, payment.paymentIntentId, 3)
        await expectPaid(runner, order, 0)
      })
    },
  },
  {
    ...events,
    name: 'Events Shuffled',
    expected: 'Events in the wrong order have the same result: the newest createdAt counts.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const payment = paymentByCard(runner, order)
      await runner.step('Pay it', async () => {
        await runner.callOk('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await runner.step('Send the reversal first and the earlier events after it', async () => {
        await reverse(runner, payment.paymentIntentId)
        await sendEvent(runner, newEvent(runner, payment.paymentIntentId, 'Captured', 5))
        await sendEvent(runner, newEvent(runner, payment.paymentIntentId, 'Created', 10))
        await expectPaid(runner, order, 0)
      })
    },
  },
]
