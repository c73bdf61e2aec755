// The checklist's section on sales that are captured at once: what machines do, and what the till
// shows of it.
import { cancelOnDevice } from '../dojo/terminal-sessions.ts'
import { setTerminalStatus } from '../dojo/terminals.ts'
import type { CounterScenario } from './scenario.ts'
import { expectInDoubt, retryOnSameIntent } from './attempts.ts'
import { expectRefused } from './refusals.ts'
import {
  AMOUNT_MINOR,
  ask,
  expectQuiet,
  expectTaken,
  goOn,
  hasRead,
  INSERTED_MINOR,
  intentOf,
  isPrompting,
  machine,
  nextStep,
  paidSale,
  seen,
  shows,
  showsResult,
  start,
  toTheEnd,
} from './sale.ts'
import { isOver } from '../dojo/session-steps.ts'

export const sales = {
  section: 'Sales on a machine',
  products: ['pay-at-counter'],
  mandatory: true,
} as const satisfies Partial<CounterScenario>

const EXTRA_MINOR = 150

const outcomes: readonly CounterScenario[] = [
  {
    ...sales,
    name: 'Card Inserted',
    expected: 'A card with its PIN is captured, and the till shows it.',
    run: async (play) => {
      await paidSale(play, { amountMinor: INSERTED_MINOR })
      await expectTaken(play, INSERTED_MINOR)
    },
  },
  {
    ...sales,
    name: 'Cashback',
    mandatory: false,
    expected: 'Cashback is part of the payment intent, and the till records it.',
    run: async (play) => {
      const started = await paidSale(play, { cashbackMinor: EXTRA_MINOR })
      await play.step('Look at the till and at Dojo', async () => {
        const { cashbackAmount } = intentOf(play, started).shown
        play.expect(
          `cashbackAmount is ${EXTRA_MINOR}`,
          cashbackAmount?.value === EXTRA_MINOR,
          cashbackAmount,
          'Send cashback as cashbackAmount, not as part of the amount.',
        )
        await shows(play, started, {
          what: `the till records ${EXTRA_MINOR} of cashback`,
          holds: ({ cashbackMinor }) => cashbackMinor === EXTRA_MINOR,
        })
      })
      await expectTaken(play, AMOUNT_MINOR + EXTRA_MINOR)
    },
  },
  {
    ...sales,
    name: 'Gratuity',
    mandatory: false,
    expected: 'A gratuity is part of the payment intent, and the till records it.',
    run: async (play) => {
      const started = await paidSale(play, { tipsMinor: EXTRA_MINOR })
      await play.step('Look at the till and at Dojo', async () => {
        const { tipsAmount } = intentOf(play, started).shown
        play.expect(
          `tipsAmount is ${EXTRA_MINOR}`,
          tipsAmount?.value === EXTRA_MINOR,
          tipsAmount,
          'Send a gratuity as tipsAmount, not as part of the amount.',
        )
        await shows(play, started, {
          what: `the till records a gratuity of ${EXTRA_MINOR}`,
          holds: ({ tipsMinor }) => tipsMinor === EXTRA_MINOR,
        })
      })
      await expectTaken(play, AMOUNT_MINOR + EXTRA_MINOR)
    },
  },
  {
    ...sales,
    name: 'Contactless',
    expected: 'A card that is held to the machine is captured, and the till shows it.',
    run: async (play) => {
      await paidSale(play)
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
  {
    ...sales,
    name: 'Declined',
    expected: 'The till shows Declined, and tries again on the same payment intent.',
    run: async (play) => {
      const started = await start(play, 'DIP0')
      await toTheEnd(play, started)
      await showsResult(play, started, 'Declined')
      const again = await retryOnSameIntent(play, started, 'AIP0')
      await toTheEnd(play, again)
      await showsResult(play, again, 'Captured')
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
  {
    ...sales,
    name: 'Busy Terminal',
    expected: 'The till says that the machine is not available.',
    run: async (play) => {
      const terminal = machine(play, 'AIP0')
      setTerminalStatus(play.simulation, play.account, terminal.id, 'InUse')
      const { answer } = await play.step(
        'Start a sale on a machine that is in its menu',
        async () => await ask(play, 'AIP0'),
      )
      await play.step('Look at the till', async () => {
        expectRefused(play, answer, 'Say that the machine is busy, and to use another one.')
      })
      await expectTaken(play, 0)
    },
  },
  {
    ...sales,
    name: 'Expired',
    expected: 'The till says that nobody knows, and lets the cashier record it or try again.',
    run: async (play) => {
      const started = await start(play, 'TIP0')
      await toTheEnd(play, started)
      await expectInDoubt(play, started)
      await expectQuiet(play)
      await play.step('Record it by hand', async () => {
        await play.tell({ do: 'record', sale: started.name })
        await shows(play, started, {
          what: 'the sale counts as paid',
          holds: ({ paid }) => paid === true,
        })
      })
      await expectTaken(play, 0)
    },
  },
]

const cancellations: readonly CounterScenario[] = [
  {
    ...sales,
    name: 'Canceled on the Machine',
    expected: 'Somebody cancels on the machine, and the till shows Canceled.',
    run: async (play) => {
      const started = await start(play, 'AIP0')
      await play.step('Cancel on the machine', async () => {
        await goOn(play, started, isPrompting)
        cancelOnDevice(play.simulation, play.account, started.session!)
      })
      await showsResult(play, started, 'Canceled')
      await expectTaken(play, 0)
    },
  },
  {
    ...sales,
    name: 'Canceled at the Till',
    expected: 'The till cancels before a card was read, and shows Canceled once Dojo does.',
    run: async (play) => {
      const started = await start(play, 'AIP0')
      await play.step('Cancel at the till', async () => {
        await goOn(play, started, isPrompting)
        await play.tell({ do: 'cancel', sale: started.name })
        const call = await play.arrives(({ operation }) => operation === 'TerminalSession_Cancel', {
          withinMs: play.times.showMs,
        })
        play.expect(
          'PUT /terminal-sessions/{terminalSessionId}/cancel arrives',
          call !== undefined,
          'no such call',
        )
      })
      await toTheEnd(play, started)
      await showsResult(play, started, 'Canceled')
      await expectTaken(play, 0)
    },
  },
  {
    ...sales,
    name: 'Canceled Too Late',
    expected: 'A cancellation after the card was read changes nothing: the till shows Captured.',
    run: async (play) => {
      const started = await start(play, 'AIP0')
      await play.step('Cancel once the card was read', async () => {
        await goOn(play, started, hasRead)
        await play.tell({ do: 'cancel', sale: started.name })
      })
      await toTheEnd(play, started)
      await showsResult(play, started, 'Captured')
      await expectTaken(play, AMOUNT_MINOR)
    },
  },
]

const progress: readonly CounterScenario[] = [
  {
    ...sales,
    name: 'Polling Rate',
    expected: 'The till reads the session about once a second.',
    run: async (play) => {
      const started = await start(play, 'AIP0')
      await goOn(play, started, isPrompting)
      await play.step('Watch the polls', async () => {
        const { watchMs, pollEveryMs } = play.times
        const untilMs = performance.now() + watchMs
        for (let lastMs = performance.now(); performance.now() < untilMs;) {
          const came = await seen(play, started.session!, pollEveryMs)
          const gapMs = Math.round(performance.now() - lastMs)
          play.expect(
            `a poll within ${pollEveryMs} ms`,
            came,
            `none for ${gapMs} ms`,
            'GET /terminal-sessions/{terminalSessionId} once a second while a guest pays.',
          )
          lastMs = performance.now()
        }
      })
      await toTheEnd(play, started)
    },
  },
  {
    ...sales,
    name: 'Notifications',
    expected: 'The till shows what the machine shows: PresentCard, InsertCard and so on.',
    run: async (play) => {
      const started = await start(play, 'AIP0', { amountMinor: INSERTED_MINOR })
      await play.step('Follow the machine', async () => {
        while (!isOver(started.session!) && (await nextStep(play, started))) {
          const prompt = started.session!.shown.notificationEvents.at(-1)?.notificationType
          if (prompt === undefined || isOver(started.session!)) continue
          await shows(play, started, {
            what: `the till shows ${prompt}`,
            holds: (shown) => shown.prompt === prompt,
            advice: 'Show the newest of the notificationEvents of the session.',
          })
        }
      })
      await showsResult(play, started, 'Captured')
    },
  },
]

export const saleScenarios: readonly CounterScenario[] = [
  ...outcomes,
  ...cancellations,
  ...progress,
]
