// The checklist's sections on refunds: through Dojo's API, and on a machine.
import { cancelOnDevice } from '../dojo/terminal-sessions.ts'
import { isOver } from '../dojo/session-steps.ts'
import { isReadOf } from './intents.ts'
import type { CounterPlay } from './play.ts'
import { expectInDoubt } from './attempts.ts'
import { askForSignature, judge } from './signatures.ts'
import { firstThatCan, type CounterScenario } from './scenario.ts'
import {
  AMOUNT_MINOR,
  at,
  begin,
  expectSession,
  expectTaken,
  goOn,
  intentOf,
  isPrompting,
  machine,
  paidSale,
  shows,
  showsResult,
  toTheEnd,
  type Started,
} from './sale.ts'

const PART_MINOR = 304

const direct = {
  section: 'Refunds',
  products: ['pay-at-counter'],
  mandatory: false,
} as const satisfies Partial<CounterScenario>

/** Refunds a sale without its card. @throws ExpectationFailed */
async function refund(play: CounterPlay, sale: Started, amountMinor: number): Promise<Started> {
  const name = play.newName('refund')
  return await play.step(`Refund ${amountMinor}`, async () => {
    const answer = await play.tell({ do: 'refund', refund: name, sale: sale.name, amountMinor })
    const calls = play.calls('Refunds_Create').filter(({ status }) => status === 200)
    play.expect(
      'POST /payment-intents/{paymentIntentId}/refunds is accepted',
      calls.length > 0,
      answer.refused ?? 'no refund',
      'Send an idempotencyKey with the refund; Dojo refuses one without.',
    )
    return { ...sale, name, answer }
  })
}

async function expectRead(play: CounterPlay, sale: Started, status: string): Promise<void> {
  const { id } = intentOf(play, sale).shown
  const read = await play.arrives(isReadOf(id, status), { withinMs: play.times.showMs })
  play.expect(
    `GET /payment-intents/{paymentIntentId} is answered with ${status}`,
    read !== undefined,
    'the till does not read the intent',
    'Read the intent after a refund, and show what it says.',
  )
}

export const refundScenarios: readonly CounterScenario[] = [
  {
    ...direct,
    name: 'Refund in Full',
    expected: 'The till refunds a sale, reads its intent, and shows Refunded.',
    run: async (play) => {
      const sale = await paidSale(play)
      const refunded = await refund(play, sale, AMOUNT_MINOR)
      await showsResult(play, refunded, 'Refunded')
      await play.step('The till reads the intent', async () => {
        await expectRead(play, sale, 'Refunded')
      })
      await expectTaken(play, 0)
    },
  },
  {
    ...direct,
    name: 'Refund in Part',
    expected: 'The till refunds a part, and shows how much went back.',
    run: async (play) => {
      const sale = await paidSale(play)
      const from = play.calls().length
      const refunded = await refund(play, sale, PART_MINOR)
      await play.step('Look at the till', async () => {
        await shows(play, refunded, {
          what: `the till shows that ${PART_MINOR} went back`,
          holds: ({ refundedMinor }) => refundedMinor === PART_MINOR,
        })
        const isRead = isReadOf(intentOf(play, sale).shown.id, 'Captured')
        const call = await play.arrives(isRead, { from, withinMs: play.times.showMs })
        play.expect('the till reads the intent after the refund', call !== undefined, 'it does not')
      })
      await expectTaken(play, AMOUNT_MINOR - PART_MINOR)
    },
  },
  {
    ...direct,
    name: 'A Way to Refund',
    mandatory: true,
    expected: 'The till can refund in at least one way, which Dojo demands.',
    run: async (play) => {
      const sale = await paidSale(play)
      const way = await firstThatCan(play, [
        { verb: 'refund', work: async () => await refund(play, sale, AMOUNT_MINOR) },
        { verb: 'matched-refund', work: async () => await refundOnMachine(play, 'Matched', sale) },
        {
          verb: 'unlinked-refund',
          work: async () => await refundOnMachine(play, 'Unlinked', sale),
        },
      ])
      // Dojo keeps no connection between an unlinked refund and a sale.
      await expectTaken(play, way === 'unlinked-refund' ? AMOUNT_MINOR : 0)
    },
  },
]

// --- on a machine

type Kind = 'Matched' | 'Unlinked'

async function refundOnMachine(play: CounterPlay, kind: Kind, sale?: Started): Promise<void> {
  const started = await startRefund(play, kind, { ending: 'AIP0', sale })
  await toTheEnd(play, started)
}

/** The till puts a refund on the machine with this ending. @throws ExpectationFailed */
async function startRefund(
  play: CounterPlay,
  kind: Kind,
  { ending, sale }: { ending: string; sale?: Started | undefined },
): Promise<Started> {
  const paid = kind === 'Matched' ? (sale ?? (await paidSale(play))) : undefined
  return await play.step(`Start a refund on the machine that ends in ${ending}`, async () => {
    const name = play.newName('refund')
    const terminal = machine(play, ending)
    const given = { refund: name, amountMinor: AMOUNT_MINOR, ...at(terminal) }
    const started = await begin(play, {
      name,
      terminal,
      task:
        paid === undefined
          ? { do: 'unlinked-refund', ...given }
          : { do: 'matched-refund', sale: paid.name, ...given },
    })
    expectSession(play, started)
    expectDetails(play, started, paid)
    return started
  })
}

function expectDetails(play: CounterPlay, { session }: Started, paid: Started | undefined): void {
  const { sessionType, matchedRefund, unlinkedRefund } = session!.shown.details ?? {}
  if (paid === undefined) {
    const amount = unlinkedRefund?.amount.value
    play.expect(
      `the session is an UnlinkedRefund of ${AMOUNT_MINOR}`,
      sessionType === 'UnlinkedRefund' && amount === AMOUNT_MINOR,
      session!.shown.details,
    )
    return
  }
  play.expect(
    'the session is a MatchedRefund of the payment intent of the sale',
    sessionType === 'MatchedRefund' &&
      matchedRefund?.paymentIntentId === paid.session!.shown.details?.sale?.paymentIntentId,
    session!.shown.details,
    'Keep the paymentIntentId with the bill: refunds need it.',
  )
}

/** The words for the money of a scenario, before and after a refund that went through. */
const moneyOf = (kind: Kind): { before: number; after: number } =>
  kind === 'Matched' ? { before: AMOUNT_MINOR, after: 0 } : { before: 0, after: 0 }

async function expectGiven(play: CounterPlay, kind: Kind, started: Started): Promise<void> {
  const { status } = started.session!.shown
  await play.step('Look at Dojo', async () => {
    play.expect('the machine gave the money back', status === 'Captured', status)
  })
  await showsResult(play, started, kind === 'Matched' ? 'Refunded' : 'Captured')
  await expectTaken(play, moneyOf(kind).after)
}

function onMachine(
  kind: Kind,
  what: string,
  expected: string,
  run: (play: CounterPlay) => Promise<void>,
): CounterScenario {
  const isAtTable = kind === 'Matched' && (what === 'Successful' || what === 'Declined')
  return {
    section: 'Refunds on a machine',
    products: isAtTable ? ['pay-at-counter', 'pay-at-table'] : ['pay-at-counter'],
    mandatory: false,
    name: `${kind} Refund, ${what}`,
    expected,
    run,
  }
}

async function ends(play: CounterPlay, kind: Kind, ending: string): Promise<Started> {
  const started = await startRefund(play, kind, { ending })
  await toTheEnd(play, started)
  return started
}

const signed = async (play: CounterPlay, kind: Kind, accepted: boolean): Promise<Started> => {
  const started = await startRefund(play, kind, { ending: 'SIS0' })
  await askForSignature(play, started)
  await judge(play, started, accepted)
  return started
}

function refundsOf(kind: Kind): CounterScenario[] {
  const expectKept = async (play: CounterPlay): Promise<void> => {
    await expectTaken(play, moneyOf(kind).before)
  }
  return [
    onMachine(kind, 'Successful', 'The till shows that the refund went through.', async (play) => {
      await expectGiven(play, kind, await ends(play, kind, 'AIP0'))
    }),
    onMachine(kind, 'Declined', 'The till shows that the refund was declined.', async (play) => {
      await showsResult(play, await ends(play, kind, 'DIP0'), 'Declined')
      await expectKept(play)
    }),
    onMachine(
      kind,
      'Expired',
      'The till says that nobody knows, and lets somebody record it or try again.',
      async (play) => {
        await expectInDoubt(play, await ends(play, kind, 'TIP0'))
        await expectKept(play)
      },
    ),
    onMachine(kind, 'Canceled', 'Canceled on the machine: the till shows it.', async (play) => {
      const started = await startRefund(play, kind, { ending: 'AIP0' })
      await play.step('Cancel on the machine', async () => {
        await goOn(play, started, (session) => isPrompting(session) || isOver(session))
        cancelOnDevice(play.simulation, play.account, started.session!)
      })
      await showsResult(play, started, 'Canceled')
      await expectKept(play)
    }),
    onMachine(
      kind,
      'Signature Accepted',
      'The cashier accepts, and the refund goes through.',
      async (play) => {
        await expectGiven(play, kind, await signed(play, kind, true))
      },
    ),
    onMachine(
      kind,
      'Signature Rejected',
      'The cashier rejects, and the till shows Declined.',
      async (play) => {
        await showsResult(play, await signed(play, kind, false), 'Declined')
        await expectKept(play)
      },
    ),
  ]
}

export const machineRefundScenarios: readonly CounterScenario[] = [
  ...refundsOf('Unlinked'),
  ...refundsOf('Matched'),
]
