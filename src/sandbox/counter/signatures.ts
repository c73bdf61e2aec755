// Signatures that the cashier judges, in time or not.
import type { CounterPlay } from './play.ts'
import type { CounterScenario } from './scenario.ts'
import { sales } from './sales.ts'
import {
  AMOUNT_MINOR,
  expectTaken,
  goOn,
  shows,
  showsResult,
  start,
  toTheEnd,
  wantsSignature,
  type Started,
} from './sale.ts'

/** The machine asks for a signature, and the till shows a dialogue. @throws ExpectationFailed */
export async function askForSignature(play: CounterPlay, started: Started): Promise<void> {
  await play.step('The machine asks for a signature', async () => {
    await goOn(play, started, wantsSignature)
    await shows(play, started, {
      what: 'the till offers to accept or to reject the signature',
      holds: ({ offers = [] }) =>
        offers.includes('accept-signature') && offers.includes('reject-signature'),
      advice: 'Show a dialogue while the session is SignatureVerificationRequired.',
    })
  })
}

/** The cashier judges it, and Dojo hears what. @throws ExpectationFailed */
export async function judge(play: CounterPlay, started: Started, accepted: boolean): Promise<void> {
  await play.step(accepted ? 'Accept the signature' : 'Reject the signature', async () => {
    await play.tell({ do: 'sign', sale: started.name, accepted })
    const call = await play.arrives(({ operation }) => operation === 'TerminalSession_Signature', {
      withinMs: play.times.showMs,
    })
    play.expect(
      `PUT /terminal-sessions/{terminalSessionId}/signature with accepted: ${accepted}`,
      (call?.sent as { accepted?: boolean } | undefined)?.accepted === accepted,
      call?.sent ?? 'no such call',
      'Send what the cashier chose, and nothing before.',
    )
  })
}

export const signatureScenarios: readonly CounterScenario[] = [
  {
    ...sales,
    name: 'Signature Accepted',
    expected: 'The cashier is asked, accepts, and the till shows Captured.',
    run: async (play) => {
      const started = await start(play, 'SIP0')
      await askForSignature(play, started)
      await judge(play, started, true)
      await showsResult(play, started, 'Captured')
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
  {
    ...sales,
    name: 'Signature, Nobody Answers',
    expected: 'After 80 seconds of silence the signature counts as accepted.',
    run: async (play) => {
      const started = await start(play, 'SIP0')
      await askForSignature(play, started)
      await toTheEnd(play, started)
      await play.step('Nobody has answered for the till', async () => {
        const sent = play.calls('TerminalSession_Signature')
        play.expect(
          'no decision was sent',
          sent.length === 0,
          sent.map((call) => call.sent),
        )
      })
      await showsResult(play, started, 'Captured')
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
  {
    ...sales,
    name: 'Signature Rejected',
    expected: 'The cashier is asked, rejects, and the till shows Declined.',
    run: async (play) => {
      const started = await start(play, 'SIP0')
      await askForSignature(play, started)
      await judge(play, started, false)
      await showsResult(play, started, 'Declined')
      await expectTaken(play, 0)
    },
  },
  {
    ...sales,
    name: 'Signature Rejected Too Late',
    expected: 'A rejection after 80 seconds changes nothing: the till still shows Captured.',
    run: async (play) => {
      const started = await start(play, 'SIP0')
      await askForSignature(play, started)
      await toTheEnd(play, started)
      await play.step('Reject the signature', async () => {
        await play.tell({ do: 'sign', sale: started.name, accepted: false })
      })
      await showsResult(play, started, 'Captured')
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
]
