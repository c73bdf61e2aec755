// What the checklist does not ask and what costs guests their money: lost answers, late captures,
// events that never come or that somebody else sent.
import { request } from 'undici'
import type { DojoOperationName } from '../../contract/dojo-api.ts'
import { cancelOnDevice } from '../dojo/terminal-sessions.ts'
import { signatureOf } from '../dojo/signature.ts'
import { ScenarioSkipped } from '../products/runner.ts'
import type { CounterPlay } from './play.ts'
import { expectRefused } from './refusals.ts'
import { retryOnSameIntent } from './attempts.ts'
import { askForSignature } from './signatures.ts'
import type { CounterScenario } from './scenario.ts'
import {
  AMOUNT_MINOR,
  ask,
  at,
  expectQuiet,
  expectTaken,
  goOn,
  intentOf,
  isPrompting,
  machine,
  paidSale,
  shows,
  showsResult,
  start,
  toTheEnd,
  type Started,
} from './sale.ts'

const doubts = {
  section: 'In doubt',
  products: ['pay-at-counter'],
  mandatory: true,
} as const satisfies Partial<CounterScenario>

function loseAnswer({ simulation, account }: CounterPlay, on: DojoOperationName): void {
  simulation.faultsOf(account).add({ kind: 'api-answer-lost', on, times: 1 })
}

/** The card is charged after all, and the till finds out. @throws ExpectationFailed */
async function chargedLate(play: CounterPlay, started: Started): Promise<void> {
  await play.step('The card is charged after all', async () => {
    await play.machines.step(play.simulation, started.session!.shown.id)
    const { status } = intentOf(play, started).shown
    play.note(`The payment intent is ${status}.`)
  })
  const { status } = intentOf(play, started).shown
  if (status === 'Captured') {
    await showsResult(play, started, 'Captured')
    await play.step('Try again all the same', async () => {
      const terminal = machine(play, 'AMT0')
      const answer = await play.tell({ do: 'retry', sale: started.name, ...at(terminal) })
      expectRefused(play, answer, 'The sale is paid: refuse to charge the guest again.')
    })
    await expectTaken(play, AMOUNT_MINOR)
  } else await expectTaken(play, 0)
}

const late: readonly CounterScenario[] = [
  {
    ...doubts,
    name: 'Captured after Expired',
    expected: 'A card that is charged after its session expired is found, and not charged again.',
    run: async (play) => {
      play.simulation.faultsOf(play.account).add({ kind: 'captured-after-expired', times: 1 })
      const started = await start(play, 'AIP0')
      await toTheEnd(play, started)
      await showsResult(play, started, 'Expired')
      await expectQuiet(play)
      await chargedLate(play, started)
    },
  },
  {
    ...doubts,
    name: 'Captured after Canceled',
    expected: 'A card that is charged after its session was canceled is found, or cannot be.',
    run: async (play) => {
      play.simulation.faultsOf(play.account).add({ kind: 'captured-after-canceled', times: 1 })
      const started = await start(play, 'AIP0')
      await play.step('Cancel on the machine', async () => {
        await goOn(play, started, isPrompting)
        cancelOnDevice(play.simulation, play.account, started.session!)
      })
      await expectQuiet(play)
      await chargedLate(play, started)
    },
  },
]

/** The sale goes on, in whatever session the till ended up with. @throws ExpectationFailed */
async function finishAndCount(play: CounterPlay, { name, terminal }: Started): Promise<void> {
  const { sessions } = play.account
  const session = await play.step('Find the session at Dojo', async () => {
    const mine = play.calls('TerminalSession_Create').length
    const newest = [...sessions.values()].findLast((each) => each.shown.terminalId === terminal.id)
    play.expect('a session is on the machine', mine > 0 && newest !== undefined, 'none')
    return newest!
  })
  const started: Started = { name, terminal, answer: {}, session }
  await toTheEnd(play, started)
  await showsResult(play, started, 'Captured')
  await expectTaken(play, AMOUNT_MINOR)
}

const lost: readonly CounterScenario[] = [
  {
    ...doubts,
    name: 'Lost Answer to the Payment Intent',
    expected: 'The till goes on, and the guest is charged once.',
    run: async (play) => {
      loseAnswer(play, 'PaymentIntents_CreatePaymentIntent')
      const started = await play.step('Start a sale', async () => await ask(play, 'AIP0'))
      await finishAndCount(play, started)
    },
  },
  {
    ...doubts,
    name: 'Lost Answer to the Session',
    expected: 'The till finds out what became of the session, and the guest is charged once.',
    run: async (play) => {
      loseAnswer(play, 'TerminalSession_Create')
      const started = await play.step('Start a sale', async () => await ask(play, 'AIP0'))
      await finishAndCount(play, started)
    },
  },
  {
    ...doubts,
    name: 'Lost Answer to the Cancellation',
    expected: 'The till shows Canceled when Dojo does.',
    run: async (play) => {
      const started = await start(play, 'AIP0')
      await goOn(play, started, isPrompting)
      await play.step('Cancel at the till', async () => {
        loseAnswer(play, 'TerminalSession_Cancel')
        await play.tell({ do: 'cancel', sale: started.name })
      })
      await toTheEnd(play, started)
      await showsResult(play, started, 'Canceled')
      await expectTaken(play, 0)
    },
  },
  {
    ...doubts,
    name: 'Lost Answer to the Signature',
    expected: 'A rejected signature is shown as Declined though the answer was lost.',
    run: async (play) => {
      const started = await start(play, 'SIP0')
      await askForSignature(play, started)
      await play.step('Reject the signature', async () => {
        loseAnswer(play, 'TerminalSession_Signature')
        await play.tell({ do: 'sign', sale: started.name, accepted: false })
      })
      await showsResult(play, started, 'Declined')
      await expectTaken(play, 0)
    },
  },
  {
    ...doubts,
    name: 'Lost Answer to the Capture',
    mandatory: false,
    expected: 'An authorised amount is captured once though the answer was lost.',
    run: async (play) => {
      const started = await paidSale(play, { captureMode: 'Manual' })
      await play.step('Capture it', async () => {
        loseAnswer(play, 'Captures_Create')
        await play.tell({ do: 'capture', sale: started.name, amountMinor: AMOUNT_MINOR })
      })
      await showsResult(play, started, 'Captured')
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
  {
    ...doubts,
    name: 'Lost Answer to the Refund',
    mandatory: false,
    expected: 'A part is refunded once though the answer was lost: the same idempotencyKey again.',
    run: async (play) => {
      const amountMinor = 304
      const sale = await paidSale(play)
      const name = play.newName('refund')
      await play.step(`Refund ${amountMinor}`, async () => {
        loseAnswer(play, 'Refunds_Create')
        await play.tell({ do: 'refund', refund: name, sale: sale.name, amountMinor })
        await shows(
          play,
          { name },
          {
            what: `the till shows that ${amountMinor} went back`,
            holds: ({ refundedMinor }) => refundedMinor === amountMinor,
            advice: 'Repeat the refund with its idempotencyKey until Dojo has answered.',
          },
        )
      })
      await expectTaken(play, AMOUNT_MINOR - amountMinor)
    },
  },
]

const others: readonly CounterScenario[] = [
  {
    ...doubts,
    name: 'Webhook that Never Comes',
    expected: 'The till shows Captured without an event.',
    run: async (play) => {
      play.simulation.faultsOf(play.account).add({ kind: 'events-lost' })
      await paidSale(play)
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
  {
    ...doubts,
    name: 'Webhook of Somebody Else',
    expected: 'An event with a wrong signature is ignored: the sale does not count as paid.',
    run: async (play) => {
      const [subscription] = play.account.subscriptions.values()
      if (subscription?.url === undefined) {
        throw new ScenarioSkipped('The till has no subscription to webhooks.')
      }
      const started = await start(play, 'AIP0')
      await goOn(play, started, isPrompting)
      await play.step('Send an event with a signature of its own', async () => {
        await forge(play, subscription.url!, intentOf(play, started).shown.id)
      })
      await play.step('Look at the till', async () => {
        const { shows: shown } = await play.till.ask({ do: 'look', sale: started.name })
        play.expect(
          'the sale does not count as paid',
          shown?.paid !== true && shown?.result !== 'Captured',
          shown,
          'Verify dojo-signature, and read the payment intent whatever an event says.',
        )
      })
      await toTheEnd(play, started)
      await showsResult(play, started, 'Captured')
    },
  },
  {
    ...doubts,
    name: 'Two Sales on One Machine',
    expected: 'While a machine works on a sale, the till starts no other on it.',
    run: async (play) => {
      play.simulation.faultsOf(play.account).add({ kind: 'machine-shared' })
      const first = await start(play, 'AIP0')
      await play.step('Start another sale on the same machine', async () => {
        const from = play.calls().length
        const task = { sale: play.newName('sale'), amountMinor: AMOUNT_MINOR } as const
        const { terminal } = first
        await play.tell({ do: 'sale', ...task, ...at(terminal), captureMode: 'Auto' })
        const second = await play.arrives(
          ({ operation, status }) => operation === 'TerminalSession_Create' && status === 200,
          { from, withinMs: play.times.quietMs },
        )
        play.expect(
          'no second session on the machine',
          second === undefined,
          'POST /terminal-sessions',
          'Keep what each machine works on, over all tills of the venue, and refuse a second sale.',
        )
      })
      await toTheEnd(play, first)
      await showsResult(play, first, 'Captured')
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
  {
    ...doubts,
    name: 'A Failed and a Good Attempt',
    expected: 'A sale that was declined once and then paid counts once.',
    run: async (play) => {
      play.simulation.faultsOf(play.account).add({ kind: 'card-declined', times: 1 })
      const started = await start(play, 'AIP0')
      await toTheEnd(play, started)
      await showsResult(play, started, 'Declined')
      const again = await retryOnSameIntent(play, started, 'AIP0')
      await toTheEnd(play, again)
      await play.step('Look at the till', async () => {
        await shows(play, again, {
          what: 'the sale is Captured and counts as paid',
          holds: ({ result, paid }) => result === 'Captured' && paid === true,
        })
      })
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
]

/** What a stranger could send who knows the address of the till and an intent. */
async function forge(play: CounterPlay, url: string, paymentIntentId: string): Promise<void> {
  const body = JSON.stringify({
    id: `evt_${play.newName('forged')}`,
    event: 'payment_intent.status_updated',
    accountId: play.account.accountId,
    createdAt: play.simulation.clock.now(),
    data: { paymentIntentId, paymentStatus: 'Captured', captureMode: 'Auto' },
  })
  const headers = {
    'content-type': 'application/json',
    'dojo-signature': signatureOf(body, 'a secret of somebody else'),
  }
  try {
    const { statusCode, body: answer } = await request(url, { method: 'POST', headers, body })
    await answer.dump()
    play.note(`The till answered the event with ${statusCode}.`)
  } catch (error) {
    play.note(`The event could not be delivered: ${(error as Error).message}`)
  }
}

export const doubtScenarios: readonly CounterScenario[] = [...late, ...lost, ...others]
