import t from 'tap'
import { inPieces } from '../../src/lib/in-pieces.ts'

const CASES: [items: number, size: number, pieces: string[]][] = [
  [0, 2, []],
  [1, 2, ['0: 0']],
  [2, 2, ['0: 0,1']],
  [5, 2, ['0: 0,1', '2: 2,3', '4: 4']],
]

t.test('a list is worked on piece by piece', async (t) => {
  for (const [count, size, pieces] of CASES) {
    for (const restMs of [0, 1]) {
      const items = Array.from({ length: count }, (_, index) => index)
      const worked: string[] = []
      await inPieces(items, { size, restMs }, async (piece, from) => {
        worked.push(`${from}: ${piece.join()}`)
      })
      t.strictSame(worked, pieces, `${count} by ${size}`)
    }
  }
})

t.test('what fails ends it', async (t) => {
  const begun: number[] = []
  const work = async (_: readonly number[], from: number): Promise<void> => {
    begun.push(from)
    if (from === 1) throw new Error('no')
  }
  await t.rejects(inPieces([1, 2, 3], { size: 1, restMs: 0 }, work), /no/)
  t.strictSame(begun, [0, 1])
})
