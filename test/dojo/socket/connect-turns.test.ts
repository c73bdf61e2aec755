// The queue of the sockets that wait to connect, with an answer for each of its questions.
import t from 'tap'
import type { Grant, Wish } from '../../../src/dojo/held-sockets/connect-budget.ts'
import { ConnectTurns } from '../../../src/dojo/held-sockets/connect-turns.ts'
import { until } from '../../support/visits.ts'

const never = new AbortController().signal

// The waits keep no process alive, so something else has to.
const alive = setInterval(() => {}, 60_000)
t.teardown(() => {
  clearInterval(alive)
})

interface Played {
  turns: ConnectTurns
  asked: Array<Omit<Wish, 'most'>>
  passed: string[]
  take: (locationId: string, signal?: AbortSignal) => void
}

type Answer =
  | { connect?: readonly string[]; inMs?: number; waitMs?: number; isAway?: boolean }
  | undefined
  | Error

/** Each question gets the next answer, and those after the last one are let through. */
function play(...answers: Answer[]): Played {
  const asked: Played['asked'] = []
  const passed: string[] = []
  const turns = new ConnectTurns(async (wish) => {
    asked.push(wish)
    if (answers.length === 0) return grantOf({ connect: wish.waiting })
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer && grantOf(answer)
  })
  return {
    turns,
    asked,
    passed,
    take: (locationId, signal = never) => {
      turns.take(locationId, signal).then(
        () => passed.push(locationId),
        () => passed.push(`${locationId} left`),
      )
    },
  }
}

const grantOf = ({
  connect = [],
  inMs = 0,
  waitMs = 0,
  isAway = false,
}: Exclude<Answer, undefined | Error>): Grant => ({
  connect: connect.map((locationId) => ({ locationId, inMs })),
  waitMs,
  gateway: { connects: [], probedAtMs: isAway ? 0 : undefined },
})

t.test('those pass whom the answer names, and the others when it says so', async (t) => {
  const { take, passed, asked, turns } = play({ connect: ['a'], waitMs: 20 })
  take('a')
  take('b')
  await until('all have passed', () => passed.length === 2)
  t.same(passed, ['a', 'b'])
  t.same(
    asked.map(({ waiting }) => waiting),
    [['a'], ['b']],
  )
  t.equal(turns.waiting, 0)
})

t.test('a turn that is given ahead is waited for', async (t) => {
  const { take, passed } = play({ connect: ['a'], inMs: 40, waitMs: 600_000 })
  const sinceMs = performance.now()
  take('a')
  await until('it has passed', () => passed.length === 1)
  t.ok(performance.now() - sinceMs > 38)
})

t.test('a question that another server overtook, or that fails, is asked again', async (t) => {
  const { take, passed, asked } = play(undefined, new Error('no database'))
  take('a')
  await until('it has passed', () => passed.length === 1)
  t.equal(asked.length, 3)
})

t.test('who gives up leaves at once, and is not let through', async (t) => {
  const leaving = new AbortController()
  const { take, passed, turns } = play({ waitMs: 30 }, { connect: ['a', 'b'] })
  take('a', leaving.signal)
  take('b')
  leaving.abort()
  await until('the other has passed', () => passed.length === 2)
  t.same(passed, ['a left', 'b'])
  await t.rejects(turns.take('a', leaving.signal), { name: 'AbortError' })
})

t.test('what came of a turn is passed on at once', async (t) => {
  const { take, passed, asked, turns } = play({ connect: ['a', 'b', 'c', 'gone'], waitMs: 600_000 })
  for (const locationId of ['a', 'b', 'c', 'd']) take(locationId)
  await until('three have passed', () => passed.length === 3)
  turns.ended('a', 'answered')
  turns.ended('a', 'in vain')
  turns.ended('b', 'given up')
  await until('d has passed, and did not wait', () => passed.length === 4)
  turns.ended('c', 'in vain')
  await until('that is said too', () => asked.length === 3)
  t.match(
    asked.map(({ waiting, isAway }) => ({ waiting, isAway })),
    [
      { waiting: ['a'], isAway: false },
      { waiting: ['d'], isAway: false },
      { waiting: [], isAway: true },
    ],
  )
  t.same(
    asked.map(({ released }) => [...released].sort()),
    [[], ['b', 'gone'], ['c']],
  )
  t.ok(asked[1]!.answeredMs.get('a')! < 1_000)
  t.equal(asked[1]!.answeredMs.size, 1)
})

t.test('what another server overtook is said again, and nothing else is', async (t) => {
  const { take, passed, asked, turns } = play({ connect: ['a', 'b'] }, undefined)
  take('a')
  take('b')
  await until('both have passed', () => passed.length === 2)
  turns.ended('a', 'answered')
  turns.ended('b', 'in vain')
  await until('it was asked twice more', () => asked.length === 3)
  const said = asked.map(({ answeredMs, released, isAway }) => [
    [...answeredMs.keys()],
    [...released],
    isAway,
  ])
  t.same(said.slice(1), [
    [['a'], [], false],
    [['a'], ['b'], true],
  ])
})
