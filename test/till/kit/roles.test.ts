// Who may do what at a till. Written down here once more, so that a slip in the table of operations
// is noticed: money given away, taken back or counted is a manager's; the venue itself is its
// owner's.
import t from 'tap'
import { operations } from '../../../src/till/operations.ts'

type Role = 'kitchen' | 'waiter' | 'manager' | 'owner'

const EVERYBODY: Role[] = ['kitchen', 'waiter', 'manager', 'owner']
const SERVICE: Role[] = ['waiter', 'manager', 'owner']
const MANAGERS: Role[] = ['manager', 'owner']
const OWNER: Role[] = ['owner']

// prettier-ignore
const WHO: Record<string, Role[]> = {
  'POST /orders': SERVICE,
  'GET /orders': SERVICE,
  'GET /orders/{orderId}': EVERYBODY,
  'PATCH /orders/{orderId}': SERVICE,
  'PUT /orders/{orderId}/type': SERVICE,
  'POST /orders/{orderId}/status': EVERYBODY,
  'POST /orders/{orderId}/cancel': MANAGERS,
  'POST /orders/{orderId}/reopen': MANAGERS,
  'POST /orders/{orderId}/unlock': MANAGERS,
  'PUT /orders/{orderId}/hold': SERVICE,
  'DELETE /orders/{orderId}/hold': SERVICE,
  'GET /orders/{orderId}/history': EVERYBODY,
  'GET /orders/{orderId}/bill': EVERYBODY,
  'POST /orders/{orderId}/bill/printed': SERVICE,

  'GET /me': EVERYBODY,
  'GET /floor': EVERYBODY,
  'GET /changes': EVERYBODY,
  'GET /exceptions': MANAGERS,
  'GET /dojo': MANAGERS,
  'GET /dojo/doctor': MANAGERS,
  'POST /dojo/retry': MANAGERS,
  'GET /dojo/requests': MANAGERS,
  'GET /dojo/requests/{requestId}': MANAGERS,
  'GET /dojo/request-log': MANAGERS,
  'PUT /dojo/request-log': MANAGERS,
  'DELETE /dojo/request-log': MANAGERS,
  'GET /payments': SERVICE,
  'GET /unmatched-payments': SERVICE,
  'POST /unmatched-payments/{paymentIntentId}/record': MANAGERS,
  'POST /unmatched-payments/{paymentIntentId}/dismiss': MANAGERS,
  'PUT /waiters/{waiterId}/pin': MANAGERS,
  'DELETE /waiters/{waiterId}/pin': MANAGERS,

  'POST /orders/{orderId}/lines': SERVICE,
  'PATCH /orders/{orderId}/lines/{lineId}': SERVICE,
  'POST /orders/{orderId}/lines/{lineId}/void': SERVICE,
  'POST /orders/{orderId}/discounts': MANAGERS,
  'DELETE /orders/{orderId}/discounts/{discountId}': MANAGERS,
  'PUT /orders/{orderId}/service-charge': SERVICE,
  'POST /orders/{orderId}/merge': SERVICE,
  'POST /orders/{orderId}/split-off': SERVICE,
  'GET /orders/{orderId}/split': SERVICE,

  'GET /kitchen/lines': EVERYBODY,
  'POST /orders/{orderId}/bump': EVERYBODY,
  'POST /orders/{orderId}/lines/{lineId}/bump': EVERYBODY,
  'POST /orders/{orderId}/lines/{lineId}/recall': EVERYBODY,

  'POST /orders/{orderId}/payments': SERVICE,
  'POST /orders/{orderId}/deposit': SERVICE,
  'POST /orders/{orderId}/payments/{paymentId}/void': MANAGERS,
  'POST /payments/{paymentId}/refunds': MANAGERS,
  'GET /payments/{paymentId}/refunds': SERVICE,
  'POST /orders/{orderId}/card-payments': SERVICE,
  'GET /card-payments': SERVICE,
  'GET /orders/{orderId}/card-payments': SERVICE,
  'GET /orders/{orderId}/card-payments/{cardPaymentId}': SERVICE,
  'POST /orders/{orderId}/card-payments/{cardPaymentId}/cancel': SERVICE,
  'POST /orders/{orderId}/card-payments/{cardPaymentId}/signature': SERVICE,
  'POST /orders/{orderId}/card-payments/{cardPaymentId}/retry': SERVICE,
  'POST /orders/{orderId}/card-payments/{cardPaymentId}/record': MANAGERS,
  'POST /orders/{orderId}/card-payments/{cardPaymentId}/amount': SERVICE,
  'POST /orders/{orderId}/card-payments/{cardPaymentId}/capture': SERVICE,
  'POST /orders/{orderId}/card-payments/{cardPaymentId}/release': SERVICE,
  'GET /orders/{orderId}/card-payments/{cardPaymentId}/receipt': SERVICE,
  'POST /orders/{orderId}/card-payments/{cardPaymentId}/receipt/email': SERVICE,
  'GET /terminals': SERVICE,
  'PUT /terminals/{terminalId}': MANAGERS,
  'GET /refunds': SERVICE,
  'POST /refunds': MANAGERS,
  'GET /refunds/unlinked': MANAGERS,
  'GET /refunds/unlinked/{refundId}': MANAGERS,
  'GET /refunds/unlinked/{refundId}/receipt': MANAGERS,
  'POST /refunds/unlinked/{refundId}/cancel': MANAGERS,
  'POST /refunds/unlinked/{refundId}/record': MANAGERS,
  'POST /refunds/unlinked/{refundId}/signature': MANAGERS,
  'POST /refunds/{refundId}/check': MANAGERS,
  'POST /refunds/{refundId}/give': MANAGERS,
  'POST /refunds/{refundId}/withdraw': MANAGERS,

  'PUT /mirror/orders/{id}': SERVICE,
  'POST /mirror/orders': SERVICE,
  'PUT /mirror/orders': SERVICE,
  'GET /mirror/inbox': SERVICE,
  'POST /mirror/inbox/{kind}/{id}/acknowledge': SERVICE,
  'POST /mirror/inbox/order/{orderId}/refuse': MANAGERS,

  'POST /parties': SERVICE,
  'GET /parties': EVERYBODY,
  'GET /parties/{partyId}': EVERYBODY,
  'PATCH /parties/{partyId}': SERVICE,
  'POST /parties/{partyId}/move': SERVICE,
  'POST /parties/{partyId}/finish': SERVICE,
  'GET /parties/{partyId}/history': EVERYBODY,
  'POST /reservations': SERVICE,
  'GET /reservations': EVERYBODY,
  'GET /reservations/{reservationId}': EVERYBODY,
  'PATCH /reservations/{reservationId}': SERVICE,
  'POST /reservations/{reservationId}/cancel': SERVICE,
  'GET /reservations/{reservationId}/history': EVERYBODY,
  'GET /tables/occupancy': EVERYBODY,

  'POST /days': MANAGERS,
  'GET /days': MANAGERS,
  'GET /days/current': MANAGERS,
  'GET /days/{dayId}': MANAGERS,
  'GET /days/{dayId}/hours': MANAGERS,
  'POST /days/{dayId}/count': MANAGERS,
  'POST /days/{dayId}/close': MANAGERS,

  'GET /events': EVERYBODY,
  'POST /webhooks': OWNER,
  'GET /webhooks': OWNER,
  'PATCH /webhooks/{webhookId}': OWNER,
  'DELETE /webhooks/{webhookId}': OWNER,
  'POST /webhooks/{webhookId}/rotate': OWNER,
  'POST /webhooks/{webhookId}/recover': OWNER,
  'GET /webhooks/{webhookId}/deliveries': OWNER,
  'POST /webhooks/{webhookId}/deliveries/{eventId}/resend': OWNER,
  'GET /venue': EVERYBODY,
  'PATCH /venue': OWNER,
  'GET /venue/bill-template': EVERYBODY,
  'PUT /venue/bill-template': OWNER,
  'GET /setup': MANAGERS,
  'PUT /setup': MANAGERS,

  'GET /areas': EVERYBODY,
  'GET /areas/{areaId}': EVERYBODY,
  'POST /areas': MANAGERS,
  'PATCH /areas/{areaId}': MANAGERS,
  'POST /areas/{areaId}/retire': MANAGERS,
  'GET /tables': EVERYBODY,
  'GET /tables/{tableId}': EVERYBODY,
  'POST /tables': MANAGERS,
  'PATCH /tables/{tableId}': MANAGERS,
  'POST /tables/{tableId}/retire': MANAGERS,
  'GET /waiters': EVERYBODY,
  'GET /waiters/{waiterId}': EVERYBODY,
  'POST /waiters': MANAGERS,
  'PATCH /waiters/{waiterId}': MANAGERS,
  'POST /waiters/{waiterId}/retire': MANAGERS,
  'GET /menu': EVERYBODY,
  'GET /menu/{plu}': EVERYBODY,
  'POST /menu': MANAGERS,
  'PATCH /menu/{plu}': MANAGERS,
  'POST /menu/{plu}/availability': EVERYBODY,
  'POST /menu/{plu}/retire': MANAGERS,
}

t.test('each operation takes the roles that may, and no other', async (t) => {
  const found = Object.fromEntries(
    operations.map(({ method, path, roles }) => [`${method} ${path}`, new Set<string>(roles)]),
  )
  t.strictSame(Object.keys(found).sort(), Object.keys(WHO).sort(), 'the table has every operation')
  for (const [operation, roles] of Object.entries(WHO)) {
    t.strictSame(found[operation], new Set<string>(roles), operation)
  }
})
