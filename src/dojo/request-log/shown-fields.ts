// Which fields of a body the request log shows: those that can be nothing of a person. Every field
// of the contract is in one of the two lists, so that one that Dojo adds is thought about first.

/** What a shown value must look like; one that does not is left out as well. */
export type Shown =
  /** An id: letters, digits and a few marks, without a card number or phone number in it. */
  | 'id'
  /** One of the contract's own words, as a status. */
  | 'word'
  | 'currency'
  | 'time'
  /** No larger than an amount may be, so that it is no card number and no phone number. */
  | 'number'
  | 'flag'
  /** A refusal's sentence, as the log has it. */
  | 'sentence'
  /** An object or a list, of which the same is asked. */
  | 'inside'

const NAMES: Readonly<Record<Shown, readonly string[]>> = {
  // prettier-ignore
  id: [
    'accountId', 'affectedPlu', 'areaId', 'discountReference', 'dojoOrderId', 'dojoPartyId', 'dojoReservationId', 'id', 'lockId',
    'orderId', 'partyId', 'paymentIntentId', 'paymentIntentIds', 'plu', 'reservationId', 'tableId', 'tableIds', 'traceId',
    'waiterId', 'waiterIds',
  ],
  // prettier-ignore
  word: [
    'align', 'captureMode', 'errorType', 'event', 'line', 'lineType', 'orderType', 'paymentStatus', 'size', 'status',
  ],
  currency: ['currencyCode'],
  // prettier-ignore
  time: [
    'collectAt', 'createdAt', 'endTime', 'expectedEndTime', 'expiry', 'fromTime', 'readyAt', 'startTime', 'toTime', 'updatedAt',
  ],
  number: ['amountPercentage', 'covers', 'limit', 'maxCovers', 'quantity', 'value'],
  flag: ['asap', 'bold', 'completedOnly', 'payable', 'payableOnly', 'showQr', 'showUrl'],
  sentence: ['debugMessage'],
  // prettier-ignore
  inside: [
    'amountPerItem', 'amountPerModifier', 'amountTotal', 'collection', 'cursor', 'data', 'deposit', 'details', 'dineIn', 'discounts',
    'items', 'modifiers', 'order', 'paidAmount', 'payments', 'serviceChargeAmount', 'subItems', 'taxLines', 'tipsAmount',
    'totalAmount',
  ],
}

export const shownFields: ReadonlyMap<string, Shown> = new Map(
  Object.entries(NAMES).flatMap(([shown, names]) =>
    names.map((name): [string, Shown] => [name, shown as Shown]),
  ),
)

/** Named, but with their values left out: free text, people, and what is printed on a bill. */
// prettier-ignore
export const namedFields: ReadonlySet<string> = new Set([
  'addressLines', 'after', 'before', 'code', 'customer', 'description', 'displayName', 'emailAddress', 'footer', 'guestRequests',
  'header', 'horizontalLine', 'hostNotes', 'image', 'lines', 'logo', 'merchantAddress', 'merchantEmailAddress', 'merchantName',
  'merchantPhoneNumber', 'name', 'note', 'number', 'phoneNumber', 'postcode', 'reference', 'svgImage', 'taxNumber', 'text', 'url',
])
