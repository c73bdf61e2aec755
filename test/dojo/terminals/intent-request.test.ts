// What Dojo is asked for: the amounts, and the bill that they are for.
import t from 'tap'
import type { Order } from '../../../src/domain/orders/order.ts'
import type { CardPayment } from '../../../src/domain/payments/card-payment.ts'
import { intentRequest } from '../../../src/dojo/terminals/intent-request.ts'
import { cardSale } from '../../support/card-payment.ts'
import { orderOfTill, untaxedLine as line } from '../../support/till-orders.ts'

const tax = { taxLineId: 'tax_1', position: 1, name: 'VAT', givenMinor: 300, amountMinor: 300 }
const order = (more: Partial<Order> = {}): Order =>
  orderOfTill({
    reference: '42',
    lines: [line('pie', 1_000), line('beer', 500)],
    totalMinor: 1_500,
    ...more,
  })

function asked(more: Partial<CardPayment>, of: Order): object {
  const payment = cardSale({ amountMinor: of.totalMinor, startedAtMs: 0, attempts: [], ...more })
  return intentRequest(payment, of, 'GBP')
}
const gbp = (value: number): object => ({ value, currencyCode: 'GBP' })
const WHOLE = [
  { id: 'pie', plu: 'PIE', quantity: 1, amountTotal: gbp(1_000), modifiers: [] },
  { id: 'beer', amountTotal: gbp(500) },
]

t.test('the whole of a bill is its lines', async (t) => {
  t.match(asked({}, order()), {
    amount: gbp(1_500),
    captureMode: 'Auto',
    cardHolderNotPresent: false,
    itemLines: WHOLE,
    taxLines: undefined,
    config: undefined,
    tipsAmount: undefined,
    serviceChargeAmount: undefined,
    cashbackAmount: undefined,
  })
  t.match(
    asked({}, order({ taxesOnTop: true, taxLines: [tax], totalMinor: 1_800 })),
    { amount: gbp(1_800), itemLines: WHOLE, taxLines: [{ id: 'tax_1', amountTotal: gbp(300) }] },
    'with the taxes that come on top',
  )
  t.match(asked({}, order({ taxLines: [tax] })), { itemLines: WHOLE, taxLines: undefined })
  t.match(asked({}, order({ taxesOnTop: true })), { itemLines: WHOLE, taxLines: undefined })
  t.match(
    asked(
      { serviceChargeMinor: 150, tipsMinor: 20, cashbackMinor: 5 },
      order({ totalMinor: 1_650 }),
    ),
    {
      amount: gbp(1_500),
      itemLines: WHOLE,
      serviceChargeAmount: gbp(150),
      tipsAmount: gbp(20),
      cashbackAmount: gbp(5),
    },
  )
})

t.test('anything else is one line', async (t) => {
  const cases: [name: string, got: object, amountMinor: number, title: RegExp][] = [
    ['a part', asked({ amountMinor: 700 }, order()), 700, /^Part of /],
    ['a total given otherwise', asked({}, order({ totalMinor: 1_501 })), 1_501, /^Part of /],
    ['held', asked({ captureMode: 'Manual' }, order()), 1_500, /^Held for /],
    [
      'less a service charge',
      asked({ amountMinor: 700, serviceChargeMinor: 100 }, order()),
      600,
      /^Part/,
    ],
  ]
  for (const [name, got, amountMinor, title] of cases) {
    t.match(
      got,
      {
        amount: gbp(amountMinor),
        itemLines: [{ id: 'crd_1', name: title, quantity: 1, amountTotal: gbp(amountMinor) }],
        taxLines: undefined,
      },
      name,
    )
  }
  t.match(asked({ captureMode: 'Manual' }, order()), {
    config: { payment: { customAmountAllowed: true, tipsAllowed: true } },
  })
})
