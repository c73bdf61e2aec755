import t from 'tap'
import { foreignId, foreignIds, newId, optionalForeignId } from '../../src/domain/ids.ts'
import { limits } from '../../src/limits.ts'

t.test('ids', async (t) => {
  const ids = Array.from({ length: 20_000 }, () => newId('ord'))
  t.equal(new Set(ids).size, ids.length, 'none twice')
  t.same([...ids].sort(), ids, 'in the order in which they were made, also within a millisecond')
  t.ok(
    ids.every((id) => /^ord_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(id)),
    'a UUID of version 7 behind the prefix',
  )
  const atMs = parseInt(ids[0]!.slice(4, 16), 16)
  t.ok(Math.abs(Date.now() - atMs) < 60_000, 'its first 48 bits are the time')
  t.equal(new Set(ids.map((id) => id.slice(20))).size, ids.length, 'and the end is random')
})

t.test('ids from outside', async (t) => {
  for (const id of ['a', 'dojo-1', 'ord/1 2', '🍕', 'x'.repeat(limits.maxIdCharacters)]) {
    t.equal(foreignId(id, 'id'), id)
    t.equal(optionalForeignId(id, 'id'), id)
    t.strictSame(foreignIds(['b', id], 'ids'), ['b', id])
  }
  t.equal(optionalForeignId(undefined, 'id'), undefined)
  for (const [id, message] of [
    ['', 'The field id is empty; an id has at least one character.'],
    ['pi\ud800', /^The field id has characters that are not well-formed Unicode/],
    ['pi\udc00x', /^The field id has characters that are not well-formed Unicode/],
    ['pi\ufffd', /U\+FFFD/],
    ['pi\0', /not well-formed/],
    ['x'.repeat(limits.maxIdCharacters + 1), /^The field id has 501 characters/],
  ] as const) {
    const refused = { type: 'InvalidRequest', message }
    t.throws(() => foreignId(id, 'id'), refused)
    t.throws(() => optionalForeignId(id, 'id'), refused)
    t.throws(() => foreignIds(['b', id], 'ids'), { type: 'InvalidRequest', message: /ids\[1\]/ })
  }
})
