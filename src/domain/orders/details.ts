// What is said of an order and costs nothing: its table, waiter, party, names and notes.
import { Refusal } from '../errors.ts'
import { someone, type Opening } from './new-order.ts'
import { mustBeOpen, type Order, type OrderChange } from './order.ts'

/** Null empties a field; a field that is left out stays as it is. */
export type Details = { [Name in Exclude<keyof Opening, 'orderType'>]?: Opening[Name] | null }

/** Also while somebody pays. @throws Refusal Conflict: the order is final */
export function describe(order: Order, details: Details): OrderChange {
  mustBeOpen(order)
  const next: Record<string, unknown> = { ...order }
  for (const [name, value] of Object.entries(details)) next[name] = value ?? undefined
  const described = next as unknown as Order
  const after = { ...described, customer: someone(described.customer) }
  const isMoved = details.tableId !== undefined && after.tableId !== order.tableId
  if (!isMoved) {
    return { action: 'Described', detail: { fields: Object.keys(details) }, order: after }
  }
  const detail = { from: order.tableId, to: after.tableId }
  return { action: 'Moved', detail, order: { ...after, tableName: undefined } }
}

/** The order moves to another table with its party. */
export function moveWithParty(order: Order, tableId: string | undefined): OrderChange {
  const detail = { from: order.tableId, to: tableId, partyId: order.partyId }
  return { action: 'Moved', detail, order: { ...order, tableId, tableName: undefined } }
}

/** Undefined where the order is not the party's. */
export function loseParty(order: Order, partyId: string): OrderChange | undefined {
  if (order.partyId !== partyId) return undefined
  return { action: 'PartyDeleted', detail: { partyId }, order: { ...order, partyId: undefined } }
}

/** Undefined where the order is not the reservation's. */
export function loseReservation(order: Order, reservationId: string): OrderChange | undefined {
  if (order.reservationId !== reservationId) return undefined
  return {
    action: 'ReservationDeleted',
    detail: { reservationId },
    order: { ...order, reservationId: undefined },
  }
}

// --- what an order names

export interface References {
  tableId?: string
  partyId?: string
  reservationId?: string
  waiterId?: string
}

/** Which of its references the venue has; one that is not named is known. */
export type KnownReferences = { [Field in keyof References]-?: boolean }

/** @throws Refusal InvalidRequest, with the field among its facts */
export function mustBeKnown(references: References, known: KnownReferences): void {
  const fields = ['tableId', 'partyId', 'reservationId', 'waiterId'] as const
  const field = fields.find((each) => !known[each])
  if (field === undefined) return
  const id = references[field]
  throw new Refusal(
    'InvalidRequest',
    'unknown-reference',
    `The field ${field} is ${id}, which this venue does not have.`,
    { field, id },
  )
}
