// POST /epos/events, and Bookings' reaction to it: Bookings reads the entity again and forgets it
// when it no longer exists.
import type { CapabilityName, Input } from '../../contract/capabilities.ts'
import type { DojoInput } from '../../contract/dojo-api.ts'
import { describeExchange, type Exchange } from '../epos/exchange.ts'
import { badRequest } from './problem.ts'
import type { Account, Bookings } from './state.ts'
import { canCall, type Simulation } from './simulation.ts'

interface Kind {
  idField: string
  known: keyof Bookings
  read: CapabilityName
  pathField: string
  noun: string
}

const KINDS: Record<string, Kind> = {
  OrderUpdated: {
    idField: 'orderId',
    known: 'orders',
    read: 'GetOrderById',
    pathField: 'orderId',
    noun: 'order',
  },
  PartyUpdated: {
    idField: 'partyId',
    known: 'parties',
    read: 'GetPartyById',
    pathField: 'partyId',
    noun: 'party',
  },
  ReservationUpdated: {
    idField: 'reservationId',
    known: 'reservations',
    read: 'GetReservationById',
    pathField: 'reservationId',
    noun: 'reservation',
  },
}

/** @throws Problem 400 for an unknown type, or without the id of the entity */
export function submitEvent(
  simulation: Simulation,
  account: Account,
  request: DojoInput<'EposEvents_Submit'>,
): DojoInput<'EposEvents_Submit'> {
  const kind = Object.hasOwn(KINDS, request.eventType) ? KINDS[request.eventType] : undefined
  if (kind === undefined) {
    throw badRequest(`${request.eventType} is not an event type.`, {
      eventType: [`must be one of ${Object.keys(KINDS).join(', ')}`],
    })
  }
  const id = (request.event as Record<string, unknown>)[kind.idField]
  if (typeof id !== 'string' || id === '') {
    throw badRequest(
      `event.${kind.idField} is missing; ${request.eventType} must name its ${kind.noun}.`,
      { event: [`${kind.idField} is missing`] },
    )
  }
  simulation.log(account, `Event ${request.eventType} ${id}`)
  if (canCall(simulation, account, kind.read)) {
    simulation.clock.scheduleIn(0, {
      kind: 'read-entity',
      key: account.key,
      eventType: request.eventType,
      id,
    })
  } else simulation.log(account, `  not read: ${kind.read} is not registered`)
  return request
}

/** Reads the entity as Bookings does and keeps what came back. */
export async function readEntity(
  simulation: Simulation,
  account: Account,
  eventType: string,
  id: string,
): Promise<void> {
  const kind = KINDS[eventType]!
  const epos = canCall(simulation, account, kind.read)
    ? simulation.eposClientOf(account)
    : undefined
  if (epos === undefined) return
  const exchange = (await epos.call(kind.read, { [kind.pathField]: id } as Input<CapabilityName>, {
    product: 'Bookings',
  })) as Exchange
  const known = account.bookings[kind.known] as Map<string, unknown>
  if (exchange.output !== undefined) {
    known.set(id, exchange.output)
    simulation.log(account, `  Bookings read the ${kind.noun} ${id}`)
  } else if (exchange.status === 404) {
    known.delete(id)
    simulation.log(account, `  Bookings forgot the ${kind.noun} ${id}`)
  } else {
    simulation.log(
      account,
      `  Bookings could not read the ${kind.noun} ${id}: ${describeExchange(exchange)}`,
    )
  }
}
