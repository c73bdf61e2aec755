// The venue itself: its name, its rules, and what it prints above and below a bill.
import { Type } from 'typebox'
import { checkBillTemplate, type BillTemplate } from '../../domain/paper/bill.ts'
import { checkSettings, checkVerification, verifyChoices } from '../../domain/venue/venue.ts'
import { limits } from '../../limits.ts'
import {
  changeVenue,
  holdVenue,
  readVenue,
  setTemplate,
  type VenueNow,
} from '../../store/venue/venue.ts'
import { EVERYBODY, mustMatch, operation, OWNERS, type Answered } from '../kit/operation.ts'
import { Emptied, Fields, Hundredths, Label, OneOf, Version } from '../kit/shapes.ts'

const tag = 'Venue'

const settings = {
  name: Label,
  timeZone: Type.String({
    minLength: 1,
    maxLength: limits.maxNameCharacters,
    description: 'An IANA name, as Europe/London.',
  }),
  waiterAccess: Type.Boolean({
    description: 'A card machine shows a waiter only what that waiter serves or opened.',
  }),
  onePartyPerTable: Type.Boolean(),
  refuseOverlappingReservations: Type.Boolean(),
  taxesOnTop: Type.Boolean({
    description:
      'Taxes are added to the prices; else they are part of them. Of tabs that are opened from now on.',
  }),
  taxName: Label,
}
const Verify = OneOf(verifyChoices, {
  description: 'When a payment is held against Dojo. Takes a Dojo key, unless off.',
})
const ServiceCharge = Type.Unsafe<number>({
  ...Hundredths,
  description: 'Of dine-in tabs that are opened from now on, in hundredths of a percent.',
})

const VenueShape = Fields({
  ...settings,
  currency: Type.String(),
  verifyPayments: Verify,
  serviceChargeHundredths: Type.Optional(ServiceCharge),
  version: Version,
})
const VenueChange = Type.Partial(
  Fields({
    ...settings,
    verifyPayments: Emptied(Verify),
    serviceChargeHundredths: Emptied(ServiceCharge),
  }),
  { additionalProperties: false, minProperties: 1 },
)

function answerVenue({
  hasDojoKey: _,
  billTemplate: __,
  serviceChargeHundredths,
  ...venue
}: VenueNow): Answered {
  return {
    body: { ...venue, ...(serviceChargeHundredths === null ? {} : { serviceChargeHundredths }) },
    version: venue.version,
  }
}

const BillLines = Type.Array(Type.Object({ lineType: Type.String() }), {
  maxItems: limits.maxBillLines,
  description:
    "Lines as Dojo's EPOS contract has them; {table}, {waiter}, {reference}, {date} and {time} are filled in.",
})
const Template = Fields({ header: BillLines, footer: BillLines })

const answerTemplate = ({ billTemplate, version }: VenueNow): Answered => ({
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
    run: async ({ database, caller }) => answerVenue(await readVenue(database, caller.locationId)),
  }),

  operation({
    id: 'changeVenue',
    does: 'write',
    method: 'PATCH',
    path: '/venue',
    summary: 'Changes the settings of the venue',
    description:
      'Tabs that are open keep the taxes and the service charge that they were opened with. Card machines may go by the setting before for a few seconds.',
    tag,
    roles: OWNERS,
    body: VenueChange,
    answer: VenueShape,
    run: async ({ tx, caller: { locationId }, body, ifMatch }) => {
      checkSettings(body)
      const { version, hasDojoKey } = await holdVenue(tx, locationId)
      mustMatch(ifMatch, version, 'venue')
      checkVerification(body.verifyPayments, hasDojoKey, locationId)
      return answerVenue(await changeVenue(tx, locationId, body))
    },
  }),

  operation({
    id: 'readBillTemplate',
    does: 'read',
    method: 'GET',
    path: '/venue/bill-template',
    summary: 'What is printed above and below a bill',
    tag,
    roles: EVERYBODY,
    answer: Template,
    run: async ({ database, caller }) =>
      answerTemplate(await readVenue(database, caller.locationId)),
  }),

  operation({
    id: 'setBillTemplate',
    does: 'write',
    method: 'PUT',
    path: '/venue/bill-template',
    summary: 'Says what is printed above and below a bill',
    description: 'The version is that of the venue.',
    tag,
    roles: OWNERS,
    body: Template,
    answer: Template,
    run: async ({ tx, caller: { locationId }, body, ifMatch }) => {
      const template: BillTemplate = checkBillTemplate(body)
      mustMatch(ifMatch, (await holdVenue(tx, locationId)).version, 'venue')
      return answerTemplate(await setTemplate(tx, locationId, template))
    },
  }),
]
