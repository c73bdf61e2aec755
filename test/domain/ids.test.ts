import t from 'tap'
import { newId } from '../../src/domain/ids.ts'

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
