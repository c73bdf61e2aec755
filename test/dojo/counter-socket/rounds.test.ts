// Who is looked at when, with a clock that the test moves and a Dojo that may never answer.
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { createRounds, type Work } from '../../../src/dojo/counter-socket/rounds.ts'
import { limits } from '../../../src/limits.ts'

const work = (locationId: string, cardPaymentId: string, mark = ''): Work => ({
  caller: { locationId, currency: 'GBP', kind: 'native', verifyPayments: 'after' },
  cardPaymentId,
  mark,
})

t.test('one that fails or never ends holds up its own venue at most', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const nextRound = async (): Promise<void> => {
    mock.timers.tick(limits.socketTickMs)
    await setImmediate()
  }
  const { promise: silence, resolve: answer } = Promise.withResolvers<undefined>()
  const looked: string[] = []
  const failed: string[] = []
  let listed = [work('A', 'silent'), work('A', 'next'), work('B', 'faulty'), work('B', 'after it')]
  const rounds = createRounds({
    list: async () => listed,
    failed: (locationId, error) => failed.push(`${locationId}: ${(error as Error).message}`),
  })
  rounds.start(async (_caller, cardPaymentId) => {
    looked.push(cardPaymentId)
    if (cardPaymentId === 'silent') return await silence
    if (cardPaymentId === 'faulty') throw new Error('a fault')
    return undefined
  })

  await nextRound()
  t.strictSame(looked.splice(0).toSorted(), ['after it', 'faulty', 'silent'])
  t.strictSame(failed, ['B: a fault'])

  listed = [...listed.slice(0, 3), work('B', 'after it', 'asked to stop'), work('C', 'new')]
  await nextRound()
  t.strictSame(looked.splice(0).toSorted(), ['after it', 'new'], 'one that is not due waits')

  answer(undefined)
  await setImmediate()
  t.strictSame(looked.splice(0), ['next'])
  await nextRound()
  t.strictSame(looked.splice(0), [], 'nothing is due')
  await rounds.stop()
})
