// The checklist's section on how the till is set up.
import { ask, start, toTheEnd } from './sale.ts'
import type { CounterPlay } from './play.ts'
import type { CounterScenario } from './scenario.ts'
import { could, expectRefused } from './refusals.ts'

const configuration = {
  section: 'Configuration',
  products: ['pay-at-counter'],
  mandatory: true,
} as const satisfies Partial<CounterScenario>

/** A key that Dojo does not know: the right one with one more letter. */
const wrongKey = ({ account }: CounterPlay): string => `${account.key}x`

/** Has the till use a key while the work is done, and then the right one again. */
async function withKey(play: CounterPlay, key: string, work: () => Promise<void>): Promise<void> {
  await play.tell({ do: 'key', key })
  try {
    await work()
  } finally {
    await play.till.ask({ do: 'key', key: play.account.key })
  }
}

export const configurationScenarios: readonly CounterScenario[] = [
  {
    ...configuration,
    name: 'API Key',
    expected: 'The till calls Dojo with the API key that it was given, and with another one after.',
    run: async (play) => {
      await play.step('The till calls Dojo', async () => {
        await could(play.tell({ do: 'terminals' }))
        const call = play.earlierCalls.at(-1)
        play.expect(
          'a call with the key that the till was given',
          call?.key === play.account.key,
          call === undefined ? 'no call' : 'another key',
          'The API key is configured for each venue, and never part of the code.',
        )
      })
      await play.step('The till gets another key', async () => {
        await withKey(play, play.otherKey, async () => {
          const from = play.calls().length
          await play.tell({ do: 'terminals' })
          const call = play.calls().slice(from)[0]
          play.expect(
            'the next call has the new key',
            call?.key === play.otherKey,
            call === undefined ? 'no call' : 'the old key',
            'Read the key where it is configured each time, or after it was changed.',
          )
        })
      })
    },
  },
  {
    ...configuration,
    name: 'Wrong API Key',
    expected: 'With a wrong API key the till says that the key is to be checked.',
    run: async (play) => {
      await withKey(play, wrongKey(play), async () => {
        const { answer } = await play.step('Start a sale', async () => await ask(play, 'AIP0'))
        await play.step('Look at the till', async () => {
          play.expect(
            'a call of the till is answered 401',
            play.calls().some(({ status }) => status === 401),
            play.calls().map(({ status }) => status),
          )
          expectRefused(play, answer, 'Show that Dojo rejects the API key, and who can check it.')
        })
      })
    },
  },
  {
    ...configuration,
    name: 'Terminals',
    expected: 'The till lists the card machines, and uses the one that the cashier chooses.',
    run: async (play) => {
      await play.step('List the machines', async () => {
        const hasList = await could(play.tell({ do: 'terminals' }))
        play.expect(
          'GET /terminals arrives, or the till takes a TID by hand',
          !hasList || play.calls('Terminals_ListTerminals').length > 0,
          play.calls().map(({ method, path }) => `${method} ${path}`),
          'Read the machines from Dojo when they are shown.',
        )
      })
      for (const ending of ['AIP0', 'AMT0']) {
        await toTheEnd(play, await start(play, ending))
      }
    },
  },
  {
    ...configuration,
    name: 'API Version',
    expected: 'Every call names the same version of the API.',
    run: async (play) => {
      await toTheEnd(play, await start(play, 'AIP0'))
      await play.step('Read the header `version`', async () => {
        const versions = [...new Set(play.earlierCalls.map(({ version }) => version ?? 'none'))]
        play.expect(
          'one version, a date',
          versions.length === 1 && /^\d{4}-\d{2}-\d{2}$/.test(versions[0]!),
          versions,
          'Send the header `version` with every call. It belongs in the code, not in a setting.',
        )
        play.note(`Tell Dojo that the till uses the version ${versions[0]}.`)
      })
    },
  },
  {
    ...configuration,
    name: 'POS Version',
    mandatory: false,
    expected: 'The till says its version.',
    run: async (play) => {
      await play.step('Ask for the version', async () => {
        const { version } = await play.tell({ do: 'about' })
        play.expect('a version', version !== undefined && version !== '', version)
        play.note(`Tell Dojo that the lowest version of the till is ${version}.`)
      })
    },
  },
]
