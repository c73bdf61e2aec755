// The venue itself: its name, its rules, and what it prints above and below a bill.
import { Type } from 'typebox'
import { changeVenue } from '../../actions/venue/change-venue.ts'
import { setBillTemplate } from '../../actions/venue/set-bill-template.ts'
import {
  cashRoundings,
  inboxChoices,
  lockedChoices,
  venueKinds,
  verifyChoices,
  type VenueDetails,
} from '../../domain/venue/venue.ts'
import { limits } from '../../limits.ts'
import { readVenue } from '../../store/venue/venue.ts'
import { EVERYBODY, operation, OWNERS, type Answered } from '../kit/operation.ts'
import { BillTemplateShape } from '../kit/bill-template.ts'
import { Emptied, Fields, Hundredths, Label, OneOf, SomeMinor, Version } from '../kit/shapes.ts'

const tag = 'Venue'

const settings = {
  name: Label,
  timeZone: Type.String({
    minLength: 1,
    maxLength: limits.maxNameCharacters,
    description: 'An IANA name such as Europe/London.',
  }),
  waiterAccess: Type.Boolean({
    description: 'Card machines show a waiter only the orders that this waiter serves or opened.',
  }),
  onePartyPerTable: Type.Boolean(),
  refuseOverlappingReservations: Type.Boolean(),
  taxesOnTop: Type.Boolean({
    description:
      'Taxes are added to the prices, instead of being included in them. For orders opened from ' +
      'now on.',
  }),
  taxName: Type.Unsafe<string>({ ...Label, maxLength: limits.maxTaxNameCharacters }),
  kind: OneOf(venueKinds, {
    description:
      'native: the orders are kept and priced here. mirrored: a till keeps its own and sends ' +
      'them as they are. Changes only while no order is open.',
  }),
  inboxMinutes: Type.Integer({
    minimum: 1,
    maximum: limits.maxInboxMinutes,
    description:
      "In a mirrored venue: how long the till may take to acknowledge an order of Dojo's.",
  }),
  inboxThen: OneOf(inboxChoices, {
    description:
      'After that time: notify shows it as overdue and sends order.overdue, refuse refuses it ' +
      'and gives the money back.',
  }),
  lockedThen: OneOf(lockedChoices, {
    description:
      'In a mirrored venue, a change of what is owed while somebody pays: refuse answers with ' +
      "the end of Dojo's lock, wait keeps it until then, when it takes effect.",
  }),
  cardTips: Type.Boolean({ description: 'Tills may add a tip to a card payment at the counter.' }),
}
const Verify = OneOf(verifyChoices, {
  description: 'When a payment is checked against Dojo. Anything but off needs a Dojo key.',
})
const ServiceCharge = Type.Unsafe<number>({
  ...Hundredths,
  description: 'For dine-in orders opened from now on, in hundredths of a percent.',
})

const ServiceChargeTax = Type.Unsafe<number>({
  ...Hundredths,
  description:
    'The tax rate of the service charge, for orders opened from now on; without it, no tax.',
})
const CashRounding = Type.Unsafe<number>({
  type: 'integer',
  enum: cashRoundings,
  description: 'What pays an order in cash is rounded to 5 cents. For venues that take EUR.',
})
const Cashback = Type.Unsafe<number>({
  ...SomeMinor,
  description: 'The most cash that a guest gets with a card payment; without it, none.',
})
const UnlinkedRefund = Type.Unsafe<number>({
  ...SomeMinor,
  description: 'The most that one refund without a payment may come to; without it, none is given.',
})

const VenueShape = Fields({
  ...settings,
  currency: Type.String(),
  verifyPayments: Verify,
  serviceChargeHundredths: Type.Optional(ServiceCharge),
  serviceChargeTaxRateHundredths: Type.Optional(ServiceChargeTax),
  cashRoundingMinor: Type.Optional(CashRounding),
  cashbackMostMinor: Type.Optional(Cashback),
  unlinkedRefundMostMinor: Type.Optional(UnlinkedRefund),
  version: Version,
})
const VenueChange = Type.Partial(
  Fields({
    ...settings,
    verifyPayments: Emptied(Verify),
    serviceChargeHundredths: Emptied(ServiceCharge),
    serviceChargeTaxRateHundredths: Emptied(ServiceChargeTax),
    cashRoundingMinor: Emptied(CashRounding),
    cashbackMostMinor: Emptied(Cashback),
    unlinkedRefundMostMinor: Emptied(UnlinkedRefund),
  }),
  { additionalProperties: false, minProperties: 1 },
)

function answerVenue(details: VenueDetails): Answered {
  const { hasDojoKey: _, billTemplate: __, counterAccount: ___, ...venue } = details
  return { body: venue, version: venue.version }
}

const answerTemplate = ({ billTemplate, version }: VenueDetails): Answered => ({
  body: billTemplate,
  version,
})

export const venueOperations = [
  operation({
    id: 'readVenue',
    does: 'read',
    method: 'GET',
    path: '/venue',
    summary: 'The venue and its settings',
    tag,
    roles: EVERYBODY,
    answer: VenueShape,
    run: async ({ deps, caller }) =>
      answerVenue(await readVenue(deps.store.prisma, caller.locationId)),
  }),

  operation({
    id: 'changeVenue',
    does: 'write',
    method: 'PATCH',
    path: '/venue',
    summary: 'Changes the settings of the venue',
    description:
      'Open orders keep the taxes and the service charge they were opened with. ' +
      'Card machines may see the previous settings for a few seconds.',
    tag,
    roles: OWNERS,
    body: VenueChange,
    answer: VenueShape,
    run: async ({ tx, caller, body, ifMatch }) =>
      answerVenue(await changeVenue(tx, caller.locationId, { settings: body, ifMatch })),
  }),

  operation({
    id: 'readBillTemplate',
    does: 'read',
    method: 'GET',
    path: '/venue/bill-template',
    summary: 'What is printed above and below a bill',
    tag,
    roles: EVERYBODY,
    answer: BillTemplateShape,
    run: async ({ deps, caller }) =>
      answerTemplate(await readVenue(deps.store.prisma, caller.locationId)),
  }),

  operation({
    id: 'setBillTemplate',
    does: 'write',
    method: 'PUT',
    path: '/venue/bill-template',
    summary: 'Sets what is printed above and below a bill',
    description: "The version is the venue's.",
    tag,
    roles: OWNERS,
    body: BillTemplateShape,
    answer: BillTemplateShape,
    run: async ({ tx, caller, body, ifMatch }) =>
      answerTemplate(await setBillTemplate(tx, caller.locationId, { template: body, ifMatch })),
  }),
]
