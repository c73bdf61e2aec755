import fc from 'fast-check'
import t from 'tap'
import { limits } from '../../../src/limits.ts'
import {
  balanceMinor,
  type Discount,
  type Order,
  type OrderLine,
} from '../../../src/domain/orders/order.ts'
import {
  lineTotals,
  priceOrder,
  proveTotals,
  withPrices,
} from '../../../src/domain/orders/price.ts'
import { discountParts } from '../../../src/domain/orders/price-discounts.ts'
import { sampleOrder } from '../../../src/domain/orders/sample-order.ts'
import { line, orderOfTill } from '../../support/till-orders.ts'

let discounts = 0
const discount = (more: Partial<Discount>): Discount => ({
  discountId: `d${++discounts}`,
  position: discounts,
  name: 'discount',
  rule: 'Amount',
  amountMinor: 0,
  ...more,
})
const voided = { voidedAt: '2026-03-01T19:30:00.000Z', voidReason: 'dropped' }
/** A line from Dojo has no tax rate of its own. */
const fromDojo = (lineId: string, minor: number, more: Partial<OrderLine> = {}): OrderLine =>
  line(lineId, minor, { taxRateHundredths: undefined, ...more })

interface Case {
  name: string
  order: Partial<Order>
  /** By how much the total that Dojo gave differs from its parts. */
  adjustmentMinor?: number
  totalMinor: number
  serviceMinor?: number
  /** By percentage. */
  taxes?: [hundredths: number, amountMinor: number][]
  discounts?: number[]
}

const cases: Case[] = [
  { name: 'nothing', order: {}, totalMinor: 0 },
  {
    // 2 * 9.50 = 19.00, of which 19.00 * 20 / 120 = 3.1667 is tax
    name: 'two of an item',
    order: { lines: [line('l1', 950, { quantity: 2 })] },
    totalMinor: 1_900,
    taxes: [[2_000, 317]],
  },
  {
    // 2 * (9.50 + 3 * 0.20) = 20.20; taxes 3.1667 of 19.00 and 0.20 of 1.20, each rounded
    name: 'a modifier counts per one of its item',
    order: {
      lines: [
        line('l1', 950, { quantity: 2 }),
        line('l2', 20, { kind: 'Modifier', parentLineId: 'l1', quantity: 3 }),
      ],
    },
    totalMinor: 2_020,
    taxes: [[2_000, 337]],
  },
  {
    // 12.5 % of 10.00 is 1.25; 20 / 120 of 10.00 and of 1.25: 1.67 and 0.21
    name: 'a service charge that contains tax, at the rate of the food',
    order: {
      lines: [line('l1', 1_000)],
      serviceChargeHundredths: 1_250,
      serviceTaxRateHundredths: 2_000,
    },
    totalMinor: 1_125,
    serviceMinor: 125,
    taxes: [[2_000, 188]],
  },
  {
    // 9 % on 1.25: 0.1125; 20 % on 10.00
    name: 'a service charge with tax on top, at a rate of its own',
    order: {
      lines: [line('l1', 1_000)],
      serviceChargeMinor: 125,
      serviceTaxRateHundredths: 900,
      taxesOnTop: true,
    },
    totalMinor: 1_336,
    serviceMinor: 125,
    taxes: [
      [2_000, 200],
      [900, 11],
    ],
  },
  {
    name: 'no service charge, no tax of it',
    order: {
      lines: [line('l1', 1_000, { taxRateHundredths: 0 })],
      serviceTaxRateHundredths: 2_000,
    },
    totalMinor: 1_000,
    taxes: [],
  },
  {
    // The modifier takes 2 * 0.30 off each of two items of 9.50
    name: 'a modifier that takes something off its item',
    order: {
      lines: [
        line('l1', 950, { quantity: 2 }),
        line('l2', -30, { kind: 'Modifier', parentLineId: 'l1', quantity: 2 }),
      ],
    },
    totalMinor: 1_780,
    taxes: [[2_000, 297]],
  },
  {
    name: 'a void line is nothing, and so is what belongs to it',
    order: {
      lines: [
        line('l1', 950, voided),
        line('l2', 20, { kind: 'Modifier', parentLineId: 'l1' }),
        line('l3', 100),
      ],
    },
    totalMinor: 100,
    taxes: [[2_000, 17]],
  },
  {
    // 20 % contained in 10.00: 1.67; 5 % contained in 21.00: 1.00; food at 0 % has no line
    name: 'a tax line for each rate, the highest first',
    order: {
      lines: [
        line('l1', 2_100, { taxRateHundredths: 500 }),
        line('l2', 1_000),
        line('l3', 300, { taxRateHundredths: 0 }),
      ],
    },
    totalMinor: 3_400,
    taxes: [
      [2_000, 167],
      [500, 100],
    ],
  },
  {
    // 12.5 % of 40.00
    name: 'a service charge by percentage',
    order: { lines: [line('l1', 4_000)], serviceChargeHundredths: 1_250 },
    totalMinor: 4_500,
    serviceMinor: 500,
    taxes: [[2_000, 667]],
  },
  {
    name: 'a fixed service charge',
    order: { lines: [line('l1', 4_000)], serviceChargeMinor: 321 },
    totalMinor: 4_321,
    serviceMinor: 321,
    taxes: [[2_000, 667]],
  },
  {
    name: 'no service charge by percentage of nothing',
    order: { serviceChargeHundredths: 1_250, serviceAdjustmentMinor: 1 },
    totalMinor: 0,
    serviceMinor: 0,
  },
  {
    // 20 % on top of 10.00 and of 0.99 (19.8, so 20)
    name: 'taxes on top',
    order: { lines: [line('l1', 1_000), line('l2', 99)], taxesOnTop: true },
    totalMinor: 1_319,
    taxes: [[2_000, 220]],
  },
  {
    // 10 % of 20.00, then 12.5 % of 18.00; tax contained in 18.00
    name: 'a percentage off the whole order, before the service charge',
    order: {
      lines: [line('l1', 2_000)],
      discounts: [discount({ rule: 'Percent', percentageHundredths: 1_000 })],
      serviceChargeHundredths: 1_250,
    },
    totalMinor: 2_025,
    serviceMinor: 225,
    taxes: [[2_000, 300]],
    discounts: [200],
  },
  {
    // The line first: 5.00 off 10.00. Then 10 % of 5.00 + 10.00.
    name: 'discounts of lines before those of the order',
    order: {
      lines: [line('l1', 1_000), line('l2', 1_000)],
      discounts: [
        discount({ rule: 'Percent', percentageHundredths: 1_000 }),
        discount({ rule: 'Amount', askedMinor: 500, lineId: 'l1' }),
      ],
    },
    totalMinor: 1_350,
    // 1.50 of the second discount comes off 5.00 and 10.00 as 0.50 and 1.00: taxes of 4.50 and 9.00
    taxes: [[2_000, 225]],
    discounts: [150, 500],
  },
  {
    // 10 % of 10.00 + 2.00
    name: 'a discount of a line counts the lines below it',
    order: {
      lines: [line('l1', 1_000), line('l2', 200, { kind: 'SubItem', parentLineId: 'l1' })],
      discounts: [discount({ rule: 'Percent', percentageHundredths: 1_000, lineId: 'l1' })],
    },
    totalMinor: 1_080,
    taxes: [[2_000, 180]],
    discounts: [120],
  },
  {
    // 10 % of 10.00 alone
    name: 'a share counts its line alone',
    order: {
      lines: [line('l1', 1_000), line('l2', 200, { kind: 'SubItem', parentLineId: 'l1' })],
      discounts: [discount({ rule: 'Share', askedMinor: 100, lineId: 'l1' })],
    },
    totalMinor: 1_100,
    taxes: [[2_000, 183]],
    discounts: [100],
  },
  {
    name: 'no more than there is',
    order: {
      lines: [line('l1', 300)],
      discounts: [discount({ askedMinor: 500 }), discount({ askedMinor: 100 })],
    },
    totalMinor: 0,
    taxes: [[2_000, 0]],
    discounts: [300, 0],
  },
  {
    name: 'a discount by Dojo of a PLU',
    order: {
      dojoOrderId: 'dojo_1',
      lines: [fromDojo('l1', 1_000), fromDojo('l2', 300)],
      discounts: [discount({ rule: 'Given', affectedPlu: 'L2', amountMinor: 400 })],
    },
    totalMinor: 1_000,
    discounts: [300],
  },
  {
    // 4.00 of the 10.00 ordered are void: 60 % of the tax is left.
    name: 'the tax that Dojo gave, less the part of what is void',
    order: {
      dojoOrderId: 'dojo_1',
      lines: [fromDojo('l1', 600), fromDojo('l2', 400, voided)],
      taxLines: [
        {
          taxLineId: 't1',
          position: 1,
          amountMinor: 167,
          givenMinor: 167,
          percentageHundredths: 2_000,
        },
      ],
    },
    totalMinor: 600,
    taxes: [[2_000, 100]],
  },
  {
    name: 'the total that Dojo gave stays as far from its parts as it was',
    order: { dojoOrderId: 'dojo_1', lines: [fromDojo('l1', 600)] },
    adjustmentMinor: -50,
    totalMinor: 550,
  },
  {
    name: 'and is never below nothing',
    order: { dojoOrderId: 'dojo_1', lines: [fromDojo('l1', 30)] },
    adjustmentMinor: -50,
    totalMinor: 0,
  },
]

t.test('what an order comes to', async (t) => {
  for (const { name, order, adjustmentMinor, totalMinor, ...more } of cases) {
    const { serviceMinor, taxes = [], discounts = [] } = more
    const priced = priceOrder(orderOfTill(order), adjustmentMinor)
    t.equal(priced.totalMinor, totalMinor, name)
    t.equal(priced.serviceChargeMinor, serviceMinor, `${name}: service charge`)
    t.same(
      priced.taxLines.map((tax) => [tax.percentageHundredths, tax.amountMinor]),
      taxes,
      `${name}: taxes`,
    )
    t.same(
      priced.discounts.map(({ amountMinor }) => amountMinor),
      discounts,
      `${name}: discounts`,
    )
    t.doesNotThrow(() => {
      proveTotals(priced, 'GBP', adjustmentMinor)
    }, `${name}: proven`)
  }
})

t.test('what each line has of it', async (t) => {
  // 10.00 and 5.00, 1.50 off both by 1.00 and 0.50; service of 1.35 by 9.00 and 4.50.
  const order = priceOrder(
    orderOfTill({
      lines: [line('l1', 1_000), line('l2', 500, { quantity: 1, taxRateHundredths: 0 })],
      discounts: [discount({ askedMinor: 150 })],
      serviceChargeHundredths: 1_000,
    }),
  )
  t.same(lineTotals(order), [
    {
      lineId: 'l1',
      quantity: 1,
      itemsMinor: 1_000,
      discountsMinor: 100,
      serviceMinor: 90,
      taxMinor: 150,
      serviceTaxMinor: 0,
      totalMinor: 990,
    },
    {
      lineId: 'l2',
      quantity: 1,
      itemsMinor: 500,
      discountsMinor: 50,
      serviceMinor: 45,
      taxMinor: 0,
      serviceTaxMinor: 0,
      totalMinor: 495,
    },
  ])
  t.match(discountParts(order), [
    { lineId: 'l1', amountMinor: 100 },
    { lineId: 'l2', amountMinor: 50 },
  ])
})

t.test(
  'what comes off a line is taken before what comes off all, whenever it was given',
  async (t) => {
    const half = { rule: 'Percent', percentageHundredths: 5_000 } as const
    const ofAll = discount({ ...half, discountId: 'all', position: 1 })
    const ofLine = discount({ ...half, discountId: 'line', position: 2, lineId: 'l1' })
    const second = discount({ ...half, discountId: 'again', position: 3 })
    const lines = [line('l1', 1_000)]
    const taken = [
      { discount: { discountId: 'line' }, amountMinor: 500 },
      { discount: { discountId: 'all' }, amountMinor: 250 },
      { discount: { discountId: 'again' }, amountMinor: 125 },
    ]
    for (const discounts of [
      [ofAll, ofLine, second],
      [ofLine, second, ofAll],
      [second, ofAll, ofLine],
    ]) {
      const ids = discounts.map(({ discountId }) => discountId).join(', ')
      t.match(discountParts(priceOrder(orderOfTill({ lines, discounts }))), taken, ids)
    }
  },
)

t.test('what may not be', async (t) => {
  const priced = priceOrder(orderOfTill({ lines: [line('l1', 1_000)] }))
  t.throws(
    () => {
      proveTotals({ ...priced, paidMinor: 1_200 }, 'GBP')
    },
    {
      type: 'Conflict',
      reason: 'below-paid',
      message:
        'The order ord_1 would come to 10.00 GBP, and 12.00 GBP of it is paid; ' +
        'give 2.00 GBP back first.',
      facts: { totalMinor: 1_000, paidMinor: 1_200, giveBackMinor: 200 },
    },
  )
  t.throws(
    () => {
      proveTotals({ ...priced, totalMinor: 999 }, 'GBP')
    },
    { message: 'The parts of the order ord_1 add up to 1000, and its total is 999.' },
    'parts that do not add up are a bug',
  )
  const dear = priceOrder(orderOfTill({ lines: [line('l1', limits.maxOrderMinor + 1)] }))
  t.throws(
    () => {
      proveTotals(dear, 'GBP')
    },
    { type: 'InvalidRequest', message: /an order may come to 1000000000\.00 GBP at most/ },
  )
  t.doesNotThrow(() => {
    proveTotals({ ...dear, dojoOrderId: 'dojo_1' }, 'GBP')
  }, 'Dojo decides what its orders come to')
})

t.test('a change makes up prices where it touches what is priced', async (t) => {
  const before = priceOrder(
    orderOfTill({ lines: [line('l1', 1_000), line('l2', 500)], paidMinor: 1_000 }),
  )
  const voidedLine = { ...before, lines: [before.lines[0]!, { ...before.lines[1]!, ...voided }] }
  const change = withPrices(before, { action: 'LineVoided', detail: {}, order: voidedLine }, 'GBP')
  t.match(change.order, { totalMinor: 1_000, status: 'Finalized', statusBeforeFinal: 'Accepted' })

  const odd = { ...before, totalMinor: 1 }
  const described = { action: 'Described', detail: {}, order: { ...odd, note: 'window' } }
  t.equal(withPrices(odd, described, 'GBP'), described, 'a note leaves the totals alone')
  t.throws(
    () =>
      withPrices(
        { ...before, paidMinor: 1_001 },
        { action: 'LineVoided', detail: {}, order: { ...voidedLine, paidMinor: 1_001 } },
        'GBP',
      ),
    { reason: 'below-paid', message: /is paid/ },
  )
})

t.test('the sample of a bill comes to what its parts say, whatever the venue charges', async () => {
  const rate = fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined })
  const terms = fc.record({
    taxesOnTop: fc.boolean(),
    taxName: fc.constant('VAT'),
    serviceChargeHundredths: rate,
    serviceChargeTaxRateHundredths: rate,
  })
  fc.assert(
    fc.property(terms, (given) => {
      const order = sampleOrder(given, 0)
      proveTotals(order, 'GBP')
      return balanceMinor(order) > 0 && order.paidMinor > 0
    }),
  )
})

t.test('what the sample of a bill says', async (t) => {
  // Two burgers with cheese and two pints, 39.40, a tenth off, and half of the rest paid.
  t.match(sampleOrder({ taxesOnTop: false, taxName: 'VAT' }, 0), {
    covers: 2,
    reference: '1042',
    tableName: 'Table 5',
    waiterId: 'Becky',
    lines: [
      { name: 'Burger', quantity: 2, position: 1, taxRateHundredths: 2000 },
      { name: 'Extra cheese', quantity: 1, position: 2, parentLineId: 'burger' },
      { name: 'Pint of bitter', quantity: 2, position: 3 },
    ],
    discounts: [{ name: 'Sorry for the wait', percentageHundredths: 1000, amountMinor: 394 }],
    totalMinor: 3546,
    payments: [{ amountMinor: 1773, tipsMinor: 200, refundedMinor: 0, refundedTipsMinor: 0 }],
    paidMinor: 1773,
    tipsMinor: 200,
  })
})
