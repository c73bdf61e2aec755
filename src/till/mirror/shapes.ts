// A till's own order as it sends it, and what it becomes here.
import { Type, type Static } from 'typebox'
import { contentHash } from '../../domain/content-hash.ts'
import { mirrorStatuses } from '../../domain/orders/mirror.ts'
import type { MirrorRequest } from '../../domain/orders/mirror-waiting.ts'
import { isoTime } from '../../domain/time.ts'
import { limits } from '../../limits.ts'
import {
  Covers,
  Fields,
  Hundredths,
  Id,
  Label,
  Minor,
  Name,
  Note,
  OneOf,
  Time,
} from '../kit/shapes.ts'

const part = {
  name: Name,
  plu: Type.Optional(Type.Unsafe<string>({ ...Label, description: 'Left out: the name.' })),
  quantity: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: limits.maxQuantity,
      description:
        'Per one of the line above; 1 when left out. What is not so many at a whole amount each ' +
        'is shown as one, with the quantity in its name: 0.35 × Gouda.',
    }),
  ),
  amountMinor: Type.Unsafe<number>({
    ...Minor,
    description: 'For all of it, as on your bill, without what is below it.',
  }),
}
const modifier = {
  ...part,
  amountMinor: Type.Integer({
    minimum: -limits.maxAmountMinor,
    maximum: limits.maxAmountMinor,
    description:
      'For all of it, as on your bill. Below 0, as for no cheese, it comes off the line above.',
  }),
}
const Modifiers = Type.Optional(Type.Array(Fields(modifier), { maxItems: limits.maxLinesOfOrder }))
const SubItem = Fields({ ...part, modifiers: Modifiers })
const MirroredLine = Fields({
  ...part,
  id: Type.Optional(Id),
  note: Type.Optional(Note),
  course: Type.Optional(Name),
  modifiers: Modifiers,
  subItems: Type.Optional(Type.Array(SubItem, { maxItems: limits.maxLinesOfOrder })),
})

const CustomerGiven = Fields({
  id: Type.Optional(Type.String({ maxLength: limits.maxIdCharacters })),
  name: Type.Optional(Name),
  emailAddress: Type.Optional(Type.String({ maxLength: limits.maxEmailCharacters })),
  phoneNumber: Type.Optional(Type.String({ maxLength: limits.maxPhoneCharacters })),
})

const MirroredPayment = Fields({
  id: Type.Unsafe<string>({ ...Id, description: 'Yours, once in the order.' }),
  tender: OneOf(['Cash', 'Voucher', 'Other']),
  amountMinor: Type.Unsafe<number>({ ...Minor, description: 'Without the tip.' }),
  tipsMinor: Type.Optional(Minor),
  reference: Type.Optional(Name),
})

const fields = {
  version: Type.Integer({
    minimum: 1,
    maximum: limits.maxMirrorVersion,
    description:
      'Your count of the changes of this order; the time of the change in milliseconds will do. ' +
      'An older version is refused.',
  }),
  orderType: Type.Optional(OneOf(['DineIn', 'Collection'])),
  status: Type.Optional(
    OneOf(mirrorStatuses, { description: 'Left out: open, or as the payments made it.' }),
  ),
  tableId: Type.Optional(Id),
  waiterId: Type.Optional(Id),
  partyId: Type.Optional(Id),
  reservationId: Type.Optional(Id),
  covers: Type.Optional(Covers),
  reference: Type.Optional(
    Type.Unsafe<string>({ ...Name, description: 'The number that your staff and bills show.' }),
  ),
  displayName: Type.Optional(Name),
  note: Type.Optional(Note),
  customer: Type.Optional(CustomerGiven),
  collectAsap: Type.Optional(Type.Boolean()),
  collectAt: Type.Optional(Time),
  lines: Type.Array(MirroredLine, { maxItems: limits.maxLinesOfOrder }),
  discounts: Type.Optional(
    Type.Array(
      Fields({
        name: Name,
        amountMinor: Minor,
        percentageHundredths: Type.Optional(Hundredths),
        code: Type.Optional(Name),
      }),
      { maxItems: limits.maxDiscountsOfOrder },
    ),
  ),
  taxes: Type.Optional(
    Type.Array(
      Fields({ name: Name, amountMinor: Minor, percentageHundredths: Type.Optional(Hundredths) }),
      { maxItems: limits.maxDiscountsOfOrder },
    ),
  ),
  taxesOnTop: Type.Optional(
    Type.Boolean({
      description: "Whether the taxes are added to the amounts; left out: the venue's setting.",
    }),
  ),
  serviceChargeMinor: Type.Optional(Minor),
  totalMinor: Type.Integer({
    minimum: 0,
    maximum: limits.maxOrderMinor,
    description: 'What the bill comes to, before any payment. It counts, whatever the parts say.',
  }),
  payments: Type.Optional(
    Type.Array(MirroredPayment, {
      maxItems: limits.maxPaymentsOfNewOrder,
      description:
        'All that you took yourself, without what Dojo took. One that is no longer there is ' +
        'voided. Left out: as before.',
    }),
  ),
}

const example = {
  version: 3,
  tableId: 'tbl_12',
  reference: '1047',
  covers: 2,
  lines: [
    { id: '1', name: 'Burger', quantity: 2, amountMinor: 2790 },
    { id: '2', name: 'Gouda', quantity: 0.35, amountMinor: 840 },
  ],
  taxes: [{ name: 'VAT 20%', amountMinor: 605 }],
  totalMinor: 3630,
}

export const MirroredOrderShape = Fields(fields, { title: 'MirroredOrder', examples: [example] })
export type MirroredOrderGiven = Static<typeof MirroredOrderShape>

export const MirroredOrderWithId = Fields({ id: Id, ...fields }, { title: 'MirroredOrderWithId' })

/** @throws Refusal InvalidRequest: a time that is not valid */
export function orderToMirror(
  id: string,
  given: MirroredOrderGiven,
  { taxesOnTop }: { taxesOnTop: boolean },
): MirrorRequest {
  const { payments, taxes = [], discounts = [], collectAt, ...order } = given
  return {
    payments,
    content: {
      orderType: 'DineIn',
      taxesOnTop,
      ...order,
      id,
      hash: contentHash(given).toString('base64url'),
      collectAt: collectAt === undefined ? undefined : isoTime(collectAt, 'collectAt'),
      discounts,
      taxLines: taxes,
    },
  }
}
