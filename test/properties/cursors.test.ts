import fc from 'fast-check'
import t from 'tap'
import { Refusal } from '../../src/domain/errors.ts'
import { pageRequest, sealCursor, type PageKind } from '../../src/domain/page.ts'

const kinds: PageKind[] = ['orders', 'parties', 'reservations', 'tables', 'days']
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const kind = fc.constantFrom(...kinds)
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
// Times before 1970 and positions below 0 are whole numbers as well; an id may be anything that is
// text.
const edge = fc.record({
  at: fc.maxSafeInteger(),
  id: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '~', '1~2', 'ord_01a1fbd0a7f1725eb39dd6235426392f'),
  ),
})

const isRefused = (kind: PageKind, key: Uint8Array, cursor: string): boolean =>
  (['before', 'after'] as const).every((side) => {
    try {
      pageRequest(kind, key, { [side]: cursor })
      return false
    } catch (error) {
      return (
        error instanceof Refusal &&
        error.type === 'InvalidRequest' &&
        error.message.includes(`cursor.${side}`)
      )
    }
  })

t.test('a sealed cursor opens to what was sealed', async () => {
  fc.assert(
    fc.property(kind, key, edge, fc.integer({ min: 1, max: 100 }), (kind, key, edge, limit) => {
      const cursor = sealCursor(kind, key, edge)
      const [before, after] = [
        pageRequest(kind, key, { before: cursor, limit }),
        pageRequest(kind, key, { after: cursor, limit }),
      ]
      return (
        /^[\w-]+$/.test(cursor) &&
        before.rows === limit &&
        after.rows === limit &&
        before.after === undefined &&
        after.before === undefined &&
        [before.before, after.after].every(
          (opened) => opened?.at === edge.at && opened.id === edge.id,
        )
      )
    }),
    { numRuns: 500 },
  )
})

t.test('a cursor that was altered in any character is refused', async () => {
  const place = fc.nat()
  const other = fc.integer({ min: 1, max: 63 })
  fc.assert(
    fc.property(kind, key, edge, place, other, (kind, key, edge, place, other) => {
      const cursor = sealCursor(kind, key, edge)
      const at = place % cursor.length
      const altered = ALPHABET[(ALPHABET.indexOf(cursor[at]!) + other) % 64]!
      return isRefused(kind, key, cursor.slice(0, at) + altered + cursor.slice(at + 1))
    }),
    { numRuns: 1_000 },
  )
})

t.test('a cursor that was cut, stretched or patched is refused', async () => {
  fc.assert(
    fc.property(
      kind,
      key,
      edge,
      fc.nat(),
      fc.string({ minLength: 1, maxLength: 3 }),
      (kind, key, edge, place, more) => {
        const cursor = sealCursor(kind, key, edge)
        const at = place % cursor.length
        return (
          isRefused(kind, key, cursor.slice(0, at)) &&
          isRefused(kind, key, cursor.slice(at + 1)) &&
          isRefused(kind, key, cursor.slice(0, at) + cursor.slice(at + 1)) &&
          isRefused(kind, key, cursor.slice(0, at) + more + cursor.slice(at)) &&
          isRefused(kind, key, cursor + more)
        )
      },
    ),
    { numRuns: 500 },
  )
})

t.test('a cursor of another kind, or of another venue, is refused', async () => {
  fc.assert(
    fc.property(kind, kind, key, key, edge, (one, other, key, foreignKey, edge) => {
      fc.pre(Buffer.compare(key, foreignKey) !== 0)
      return (
        isRefused(one, foreignKey, sealCursor(one, key, edge)) &&
        (one === other || isRefused(other, key, sealCursor(one, key, edge)))
      )
    }),
    { numRuns: 500 },
  )
})

t.test('text that nobody sealed is refused', async () => {
  fc.assert(
    fc.property(
      kind,
      key,
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.base64String({ maxLength: 80 }),
        fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 80 }),
      ),
      isRefused,
    ),
    { numRuns: 1_000 },
  )
})
