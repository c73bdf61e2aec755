// What is said of an order and costs nothing.
import t from 'tap'
import {
  describe,
  loseParty,
  loseReservation,
  moveWithParty,
  mustBeKnown,
  type Details,
} from '../../../src/domain/orders/details.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const order = orderOfTill({
  tableId: 'tbl_1',
  tableName: 'Table 1',
  partyId: 'pty_1',
  reservationId: 'rsv_1',
  note: 'quick',
  customer: { name: 'Ann' },
})

t.test('described, or moved', async (t) => {
  const described = (details: Details) => ({
    action: 'Described',
    detail: { fields: Object.keys(details) },
  })
  const cases: [Details, object][] = [
    [
      { note: 'slow' },
      { ...described({ note: '' }), order: { note: 'slow', tableName: 'Table 1' } },
    ],
    [{ note: null }, { ...described({ note: '' }), order: { note: undefined, tableId: 'tbl_1' } }],
    [{}, { ...described({}), order: { note: 'quick', tableId: 'tbl_1' } }],
    [
      { tableId: 'tbl_1' },
      { ...described({ tableId: '' }), order: { tableId: 'tbl_1', tableName: 'Table 1' } },
    ],
    [
      { tableId: 'tbl_2', note: 'slow' },
      {
        action: 'Moved',
        detail: { from: 'tbl_1', to: 'tbl_2' },
        order: { tableId: 'tbl_2', tableName: undefined, note: 'slow' },
      },
    ],
    [{ tableId: null }, { action: 'Moved', detail: { from: 'tbl_1', to: undefined } }],
    [{ customer: {} }, { ...described({ customer: {} }), order: { customer: undefined } }],
    [{ customer: { name: 'Bo' } }, { order: { customer: { name: 'Bo' } } }],
  ]
  for (const [details, expected] of cases) {
    t.match(describe(order, details), expected, JSON.stringify(details))
  }
  for (const status of ['Finalized', 'Canceled', 'Failed'] as const) {
    t.throws(() => describe({ ...order, status }, { note: 'late' }), { reason: 'final' } as never)
  }
  t.match(moveWithParty(order, 'tbl_2'), {
    action: 'Moved',
    detail: { from: 'tbl_1', to: 'tbl_2', partyId: 'pty_1' },
    order: { tableId: 'tbl_2', tableName: undefined },
  })
})

t.test('it loses what is deleted, if it is its own', async (t) => {
  t.match(loseParty(order, 'pty_1'), { action: 'PartyDeleted', order: { partyId: undefined } })
  t.equal(loseParty(order, 'pty_2'), undefined)
  t.match(loseReservation(order, 'rsv_1'), {
    action: 'ReservationDeleted',
    order: { reservationId: undefined, partyId: 'pty_1' },
  })
  t.equal(loseReservation(order, 'rsv_2'), undefined)
})

t.test('the first reference that the venue does not have is named', async (t) => {
  const known = { tableId: true, partyId: true, reservationId: true, waiterId: true }
  const references = { tableId: 't', partyId: 'p', reservationId: 'r', waiterId: 'w' }
  t.doesNotThrow(() => {
    mustBeKnown(references, known)
  })
  for (const [field, id] of Object.entries(references)) {
    t.throws(
      () => {
        mustBeKnown(references, { ...known, [field]: false })
      },
      { message: `The field ${field} is ${id}, which this venue does not have.` },
    )
  }
})
