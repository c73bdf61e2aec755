// What follows when a machine did not take the money: another try, or doubt.
import type { CounterPlay } from './play.ts'
import { at, begin, expectSession, intentOf, machine, shows, type Started } from './sale.ts'

/** A machine declined, and the cashier tries again. @throws ExpectationFailed */
export async function retryOnSameIntent(
  play: CounterPlay,
  started: Started,
  ending: string,
): Promise<Started> {
  const first = intentOf(play, started)
  const terminal = machine(play, ending)
  return await play.step('Try again with another card', async () => {
    const again = await begin(play, {
      name: started.name,
      terminal,
      task: { do: 'retry', sale: started.name, ...at(terminal) },
    })
    expectSession(play, again)
    play.expect(
      'the new session is for the same payment intent',
      intentOf(play, again) === first,
      intentOf(play, again).shown.id,
      'Re-use the payment intent of a declined sale: Dojo captures an intent once.',
    )
    return again
  })
}

/** @throws ExpectationFailed */
export async function expectInDoubt(play: CounterPlay, started: Started): Promise<void> {
  await play.step('Look at the till: Expired', async () => {
    const { text = '' } = await shows(play, started, {
      what: 'the till shows Expired, and offers to record it by hand and to try again',
      holds: ({ result, offers = [] }) =>
        result === 'Expired' && offers.includes('record') && offers.includes('retry'),
      advice:
        'Say that the result cannot be confirmed, ask to look at the machine, and let the ' +
        'cashier record it as successful or try again.',
    })
    play.expect('a sentence for the cashier', text.trim() !== '', text)
  })
}
