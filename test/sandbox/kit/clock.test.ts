import { once } from 'node:events'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { createClock, type Clock } from '../../../src/sandbox/kit/clock.ts'

const START = Date.parse('2026-03-06T12:00:00.000Z')
const DAY_MS = 86_400_000

interface NamedJob {
  kind: string
  name: string
}
const named = (name: string): NamedJob => ({ kind: 'named', name })

interface Stood {
  clock: Clock<NamedJob>
  /** Started jobs with their times, in milliseconds since the start: `a@1000`. */
  begun: string[]
  done: string[]
  /** What a job does besides being noted. */
  works: Record<string, () => unknown>
}

/** Real time is frozen, so that every time is exact to the millisecond. */
function stand(t: Test, offsetAtStartMs = 0): Stood {
  mock.timers.reset()
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: START })
  const begun: string[] = []
  const done: string[] = []
  const works: Stood['works'] = {}
  const clock = createClock<NamedJob>(async ({ name }) => {
    begun.push(`${name}@${clock.nowMs() - START}`)
    await works[name]?.()
    done.push(name)
  }, offsetAtStartMs)
  t.teardown(() => {
    clock.stop()
    mock.timers.reset()
  })
  return { clock, begun, done, works }
}

/** Lets everything that waits for nothing happen. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

/** The real clock goes on, and timers with it. */
async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds)
  await turns()
}

t.test('the clock is real time plus what it was advanced', async (t) => {
  const { clock } = stand(t)
  t.equal(clock.nowMs(), START)
  t.equal(clock.now(), '2026-03-06T12:00:00.000Z')
  await clock.advance(1500)
  t.equal(clock.now(), '2026-03-06T12:00:01.500Z')
  t.equal(clock.offsetMs(), 1500)
  await pass(250)
  t.equal(clock.now(), '2026-03-06T12:00:01.750Z', 'it goes on by itself')
  t.equal(clock.offsetMs(), 1500)
  await clock.advance(0)
  t.equal(clock.offsetMs(), 1500)
})

t.test(
  'jobs run in order of their times, and at the same time in order of scheduling',
  async (t) => {
    const { clock, begun } = stand(t)
    for (const [name, at] of [
      ['c', 3000],
      ['a1', 1000],
      ['b', 2000],
      ['a2', 1000],
      ['a3', 1000],
    ] as const) {
      clock.scheduleAt(START + at, named(name))
    }
    clock.scheduleIn(1500, named('ab'))
    await clock.advance(2999)
    t.same(begun, ['a1@1000', 'a2@1000', 'a3@1000', 'ab@1500', 'b@2000'])
    await clock.advance(1)
    t.equal(begun.at(-1), 'c@3000')
  },
)

t.test('jobs run by themselves when they fall due', async (t) => {
  const { clock, begun } = stand(t)
  clock.scheduleIn(2000, named('b'))
  clock.scheduleIn(1000, named('a'))
  await pass(999)
  t.same(begun, [])
  await pass(1)
  t.same(begun, ['a@1000'])
  await pass(1000)
  t.same(begun, ['a@1000', 'b@2000'])
  t.same(clock.pending(), [])
})

t.test('a job that is already due runs at once, but after its caller has continued', async (t) => {
  const { clock, begun } = stand(t)
  clock.scheduleAt(START, named('now'))
  clock.scheduleAt(START - 5000, named('past'))
  t.same(begun, [])
  await turns()
  t.same(begun, ['past@0', 'now@0'])
})

t.test('a job that is scheduled during an advance runs at its own time', async (t) => {
  const { clock, begun, works } = stand(t)
  works['a'] = () => {
    clock.scheduleIn(1000, named('b'))
  }
  works['b'] = async () => {
    await setImmediate()
    clock.scheduleIn(1000, named('d'))
    clock.scheduleIn(0, named('b2'))
  }
  clock.scheduleIn(1000, named('a'))
  clock.scheduleIn(2500, named('c'))
  clock.scheduleIn(9000, named('e'))
  await clock.advance(10_000)
  t.same(begun, ['a@1000', 'b@2000', 'b2@2000', 'c@2500', 'd@3000', 'e@9000'])
  t.equal(clock.nowMs(), START + 10_000)
})

t.test(
  'a job due at the very end of an advance runs in it; what it schedules later does not',
  async (t) => {
    const { clock, begun, works } = stand(t)
    works['a'] = () => {
      clock.scheduleIn(1, named('b'))
    }
    clock.scheduleIn(1000, named('a'))
    await clock.advance(1000)
    t.same(begun, ['a@1000'])
    t.same(clock.pending(), [{ dueMs: START + 1001, job: named('b') }])
  },
)

t.test('an advance resolves when every due job is done', async (t) => {
  const { clock, done, works } = stand(t)
  const slow = Promise.withResolvers<void>()
  works['slow'] = async () => {
    await slow.promise
    clock.scheduleIn(0, named('afterwards'))
  }
  clock.scheduleIn(1000, named('slow'))
  clock.scheduleIn(1000, named('quick'))
  let resolved = false
  const advance = clock.advance(5000).then(() => {
    resolved = true
  })
  await turns()
  t.same(done, ['quick'])
  t.notOk(resolved)
  slow.resolve()
  await advance
  t.same(done, ['quick', 'slow', 'afterwards'])
  t.equal(clock.nowMs(), START + 5000)
})

t.test('a slow job does not delay', async (t) => {
  const slowOne = async (t: Test): Promise<Stood & { release: () => void }> => {
    const stood = stand(t)
    const slow = Promise.withResolvers<void>()
    stood.works['slow'] = async () => {
      await slow.promise
    }
    stood.clock.scheduleIn(0, named('slow'))
    return { ...stood, release: slow.resolve }
  }

  t.test('other jobs due at the same time', async (t) => {
    const { clock, done, release } = await slowOne(t)
    clock.scheduleIn(0, named('quick'))
    await turns()
    t.same(done, ['quick'])
    release()
    await clock.idle()
    t.same(done, ['quick', 'slow'])
  })

  t.test('jobs scheduled for now while it runs', async (t) => {
    const { clock, done, release } = await slowOne(t)
    await turns()
    clock.scheduleIn(0, named('quick'))
    await turns()
    t.same(done, ['quick'])
    release()
    await clock.idle()
    t.same(done, ['quick', 'slow'])
  })

  t.test('jobs that fall due while it runs', async (t) => {
    const { clock, begun, release } = await slowOne(t)
    clock.scheduleIn(1000, named('quick'))
    await turns()
    await pass(1000)
    t.same(begun, ['slow@0', 'quick@1000'])
    await pass(5000)
    release()
    await clock.idle()
    t.same(begun, ['slow@0', 'quick@1000'])
  })
})

t.test('idle', async (t) => {
  const { clock, done, works } = stand(t)
  await clock.idle()
  t.same(done, [], 'with nothing planned it resolves')
  const slow = Promise.withResolvers<void>()
  works['slow'] = async () => {
    await slow.promise
    clock.scheduleIn(0, named('its child'))
  }
  clock.scheduleIn(0, named('slow'))
  clock.scheduleIn(1, named('later'))
  let resolved = false
  const settled = clock.idle().then(() => {
    resolved = true
  })
  await turns()
  t.notOk(resolved, 'it waits for what is being done')
  slow.resolve()
  await settled
  t.same(done, ['slow', 'its child'], 'what is not due is not waited for')
  t.equal(clock.offsetMs(), 0, 'the time is not moved')
  t.same(clock.pending(), [{ dueMs: START + 1, job: named('later') }])
})

t.test('stop', async (t) => {
  const { clock, begun } = stand(t)
  clock.scheduleIn(1000, named('a'))
  clock.scheduleIn(0, named('due'))
  clock.stop()
  await pass(5000)
  await clock.idle()
  t.same(begun, [], 'nothing happens any more')
  t.same(
    clock.pending(),
    [
      { dueMs: START + 1000, job: named('a') },
      { dueMs: START, job: named('due') },
    ],
    'what was planned can still be kept',
  )
  clock.scheduleIn(0, named('b'))
  await pass(5000)
  t.same(begun, [], 'nor what is planned afterwards')
})

t.test('an advance ends', async (t) => {
  // In a thread of its own, which can be ended when it does not.
  const ends = async (run: string): Promise<string> => {
    const worker = new Worker(
      `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData).then(async ({ createClock }) => {
        const clock = createClock(async (job) => { if (job.kind === 'stop') clock.stop() })
        ${run}
        parentPort.postMessage('ended')
      })`,
      {
        eval: true,
        execArgv: [],
        workerData: new URL('../../../src/sandbox/kit/clock.ts', import.meta.url).href,
      },
    )
    try {
      const [message] = await once(worker, 'message', { signal: AbortSignal.timeout(20_000) })
      return message as string
    } catch (error) {
      return (error as Error).name
    } finally {
      await worker.terminate()
    }
  }
  mock.timers.reset()
  const [alone, stoppedBefore, stoppedMeanwhile] = await Promise.all([
    ends("clock.scheduleIn(1000, { kind: 'a' }); await clock.advance(5000)"),
    ends("clock.scheduleIn(1000, { kind: 'a' }); clock.stop(); await clock.advance(5000)"),
    ends(
      "clock.scheduleIn(1000, { kind: 'stop' }); clock.scheduleIn(2000, { kind: 'a' }); " +
        'await clock.advance(5000)',
    ),
  ])
  t.equal(alone, 'ended')
  t.equal(stoppedBefore, 'ended', 'of a clock that was stopped')
  t.equal(stoppedMeanwhile, 'ended', 'of a clock that is stopped meanwhile')
})

t.test('planned jobs and the offset survive a restore', async (t) => {
  const before = stand(t)
  for (const [name, at] of [
    ['d', 20_000],
    ['b', 12_000],
    ['a', 1000],
    ['c1', 15_000],
    ['c2', 15_000],
  ] as const) {
    before.clock.scheduleAt(START + at, named(name))
  }
  await before.clock.advance(10_000)
  const kept = JSON.parse(
    JSON.stringify({ offsetMs: before.clock.offsetMs(), jobs: before.clock.pending() }),
  ) as { offsetMs: number; jobs: Array<{ dueMs: number; job: NamedJob }> }
  before.clock.stop()
  t.equal(kept.offsetMs, 10_000)
  t.equal(kept.jobs.length, 4)

  const after = stand(t, kept.offsetMs)
  for (const { dueMs, job } of kept.jobs) after.clock.scheduleAt(dueMs, job)
  t.equal(after.clock.nowMs(), START + 10_000)
  t.same(after.clock.pending(), kept.jobs)
  await turns()
  t.same(after.begun, [])
  await after.clock.advance(10_000)
  t.same(after.begun, ['b@12000', 'c1@15000', 'c2@15000', 'd@20000'])
})

t.test('jobs that fell due while nothing ran come first, in order', async (t) => {
  const { clock, begun } = stand(t, 60_000)
  for (const [name, at] of [
    ['c', 50_000],
    ['a', 1000],
    ['d', 61_000],
    ['b', 2000],
  ] as const) {
    clock.scheduleAt(START + at, named(name))
  }
  await turns()
  t.same(begun, ['a@60000', 'b@60000', 'c@60000'])
  await pass(1000)
  t.equal(begun.at(-1), 'd@61000')
})

t.test('a job 400 days ahead', async (t) => {
  t.test('does not run early', async (t) => {
    const { clock, begun } = stand(t)
    clock.scheduleIn(400 * DAY_MS, named('far'))
    for (let day = 0; day < 399; day++) await pass(DAY_MS)
    t.same(begun, [])
    t.equal(clock.pending().length, 1)
    await pass(DAY_MS - 1)
    t.same(begun, [])
    await pass(1)
    t.same(begun, [`far@${400 * DAY_MS}`])
  })

  t.test('runs when an advance reaches it', async (t) => {
    const { clock, begun, works } = stand(t)
    clock.scheduleIn(400 * DAY_MS, named('far'))
    works['weekly'] = () => {
      clock.scheduleIn(7 * DAY_MS, named('weekly'))
    }
    clock.scheduleIn(0, named('weekly'))
    await clock.advance(400 * DAY_MS)
    t.equal(begun.length, 59)
    t.same(begun.slice(-2), [`weekly@${57 * 7 * DAY_MS}`, `far@${400 * DAY_MS}`])
  })
})

t.test('concurrent advances', async (t) => {
  t.test('run every job once, at its own time', async (t) => {
    const { clock, begun, works } = stand(t)
    works['a'] = async () => {
      // A delivery takes a few turns of the event loop before it plans what follows.
      await turns()
      clock.scheduleIn(1000, named('b'))
    }
    for (const [name, at] of [
      ['a', 1000],
      ['c', 3000],
      ['d', 5000],
    ] as const) {
      clock.scheduleIn(at, named(name))
    }
    await Promise.all([clock.advance(10_000), clock.advance(10_000), clock.advance(4000)])
    t.same(begun, ['a@1000', 'b@2000', 'c@3000', 'd@5000'])
    t.ok(clock.nowMs() >= START + 10_000)
  })

  t.test('each resolves when every job up to its own end is done', async (t) => {
    const { clock, done, works } = stand(t)
    const slow = Promise.withResolvers<void>()
    works['slow'] = async () => {
      await slow.promise
    }
    clock.scheduleIn(1000, named('slow'))
    const resolved: string[] = []
    const long = clock.advance(5000).then(() => {
      resolved.push('long')
    })
    await turns()
    const short = clock.advance(500).then(() => {
      resolved.push('short')
    })
    await turns()
    t.same(resolved, [])
    slow.resolve()
    await Promise.all([long, short])
    t.same(done, ['slow'])
    t.same(resolved.sort(), ['long', 'short'])
  })

  t.test('move the time by their sum', async (t) => {
    const { clock } = stand(t)
    await Promise.all([clock.advance(1000), clock.advance(1000), clock.advance(500)])
    t.equal(clock.offsetMs(), 2500)
  })
})
