// Events about payment intents: a payment that Dojo took back is owed again, however the news
// arrives.
import type { Schemas } from '../../contract/capabilities.ts'
import { balanceOf, currencyOf } from '../products/money.ts'
import { paymentOf, takeCard } from '../products/payment.ts'
import type { Stage } from '../products/runner.ts'
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
function eventOf(
  stage: Stage,
  paymentIntentId: string,
  paymentStatus: PaymentStatus,
  secondsAgo = 0,
): Schemas['Event'] {
  return {
    id: `evt_${stage.random.text(22)}`,
    event: paymentStatus === 'Created' ? 'payment_intent.created' : 'payment_intent.status_updated',
    accountId: stage.account.accountId,
    createdAt: new Date(Date.now() - secondsAgo * 1000).toISOString(),
    data: { paymentIntentId, paymentStatus, captureMode: 'Auto' },
  }
}

function paymentByCard(stage: Stage, order: Schemas['Order']): Schemas['PaymentWithLockId'] {
  return paymentOf(
    takeCard(stage, {
      orderId: order.id,
      amountMinor: balanceOf(order),
      currencyCode: currencyOf(order),
      paidBy: 'online',
    }),
  )
}

async function tell(stage: Stage, event: Schemas['Event'], times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { status } = await stage.call('HandleEvent', event, { product: 'Payments' })
    stage.expect(
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
    play: async (stage) => {
      await stage.step('Tell of a payment that nobody knows', async () => {
        await tell(stage, eventOf(stage, `pi_sandbox_${stage.random.text(22)}`, 'Captured'))
      })
      await stage.step('Tell of something new', async () => {
        await tell(stage, {
          ...eventOf(stage, 'pi_sandbox_none', 'Captured'),
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
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const payment = paymentByCard(stage, order)
      await stage.step('Pay it', async () => {
        await stage.ask('RecordOrderPaymentById', { orderId: order.id, ...payment })
        await expectPaid(stage, order, payment.paidAmount.value)
      })
      await stage.step('Tell that the payment was reversed', async () => {
        await tell(stage, eventOf(stage, payment.paymentIntentId, 'Reversed'))
        await expectPaid(stage, order, 0)
      })
    },
  },
  {
    ...events,
    name: 'Lost Reply and Reversal',
    expected:
      'A payment was recorded, its answer was lost, and Dojo reversed it: the order is owed again, and another payment pays it.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const payment = paymentByCard(stage, order)
      await stage.step('Record a payment whose answer is lost', async () => {
        stage.world
          .faultsOf(stage.account)
          .add({ kind: 'reply-lost', on: 'RecordOrderPaymentById', times: 1 })
        await stage.send('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await stage.step('Tell that it was reversed', async () => {
        await tell(stage, eventOf(stage, payment.paymentIntentId, 'Reversed'))
        await expectPaid(stage, order, 0)
      })
      await stage.step('Pay with another card', async () => {
        await stage.ask('RecordOrderPaymentById', {
          orderId: order.id,
          ...paymentByCard(stage, order),
        })
        await expectPaid(stage, order, balanceOf(order))
      })
    },
  },
  {
    ...events,
    name: 'Events Doubled',
    expected: 'A reversal that is told three times is one reversal.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const payment = paymentByCard(stage, order)
      await stage.step('Pay it', async () => {
        await stage.ask('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await stage.step('Tell three times that it was reversed', async () => {
        await tell(stage, eventOf(stage, payment.paymentIntentId, 'Reversed'), 3)
        await expectPaid(stage, order, 0)
      })
    },
  },
  {
    ...events,
    name: 'Events Shuffled',
    expected:
      'Events that arrive in the wrong order lead to the same end: the newest counts, by its createdAt.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const payment = paymentByCard(stage, order)
      await stage.step('Pay it', async () => {
        await stage.ask('RecordOrderPaymentById', { orderId: order.id, ...payment })
      })
      await stage.step('Tell of the reversal first, and of what was before it later', async () => {
        await tell(stage, eventOf(stage, payment.paymentIntentId, 'Reversed'))
        await tell(stage, eventOf(stage, payment.paymentIntentId, 'Captured', 5))
        await tell(stage, eventOf(stage, payment.paymentIntentId, 'Created', 10))
        await expectPaid(stage, order, 0)
      })
    },
  },
]
