// Which row of the go-live checklist a call belongs to: the scenario that makes it, or the one that
// asks for the same.
import type { CapabilityName } from '../../contract/capabilities.ts'
import type { Exchange } from '../epos/exchange.ts'
import { scenarios } from '../scenarios/index.ts'
import type { ChecklistRow } from './entry.ts'

/** The scenario that is about a capability in general. */
const rowNames: Readonly<Record<CapabilityName, string>> = {
  SearchOrders: 'Search Orders',
  GetOrderById: 'Get Order',
  CreateOrder: 'Create Order',
  CancelOrderById: 'Cancel Order',
  GetOrderBillById: 'Get Order Bill',
  RecordOrderPaymentById: 'Record Order Payment',
  CreateOrderLock: 'Create Order Lock',
  ExtendOrderLock: 'Extend Order Lock',
  DeleteOrderLock: 'Delete Order Lock',
  CreateParty: 'Create Party',
  GetPartyById: 'Search Parties',
  UpdateParty: 'Update Party',
  DeletePartyById: 'Delete Party',
  SearchParties: 'Search Parties',
  CreateReservation: 'Create Reservation',
  GetReservationById: 'Search Reservations',
  UpdateReservation: 'Update Reservation',
  DeleteReservationById: 'Delete Reservation',
  SearchReservations: 'Search Reservations',
  SearchTables: 'Search Tables',
  ListAreas: 'List Areas',
  HandleEvent: 'Handle Event',
}

/** Where an answer makes it another row. */
const WHEN_NOT_FOUND: Partial<Record<CapabilityName, string>> = {
  GetOrderById: 'Get Order that Does Not Exist',
  RecordOrderPaymentById: 'Payment of an Order that Does Not Exist',
}

const rows = new Map(
  scenarios.map(({ name, section, expected }) => [name, { name, section, expected }]),
)

export function checklistRow(
  exchange: Pick<Exchange, 'capability' | 'caller' | 'status' | 'noAnswer' | 'sent'>,
): ChecklistRow | undefined {
  return rows.get(exchange.caller.scenario ?? rowNameFor(exchange))
}

function rowNameFor({
  capability,
  status,
  noAnswer,
  sent,
}: Parameters<typeof checklistRow>[0]): string {
  if (status === 404) return WHEN_NOT_FOUND[capability] ?? rowNames[capability]
  if (capability === 'RecordOrderPaymentById' && noAnswer !== undefined) {
    return 'Lost Reply and Reversal'
  }
  if (capability === 'SearchOrders') {
    const { dineIn } = (sent ?? {}) as { dineIn?: { tableId?: string; waiterId?: string } | null }
    if (dineIn?.tableId !== undefined) return 'Search Orders at a Table'
    if (dineIn?.waiterId !== undefined) return 'Search Orders of a Waiter'
  }
  return rowNames[capability]
}
