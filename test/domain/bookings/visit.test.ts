import t from 'tap'
import {
  changedFields,
  checkSameContent,
  checkTimesAndCovers,
  distinct,
} from '../../../src/domain/bookings/visit.ts'
import { isRefused, party, verdict } from '../../support/bookings.ts'

const SEVEN = '2026-03-06T19:00:00.000Z'
const NINE = '2026-03-06T21:00:00.000Z'

t.test('times and covers', async (t) => {
  for (const [name, visit, expected] of [
    ['no end', { startTime: SEVEN }, 'ok'],
    ['an end after the start', { startTime: SEVEN, endTime: NINE }, 'ok'],
    ['an end at the start', { startTime: SEVEN, endTime: SEVEN }, 'ok'],
    ['an end before the start', { startTime: NINE, endTime: SEVEN }, 'InvalidRequest invalid'],
    ['nobody', { startTime: SEVEN, covers: 0 }, 'ok'],
    ['four guests', { startTime: SEVEN, covers: 4 }, 'ok'],
    ['less than nobody', { startTime: SEVEN, covers: -1 }, 'InvalidRequest invalid'],
    ['half a guest', { startTime: SEVEN, covers: 1.5 }, 'InvalidRequest invalid'],
    ['too many to count', { startTime: SEVEN, covers: 2 ** 53 }, 'InvalidRequest invalid'],
  ] as const) {
    t.equal(
      verdict(() => {
        checkTimesAndCovers(visit)
      }),
      expected,
      name,
    )
  }
})

t.test('the same request again', async (t) => {
  const hash = Buffer.from('one content')
  const id = { field: 'dojoPartyId', value: 'dojo-1' } as const
  checkSameContent('Party', id, { id: 'pty_1', creationHash: Buffer.from('one content') }, hash)
  for (const creationHash of [Buffer.from('another'), null]) {
    isRefused(
      t,
      () => {
        checkSameContent('Party', id, { id: 'pty_1', creationHash }, hash)
      },
      {
        type: 'Conflict',
        reason: 'content-differs',
        message: /^The dojoPartyId dojo-1 already belongs to the party pty_1/,
      },
    )
  }
})

t.test('what the history keeps of a change', async (t) => {
  const before = party({ name: 'Ada', hostNotes: 'by the window', reservationId: 'rsv_1' })
  for (const [name, after, expected] of [
    ['nothing', { ...before }, {}],
    ['the version alone is no change', { ...before, version: 2 }, {}],
    ['a new value', { ...before, name: 'Grace' }, { name: 'Grace' }],
    ['a list that is the same', { ...before, tableIds: ['tbl_1'] }, {}],
    ['a list that is not', { ...before, tableIds: ['tbl_2'] }, { tableIds: ['tbl_2'] }],
    ['a field that is gone', { ...before, hostNotes: undefined }, { hostNotes: null }],
    ['a new field', { ...before, endTime: NINE }, { endTime: NINE }],
    ['the link to a reservation', { ...before, reservationId: undefined }, { reservationId: null }],
  ] as const) {
    t.strictSame(changedFields(before, after), expected, name)
  }
})

t.test('each table once, in the order given', async (t) => {
  t.strictSame(distinct(['b', 'a', 'b', 'c', 'a']), ['b', 'a', 'c'])
})
