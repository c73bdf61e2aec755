// Every capability with its handler. A missing handler, or one of the wrong type, does not compile.
import { cancelOrderById } from './cancel-order-by-id.ts'
import { createOrder } from './create-order.ts'
import { createOrderLock } from './create-order-lock.ts'
import { createParty } from './create-party.ts'
import { createReservation } from './create-reservation.ts'
import { deleteOrderLock } from './delete-order-lock.ts'
import { deletePartyById } from './delete-party-by-id.ts'
import { deleteReservationById } from './delete-reservation-by-id.ts'
import { extendOrderLock } from './extend-order-lock.ts'
import { getOrderBillById } from './get-order-bill-by-id.ts'
import { getOrderById } from './get-order-by-id.ts'
import { getPartyById } from './get-party-by-id.ts'
import { getReservationById } from './get-reservation-by-id.ts'
import { handleEvent } from './handle-event.ts'
import { listAreas } from './list-areas.ts'
import { recordOrderPaymentById } from './record-order-payment-by-id.ts'
import { searchOrders } from './search-orders.ts'
import { searchParties } from './search-parties.ts'
import { searchReservations } from './search-reservations.ts'
import { searchTables } from './search-tables.ts'
import { updateParty } from './update-party.ts'
import { updateReservation } from './update-reservation.ts'
import type { Handlers } from './handler.ts'

export const handlers: Handlers = {
  ListAreas: listAreas,
  HandleEvent: handleEvent,
  CreateOrder: createOrder,
  SearchOrders: searchOrders,
  GetOrderById: getOrderById,
  CancelOrderById: cancelOrderById,
  GetOrderBillById: getOrderBillById,
  CreateOrderLock: createOrderLock,
  ExtendOrderLock: extendOrderLock,
  DeleteOrderLock: deleteOrderLock,
  RecordOrderPaymentById: recordOrderPaymentById,
  CreateParty: createParty,
  SearchParties: searchParties,
  GetPartyById: getPartyById,
  UpdateParty: updateParty,
  DeletePartyById: deletePartyById,
  CreateReservation: createReservation,
  SearchReservations: searchReservations,
  GetReservationById: getReservationById,
  UpdateReservation: updateReservation,
  DeleteReservationById: deleteReservationById,
  SearchTables: searchTables,
}
