// The capability table: what Dojo can ask of an EPOS, by Dojo's names. Every transport dispatches
// through it, and registration is built from it. Paths and schemas are in openapi/epos-data.yaml,
// where the name of a capability is its operationId; the types below come from there too.
import type { components, operations } from './generated/epos-data.ts'

export type Schemas = components['schemas']
export type CapabilityName = keyof operations

/** Path parameters and body of the operation in one object, the same for every transport. */
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
  /** The names registered with Dojo, where they differ from its own name. */
  registeredAs?: readonly string[]
  /** Its older name, which Dojo still accepts. */
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
  SearchTables: { products: ['pay-at-table', 'bookings'] },
  ListAreas: { products: ['pay-at-table', 'bookings'] },
  HandleEvent: {
    products: ['pay-at-table', 'order-and-pay'],
    registeredAs: [
      'HandleEvent:payment_intent.created',
      'HandleEvent:payment_intent.status_updated',
    ],
  },
}

export const capabilityNames = Object.keys(capabilities) as CapabilityName[]

/** The version under which Dojo knows every capability here. */
export const CAPABILITY_VERSION = 'v1'

/** Dojo uses these three together: if one is not registered, Dojo takes no locks. */
export const lockCapabilities: readonly CapabilityName[] = [
  'CreateOrderLock',
  'ExtendOrderLock',
  'DeleteOrderLock',
]

/** The names under which Dojo registers a capability. */
export function registeredNames(name: CapabilityName): readonly string[] {
  return capabilities[name].registeredAs ?? [name]
}

/** Every name that can be registered with Dojo, in the table's order. */
export const registerableNames: readonly string[] = capabilityNames.flatMap(registeredNames)

/** The current name for an older one; any other name stays as it is. */
export function currentName(name: string): string {
  return capabilityNames.find((candidate) => capabilities[candidate].legacyName === name) ?? name
}
