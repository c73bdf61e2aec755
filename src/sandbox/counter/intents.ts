// The checklist's section on payment intents.
import type { DojoCall } from '../dojo/simulation.ts'
import type { CounterPlay } from './play.ts'
import type { CounterScenario } from './scenario.ts'
import {
  AMOUNT_MINOR,
  expectTaken,
  intentOf,
  paidSale,
  shows,
  start,
  toTheEnd,
  showsResult,
} from './sale.ts'

const intents = {
  section: 'Payment intents',
  products: ['pay-at-counter'],
  mandatory: true,
} as const satisfies Partial<CounterScenario>

const ITEMS = [
  { name: 'Fish and chips', quantity: 2, unitAmountMinor: 550 },
  { name: 'Lemonade', quantity: 1, unitAmountMinor: 204 },
] as const
const DISCOUNT_MINOR = 100

export const intentScenarios: readonly CounterScenario[] = [
  {
    ...intents,
    name: 'Create Payment Intent, Auto',
    expected: 'A sale has a payment intent of its amount with the capture mode Auto.',
    run: async (play) => {
      const started = await start(play, 'AIP0')
      await play.step('Read the payment intent', async () => {
        expectIntent(play, intentOf(play, started).shown, 'Auto')
      })
      await toTheEnd(play, started)
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
  {
    ...intents,
    name: 'Create Payment Intent, Manual',
    mandatory: false,
    expected: 'A pre-authorisation has a payment intent with the capture mode Manual.',
    run: async (play) => {
      const started = await start(play, 'AIP0', { captureMode: 'Manual' })
      await play.step('Read the payment intent', async () => {
        expectIntent(play, intentOf(play, started).shown, 'Manual')
      })
      await toTheEnd(play, started)
      await expectTaken(play, 0)
    },
  },
  {
    ...intents,
    name: 'Retrieve Payment Intent',
    expected: 'Once the session is over, the till reads the intent and records the sale.',
    run: async (play) => {
      const started = await start(play, 'AIP0')
      const { id } = intentOf(play, started).shown
      await toTheEnd(play, started)
      await play.step('The till reads the intent', async () => {
        const read = await play.arrives(isReadOf(id, 'Captured'), { withinMs: play.times.showMs })
        play.expect(
          'GET /payment-intents/{paymentIntentId} after the session',
          read !== undefined,
          'none that is answered with Captured',
          'A session says how the machine ended. The intent says what was paid: read it.',
        )
      })
      await play.step('Look at the till', async () => {
        await shows(play, started, {
          what: 'the sale counts as paid',
          holds: ({ paid }) => paid === true,
          advice: 'Record the sale when the intent is Captured.',
        })
      })
    },
  },
  {
    ...intents,
    name: 'Change Payment Intent Amount',
    mandatory: false,
    expected: 'The amount of a pre-authorisation is changed at Dojo.',
    run: async (play) => {
      const started = await paidSale(play, { captureMode: 'Manual' })
      const wanted = AMOUNT_MINOR + 300
      await play.step('Change the amount', async () => {
        await play.tell({ do: 'amount', sale: started.name, amountMinor: wanted })
        play.expect(
          `POST /payment-intents/{paymentIntentId}/amount makes it ${wanted}`,
          intentOf(play, started).shown.amount.value === wanted,
          intentOf(play, started).shown.amount.value,
        )
      })
    },
  },
  {
    ...intents,
    name: 'Cancel Payment Intent',
    mandatory: false,
    expected: 'The intent of a sale that no card has paid is canceled.',
    run: async (play) => {
      const started = await start(play, 'DIP0')
      await toTheEnd(play, started)
      await showsResult(play, started, 'Declined')
      await play.step('Cancel the sale', async () => {
        await play.tell({ do: 'cancel', sale: started.name })
        await play.arrives(({ operation }) => operation === 'PaymentIntents_Delete', {
          withinMs: play.times.showMs,
        })
        const { status } = intentOf(play, started).shown
        play.expect(
          'DELETE /payment-intents/{paymentIntentId} cancels it',
          status === 'Canceled',
          status,
          'Cancel an intent that nobody will pay any more.',
        )
      })
    },
  },
  {
    ...intents,
    name: 'List Payment Intents',
    mandatory: false,
    expected: 'The till searches the payment intents.',
    run: async (play) => {
      await play.step('List them', async () => {
        await play.tell({ do: 'intents' })
        expectCall(play, 'POST /payment-intents/search', play.calls('PaymentIntents_Search'))
      })
    },
  },
  {
    ...intents,
    name: 'Card Not Present',
    mandatory: false,
    expected: 'A sale by phone has an intent with cardHolderNotPresent.',
    run: async (play) => {
      const started = await start(play, 'AIP0', { cardNotPresent: true })
      await play.step('Read the payment intent', async () => {
        const { cardHolderNotPresent } = intentOf(play, started).shown
        play.expect(
          'cardHolderNotPresent is true',
          cardHolderNotPresent === true,
          cardHolderNotPresent,
          'Send it when the card number is typed in; the machine asks for no card then.',
        )
      })
      await toTheEnd(play, started)
      await showsResult(play, started, 'Captured')
    },
  },
  {
    ...intents,
    name: 'Item Lines',
    expected: 'The intent lists what is on the bill, with a discount as a modifier.',
    run: async (play) => {
      const started = await start(play, 'AIP0', { items: ITEMS, discountMinor: DISCOUNT_MINOR })
      await play.step('Read the item lines', async () => {
        expectItems(play, intentOf(play, started).shown.itemLines ?? [])
      })
      await toTheEnd(play, started)
    },
  },
  {
    ...intents,
    name: 'Webhooks',
    expected: 'The till is subscribed to events of payment intents, and lists its subscriptions.',
    run: async (play) => {
      await play.step('List the subscriptions', async () => {
        await play.tell({ do: 'webhooks' })
        const calls = play.calls('Webhooks_GetAlSubscriptions')
        expectCall(play, 'GET /webhooks', calls)
        const { events = [] } = [...play.account.subscriptions.values()][0] ?? {}
        play.expect(
          'a subscription to payment_intent.status_updated',
          events.includes('payment_intent.status_updated'),
          events,
          'Subscribe with POST /webhooks, once for the account.',
        )
      })
    },
  },
]

function expectCall(play: CounterPlay, what: string, calls: readonly DojoCall[]): void {
  play.expect(
    `${what} is answered`,
    calls.some(({ status }) => status === 200),
    calls.length === 0 ? 'no such call' : calls.map(({ status }) => status),
  )
}

/** Whether a call reads the intent and is shown this status. */
export function isReadOf(paymentIntentId: string, status: string): (call: DojoCall) => boolean {
  return ({ operation, path, received }) =>
    operation === 'PaymentIntents_Get' &&
    path.includes(paymentIntentId) &&
    (received as { status?: string } | undefined)?.status === status
}

type ShownIntent = ReturnType<typeof intentOf>['shown']

function expectIntent(
  play: CounterPlay,
  { captureMode, amount }: ShownIntent,
  wanted: 'Auto' | 'Manual',
): void {
  play.expect(`captureMode is ${wanted}`, captureMode === wanted, captureMode)
  play.expect(
    `the amount is ${AMOUNT_MINOR}`,
    amount.value === AMOUNT_MINOR,
    amount.value,
    'Amounts are in minor units: 1204 is 12.04.',
  )
}

function expectItems(play: CounterPlay, lines: NonNullable<ShownIntent['itemLines']>): void {
  const names = lines.map(({ name }) => name)
  play.expect(
    `itemLines has ${ITEMS.map(({ name }) => name).join(' and ')}`,
    ITEMS.every(({ name }) => names.includes(name)),
    names,
    'Send a line for each item of the bill, with its name, quantity and total.',
  )
  for (const { name, quantity } of ITEMS) {
    const sent = lines.find((line) => line.name === name)!.quantity
    play.expect(`${quantity} of ${name}`, sent === quantity, sent)
  }
  const modifiers = lines.flatMap((line) => line.modifiers ?? [])
  const discounts = modifiers.filter(({ amountPerModifier }) => amountPerModifier.value < 0)
  play.expect(
    'the discount is a modifier with a negative amount',
    discounts.length > 0,
    modifiers,
    'Send a discount as a modifier of its line: guests and receipts see it then.',
  )
}
