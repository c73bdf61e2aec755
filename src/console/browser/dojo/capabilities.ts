// What Dojo may ask for, and how: for the list to choose from, and to ask it again.

// prettier-ignore
export const CAPABILITIES: Readonly<Record<string, string>> = {
  ListAreas: 'GET /v1/areas',
  HandleEvent: 'POST /v1/events',
  CreateOrder: 'POST /v1/orders',
  SearchOrders: 'POST /v1/orders/search',
  GetOrderById: 'GET /v1/orders/{orderId}',
  CancelOrderById: 'DELETE /v1/orders/{orderId}',
  GetOrderBillById: 'GET /v1/orders/{orderId}/bill',
  CreateOrderLock: 'POST /v1/orders/{orderId}/lock',
  ExtendOrderLock: 'PUT /v1/orders/{orderId}/locks/{lockId}',
  DeleteOrderLock: 'DELETE /v1/orders/{orderId}/locks/{lockId}',
  RecordOrderPaymentById: 'POST /v1/orders/{orderId}/record-payment',
  CreateParty: 'POST /v1/parties',
  SearchParties: 'POST /v1/parties/search',
  GetPartyById: 'GET /v1/parties/{partyId}',
  UpdateParty: 'PUT /v1/parties/{partyId}',
  DeletePartyById: 'DELETE /v1/parties/{partyId}',
  CreateReservation: 'POST /v1/reservations',
  SearchReservations: 'POST /v1/reservations/search',
  GetReservationById: 'GET /v1/reservations/{reservationId}',
  UpdateReservation: 'PUT /v1/reservations/{reservationId}',
  DeleteReservationById: 'DELETE /v1/reservations/{reservationId}',
  SearchTables: 'POST /v1/tables/search',
}
