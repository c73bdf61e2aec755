import { Value } from 'typebox/value'
import t from 'tap'
import {
  createFaults,
  faultKinds,
  faultSchema,
  parseFault,
  type Fault,
  type FaultKind,
  type Faults,
} from '../../../src/sandbox/kit/faults.ts'

/** Which of so many chances the fault hits. */
const hitsOf = (
  faults: Faults,
  count: number,
  kind: FaultKind = 'reply-lost',
  on = 'GetOrderById',
): number[] =>
  Array.from({ length: count }, (_, index) =>
    faults.take(kind, on) === undefined ? -1 : index,
  ).filter((index) => index >= 0)

function faultsWith(...faults: Fault[]): Faults {
  const all = createFaults(1)
  for (const fault of faults) all.add(fault)
  return all
}

t.test('after, times and probability decide which calls a fault hits', async (t) => {
  for (const [name, fault, hits] of [
    ['each time', {}, [0, 1, 2, 3, 4, 5]],
    ['once', { times: 1 }, [0]],
    ['three times', { times: 3 }, [0, 1, 2]],
    ['after two', { after: 2 }, [2, 3, 4, 5]],
    ['after none', { after: 0 }, [0, 1, 2, 3, 4, 5]],
    ['twice after three', { after: 3, times: 2 }, [3, 4]],
    ['always, by its dice', { probability: 1 }, [0, 1, 2, 3, 4, 5]],
    ['never, by its dice', { probability: 0 }, []],
    ['on what it names', { on: 'GetOrderById' }, [0, 1, 2, 3, 4, 5]],
    ['not on another', { on: 'SearchOrders' }, []],
  ] as Array<[string, Partial<Fault>, number[]]>) {
    t.same(hitsOf(faultsWith({ kind: 'reply-lost', ...fault }), 6), hits, name)
  }
})

t.test('a fault hits only calls of its own kind', async (t) => {
  for (const kind of Object.keys(faultKinds) as FaultKind[]) {
    const faults = faultsWith({ kind })
    const hit = (Object.keys(faultKinds) as FaultKind[]).filter(
      (other) => faults.take(other, 'GetOrderById') !== undefined,
    )
    t.same(hit, [kind], kind)
  }
})

t.test('calls that a fault cannot hit do not count towards `after`', async (t) => {
  const faults = faultsWith({ kind: 'reply-lost', on: 'GetOrderById', after: 1, times: 1 })
  t.same(hitsOf(faults, 3, 'reply-lost', 'SearchOrders'), [])
  t.same(hitsOf(faults, 3, 'reply-cut'), [])
  t.same(hitsOf(faults, 3), [1])
})

t.test('several faults at once', async (t) => {
  const first: Fault = { kind: 'reply-late', times: 1, delayMs: 10 }
  const second: Fault = { kind: 'reply-late', times: 1, delayMs: 20 }
  const faults = faultsWith(first, second)
  t.same(
    [1, 2, 3].map(() => faults.take('reply-late', 'x')),
    [first, second, undefined],
    'take turns in the order in which they were added',
  )
  t.same(faults.list(), [
    { ...first, hits: 1 },
    { ...second, hits: 1 },
  ])
  faults.clear()
  t.same(faults.list(), [])
  t.equal(faults.take('reply-late', 'x'), undefined)
  faults.add(first)
  t.same(faults.list(), [{ ...first, hits: 0 }], 'one that is added again starts anew')
})

t.test('calls let through by `after` are not hits', async (t) => {
  const faults = faultsWith({ kind: 'api-500', after: 2, times: 5 })
  hitsOf(faults, 4, 'api-500')
  t.equal(faults.list()[0]!.hits, 2)
})

t.test('probability', async (t) => {
  const fault: Fault = { kind: 'reply-lost', probability: 0.3 }
  const run = (seed: number): number[] => {
    const faults = createFaults(seed)
    faults.add(fault)
    return hitsOf(faults, 500)
  }
  for (const seed of [0, 1, 7, 2 ** 31]) {
    const hits = run(seed)
    t.same(run(seed), hits, `seed ${seed} repeats exactly`)
    t.ok(hits.length > 100 && hits.length < 200, `about three in ten: ${hits.length}`)
  }
  t.notSame(run(1), run(2), 'another seed is another run')

  t.test('another fault does not change the dice', async (t) => {
    const faults = createFaults(1)
    faults.add(fault)
    faults.add({ kind: 'sent-twice', probability: 0.5 })
    const hits: number[] = []
    for (let index = 0; index < 500; index++) {
      faults.take('sent-twice', 'GetOrderById')
      if (faults.take('reply-lost', 'GetOrderById') !== undefined) hits.push(index)
    }
    t.same(hits, run(1))
  })

  t.test('calls let through by `after` roll no dice', async (t) => {
    const faults = createFaults(1)
    faults.add({ ...fault, after: 10 })
    t.same(
      hitsOf(faults, 510),
      run(1).map((index) => index + 10),
    )
  })

  t.test('`times` counts hits, not rolls', async (t) => {
    const faults = createFaults(1)
    faults.add({ ...fault, times: 3 })
    t.same(hitsOf(faults, 500), run(1).slice(0, 3))
  })

  t.test('two faults of one kind have their own dice', async (t) => {
    const faults = createFaults(1)
    faults.add({ ...fault, kind: 'reply-cut' })
    faults.add({ ...fault, kind: 'reply-cut' })
    const hits = hitsOf(faults, 500, 'reply-cut')
    t.ok(
      hits.length > 200 && hits.length < 310,
      `about half, as 1 - 0.7 × 0.7 has it: ${hits.length}`,
    )
  })
})

t.test('a fault draws numbers', async (t) => {
  const drawn = (seed: number): number[] => {
    const faults = createFaults(seed)
    faults.add({ kind: 'events-shuffled', delayMs: 1000 })
    const fault = faults.take('events-shuffled', 'x')!
    return Array.from({ length: 50 }, () => faults.draw(fault))
  }
  t.same(drawn(5), drawn(5), 'repeats with the seed')
  t.notSame(drawn(5), drawn(6))
  t.ok(drawn(5).every((number) => number >= 0 && number < 1))
  t.ok(new Set(drawn(5)).size > 40, 'differs from draw to draw')
  t.equal(
    createFaults(5).draw({ kind: 'events-shuffled' }),
    0,
    'a fault that is not at work draws nothing',
  )
})

t.test('faults are read from text', async (t) => {
  for (const [text, fault] of [
    ['reply-lost', { kind: 'reply-lost' }],
    ['reply-lost:RecordOrderPaymentById', { kind: 'reply-lost', on: 'RecordOrderPaymentById' }],
    ['api-500:EposEvents_Submit:times=2', { kind: 'api-500', on: 'EposEvents_Submit', times: 2 }],
    ['reply-late:times=1:delayMs=500', { kind: 'reply-late', times: 1, delayMs: 500 }],
    ['crash:after=0', { kind: 'crash', after: 0 }],
    ['events-doubled:probability=0.25', { kind: 'events-doubled', probability: 0.25 }],
    [
      'late-reversal:times=1:RecordOrderPaymentById:after=3:probability=1:delayMs=0',
      {
        kind: 'late-reversal',
        times: 1,
        on: 'RecordOrderPaymentById',
        after: 3,
        probability: 1,
        delayMs: 0,
      },
    ],
  ] as Array<[string, Fault]>) {
    t.same(parseFault(text), fault, text)
    t.ok(
      Value.Check(faultSchema, parseFault(text)),
      `${text} is one that could be put to work over HTTP`,
    )
  }
  for (const kind of Object.keys(faultKinds)) t.same(parseFault(kind), { kind })
  t.same(parseFault('socket-closed:GetOrderById:code=1006'), {
    kind: 'socket-closed',
    on: 'GetOrderById',
    code: 1006,
  })
  t.same(parseFault('socket-refused:Socket:code=401'), {
    kind: 'socket-refused',
    on: 'Socket',
    code: 401,
  })
})

t.test('a text that is not a fault is refused', async (t) => {
  for (const [text, message] of [
    // There is no such kind.
    ['', /^ is not a fault/],
    ['reply-losst', /^reply-losst is not a fault\. Use one of reply-lost, reply-cut/],
    ['Reply-Lost', /^Reply-Lost is not a fault/],
    [':times=1', /^ is not a fault/],
    ['times=1', /^times=1 is not a fault/],
    ['toString', /^toString is not a fault/],
    ['constructor:times=1', /^constructor is not a fault/],
    ['__proto__', /^__proto__ is not a fault/],
    // There is no such setting, or its value is no number.
    ['reply-lost:time=1', /^reply-lost:time=1: time=1 is neither a capability/],
    ['reply-lost:on=GetOrderById', /on=GetOrderById/],
    ['reply-lost:kind=1', /kind=1/],
    ['reply-lost:times=', /times=/],
    ['reply-lost:times=one', /times=one/],
    ['reply-lost:GetOrderById:times=1:probability=often', /probability=often/],
    ['reply-lost:times= ', /times=/],
    ['reply-lost:times=1=2', /times=1=2/],
    // It names nothing to be on.
    ['reply-lost:', /reply-lost:/],
    // POST /sandbox/faults refuses these numbers, and a flag should not get past it.
    ['reply-lost:times=0', /times=0/],
    ['reply-lost:times=-1', /times=-1/],
    ['reply-lost:times=1.5', /times=1\.5/],
    ['reply-lost:times=Infinity', /times=Infinity/],
    ['reply-lost:after=-1', /after=-1/],
    ['reply-lost:after=0.5', /after=0\.5/],
    ['reply-lost:probability=1.1', /probability=1\.1/],
    ['reply-lost:probability=-0.1', /probability=-0\.1/],
    ['reply-late:delayMs=-1', /delayMs=-1/],
    ['reply-late:delayMs=86400001', /delayMs=86400001/],
    // Codes belong to two faults, and each takes its own.
    ['reply-lost:code=500', /^The fault reply-lost has no code 500/],
    ['socket-closed:code=1004', /^The fault socket-closed has no code 1004/],
    ['socket-closed:code=503', /has no code 503/],
    ['socket-refused:code=1012', /has no code 1012/],
  ] as const) {
    t.throws(() => parseFault(text), { message }, JSON.stringify(text))
  }
})
