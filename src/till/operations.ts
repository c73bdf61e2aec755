// Every operation of the till API.
import { atDojoOperations } from './orders/at-dojo.ts'
import { billOperations } from './paper/bill.ts'
import { billPreviewOperations } from './paper/bill-preview.ts'
import { cardReceiptOperations } from './paper/card-receipt.ts'
import { authorizedAmountOperations } from './payments/authorized-amounts.ts'
import { cardPaymentOperations } from './payments/card-payments.ts'
import { changeOperations } from './feed/changes.ts'
import { dayOperations } from './venue/days.ts'
import { discountOperations } from './orders/discounts.ts'
import { eventOperations } from './feed/poll.ts'
import { dojoOperations } from './venue/dojo.ts'
import { dojoRequestFigureOperations } from './venue/dojo-request-figures.ts'
import { dojoRequestOperations } from './venue/dojo-requests.ts'
import { exceptionOperations } from './venue/exceptions.ts'
import { floorOperations } from './venue/floor.ts'
import { floorNowOperations } from './venue/floor-now.ts'
import { historyOperations } from './orders/history.ts'
import { holdOperations } from './orders/holds.ts'
import { kitchenOperations } from './orders/kitchen.ts'
import { lineOperations } from './orders/lines.ts'
import { inboxOperations } from './mirror/inbox.ts'
import { mirrorOrderOperations } from './mirror/orders.ts'
import { meOperations } from './venue/me.ts'
import { menuOperations } from './venue/menu.ts'
import { occupancyOperations } from './bookings/occupancy.ts'
import type { Operation } from './kit/operation.ts'
import { partyOperations } from './bookings/parties.ts'
import { moneyOperations } from './payments/money.ts'
import { paymentOperations } from './payments/payments.ts'
import { pinOperations } from './venue/pins.ts'
import { signInOperations } from './venue/sign-ins.ts'
import { refundOperations } from './payments/refunds.ts'
import { regroupOperations } from './orders/regroup.ts'
import { reservationOperations } from './bookings/reservations.ts'
import { setupOperations } from './venue/setup.ts'
import { orderOperations } from './orders/orders.ts'
import { terminalOperations } from './payments/terminals.ts'
import { unlinkedRefundOperations } from './payments/unlinked-refunds.ts'
import { webhookOperations } from './feed/webhooks/operations.ts'
import { venueOperations } from './venue/venue.ts'

export const operations: readonly Operation[] = [
  ...orderOperations,
  ...lineOperations,
  ...discountOperations,
  ...regroupOperations,
  ...holdOperations,
  ...paymentOperations,
  ...moneyOperations,
  ...cardPaymentOperations,
  ...authorizedAmountOperations,
  ...terminalOperations,
  ...historyOperations,
  ...atDojoOperations,
  ...mirrorOrderOperations,
  ...inboxOperations,
  ...partyOperations,
  ...reservationOperations,
  ...occupancyOperations,
  ...refundOperations,
  ...unlinkedRefundOperations,
  ...dayOperations,
  ...exceptionOperations,
  ...dojoOperations,
  ...dojoRequestOperations,
  ...dojoRequestFigureOperations,
  ...venueOperations,
  ...meOperations,
  ...floorOperations,
  ...floorNowOperations,
  ...pinOperations,
  ...signInOperations,
  ...menuOperations,
  ...setupOperations,
  ...kitchenOperations,
  ...billOperations,
  ...billPreviewOperations,
  ...cardReceiptOperations,
  ...eventOperations,
  ...changeOperations,
  ...webhookOperations,
]
