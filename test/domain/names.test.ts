import fc from 'fast-check'
import t from 'tap'
import { nameKey, optionalName, VISIBLE, visibleName } from '../../src/domain/names.ts'

const UNSEEN: Record<string, string> = {
  nothing: '',
  spaces: ' \t\u00a0\u2003\u3000',
  'a new line': '\r\n',
  'a zero width space': '\u200b',
  joiners: '\u200c\u200d\u2060\ufeff',
  'an empty Braille cell': '\u2800',
  'writing turned round': '\u202e\u202c',
  'letters of tags': '\u{e0061}\u{e007f}',
  fillers: '\u115f\u1160\u3164\uffa0',
  'a soft hyphen': '\u00ad',
  'a variation of nothing': '\ufe0f',
  'half a letter': '\ud800',
  'a control character': '\u0007',
}
const SEEN = ['a', ' a', '7', '-', 'é', 'e\u0301', '店', '🍕', '👨‍👩‍👧', 'ا', '\u2801', '\u0301']

t.test('of a name something can be seen', async (t) => {
  const pattern = new RegExp(VISIBLE, 'u')
  for (const [what, name] of Object.entries(UNSEEN)) {
    t.throws(() => visibleName(name, 'name'), {
      type: 'InvalidRequest',
      message: 'The field name has nothing in it that can be seen; give it a readable name.',
    })
    t.notMatch(name, pattern, what)
    if (name !== '') t.throws(() => optionalName(name, 'name'), { message: /can be seen/ })
    for (const seen of SEEN) t.equal(visibleName(name + seen, 'name'), name + seen, what)
  }
  t.equal(optionalName(undefined, 'name'), undefined)
  t.equal(optionalName('', 'name'), '', 'where there is no name')
})

t.test('names that look the same are the same', async (t) => {
  for (const [one, other] of [
    ['Caf\u00e9', 'Cafe\u0301'],
    ['Bar', 'Bar\u200b'],
    ['Bar', '\u202aBar\u202c'],
    ['Bar', ' Bar\u00a0'],
    ['Table 1', 'Table\u3000 1'],
    ['Table 1', 'Table \u200b 1'],
    ['Cafe\u034f\u0301', 'Caf\u00e9'],
    ['한', '\u1112\u1161\u11ab'],
    ['☕', '☕\ufe0f'],
  ] as const) {
    t.equal(nameKey(one), nameKey(other), `${one} is ${other}`)
  }
  for (const [one, other] of [
    ['Bar', 'bar'],
    ['Cafe', 'Café'],
    ['Table 1', 'Table1'],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏴'],
  ] as const) {
    t.not(nameKey(one), nameKey(other), `${one} is not ${other}`)
  }
})

t.test('whatever the name, with what cannot be seen it stays the same', async () => {
  const unseen = fc.constantFrom(...Object.values(UNSEEN))
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(text, unseen, unseen, (name, before, after) => {
      const key = nameKey(name)
      if (nameKey(key) !== key) return false
      const wrapped = `${before}${name.normalize('NFD')}${after}`
      // A tag or a variation after a letter may make another letter of it.
      if (/[\u{1F3F4}]/u.test(name)) return true
      return nameKey(wrapped) === nameKey(`${before}${name}${after}`)
    }),
  )
})
