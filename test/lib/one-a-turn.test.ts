import t from 'tap'
import { createOneATurn } from '../../src/lib/one-a-turn.ts'

t.test(
  'one begins in each turn of the event loop, in the sequence in which they came',
  async (t) => {
    const oneATurn = createOneATurn()
    let turn = 0
    let counting = setImmediate(function count() {
      turn++
      counting = setImmediate(count)
    })
    const begun: [string, number][] = []
    const begin = async (name: string): Promise<void> => {
      await oneATurn()
      begun.push([name, turn])
      if (name === 'a') await begin('a again')
    }
    await Promise.all(['a', 'b', 'c'].map(begin))
    clearImmediate(counting)
    t.strictSame(
      begun.map(([name]) => name),
      ['a', 'b', 'c', 'a again'],
    )
    t.equal(new Set(begun.map(([, at]) => at)).size, 4, 'each in a turn of its own')
  },
)
