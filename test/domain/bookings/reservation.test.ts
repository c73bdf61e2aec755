import t from 'tap'
import {
  addedTables,
  bookReservation,
  checkRebooked,
  describeReservation,
  replaceReservation,
} from '../../../src/domain/bookings/reservation.ts'
import { reservation, tables, verdict } from '../../support/bookings.ts'

const SIX = '2026-03-06T18:00:00.000Z'
const SEVEN = '2026-03-06T19:00:00.000Z'
const NINE = '2026-03-06T21:00:00.000Z'
const TEN = '2026-03-06T22:00:00.000Z'
const reserved = { tableName: 'Table 1', reservationId: 'rsv_2' }
const exclusive = tables({ refuseOverlappingReservations: true })
const unknown = tables({ refuseOverlappingReservations: true }, ['tbl_9'])
const free = { tables: tables(), reserved: undefined }

t.test('what may be booked', async (t) => {
  const content = {
    name: 'Ada',
    covers: 2,
    tableIds: ['tbl_2', 'tbl_1', 'tbl_2'],
    startTime: SEVEN,
    endTime: NINE,
  }
  const wanted = { reservationId: 'rsv_1', creationHash: Buffer.from('content'), content }
  for (const [name, more, expected] of [
    ['a free table', {}, 'ok'],
    ['a reserved one, where overlaps are allowed', { reserved }, 'ok'],
    ['a reserved one, where not', { tables: exclusive, reserved }, 'Conflict overlapping'],
    ['a free one, where not', { tables: exclusive }, 'ok'],
    ['an unknown one', { tables: unknown, reserved }, 'InvalidRequest unknown-reference'],
    ['a deleted id', { wasDeleted: true, tables: unknown }, 'Conflict content-differs'],
  ] as const) {
    t.equal(
      verdict(() => bookReservation(wanted, { ...free, wasDeleted: false, ...more })),
      expected,
      name,
    )
  }
  t.strictSame(bookReservation(wanted, { ...free, wasDeleted: false }), {
    reservationId: 'rsv_1',
    version: 1,
    dojoReservationId: undefined,
    ...content,
    tableIds: ['tbl_2', 'tbl_1'],
    parties: [],
  })
})

t.test('an update by Dojo', async (t) => {
  const dojos = reservation({ dojoReservationId: 'dojo-1', hostNotes: 'old' })
  const venues = reservation()
  const mine = { id: 'rsv_1', creationHash: null }
  const another = { id: 'rsv_2', creationHash: null }
  const { name, covers, tableIds, startTime, endTime } = venues
  const content = { name, covers, tableIds, startTime, endTime }
  for (const [title, before, dojoReservationId, owner, more, expected] of [
    ['of its own', dojos, 'dojo-1', mine, {}, 'ok'],
    ["of the venue's, which it names", venues, 'dojo-1', undefined, {}, 'ok'],
    ['with another name for it', dojos, 'dojo-2', undefined, {}, 'Conflict content-differs'],
    ["with another's name", venues, 'dojo-1', another, {}, 'Conflict content-differs'],
    ['at a reserved time', dojos, 'dojo-1', mine, { reserved }, 'ok'],
    [
      'at a reserved time, where overlaps are refused',
      dojos,
      'dojo-1',
      mine,
      { tables: exclusive, reserved },
      'Conflict overlapping',
    ],
    [
      'of an unknown table',
      dojos,
      'dojo-1',
      mine,
      { tables: unknown, reserved },
      'InvalidRequest unknown-reference',
    ],
  ] as const) {
    t.equal(
      verdict(() =>
        replaceReservation(before, { dojoReservationId, content }, { ...free, owner, ...more }),
      ),
      expected,
      title,
    )
  }
  const update = { dojoReservationId: 'dojo-1', content }
  const after = replaceReservation(dojos, update, { ...free, owner: mine })
  t.equal(after.hostNotes, undefined, 'what is left out is cleared')
})

t.test("the venue's change", async (t) => {
  const before = reservation({ hostNotes: 'by the window', guestRequests: 'no nuts' })
  for (const [name, details, expected] of [
    ['nothing', {}, {}],
    ['the name', { name: 'Grace', covers: 3 }, { name: 'Grace', covers: 3 }],
    ['the notes', { hostNotes: 'by the door' }, { hostNotes: 'by the door' }],
    ['no notes', { hostNotes: null }, { hostNotes: undefined }],
    ['an earlier start', { startTime: SIX }, { startTime: SIX }],
    ['tables, each once', { tableIds: ['b', 'a', 'b'] }, { tableIds: ['b', 'a'] }],
  ] as const) {
    const given = { ...details } as Parameters<typeof describeReservation>[1]
    t.strictSame(describeReservation(before, given), { ...before, ...expected }, name)
  }
  t.equal(
    verdict(() => describeReservation(before, { startTime: TEN })),
    'InvalidRequest invalid',
    'it would end before it starts',
  )
})

t.test('a change is held against reservations only where it asks for more', async (t) => {
  const before = reservation({ tableIds: ['tbl_1', 'tbl_2'] })
  for (const [name, more, expected] of [
    ['the same', {}, 'ok'],
    ['another name', { name: 'Grace' }, 'ok'],
    ['fewer tables', { tableIds: ['tbl_1'] }, 'ok'],
    ['the tables in another order', { tableIds: ['tbl_2', 'tbl_1'] }, 'ok'],
    ['one more table', { tableIds: ['tbl_1', 'tbl_2', 'tbl_3'] }, 'Conflict overlapping'],
    ['another table', { tableIds: ['tbl_3'] }, 'Conflict overlapping'],
    ['an earlier start', { startTime: SIX }, 'Conflict overlapping'],
    ['a later end', { endTime: TEN }, 'Conflict overlapping'],
    ['an earlier end', { endTime: SEVEN }, 'Conflict overlapping'],
  ] as const) {
    const after = reservation({ ...before, ...(more as object) })
    t.equal(
      verdict(() => {
        checkRebooked(before, after, { tables: exclusive, reserved })
      }),
      expected,
      name,
    )
    t.equal(
      verdict(() => {
        checkRebooked(before, after, { tables: tables(), reserved })
      }),
      'ok',
      `${name}, where overlaps are allowed`,
    )
  }
  t.strictSame(addedTables(before, reservation({ tableIds: ['tbl_3', 'tbl_1'] })), ['tbl_3'])
})
