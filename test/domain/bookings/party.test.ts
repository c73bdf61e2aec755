import t from 'tap'
import {
  checkForce,
  checkSeating,
  contentOf,
  describeParty,
  finishParty,
  goesAlong,
  isSeated,
  moveParty,
  owing,
  replaceParty,
  seatParty,
  type NewParty,
  type SeatingFacts,
} from '../../../src/domain/bookings/party.ts'
import { isRefused, party, reservation, tables, verdict } from '../../support/bookings.ts'

const SEVEN = '2026-03-06T19:00:00.000Z'
const EIGHT = '2026-03-06T20:00:00.000Z'
const NINE = '2026-03-06T21:00:00.000Z'
const eight = Date.parse(EIGHT)
const taken = { tableName: 'Table 1', partyId: 'pty_2' }
const alone = tables({ onePartyPerTable: true })

// --- seating

const wanted = (more: Partial<NewParty> = {}): NewParty => ({
  partyId: 'pty_1',
  creationHash: Buffer.from('content'),
  content: { tableIds: ['tbl_1'], status: 'Seated' },
  ...more,
})
const facts = (more: Partial<SeatingFacts> = {}): SeatingFacts => ({
  tables: tables(),
  taken: undefined,
  wasDeleted: false,
  knownReservationId: undefined,
  seatedAs: undefined,
  nowMs: eight,
  ...more,
})

t.test('who is seated', async (t) => {
  const ofReservation = wanted({ reservationId: 'rsv_1' })
  const unknown = tables({ onePartyPerTable: true }, ['tbl_9'])
  for (const [name, request, more, expected] of [
    ['at a free table', wanted(), {}, 'ok'],
    ['at a taken one, where tables are shared', wanted(), { taken }, 'ok'],
    ['at a free one, where they are not', wanted(), { tables: alone }, 'ok'],
    ['at a taken one, where they are not', wanted(), { tables: alone, taken }, 'Conflict occupied'],
    ['at an unknown one', wanted(), { tables: unknown }, 'InvalidRequest unknown-reference'],
    [
      'at an unknown one and a taken one',
      wanted(),
      { tables: unknown, taken },
      'InvalidRequest unknown-reference',
    ],
    ['of a reservation', ofReservation, { knownReservationId: 'rsv_1' }, 'ok'],
    ['of an unknown reservation', ofReservation, {}, 'InvalidRequest unknown-reference'],
    ['of Dojo, of an unknown reservation', { ...ofReservation, dojoPartyId: 'dojo-1' }, {}, 'ok'],
    [
      'of a reservation whose guests are seated',
      ofReservation,
      { knownReservationId: 'rsv_1', seatedAs: 'pty_2' },
      'Conflict in-use',
    ],
    [
      'under the id of a deleted party',
      wanted(),
      { wasDeleted: true, tables: unknown },
      'Conflict content-differs',
    ],
  ] as const) {
    t.equal(
      verdict(() => seatParty(request, facts(more))),
      expected,
      name,
    )
  }
})

t.test('the party that is seated', async (t) => {
  t.match(seatParty(wanted(), facts()), { version: 1, startTime: EIGHT }, 'from now on')
  const dojos = wanted({
    dojoPartyId: 'dojo-1',
    reservationId: 'rsv_1',
    content: { tableIds: ['tbl_2', 'tbl_1', 'tbl_2'], status: 'Waiting', startTime: SEVEN },
  })
  t.match(seatParty(dojos, facts({ knownReservationId: 'rsv_1' })), {
    partyId: 'pty_1',
    dojoPartyId: 'dojo-1',
    reservationId: 'rsv_1',
    status: 'Waiting',
    startTime: SEVEN,
    tableIds: ['tbl_2', 'tbl_1'],
  })
})

t.test('what a party has from its reservation', async (t) => {
  const booked = reservation({
    name: 'Ada',
    covers: 4,
    tableIds: ['tbl_1', 'tbl_2'],
    hostNotes: 'by the window',
    guestRequests: 'no nuts',
    endTime: NINE,
  })
  const all = {
    tableIds: ['tbl_1', 'tbl_2'],
    name: 'Ada',
    covers: 4,
    status: 'Seated',
    hostNotes: 'by the window',
    guestRequests: 'no nuts',
    expectedEndTime: NINE,
  }
  t.strictSame(contentOf({}, booked, eight), all, 'everything')
  const late = contentOf({}, booked, Date.parse(NINE))
  t.strictSame(late, { ...all, expectedEndTime: undefined }, 'no expected end once it is over')
  const own = {
    tableIds: ['tbl_3'],
    name: 'Grace',
    covers: 0,
    status: 'Waiting',
    hostNotes: '',
    expectedEndTime: EIGHT,
  }
  t.strictSame(contentOf(own, booked, eight), { ...all, ...own }, 'what the venue says comes first')
  t.strictSame(
    contentOf({ tableIds: ['tbl_3'] }, undefined, eight),
    {
      tableIds: ['tbl_3'],
      name: undefined,
      covers: undefined,
      status: 'Seated',
      hostNotes: undefined,
      guestRequests: undefined,
      expectedEndTime: undefined,
    },
    'a walk-in has what the venue says',
  )
  for (const [tableIds, reservationId, expected] of [
    [['tbl_1'], undefined, 'ok'],
    [undefined, 'rsv_1', 'ok'],
    [['tbl_1'], 'rsv_1', 'ok'],
    [undefined, undefined, 'InvalidRequest invalid'],
  ] as const) {
    t.equal(
      verdict(() => {
        checkSeating({ tableIds: tableIds && [...tableIds] }, reservationId)
      }),
      expected,
    )
  }
})

// --- changing

t.test('an update by Dojo', async (t) => {
  const dojos = party({ dojoPartyId: 'dojo-1', reservationId: 'rsv_1', hostNotes: 'old' })
  const venues = party()
  const content = { tableIds: ['tbl_1'], status: 'Seated', startTime: SEVEN }
  const left = { ...content, endTime: NINE }
  const mine = { id: 'pty_1', creationHash: null }
  const another = { id: 'pty_2', creationHash: null }
  const unknown = tables({}, ['tbl_9'])
  for (const [name, before, change, owner, more, expected] of [
    ['of its own party', dojos, content, mine, {}, 'ok'],
    ["of the venue's party, which it names", venues, content, undefined, {}, 'ok'],
    ['with another name for it', dojos, content, undefined, { as: 'dojo-2' }, 'content-differs'],
    ["with another party's name", venues, content, another, {}, 'content-differs'],
    ['to an unknown table', dojos, content, mine, { tables: unknown }, 'unknown-reference'],
    ['to a taken table', dojos, content, mine, { taken }, 'ok'],
    ['to a taken table, not shared', dojos, content, mine, { tables: alone, taken }, 'occupied'],
    ['of one that has left', dojos, left, mine, { tables: alone, taken }, 'ok'],
  ] as const) {
    const { as: dojoPartyId = 'dojo-1', ...given } = more as { as?: string }
    const known = { tables: tables(), taken: undefined, owner, ...given }
    const reason = verdict(() => replaceParty(before, { dojoPartyId, content: change }, known))
    t.equal(reason.split(' ').at(-1), expected, name)
  }
  const known = { tables: tables(), taken: undefined, owner: mine }
  const after = replaceParty(dojos, { dojoPartyId: 'dojo-1', content }, known)
  t.equal(after.hostNotes, undefined, 'what is left out is cleared')
  t.equal(after.reservationId, 'rsv_1', 'the link to the reservation stays')
})

t.test("the venue's change", async (t) => {
  const before = party({ hostNotes: 'by the window', expectedEndTime: NINE, guestRequests: 'none' })
  for (const [name, details, expected] of [
    ['nothing', {}, before],
    ['a value', { name: 'Grace', covers: 0 }, { ...before, name: 'Grace', covers: 0 }],
    [
      'null clears',
      { name: null, covers: null, hostNotes: null, expectedEndTime: null },
      {
        ...before,
        name: undefined,
        covers: undefined,
        hostNotes: undefined,
        expectedEndTime: undefined,
      },
    ],
  ] as const) {
    t.strictSame(describeParty(before, details), expected, name)
  }
})

t.test('a move', async (t) => {
  const left = party({ endTime: EIGHT })
  const unknown = tables({}, ['tbl_2'])
  for (const [name, who, more, expected] of [
    ['to a free table', party(), {}, 'ok'],
    ['to a taken table', party(), { taken }, 'ok'],
    ['to a taken table, not shared', party(), { tables: alone, taken }, 'Conflict occupied'],
    ['to an unknown table', party(), { tables: unknown }, 'InvalidRequest unknown-reference'],
    ['after they have left', left, { tables: unknown }, 'Conflict final'],
  ] as const) {
    t.equal(
      verdict(() => moveParty(who, ['tbl_2'], { tables: tables(), taken: undefined, ...more })),
      expected,
      name,
    )
  }
  const moved = moveParty(party(), ['tbl_2', 'tbl_3', 'tbl_2'], {
    tables: tables(),
    taken: undefined,
  })
  t.strictSame(moved, party({ tableIds: ['tbl_2', 'tbl_3'] }))
  for (const [name, order, expected] of [
    ['its order at a table that it leaves', { partyId: 'pty_1', tableId: 'tbl_1' }, true],
    ['its paid order there', { partyId: 'pty_1', tableId: 'tbl_1', status: 'Finalized' }, false],
    ['its order elsewhere', { partyId: 'pty_1', tableId: 'tbl_7' }, false],
    ['its order at no table', { partyId: 'pty_1' }, false],
    ["another party's order there", { partyId: 'pty_2', tableId: 'tbl_1' }, false],
    ["nobody's order there", { tableId: 'tbl_1' }, false],
  ] as const) {
    t.equal(goesAlong(party(), { status: 'Accepted', ...order }), expected, name)
  }
})

// --- leaving

t.test('a party leaves', async (t) => {
  const paid = { orderId: 'ord_1', balanceMinor: 0 }
  const unpaid = { orderId: 'ord_2', balanceMinor: 1250 }
  const leaving = { orders: [], isForced: false, currency: 'GBP', nowMs: eight }
  for (const [name, orders, isForced, expected] of [
    ['without orders', [], false, 'ok'],
    ['with a paid order that is still open', [paid], false, 'ok'],
    ['with an unpaid order', [paid, unpaid], false, 'Conflict unpaid'],
    ['with an unpaid order, forced', [paid, unpaid], true, 'ok'],
  ] as const) {
    t.equal(
      verdict(() => finishParty(party(), { ...leaving, orders, isForced })),
      expected,
      name,
    )
  }
  isRefused(t, () => finishParty(party(), { ...leaving, orders: [paid, unpaid] }), {
    message: /pty_1 has not paid: ord_2 \(12\.50 GBP\)/,
    facts: { orders: [{ id: 'ord_2', balanceMinor: 1250 }] },
  })
  t.strictSame(owing([paid, unpaid]), [unpaid])

  const gone = finishParty(party(), leaving)
  t.equal(gone.endTime, EIGHT, 'now')
  t.notOk(isSeated(gone))
  t.equal(finishParty(party({ startTime: NINE }), leaving).endTime, NINE, 'not before it started')
  const before = party({ endTime: SEVEN })
  const again = finishParty(before, { ...leaving, orders: [unpaid] })
  t.strictSame(again, before, 'one that has left stays as it is')
})

t.test('who may let a party go that has not paid', async (t) => {
  for (const [role, reason, expected] of [
    ['waiter', 'They ran', 'Conflict forbidden'],
    ['kitchen', 'They ran', 'Conflict forbidden'],
    ['waiter', undefined, 'Conflict forbidden'],
    ['manager', 'They ran', 'ok'],
    ['owner', 'They ran', 'ok'],
    ['manager', undefined, 'InvalidRequest invalid'],
  ] as const) {
    t.equal(
      verdict(() => {
        checkForce(role, reason)
      }),
      expected,
      `${role}, ${reason ?? 'no reason'}`,
    )
  }
})
