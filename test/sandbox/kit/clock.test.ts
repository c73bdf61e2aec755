import { once } from 'node:events'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { createTimeline, type Timeline } from '../../../src/sandbox/kit/clock.ts'

const START = Date.parse('2026-03-06T12:00:00.000Z')
const DAY_MS = 86_400_000

interface NamedJob {
  kind: string
  name: string
}
const named = (name: string): NamedJob => ({ kind: 'named', name })

interface Stood {
  timeline: Timeline<NamedJob>
  /** What was begun and when, in milliseconds since the start: `a@1000`. */
  begun: string[]
  done: string[]
  /** What a job does besides being noted. */
  works: Record<string, () => unknown>
}

/** A timeline on a clock that stands still, so that a time is exact to the millisecond. */
function stand(t: Test, offsetAtStartMs = 0): Stood {
  mock.timers.reset()
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: START })
  const begun: string[] = []
  const done: string[] = []
  const works: Stood['works'] = {}
  const timeline = createTimeline<NamedJob>(async ({ name }) => {
    begun.push(`${name}@${timeline.nowMs() - START}`)
    await works[name]?.()
    done.push(name)
  }, offsetAtStartMs)
  t.teardown(() => {
    timeline.stop()
    mock.timers.reset()
  })
  return { timeline, begun, done, works }
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

t.test('the time is the real one, moved forward', async (t) => {
  const { timeline } = stand(t)
  t.equal(timeline.nowMs(), START)
  t.equal(timeline.now(), '2026-03-06T12:00:00.000Z')
  await timeline.advance(1500)
  t.equal(timeline.now(), '2026-03-06T12:00:01.500Z')
  t.equal(timeline.offsetMs(), 1500)
  await pass(250)
  t.equal(timeline.now(), '2026-03-06T12:00:01.750Z', 'it goes on by itself')
  t.equal(timeline.offsetMs(), 1500)
  await timeline.advance(0)
  t.equal(timeline.offsetMs(), 1500)
})

t.test(
  'jobs happen in the order of their times, and of one time in the order in which they were planned',
  async (t) => {
    const { timeline, begun } = stand(t)
    for (const [name, at] of [
      ['c', 3000],
      ['a1', 1000],
      ['b', 2000],
      ['a2', 1000],
      ['a3', 1000],
    ] as const) {
      timeline.at(START + at, named(name))
    }
    timeline.in(1500, named('ab'))
    await timeline.advance(2999)
    t.same(begun, ['a1@1000', 'a2@1000', 'a3@1000', 'ab@1500', 'b@2000'])
    await timeline.advance(1)
    t.equal(begun.at(-1), 'c@3000')
  },
)

t.test('jobs happen by themselves once the time has come', async (t) => {
  const { timeline, begun } = stand(t)
  timeline.in(2000, named('b'))
  timeline.in(1000, named('a'))
  await pass(999)
  t.same(begun, [])
  await pass(1)
  t.same(begun, ['a@1000'])
  await pass(1000)
  t.same(begun, ['a@1000', 'b@2000'])
  t.same(timeline.pending(), [])
})

t.test(
  'a job that is due already happens at once, but not before the one who plans it goes on',
  async (t) => {
    const { timeline, begun } = stand(t)
    timeline.at(START, named('now'))
    timeline.at(START - 5000, named('past'))
    t.same(begun, [])
    await turns()
    t.same(begun, ['past@0', 'now@0'])
  },
)

t.test('what a job plans within an advance happens at its own time', async (t) => {
  const { timeline, begun, works } = stand(t)
  works['a'] = () => {
    timeline.in(1000, named('b'))
  }
  works['b'] = async () => {
    await setImmediate()
    timeline.in(1000, named('d'))
    timeline.in(0, named('b2'))
  }
  timeline.in(1000, named('a'))
  timeline.in(2500, named('c'))
  timeline.in(9000, named('e'))
  await timeline.advance(10_000)
  t.same(begun, ['a@1000', 'b@2000', 'b2@2000', 'c@2500', 'd@3000', 'e@9000'])
  t.equal(timeline.nowMs(), START + 10_000)
})

t.test(
  'what falls due at the very end of an advance is done in it, and what it plans beyond is not',
  async (t) => {
    const { timeline, begun, works } = stand(t)
    works['a'] = () => {
      timeline.in(1, named('b'))
    }
    timeline.in(1000, named('a'))
    await timeline.advance(1000)
    t.same(begun, ['a@1000'])
    t.same(timeline.pending(), [{ dueMs: START + 1001, job: named('b') }])
  },
)

t.test('an advance resolves only when all is done', async (t) => {
  const { timeline, done, works } = stand(t)
  const slow = Promise.withResolvers<void>()
  works['slow'] = async () => {
    await slow.promise
    timeline.in(0, named('afterwards'))
  }
  timeline.in(1000, named('slow'))
  timeline.in(1000, named('quick'))
  let resolved = false
  const advance = timeline.advance(5000).then(() => {
    resolved = true
  })
  await turns()
  t.same(done, ['quick'])
  t.notOk(resolved)
  slow.resolve()
  await advance
  t.same(done, ['quick', 'slow', 'afterwards'])
  t.equal(timeline.nowMs(), START + 5000)
})

t.test('a slow job does not hold up', async (t) => {
  const slowOne = async (t: Test): Promise<Stood & { release: () => void }> => {
    const stood = stand(t)
    const slow = Promise.withResolvers<void>()
    stood.works['slow'] = async () => {
      await slow.promise
    }
    stood.timeline.in(0, named('slow'))
    return { ...stood, release: slow.resolve }
  }

  t.test('others of its moment', async (t) => {
    const { timeline, done, release } = await slowOne(t)
    timeline.in(0, named('quick'))
    await turns()
    t.same(done, ['quick'])
    release()
    await timeline.settled()
    t.same(done, ['quick', 'slow'])
  })

  t.test('others that are planned for at once while it works', async (t) => {
    const { timeline, done, release } = await slowOne(t)
    await turns()
    timeline.in(0, named('quick'))
    await turns()
    t.same(done, ['quick'])
    release()
    await timeline.settled()
    t.same(done, ['quick', 'slow'])
  })

  t.test('others whose time comes while it works', async (t) => {
    const { timeline, begun, release } = await slowOne(t)
    timeline.in(1000, named('quick'))
    await turns()
    await pass(1000)
    t.same(begun, ['slow@0', 'quick@1000'])
    await pass(5000)
    release()
    await timeline.settled()
    t.same(begun, ['slow@0', 'quick@1000'])
  })
})

t.test('settled', async (t) => {
  const { timeline, done, works } = stand(t)
  await timeline.settled()
  t.same(done, [], 'with nothing planned it resolves')
  const slow = Promise.withResolvers<void>()
  works['slow'] = async () => {
    await slow.promise
    timeline.in(0, named('its child'))
  }
  timeline.in(0, named('slow'))
  timeline.in(1, named('later'))
  let resolved = false
  const settled = timeline.settled().then(() => {
    resolved = true
  })
  await turns()
  t.notOk(resolved, 'it waits for what is being done')
  slow.resolve()
  await settled
  t.same(done, ['slow', 'its child'], 'what is not due is not waited for')
  t.equal(timeline.offsetMs(), 0, 'the time is not moved')
  t.same(timeline.pending(), [{ dueMs: START + 1, job: named('later') }])
})

t.test('stop', async (t) => {
  const { timeline, begun } = stand(t)
  timeline.in(1000, named('a'))
  timeline.in(0, named('due'))
  timeline.stop()
  await pass(5000)
  await timeline.settled()
  t.same(begun, [], 'nothing happens any more')
  t.same(
    timeline.pending(),
    [
      { dueMs: START + 1000, job: named('a') },
      { dueMs: START, job: named('due') },
    ],
    'what was planned can still be kept',
  )
  timeline.in(0, named('b'))
  await pass(5000)
  t.same(begun, [], 'nor what is planned afterwards')
})

t.test('an advance ends', async (t) => {
  // In a thread of its own, which can be ended when it does not.
  const ends = async (course: string): Promise<string> => {
    const worker = new Worker(
      `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData).then(async ({ createTimeline }) => {
        const timeline = createTimeline(async (job) => { if (job.kind === 'stop') timeline.stop() })
        ${course}
        parentPort.postMessage('ended')
      })`,
      {
        eval: true,
        execArgv: [],
        workerData: new URL('../../../src/sandbox/kit/clock.ts', import.meta.url).href,
      },
    )
    try {
      const [message] = await once(worker, 'message', { signal: AbortSignal.timeout(1500) })
      return message as string
    } catch (error) {
      return (error as Error).name
    } finally {
      await worker.terminate()
    }
  }
  mock.timers.reset()
  const [alone, stoppedBefore, stoppedMeanwhile] = await Promise.all([
    ends("timeline.in(1000, { kind: 'a' }); await timeline.advance(5000)"),
    ends("timeline.in(1000, { kind: 'a' }); timeline.stop(); await timeline.advance(5000)"),
    ends(
      "timeline.in(1000, { kind: 'stop' }); timeline.in(2000, { kind: 'a' }); await timeline.advance(5000)",
    ),
  ])
  t.equal(alone, 'ended')
  t.equal(stoppedBefore, 'ended', 'of a timeline that was stopped')
  t.equal(stoppedMeanwhile, 'ended', 'of a timeline that is stopped meanwhile')
})

t.test('what is planned and how far the time was moved survive a restore', async (t) => {
  const before = stand(t)
  for (const [name, at] of [
    ['d', 20_000],
    ['b', 12_000],
    ['a', 1000],
    ['c1', 15_000],
    ['c2', 15_000],
  ] as const) {
    before.timeline.at(START + at, named(name))
  }
  await before.timeline.advance(10_000)
  const kept = JSON.parse(
    JSON.stringify({ offsetMs: before.timeline.offsetMs(), jobs: before.timeline.pending() }),
  ) as { offsetMs: number; jobs: Array<{ dueMs: number; job: NamedJob }> }
  before.timeline.stop()
  t.equal(kept.offsetMs, 10_000)
  t.equal(kept.jobs.length, 4)

  const after = stand(t, kept.offsetMs)
  for (const { dueMs, job } of kept.jobs) after.timeline.at(dueMs, job)
  t.equal(after.timeline.nowMs(), START + 10_000)
  t.same(after.timeline.pending(), kept.jobs)
  await turns()
  t.same(after.begun, [])
  await after.timeline.advance(10_000)
  t.same(after.begun, ['b@12000', 'c1@15000', 'c2@15000', 'd@20000'])
})

t.test('what fell due while nothing ran happens first, in its order', async (t) => {
  const { timeline, begun } = stand(t, 60_000)
  for (const [name, at] of [
    ['c', 50_000],
    ['a', 1000],
    ['d', 61_000],
    ['b', 2000],
  ] as const) {
    timeline.at(START + at, named(name))
  }
  await turns()
  t.same(begun, ['a@60000', 'b@60000', 'c@60000'])
  await pass(1000)
  t.equal(begun.at(-1), 'd@61000')
})

t.test('a job 400 days ahead', async (t) => {
  t.test('waits for its day', async (t) => {
    const { timeline, begun } = stand(t)
    timeline.in(400 * DAY_MS, named('far'))
    for (let day = 0; day < 399; day++) await pass(DAY_MS)
    t.same(begun, [])
    t.equal(timeline.pending().length, 1)
    await pass(DAY_MS - 1)
    t.same(begun, [])
    await pass(1)
    t.same(begun, [`far@${400 * DAY_MS}`])
  })

  t.test('is reached by an advance', async (t) => {
    const { timeline, begun, works } = stand(t)
    timeline.in(400 * DAY_MS, named('far'))
    works['weekly'] = () => {
      timeline.in(7 * DAY_MS, named('weekly'))
    }
    timeline.in(0, named('weekly'))
    await timeline.advance(400 * DAY_MS)
    t.equal(begun.length, 59)
    t.same(begun.slice(-2), [`weekly@${57 * 7 * DAY_MS}`, `far@${400 * DAY_MS}`])
  })
})

t.test('advances at the same time', async (t) => {
  t.test('do every job once, at its own time', async (t) => {
    const { timeline, begun, works } = stand(t)
    works['a'] = async () => {
      // A delivery takes a few turns of the event loop before it plans what follows.
      await turns()
      timeline.in(1000, named('b'))
    }
    for (const [name, at] of [
      ['a', 1000],
      ['c', 3000],
      ['d', 5000],
    ] as const) {
      timeline.in(at, named(name))
    }
    await Promise.all([timeline.advance(10_000), timeline.advance(10_000), timeline.advance(4000)])
    t.same(begun, ['a@1000', 'b@2000', 'c@3000', 'd@5000'])
    t.ok(timeline.nowMs() >= START + 10_000)
  })

  t.test('each resolves only when everything up to its own end is done', async (t) => {
    const { timeline, done, works } = stand(t)
    const slow = Promise.withResolvers<void>()
    works['slow'] = async () => {
      await slow.promise
    }
    timeline.in(1000, named('slow'))
    const resolved: string[] = []
    const long = timeline.advance(5000).then(() => {
      resolved.push('long')
    })
    await turns()
    const short = timeline.advance(500).then(() => {
      resolved.push('short')
    })
    await turns()
    t.same(resolved, [])
    slow.resolve()
    await Promise.all([long, short])
    t.same(done, ['slow'])
    t.same(resolved.sort(), ['long', 'short'])
  })

  t.test('move the time by all of them together', async (t) => {
    const { timeline } = stand(t)
    await Promise.all([timeline.advance(1000), timeline.advance(1000), timeline.advance(500)])
    t.equal(timeline.offsetMs(), 2500)
  })
})
