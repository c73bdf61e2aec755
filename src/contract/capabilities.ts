// The capability table: what Dojo can ask of an EPOS, by the names that Dojo gave it. Both
// transports dispatch through it, and registration is built from it. Paths and schemas are in
// openapi/epos-data.yaml, where the name of a capability is its operationId; the types below come
// from there too.
import type { components, operations } from './generated/epos-data.ts'

export type Schemas = components['schemas']
export type CapabilityName = keyof operations

/**
 * Path parameters and body of the operation, in one object, so that it reads the same on every
 * transport.
 */
export type Input<Name extends CapabilityName> = PathOf<operations[Name]> & BodyOf<operations[Name]>
export type Output<Name extends CapabilityName> =
  operations[Name]['responses'][200] extends JsonContent<infer Answer> ? Answer : undefined

type JsonContent<T> = { content: { 'application/json': T } }
type PathOf<Operation> = Operation extends { parameters: { path: infer Path extends object } }
  ? Path
  : unknown
type BodyOf<Operation> = Operation extends { requestBody: JsonContent<infer Body> } ? Body : unknown

export const products = ['pay-at-table', 'order-and-pay', 'bookings'] as const
export type Product = (typeof products)[number]

export interface Capability {
  /** The Dojo products that call it. */
  products: readonly Product[]
  /** What is registered with Dojo for it, where that is not its own name alone. */
  registeredAs?: readonly string[]
  /** A name that Dojo accepts for it from before. */
  legacyName?: string
}

export const capabilities: Readonly<Record<CapabilityName, Capability>> = {
  SearchOrders: { products: ['pay-at-table', 'order-and-pay', 'bookings'] },
  GetOrderById: { products: ['pay-at-table', 'order-and-pay', 'bookings'] },
  CreateOrder: { products: ['order-and-pay'] },
  CancelOrderById: { products: ['order-and-pay'] },
  GetOrderBillById: { products: ['pay-at-table'], legacyName: 'GetOrderBill' },
  RecordOrderPaymentById: {
    products: ['pay-at-table', 'order-and-pay'],
    legacyName: 'RecordOrderPayment',
  },
  CreateOrderLock: { products: ['pay-at-table'] },
  ExtendOrderLock: { products: ['pay-at-table'] },
  DeleteOrderLock: { products: ['pay-at-table'] },
  CreateParty: { products: ['bookings'] },
  GetPartyById: { products: ['bookings'] },
  UpdateParty: { products: ['bookings'], legacyName: 'UpdatePartyById' },
  DeletePartyById: { products: ['bookings'] },
  SearchParties: { products: ['bookings'] },
  CreateReservation: { products: ['bookings'] },
  GetReservationById: { products: ['bookings'] },
  UpdateReservation: { products: ['bookings'], legacyName: 'UpdateReservationById' },
  DeleteReservationById: { products: ['bookings'] },
  SearchReservations: { products: ['bookings'] },
  SearchTables: { products: ['bookings'] },
  ListAreas: { products: ['bookings'] },
  HandleEvent: {
    products: ['pay-at-table', 'order-and-pay'],
    registeredAs: [
      'HandleEvent:payment_intent.created',
      'HandleEvent:payment_intent.status_updated',
    ],
  },
}

export const capabilityNames = Object.keys(capabilities) as CapabilityName[]

/** The version that Dojo knows of every capability here. */
export const CAPABILITY_VERSION = 'v1'

/** The three that Dojo uses together: registering some of them means that no lock is ever taken. */
export const lockCapabilities: readonly CapabilityName[] = [
  'CreateOrderLock',
  'ExtendOrderLock',
  'DeleteOrderLock',
]

/** The names under which Dojo registers a capability. */
export function registeredNames(name: CapabilityName): readonly string[] {
  return capabilities[name].registeredAs ?? [name]
}

/** Every name that can be registered with Dojo, in the order of the table. */
export const registerableNames: readonly string[] = capabilityNames.flatMap(registeredNames)

/** Today's name for a name that Dojo may still use for it; any other name is returned as it is. */
export function currentName(name: string): string {
  return capabilityNames.find((candidate) => capabilities[candidate].legacyName === name) ?? name
}
