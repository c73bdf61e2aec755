// A business day as a back office sees it.
import { Type } from 'typebox'
import type { BusinessDay } from '../../domain/venue/business-day.ts'
import { tenders } from '../../domain/orders/order.ts'
import {
  Day,
  Fields,
  Hundredths,
  Minor,
  Note,
  OneOf,
  PageOf,
  Sum,
  Time,
  Version,
} from '../kit/shapes.ts'

const Text = Type.Optional(Type.String())
const Count = Type.Integer()
const Tender = OneOf(tenders)

export const CountShape = Fields({
  cashMinor: Minor,
  vouchersMinor: Type.Optional(Minor),
  otherMinor: Type.Optional(Minor),
  paidOutMinor: Type.Optional(
    Type.Integer({
      ...Minor,
      description: 'Cash taken out of the drawers before the count: to the bank, or as tips.',
    }),
  ),
  note: Type.Optional(Note),
})

const Group = Fields({ id: Text, name: Text, orders: Count, covers: Count, salesMinor: Sum })
const Part = Fields({ name: Text, quantity: Count, soldMinor: Sum })
const Named = Fields({ name: Type.String(), count: Count, amountMinor: Sum })

const Unlinked = Fields({
  refundId: Type.String(),
  amountMinor: Sum,
  reason: Type.String(),
  givenAt: Type.Optional(Time),
  waiterId: Text,
  till: Text,
})
const PaidOutShape = Fields(
  {
    cashback: Fields({
      count: Count,
      amountMinor: Type.Integer({ description: 'Cash that guests got with card payments.' }),
    }),
    unlinkedRefunds: Fields({
      count: Count,
      amountMinor: Type.Integer({
        description: 'Refunds without a payment: on no bill, and not part of the takings.',
      }),
      refunds: Type.Array(Unlinked),
    }),
    unlinkedRefundsUnknown: Type.Array(Unlinked, {
      description: 'Look at the card machine, and record what it shows.',
    }),
  },
  { title: 'PaidOut', description: 'Missing in reports of older days.' },
)

const AtDojoShape = Fields(
  {
    takingsMinor: Type.Integer({
      description:
        'What Dojo shows is left of the payments that it has confirmed; without tips. Of a ' +
        'payment of an earlier day, what changed.',
    }),
    tipsMinor: Sum,
    unconfirmed: Fields(
      { payments: Count, amountMinor: Sum },
      {
        description:
          'On bills here, tips included: Dojo has not reported them, or a check of them waits.',
      },
    ),
    differenceMinor: Type.Integer({
      description:
        'Takings and tips here, less those at Dojo. What is not confirmed is part of it.',
    }),
  },
  {
    title: 'AtDojo',
    description:
      'Of the tender Dojo alone. Money that is on no bill is not in it, see unmatchedPayments. ' +
      'Missing in reports of older days.',
  },
)

const ReportShape = Fields(
  {
    sales: Fields({
      orders: Count,
      covers: Count,
      itemsMinor: Sum,
      discountsMinor: Sum,
      serviceChargeMinor: Sum,
      taxesOnTopMinor: Type.Integer({ description: 'Taxes that are added to the prices.' }),
      adjustmentsMinor: Type.Integer({
        description: 'For orders that Dojo made: their totals less the sums of their parts.',
      }),
      totalMinor: Sum,
    }),
    taxes: Type.Array(
      Fields({
        name: Text,
        percentageHundredths: Type.Optional(Hundredths),
        netMinor: Type.Integer({ description: 'The net amount that the tax is charged on.' }),
        taxMinor: Sum,
      }),
    ),
    tenders: Type.Array(
      Fields({
        tender: Tender,
        payments: Count,
        recordedMinor: Sum,
        recordedTipsMinor: Sum,
        voidedMinor: Sum,
        voidedTipsMinor: Sum,
        restoredMinor: Sum,
        restoredTipsMinor: Sum,
        refundedMinor: Sum,
        refundedTipsMinor: Sum,
        takingsMinor: Type.Integer({
          description: 'Recorded and restored, less voided and refunded; without tips.',
        }),
        tipsMinor: Sum,
        roundingMinor: Type.Optional(
          Type.Integer({ description: 'What cash was more than that, since it is rounded.' }),
        ),
        atDojo: Type.Optional(AtDojoShape),
      }),
    ),
    takingsMinor: Sum,
    tipsMinor: Sum,
    takingsByWaiter: Type.Array(
      Fields({ waiterId: Text, name: Text, tender: Tender, takingsMinor: Sum, tipsMinor: Sum }),
    ),
    tipsByWaiter: Type.Array(Fields({ waiterId: Text, name: Text, tipsMinor: Sum })),
    areas: Type.Array(Group),
    waiters: Type.Array(Group),
    items: Type.Array(
      Fields({
        plu: Type.String(),
        name: Type.String(),
        kind: OneOf(['Item', 'SubItem', 'Modifier']),
        quantity: Count,
        itemsMinor: Sum,
        discountsMinor: Sum,
        soldMinor: Type.Integer({
          description: 'Less discounts; includes the taxes that the prices contain.',
        }),
        taxMinor: Sum,
      }),
    ),
    categories: Type.Array(Part),
    courses: Type.Array(Part),
    discounts: Type.Array(Named),
    voids: Type.Array(Named),
    cancellations: Type.Array(Named),
    refunds: Type.Array(
      Fields({
        paymentId: Type.String(),
        orderId: Type.String(),
        tender: Tender,
        amountMinor: Sum,
        tipsMinor: Sum,
        at: Time,
      }),
    ),
    refundsOwed: Type.Array(
      Fields({
        refundId: Type.String(),
        paymentId: Type.String(),
        orderId: Type.String(),
        amountMinor: Sum,
        reason: Type.String(),
        requestedAt: Time,
      }),
    ),
    paidOut: Type.Optional(PaidOutShape),
    unmatchedPayments: Type.Array(
      Fields({
        paymentIntentId: Type.String(),
        since: Time,
        reason: Type.String(),
        status: Text,
        amountMinor: Type.Optional(Sum),
        tipsMinor: Type.Optional(Sum),
        orderId: Text,
      }),
    ),
    openOrders: Fields({
      count: Count,
      totalMinor: Sum,
      paidMinor: Sum,
      orders: Type.Array(
        Fields({
          orderId: Type.String(),
          displayName: Type.String(),
          totalMinor: Sum,
          paidMinor: Sum,
        }),
      ),
    }),
    drawers: Type.Array(
      Fields({
        tender: OneOf(['Cash', 'Voucher', 'Other']),
        expectedMinor: Type.Integer({
          description:
            'Takings and tips; for cash also the float, less what was paid out and cashback.',
        }),
        countedMinor: Type.Optional(Sum),
        overMinor: Type.Optional(Type.Integer({ description: 'Negative when it is short.' })),
      }),
    ),
    unsettledStartMinor: Type.Integer({
      description: 'Paid on orders that no day had counted as sold when the previous day closed.',
    }),
    unsettledEndMinor: Type.Integer({ description: 'The same when this day closed, or now.' }),
    differenceMinor: Type.Integer({
      description: 'Takings, less sales, less the growth of the unsettled amount: always 0.',
    }),
  },
  { title: 'DayReport' },
)

const common = {
  id: Type.String(),
  version: Version,
  day: Day,
  openedAt: Time,
  openedBy: Type.Optional(
    Type.String({ description: 'The waiter, or else the till, or else the token.' }),
  ),
  floatMinor: Sum,
  count: Type.Optional(CountShape),
  closedAt: Type.Optional(Time),
  closedBy: Text,
}
export const HourShape = Fields(
  {
    from: Type.Unsafe<string>({
      ...Time,
      description: "When the hour of the venue's clock began.",
    }),
    takingsMinor: Sum,
    tipsMinor: Sum,
  },
  { title: 'HourTaken' },
)

export const DayShape = Fields(
  { ...common, report: Type.Optional(ReportShape) },
  { title: 'BusinessDay' },
)
export const DayPage = PageOf(
  Fields(
    {
      ...common,
      salesMinor: Type.Optional(Sum),
      takingsMinor: Type.Optional(Sum),
      tipsMinor: Type.Optional(Sum),
      overMinor: Type.Optional(Sum),
    },
    { title: 'DaySummary' },
  ),
)

function commonView(day: BusinessDay): object {
  const { dayId: id, version, day: date, openedAt, openedBy, floatMinor } = day
  const { count, closedAt, closedBy } = day
  return { id, version, day: date, openedAt, openedBy, floatMinor, count, closedAt, closedBy }
}

export function dayView(day: BusinessDay): object {
  return { ...commonView(day), report: day.report }
}

/** A row of the list; a closed day has its sums. */
export function daySummary(day: BusinessDay): object {
  const { report } = day
  return {
    ...commonView(day),
    salesMinor: report?.sales.totalMinor,
    takingsMinor: report?.takingsMinor,
    tipsMinor: report?.tipsMinor,
    overMinor: report?.drawers.find(({ tender }) => tender === 'Cash')?.overMinor,
  }
}
