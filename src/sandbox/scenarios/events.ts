// Events about payment intents: a payment that Dojo took back is owed again, however the news
// arrives.
import type { Schemas } from '../../contract/capabilities.ts'
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

/** An event as Dojo sends it, about something so many seconds ago. */
function newEvent(
  runner: Runner,
  paymentIntentId: string,
  paymentStatus: PaymentStatus,
  secondsAgo = 0,
): Schemas['Event'] {
  return {
    id: `evt_${runner.random.text(22)}`,
    event: paymentStatus === 'Created' ? 'payment_intent.created' : 'payment_intent.status_updated',
    accountId: runner.account.accountId,
    createdAt: new Date(Date.now() - secondsAgo * 1000).toISOString(),
    data: { paymentIntentId, paymentStatus, captureMode: 'Auto' },
  }
}

function paymentByCard(runner: Runner, order: Schemas['Order']): Schemas['PaymentWithLockId'] {
  return eposPayment(
    chargeCard(runner, {
      orderId: order.id,
      amountMinor: balanceOf(order),
      currencyCode: currencyOf(order),
      paidBy: 'online',
    }),
  )
}

async function sendEvent(runner: Runner, event: Schemas['Event'], times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { status } = await runner.call('HandleEvent', event, { product: 'Payments' })
    runner.expect(
      'the event is taken with 200',
      status === 200,
      status,
      'Answer 200 to every event, also to one that is known or of no concern: anything else is sent again and again.',
    )
  }
}

export const eventScenarios: readonly Scenario[] = [
  {
    ...events,
    name: 'Handle Event',
    needs: ['HandleEvent'],
    parameters: [],
    expected:
      'An event about a payment that nobody here knows is taken, and so is one of a kind that nobody knows.',
    run: async (runner) => {
      await runner.step('Tell of a payment that nobody knows', async () => {
        await sendEvent(
          runner,
          newEvent(runner, `pi_sandbox_${runner.random.text(22)}`, 'Captured'),
        )
      })
      await runner.step('Tell of something new', async () => {
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
    expected: 'A recorded payment that Dojo reverses later is owed again.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      const payment = paymentByCard(runner, order)
      await runner.step('Pay it', async () => {
        await runner.callOk('RecordOrderPaymentById', { orderId: order.id, ...payment })
        await expectPaid(runner, order, payment.paidAmount.value)
      })
      await runner.step('Tell that the payment was reversed', async () => {
        await sendEvent(runner, newEvent(runner, payment.paymentIntentId, 'Reversed'))
        await expectPaid(runner, order, 0)
      })
    },
  },
  {
    ...events,
    name: 'Lost Reply and Reversal',
    expected:
      'A payment was recorded, its answer was lost, and Dojo reversed it: the order is owed again, and another payment pays it.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      const payment = paymentByCard(runner, order)
      await runner.step('Record a payment whose answer is lost', async () => {
        runner.simulation
          .faultsOf(runner.account)
          .add({ kind: 'reply-lost', on: 'RecordOrderPaymentById', times: 1 })
        await runner.send('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await runner.step('Tell that it was reversed', async () => {
        await sendEvent(runner, newEvent(runner, payment.paymentIntentId, 'Reversed'))
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
    expected: 'A reversal that is told three times is one reversal.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      const payment = paymentByCard(runner, order)
      await runner.step('Pay it', async () => {
        await runner.callOk('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await runner.step('Tell three times that it was reversed', async () => {
        await sendEvent(runner, newEvent(runner, payment.paymentIntentId, 'Reversed'), 3)
        await expectPaid(runner, order, 0)
      })
    },
  },
  {
    ...events,
    name: 'Events Shuffled',
    expected:
      'Events that arrive in the wrong order lead to the same end: the newest counts, by its createdAt.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      const payment = paymentByCard(runner, order)
      await runner.step('Pay it', async () => {
        await runner.callOk('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await runner.step('Tell of the reversal first, and of what was before it later', async () => {
        await sendEvent(runner, newEvent(runner, payment.paymentIntentId, 'Reversed'))
        await sendEvent(runner, newEvent(runner, payment.paymentIntentId, 'Captured', 5))
        await sendEvent(runner, newEvent(runner, payment.paymentIntentId, 'Created', 10))
        await expectPaid(runner, order, 0)
      })
    },
  },
]
