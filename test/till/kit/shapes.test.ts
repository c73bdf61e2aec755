// What the fields of the till API take at their ends.
import t from 'tap'
import { Value } from 'typebox/value'
import { limits } from '../../../src/limits.ts'
import * as shapes from '../../../src/till/kit/shapes.ts'

t.test('numbers', async (t) => {
  const cases: Array<[name: keyof typeof shapes, from: number, to: number]> = [
    ['Quantity', 1, limits.maxQuantity],
    ['Minor', 0, limits.maxAmountMinor],
    ['SomeMinor', 1, limits.maxAmountMinor],
    ['Hundredths', 0, 10_000],
    ['Covers', 0, limits.maxQuantity],
  ]
  for (const [name, from, to] of cases) {
    const takes = (value: unknown): boolean => Value.Check(shapes[name] as never, value)
    t.same([from, to].map(takes), [true, true], `${name}: from ${from} to ${to}`)
    t.same([from - 1, to + 1, from + 0.5, `${from}`].map(takes), Array(4).fill(false), name)
  }
})

t.test('texts', async (t) => {
  const cases: Array<[name: keyof typeof shapes, taken: string[], refused: string[]]> = [
    ['Name', ['A', ' A ', 'é'.repeat(limits.maxNameCharacters)], ['', ' ', '\u200b\u2800']],
    ['Label', ['A', 'A b'], ['', ' A', 'A ', 'A\nb']],
    ['Reason', ['Cold', 'a'.repeat(limits.maxReasonCharacters)], ['', ' \n']],
    ['Note', ['', 'a'.repeat(limits.maxNoteCharacters)], []],
  ]
  const longest = {
    Name: limits.maxNameCharacters,
    Label: limits.maxNameCharacters,
    Reason: limits.maxReasonCharacters,
    Note: limits.maxNoteCharacters,
  }
  for (const [name, taken, refused] of cases) {
    const takes = (value: unknown): boolean => Value.Check(shapes[name] as never, value)
    const tooLong = 'a'.repeat(longest[name as keyof typeof longest] + 1)
    for (const text of taken) t.ok(takes(text), `${name} takes ${JSON.stringify(text)}`)
    for (const text of [...refused, tooLong]) t.notOk(takes(text), `${name} refuses it`)
  }
})
