// Who of a team of workers is started, replaced and stopped when, with workers that are none.
import t from 'tap'
import { limits } from '../../src/limits.ts'
import { Team, type Member } from '../../src/process/team.ts'
import { until } from '../support/visits.ts'

interface Fake extends Member {
  die: () => void
  fail: (why: string) => void
  serve: () => void
}

interface Stage {
  team: Team<Fake>
  started: Fake[]
  /** What happened, in sequence. */
  log: string[]
}

/** @param onStart what a worker does as soon as it is started */
function stage(onStart: (fake: Fake, number: number) => void): Stage {
  const started: Fake[] = []
  const log: string[] = []
  const team = new Team<Fake>({
    size: 2,
    pauseMs: () => 0,
    giveUp: (why) => log.push(`gave up: ${why}`),
    start: (place, why) => {
      const number = started.length + 1
      const ready = Promise.withResolvers<void>()
      const ended = Promise.withResolvers<string>()
      log.push(`${number} starts at ${place}: ${why}`)
      const fake: Fake = {
        pid: number,
        ready: ready.promise,
        ended: ended.promise,
        die: () => {
          ended.resolve('SIGKILL')
        },
        fail: (why) => {
          ready.reject(new Error(why))
          ended.resolve('exit code 1')
        },
        serve: () => {
          log.push(`${number} serves`)
          ready.resolve()
        },
        stop: async ({ hasSuccessor }) => {
          log.push(`${number} stops${hasSuccessor ? ' for its successor' : ''}`)
          ended.resolve('exit code 0')
        },
      }
      started.push(fake)
      onStart(fake, number)
      return fake
    },
  })
  return { team, started, log }
}

t.test('each successor serves before its predecessor stops', async (t) => {
  const { team, log } = stage((fake) => {
    fake.serve()
  })
  await team.begin()
  log.length = 0
  await Promise.all([team.restart(), team.restart()])
  t.strictSame(log, [
    '3 starts at 0: successor',
    '3 serves',
    '1 stops for its successor',
    '4 starts at 1: successor',
    '4 serves',
    '2 stops for its successor',
  ])
  log.length = 0
  await team.stop()
  t.strictSame(log, ['3 stops', '4 stops'])
})

t.test('a successor that does not start leaves everything as it is', async (t) => {
  const { team, log } = stage((fake, number) => {
    if (number === 3) fake.fail('no database')
    else fake.serve()
  })
  await team.begin()
  log.length = 0
  await team.restart()
  t.strictSame(log, ['3 starts at 0: successor'])
  t.strictSame(
    team.members().map(({ pid }) => pid),
    [1, 2],
  )
  await team.stop()
})

t.test('one that dies is started again, however often', async (t) => {
  const { team, started, log } = stage((fake) => {
    fake.serve()
  })
  await team.begin()
  for (let death = 1; death <= limits.workerStartAttempts + 2; death++) {
    started.at(-1)!.die()
    await until('there is another', () => started.length === 2 + death)
  }
  t.notMatch(log.join(), 'gave up')
  await team.stop()
})

t.test('one that cannot start again ends the whole', async (t) => {
  const { team, started, log } = stage((fake, number) => {
    if (number > 2) fake.fail('no memory')
    else fake.serve()
  })
  await team.begin()
  started[1]!.die()
  await until('it is given up', () => log.some((line) => line.startsWith('gave up')))
  t.equal(started.length, 2 + limits.workerStartAttempts)
  t.match(log.at(-1), /^gave up: Worker 2 did not start in \d+ attempts.*: no memory$/)
  await team.stop()
})

t.test('without its first workers there is no server', async (t) => {
  const { team } = stage((fake, number) => {
    if (number === 2) fake.fail('no key')
    else fake.serve()
  })
  await t.rejects(team.begin(), { message: 'no key' })
  await team.stop()
  t.strictSame(team.members(), [])
})

t.test('it dies while its successor is starting', async (t) => {
  const { team, started, log } = stage((fake, number) => {
    if (number !== 3) fake.serve()
  })
  await team.begin()
  const restart = team.restart()
  started[0]!.die()
  await until('another is in its place', () => started.length === 4)
  started[2]!.serve()
  await restart
  t.ok(log.includes('4 starts at 0: died') && log.includes('4 stops for its successor'))
  t.strictSame(
    team.members().map(({ pid }) => pid),
    [3, 5],
  )
  await team.stop()
})
