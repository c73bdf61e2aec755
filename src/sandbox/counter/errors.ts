// The checklist's section on Dojo's errors.
import type { Fault } from '../kit/faults.ts'
import { setTerminalStatus } from '../dojo/terminals.ts'
import { expectRefused } from './refusals.ts'
import type { CounterScenario } from './scenario.ts'
import {
  AMOUNT_MINOR,
  ask,
  expectTaken,
  goOn,
  hasRead,
  machine,
  showsResult,
  start,
  toTheEnd,
} from './sale.ts'

const errors = {
  section: 'Error handling',
  products: ['pay-at-counter'],
  mandatory: true,
} as const satisfies Partial<CounterScenario>

function refusedByDojo(
  name: string,
  { expected, fault, advice }: { expected: string; fault: Fault; advice: string },
): CounterScenario {
  return {
    ...errors,
    name,
    expected,
    run: async (play) => {
      const { answer } = await play.step('Start a sale that Dojo refuses', async () => {
        play.simulation.faultsOf(play.account).add(fault)
        return await ask(play, 'AIP0')
      })
      await play.step('Look at the till', async () => {
        expectRefused(play, answer, advice)
      })
      await expectTaken(play, 0)
    },
  }
}

export const errorScenarios: readonly CounterScenario[] = [
  refusedByDojo('Error 400', {
    expected: 'A request that Dojo does not accept is shown, and not as a payment.',
    fault: { kind: 'api-400', on: 'PaymentIntents_CreatePaymentIntent' },
    advice: 'Show that the payment could not be started, with the sentence of Dojo.',
  }),
  refusedByDojo('Error 401', {
    expected: 'The till asks to check the API key.',
    fault: { kind: 'api-401' },
    advice: 'Show that Dojo rejects the API key, and who can check it.',
  }),
  {
    ...errors,
    name: 'Error 404, Terminal Unavailable',
    expected: 'The till asks to check the card machine.',
    run: async (play) => {
      const { id } = machine(play, 'AIP0')
      setTerminalStatus(play.simulation, play.account, id, 'Offline')
      const { answer } = await play.step(
        'Start a sale on a machine that is switched off',
        async () => await ask(play, 'AIP0'),
      )
      await play.step('Look at the till', async () => {
        expectRefused(play, answer, 'Ask to check that the card machine is on and online.')
      })
      await expectTaken(play, 0)
    },
  },
  {
    ...errors,
    name: 'Error 422, Canceled Too Late',
    expected: 'The till follows the payment to its end, and says that it could not be canceled.',
    run: async (play) => {
      const started = await start(play, 'AIP0')
      await play.step('Cancel once the card was read', async () => {
        await goOn(play, started, hasRead)
        await play.tell({ do: 'cancel', sale: started.name })
        const call = await play.arrives(({ status }) => status === 422, {
          withinMs: play.times.quietMs,
        })
        play.note(call === undefined ? 'The till did not ask Dojo.' : 'Dojo answered 422.')
      })
      await toTheEnd(play, started)
      await showsResult(play, started, 'Captured')
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
]
