import t from 'tap'
import { createRandom, seedOf, type Random } from '../../../src/sandbox/kit/random.ts'
import { createSandbox } from '../../../src/sandbox/server.ts'

const draws = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.next())

t.test('the published numbers of Mulberry32', async (t) => {
  const random = createRandom(0)
  t.same(
    draws(random, 2).map((drawn) => drawn * 2 ** 32),
    [1_144_304_738, 1_416_247],
  )
})

t.test('the published hashes of FNV-1a with 32 bits', async (t) => {
  for (const [text, hash] of [
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ] as const) {
    t.equal(seedOf(text), hash, `of "${text}"`)
  }
})

t.test('the same seed draws the same numbers', async (t) => {
  const everything = (seed: number): unknown => {
    const random = createRandom(seed)
    return [
      random.next(),
      random.below(1000),
      random.text(24),
      random.uuid(),
      random.next(),
      random.state(),
    ]
  }
  for (const seed of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
    t.same(everything(seed), everything(seed), `seed ${seed}`)
  }
  t.notSame(everything(1), everything(2))
})

t.test('a seed is taken as 32 bits, whatever its size and sign', async (t) => {
  for (const [seed, same] of [
    [-1, 2 ** 32 - 1],
    [2 ** 32 + 5, 5],
    [7.9, 7],
  ] as const) {
    t.same(draws(createRandom(seed), 5), draws(createRandom(same), 5), `${seed} is ${same}`)
  }
})

t.test('a generator continues from its state', async (t) => {
  const random = createRandom(42)
  random.text(10)
  const later = createRandom(random.state())
  t.same(
    [random.next(), random.uuid(), random.text(5)],
    [later.next(), later.uuid(), later.text(5)],
  )
  t.equal(random.state(), later.state())
})

t.test('numbers stay within their bounds and fill them', async (t) => {
  const random = createRandom(3)
  const drawn = draws(random, 2000)
  t.ok(drawn.every((number) => number >= 0 && number < 1))
  const mean = drawn.reduce((sum, number) => sum + number, 0) / drawn.length
  t.ok(mean > 0.45 && mean < 0.55, `they are spread evenly: ${mean}`)
  for (const bound of [1, 2, 6, 100]) {
    const numbers = new Set(Array.from({ length: 2000 }, () => random.below(bound)))
    t.ok(
      [...numbers].every((number) => Number.isInteger(number) && number >= 0 && number < bound),
      `below ${bound}`,
    )
    t.equal(numbers.size, bound, `each of ${bound}`)
  }
})

t.test('texts and UUIDs', async (t) => {
  const random = createRandom(4)
  for (const length of [0, 1, 24, 200]) {
    t.match(random.text(length), new RegExp(`^[A-Za-z0-9]{${length}}$`), `${length} characters`)
  }
  const uuids = Array.from({ length: 200 }, () => random.uuid())
  t.ok(
    uuids.every((uuid) =>
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid),
    ),
    'of version 4',
  )
  t.equal(new Set(uuids).size, 200, 'no two alike')
})

t.test('ids depend on the seed and the key', async (t) => {
  const names = async (seed: number, key: string): Promise<string[]> => {
    const { simulation, close } = await createSandbox({ seed, keys: [key] })
    const { accountId, terminals } = simulation.account(key)
    await close()
    return [accountId, ...terminals.keys()]
  }
  const first = await names(1, 'sk_sandbox_a')
  t.same(await names(1, 'sk_sandbox_a'), first, 'the same again')
  for (const [seed, key] of [
    [2, 'sk_sandbox_a'],
    [1, 'sk_sandbox_b'],
  ] as const) {
    const other = await names(seed, key)
    t.notOk(
      other.some((name) => first.includes(name)),
      `seed ${seed} and ${key} share no name with it`,
    )
  }
})
