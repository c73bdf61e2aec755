// The state of the EPOS in memory. It starts as a small, empty restaurant.
import type { CapabilityName, Input, Output, Schemas } from '../../../src/contract/capabilities.ts'
import { invalid, UnknownOrder } from './epos-checks.ts'
import type { EposFault } from './epos-faults.ts'

/** What an order consists of and what no payment changes, in the words of the contract. */
export type OrderContent = Pick<
  Schemas['Order'],
  | 'details'
  | 'items'
  | 'note'
  | 'customer'
  | 'discounts'
  | 'taxLines'
  | 'serviceChargeAmount'
  | 'reference'
  | 'displayName'
>

export interface EposPayment {
  orderId: string
  paymentIntentId: string
  amountMinor: number
  /** 0 where the payment came without a tip. */
  tipsMinor: number
  /** False once the money went back. */
  stands: boolean
}

export interface EposLock {
  lockId: string
  expiresAtMs: number
  deviceId: string | undefined
}

export interface EposOrder {
  /** Grows with each entry; searches list the highest first. */
  sequence: number
  id: string
  content: OrderContent
  status: Schemas['OrderStatus']
  /** Where a Finalized order returns to when its money goes back. */
  statusBeforeFinal: Schemas['OrderStatus'] | undefined
  totalMinor: number
  paidMinor: number
  tipsMinor: number
  payments: EposPayment[]
  /** One at most, unless a fault lets more in. It may have expired. */
  locks: EposLock[]
  /** Every lock that the order ever had: releasing one of them again is no mistake. */
  lockIdsSeen: Set<string>
  createdAt: string
  updatedAt: string
}

export interface EposParty {
  sequence: number
  dojoPartyId: string
  /** The content of the call that made it, to compare a repetition with. */
  asked: object
  party: Schemas['Party']
}

export interface EposReservation {
  sequence: number
  dojoReservationId: string
  asked: object
  reservation: Schemas['Reservation']
}

export interface EposTable {
  sequence: number
  table: Schemas['Table']
}

export interface Epos {
  currency: string
  /** Its Dojo account, where it knows one. */
  accountId?: string
  faults: Set<EposFault>
  orders: Map<string, EposOrder>
  parties: Map<string, EposParty>
  reservations: Map<string, EposReservation>
  tables: Map<string, EposTable>
  areas: Map<string, Schemas['Area']>
  /** By Dojo's identifiers, with what the call that made them asked for. */
  ordersOfDojo: Map<string, { order: EposOrder; asked: object }>
  partiesOfDojo: Map<string, EposParty>
  reservationsOfDojo: Map<string, EposReservation>
  /** A list because faults record one intent more than once. */
  paymentsOfIntent: Map<string, EposPayment[]>
  /** The newest that Dojo said of each payment intent. */
  words: Map<string, { status: string; atMs: number }>
  eventIds: Set<string>
  lastSequence: number
}

export type Handler<Name extends CapabilityName> = (
  epos: Epos,
  input: Input<Name>,
  deviceId: string | undefined,
) => Output<Name> | Promise<Output<Name>>
export type Handlers = { [Name in CapabilityName]: Handler<Name> }

export function newEpos(currency: string, faults: Iterable<EposFault>): Epos {
  const epos: Epos = {
    currency,
    faults: new Set(faults),
    orders: new Map(),
    parties: new Map(),
    reservations: new Map(),
    tables: new Map(),
    areas: new Map(),
    ordersOfDojo: new Map(),
    partiesOfDojo: new Map(),
    reservationsOfDojo: new Map(),
    paymentsOfIntent: new Map(),
    words: new Map(),
    eventIds: new Set(),
    lastSequence: 0,
  }
  for (const [id, name] of [
    ['area-bar', 'Bar'],
    ['area-garden', 'Garden'],
  ] as const) {
    epos.areas.set(id, { id, name })
  }
  for (let number = 1; number <= 6; number++) {
    const table: Schemas['Table'] = {
      id: `table-${number}`,
      name: `Table ${number}`,
      maxCovers: 4,
      areaId: number <= 3 ? 'area-bar' : 'area-garden',
      ...(number <= 2 ? { waiterIds: ['waiter-1'] } : {}),
    }
    // Searches list the highest sequence first, and of tables the first one is wanted first.
    epos.tables.set(table.id, { sequence: -number, table })
  }
  return epos
}

export function orderOf(epos: Epos, orderId: string): EposOrder {
  const order = epos.orders.get(orderId)
  if (order === undefined) throw new UnknownOrder(orderId)
  return order
}

export function newOrder(
  epos: Epos,
  content: OrderContent,
  totalMinor: number,
  status: Schemas['OrderStatus'],
  id?: string,
): EposOrder {
  const sequence = ++epos.lastSequence
  const now = new Date().toISOString()
  const order: EposOrder = {
    sequence,
    id: id ?? `order-${sequence}`,
    content,
    status,
    statusBeforeFinal: undefined,
    totalMinor,
    paidMinor: 0,
    tipsMinor: 0,
    payments: [],
    locks: [],
    lockIdsSeen: new Set(),
    createdAt: now,
    updatedAt: now,
  }
  epos.orders.set(order.id, order)
  return order
}

export interface AddedOrder {
  id?: string
  totalMinor?: number
  tableId?: string
  waiterId?: string
  displayName?: string
}

/** An open order as a waiter would have typed it in, whose items add up to its total. */
export function addOrder(
  epos: Epos,
  { id, totalMinor = 5000, tableId, waiterId, displayName }: AddedOrder = {},
): string {
  const drinkMinor = Math.floor(totalMinor / 4)
  const money = (value: number): Schemas['Money'] => ({ value, currencyCode: epos.currency })
  const items: Schemas['OrderItem'][] = [
    {
      name: 'Fish and chips',
      plu: '410',
      quantity: 1,
      amountPerItem: money(totalMinor - 2 * drinkMinor),
    },
    { name: 'Pale ale', plu: '120', quantity: 2, amountPerItem: money(drinkMinor) },
  ]
  const name = displayName ?? epos.tables.get(tableId ?? '')?.table.name
  return newOrder(
    epos,
    { details: { orderType: 'DineIn', dineIn: { tableId, waiterId } }, items, displayName: name },
    totalMinor,
    'Accepted',
    id,
  ).id
}

export function checkTables(epos: Epos, tableIds: readonly string[], field: string): void {
  for (const tableId of tableIds) {
    if (!epos.tables.has(tableId)) {
      throw invalid(
        `The field ${field} names the table ${tableId}, which this venue does not have.`,
      )
    }
  }
}
