import t from 'tap'
import {
  checkNotReserved,
  checkSeatFree,
  checkTablesExist,
  tableStatus,
} from '../../../src/domain/bookings/occupancy.ts'
import { isRefused, tables, verdict } from '../../support/bookings.ts'

const taken = { tableName: 'Window 4', partyId: 'pty_2' }
const reserved = { tableName: 'Window 4', reservationId: 'rsv_2' }

t.test('what a party gets at a table', async (t) => {
  for (const [onePartyPerTable, isTaken, expected] of [
    [false, false, 'ok'],
    [false, true, 'ok'],
    [true, false, 'ok'],
    [true, true, 'Conflict occupied'],
  ] as const) {
    // The rule about reservations has no say here.
    for (const refuseOverlappingReservations of [false, true]) {
      const { rules } = tables({ onePartyPerTable, refuseOverlappingReservations })
      t.equal(
        verdict(() => {
          checkSeatFree(rules, isTaken ? taken : undefined)
        }),
        expected,
        `one party per table: ${onePartyPerTable}, taken: ${isTaken}`,
      )
    }
  }
  isRefused(
    t,
    () => {
      checkSeatFree(tables({ onePartyPerTable: true }).rules, taken)
    },
    { message: /The table Window 4 is taken by the party pty_2/, facts: { partyId: 'pty_2' } },
  )
})

t.test('what a reservation gets at a table that another one has then', async (t) => {
  for (const [refuseOverlappingReservations, isReserved, expected] of [
    [false, false, 'ok'],
    [false, true, 'ok'],
    [true, false, 'ok'],
    [true, true, 'Conflict overlapping'],
  ] as const) {
    for (const onePartyPerTable of [false, true]) {
      const { rules } = tables({ onePartyPerTable, refuseOverlappingReservations })
      t.equal(
        verdict(() => {
          checkNotReserved(rules, isReserved ? reserved : undefined)
        }),
        expected,
        `refuse overlaps: ${refuseOverlappingReservations}, reserved: ${isReserved}`,
      )
    }
  }
  isRefused(
    t,
    () => {
      checkNotReserved(tables({ refuseOverlappingReservations: true }).rules, reserved)
    },
    { message: /The table Window 4 .*reservation rsv_2/, facts: { reservationId: 'rsv_2' } },
  )
})

t.test('every unknown table is named', async (t) => {
  checkTablesExist(tables())
  isRefused(
    t,
    () => {
      checkTablesExist(tables({}, ['tbl_8', 'tbl_9']))
    },
    { type: 'InvalidRequest', reason: 'unknown-reference', message: /tableIds.*tbl_8, tbl_9/ },
  )
})

t.test('the status of a table', async (t) => {
  const seven = Date.parse('2026-03-06T19:00:00.000Z')
  const at = (ms: number): string => new Date(ms).toISOString()
  for (const [name, parties, orders, startTime, expected] of [
    ['nobody', 0, 0, undefined, 'free'],
    ['a party', 1, 0, undefined, 'seated'],
    ['an open order without a party', 0, 1, undefined, 'seated'],
    ['a party, and a reservation that has begun', 1, 0, at(seven), 'seated'],
    ['a reservation that begins now', 0, 0, at(seven), 'reserved'],
    ['a reservation that began an hour ago', 0, 0, at(seven - 3_600_000), 'reserved'],
    ['a reservation still to come', 0, 0, at(seven + 1), 'free'],
  ] as const) {
    const reservation = startTime === undefined ? undefined : { startTime }
    const counted = { parties: Array(parties), orders: Array(orders), reservation }
    t.equal(tableStatus(counted, seven), expected, name)
  }
})
