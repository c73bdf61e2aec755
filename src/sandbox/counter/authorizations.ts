// The checklist's section on pre-authorisations: amounts that are held on a card, and changed.
import type { CounterPlay } from './play.ts'
import { expectRefused } from './refusals.ts'
import { retryOnSameIntent } from './attempts.ts'
import type { CounterScenario } from './scenario.ts'
import {
  AMOUNT_MINOR,
  expectTaken,
  INSERTED_MINOR,
  intentOf,
  paidSale,
  shows,
  showsResult,
  start,
  toTheEnd,
  type SaleOptions,
  type Started,
} from './sale.ts'

const authorizations = {
  section: 'Pre-authorisations',
  products: ['pay-at-counter'],
  mandatory: false,
} as const satisfies Partial<CounterScenario>

const MANUAL = { captureMode: 'Manual' } as const

function authorizing(
  name: string,
  how: string,
  { otherCard = false, ...options }: SaleOptions & { otherCard?: boolean } = {},
): CounterScenario {
  return {
    ...authorizations,
    name,
    expected: `${how} is authorised and not captured, and the till shows Authorized.`,
    run: async (play) => {
      if (otherCard) play.simulation.faultsOf(play.account).add({ kind: 'other-card' })
      await paidSale(play, { ...MANUAL, ...options })
      await expectTaken(play, 0)
    },
  }
}

/** Asks for an amount that cannot be, and expects a sentence and nothing else. */
async function refusedAmount(
  play: CounterPlay,
  { name }: Started,
  { amountMinor, advice }: { amountMinor: number; advice: string },
): Promise<void> {
  await play.step(`Change the amount to ${amountMinor}`, async () => {
    const answer = await play.tell({ do: 'amount', sale: name, amountMinor })
    play.expect(
      'the till does not show it as done',
      answer.refused !== undefined,
      answer.shows,
      advice,
    )
    expectRefused(play, answer, advice)
  })
}

export const authorizationScenarios: readonly CounterScenario[] = [
  authorizing('Authorised, Card Inserted', 'A card with its PIN', { amountMinor: INSERTED_MINOR }),
  authorizing('Authorised, Contactless', 'A card that is held to the machine'),
  authorizing('Authorised, Other Card', 'A card of another type', { otherCard: true }),
  {
    ...authorizations,
    name: 'Authorisation Declined',
    expected: 'The till shows Declined, and tries again on the same payment intent.',
    run: async (play) => {
      const started = await start(play, 'DIP0', MANUAL)
      await toTheEnd(play, started)
      await showsResult(play, started, 'Declined')
      const again = await retryOnSameIntent(play, started, 'AIP0')
      await toTheEnd(play, again)
      await showsResult(play, again, 'Authorized')
      await expectTaken(play, 0)
    },
  },
  {
    ...authorizations,
    name: 'Authorised Amount Raised',
    expected: 'The amount is raised at Dojo, and the till still shows Authorized.',
    run: async (play) => {
      const started = await paidSale(play, MANUAL)
      const wanted = AMOUNT_MINOR + 500
      await play.step('Raise the amount', async () => {
        await play.tell({ do: 'amount', sale: started.name, amountMinor: wanted })
        const { amount } = intentOf(play, started).shown
        play.expect(`the amount at Dojo is ${wanted}`, amount.value === wanted, amount.value)
      })
      await showsResult(play, started, 'Authorized')
    },
  },
  {
    ...authorizations,
    name: 'Amount of a Captured Payment',
    expected: 'The amount of a captured payment cannot be changed, and the till says so.',
    run: async (play) => {
      const started = await paidSale(play, MANUAL)
      await play.step('Capture it', async () => {
        await play.tell({ do: 'capture', sale: started.name, amountMinor: AMOUNT_MINOR })
        const { status } = intentOf(play, started).shown
        play.expect('Dojo captured it', status === 'Captured', status)
      })
      await showsResult(play, started, 'Captured')
      await refusedAmount(play, started, {
        amountMinor: AMOUNT_MINOR + 500,
        advice: "Show Dojo's sentence, or refuse a captured payment yourself.",
      })
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
  {
    ...authorizations,
    name: 'Amount of an Unknown Payment',
    expected: 'Where Dojo does not know the intent, the till says so and changes nothing.',
    run: async (play) => {
      const started = await paidSale(play, MANUAL)
      const record = intentOf(play, started)
      play.account.intents.delete(record.shown.id)
      try {
        await refusedAmount(play, started, {
          amountMinor: AMOUNT_MINOR + 500,
          advice: "Show Dojo's 404 in a sentence, and keep the amount as it was.",
        })
      } finally {
        play.account.intents.set(record.shown.id, record)
      }
    },
  },
  {
    ...authorizations,
    name: 'Amount of Zero',
    expected: 'An amount of 0 is refused, and the till says so.',
    run: async (play) => {
      const started = await paidSale(play, MANUAL)
      await refusedAmount(play, started, {
        amountMinor: 0,
        advice: 'An amount must be higher than 0: refuse it before you ask Dojo.',
      })
      await shows(play, started, {
        what: 'the till still shows Authorized',
        holds: ({ result }) => result === 'Authorized',
      })
    },
  },
]
