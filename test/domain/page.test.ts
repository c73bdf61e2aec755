import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import {
  pageRequest,
  sealCursor,
  type Cursor,
  type PageKey,
  type PageKind,
} from '../../src/domain/page.ts'

const key = createHash('sha256').update('The Red Lion').digest()
const foreignKey = createHash('sha256').update('The White Hart').digest()
const edge: PageKey = { at: 1_772_391_600_000, id: 'ord_019caa00b5807000800000000000000a' }
const cursor = sealCursor('orders', key, edge)
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

t.test('a page, in the order of its refusals', async (t) => {
  const cases: { name: string; cursor: Cursor; message: RegExp }[] = [
    { name: 'no rows', cursor: { limit: 0 }, message: /cursor\.limit is 0; a page has 1 to 100/ },
    { name: 'fewer than none', cursor: { limit: -1 }, message: /cursor\.limit is -1/ },
    { name: 'more than 100', cursor: { limit: 101 }, message: /cursor\.limit is 101/ },
    {
      name: 'no rows, before both sides',
      cursor: { limit: 0, before: cursor, after: cursor },
      message: /cursor\.limit/,
    },
    {
      name: 'both sides',
      cursor: { before: cursor, after: cursor },
      message: /^Send either cursor\.before or cursor\.after, not both\.$/,
    },
    {
      name: 'both sides, before what they are',
      cursor: { before: 'x', after: 'y' },
      message: /^Send either cursor\.before or cursor\.after, not both\.$/,
    },
    {
      name: 'no cursor of ours',
      cursor: { before: 'x' },
      message: /cursor\.before is not a cursor of this search/,
    },
    {
      name: 'no cursor of ours on the other side',
      cursor: { after: 'x' },
      message: /cursor\.after is not a cursor/,
    },
    { name: 'an empty cursor', cursor: { after: '' }, message: /cursor\.after is not a cursor/ },
  ]
  for (const { name, cursor, message } of cases) {
    t.throws(() => pageRequest('orders', key, cursor), { type: 'InvalidRequest', message }, name)
  }

  t.same(
    pageRequest('orders', key),
    { rows: 50, before: undefined, after: undefined },
    'the first 50 where nothing is said',
  )
  t.equal(pageRequest('orders', key, { limit: 1 }).rows, 1)
  t.equal(pageRequest('orders', key, { limit: 100 }).rows, 100)
})

t.test('a cursor gives back the key that it was made of', async (t) => {
  t.same(pageRequest('orders', key, { after: cursor }), {
    rows: 50,
    before: undefined,
    after: edge,
  })
  t.same(pageRequest('orders', key, { before: cursor, limit: 7 }), {
    rows: 7,
    before: edge,
    after: undefined,
  })
  t.match(cursor, /^[\w-]+$/, 'it needs no escaping in a URL')
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.string(), (at, id) => {
      const { after } = pageRequest('orders', key, { after: sealCursor('orders', key, { at, id }) })
      return after?.at === at && after.id === id
    }),
    { numRuns: 200 },
  )
})

t.test('an altered cursor is refused', async (t) => {
  const isForged = (text: string, kind: PageKind = 'orders', by = key): void => {
    t.throws(
      () => pageRequest(kind, by, { after: text }),
      { type: 'InvalidRequest', reason: 'cursor', message: /is not a cursor of this search/ },
      text,
    )
  }
  for (let at = 0; at < cursor.length; at++) {
    const other = ALPHABET[(ALPHABET.indexOf(cursor[at]!) + 1) % 64]!
    isForged(cursor.slice(0, at) + other + cursor.slice(at + 1))
  }
  isForged(cursor.slice(0, -1))
  isForged(`${cursor}A`)
  isForged(`${cursor}=`)
  isForged(` ${cursor}`)
  isForged(cursor.slice(0, 21), 'orders')
  isForged(Buffer.from(`${edge.at}~${edge.id}`).toString('base64url'))
  for (const kind of ['parties', 'reservations', 'tables'] as const) isForged(cursor, kind)
  isForged(cursor, 'orders', foreignKey)
})
