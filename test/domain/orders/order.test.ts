import t from 'tap'
import {
  discrepancyMinor,
  itemAmountMinor,
  statusOnArrival,
  type OrderContent,
  type OrderItem,
} from '../../../src/domain/orders/new-order.ts'
import {
  balanceMinor,
  canBecome,
  displayNameOf,
  finalStatuses,
  isFinal,
  isOpen,
  isPayable,
  orderStatuses,
  refusedAsFinal,
  type Order,
  type OrderLock,
  type OrderStatus,
} from '../../../src/domain/orders/order.ts'
import { statusWhenPaid } from '../../../src/domain/orders/status.ts'
import { orderOfDojo } from '../../support/orders.ts'

const open: OrderStatus[] = [
  'New',
  'Submitted',
  'Confirmed',
  'Accepted',
  'Preparing',
  'Prepared',
  'Ready',
]
const final: OrderStatus[] = ['Finalized', 'Canceled', 'Failed']

t.test('where a status may go, pair by pair', async (t) => {
  t.same(orderStatuses, [...open, ...final], 'these ten and no others')
  // From the row to the column: forward only, steps may be left out, every open order can end in
  // three ways, an end is final.
  const table = `
                New Sub Con Acc Pin Ped Rea Fin Can Fai
    New          .   x   x   x   x   x   x   x   x   x
    Submitted    .   .   x   x   x   x   x   x   x   x
    Confirmed    .   .   .   x   x   x   x   x   x   x
    Accepted     .   .   .   .   x   x   x   x   x   x
    Preparing    .   .   .   .   .   x   x   x   x   x
    Prepared     .   .   .   .   .   .   x   x   x   x
    Ready        .   .   .   .   .   .   .   x   x   x
    Finalized    .   .   .   .   .   .   .   .   .   .
    Canceled     .   .   .   .   .   .   .   .   .   .
    Failed       .   .   .   .   .   .   .   .   .   .`
  const rows = table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/ +/))
  t.equal(rows.length, 10)
  for (const [from, ...cells] of rows) {
    for (const [column, to] of orderStatuses.entries()) {
      t.equal(canBecome(from as OrderStatus, to), cells[column] === 'x', `${from} to ${to}`)
    }
  }
})

t.test('the last three are final, the others open', async (t) => {
  t.same(finalStatuses, final)
  for (const status of open) t.same([isFinal(status), isOpen({ status })], [false, true], status)
  for (const status of final) t.same([isFinal(status), isOpen({ status })], [true, false], status)
  const refusal = refusedAsFinal({ orderId: 'ord_1', status: 'Failed' })
  t.match(refusal, {
    type: 'Conflict',
    reason: 'final',
    message: 'The order ord_1 is Failed; no further changes are possible.',
  })
})

t.test('the status of an order that has just been paid', async (t) => {
  for (const status of open) {
    t.equal(
      statusWhenPaid({ status, orderType: 'DineIn' }),
      'Finalized',
      `an order that is ${status} is settled`,
    )
    t.equal(
      statusWhenPaid({ status, orderType: 'Collection' }),
      status === 'Ready' ? 'Finalized' : status,
      `to collect, ${status}`,
    )
  }
  t.equal(statusOnArrival(0), 'Confirmed', 'paid before it came')
  t.equal(statusOnArrival(1), 'New')
})

t.test('balance, to the penny and without tips', async (t) => {
  t.equal(balanceMinor(orderOfDojo({ totalMinor: 10_000, paidMinor: 0 })), 10_000)
  t.equal(balanceMinor(orderOfDojo({ totalMinor: 10_000, paidMinor: 9_999, tipsMinor: 500 })), 1)
  t.equal(balanceMinor(orderOfDojo({ totalMinor: 10_000, paidMinor: 10_000, tipsMinor: 500 })), 0)
})

t.test('payable', async (t) => {
  const now = 1_000_000
  const lock = (kind: OrderLock['kind'], expiresAtMs: number): OrderLock => ({
    lockId: 'l',
    kind,
    holder: undefined,
    expiresAtMs,
    origin: {},
  })
  const cases: { name: string; order: Partial<Order>; payable: boolean }[] = [
    { name: 'an order with a balance', order: {}, payable: true },
    { name: 'a penny left', order: { paidMinor: 9_999 }, payable: true },
    { name: 'nothing left', order: { paidMinor: 10_000 }, payable: false },
    { name: 'nothing on it', order: { totalMinor: 0 }, payable: false },
    { name: "a lock of Dojo's", order: { lock: lock('DojoLock', now + 1) }, payable: true },
    { name: "a till's hold", order: { lock: lock('TillHold', now + 1) }, payable: false },
    {
      name: "a till's hold that has just expired",
      order: { lock: lock('TillHold', now) },
      payable: true,
    },
    ...open.map((status) => ({ name: status, order: { status }, payable: true })),
    ...final.map((status) => ({ name: status, order: { status }, payable: false })),
  ]
  for (const { name, order, payable } of cases) {
    t.equal(isPayable(orderOfDojo(order), now), payable, name)
  }
})

t.test('the name on the card machine', async (t) => {
  const named = { displayName: 'Birthday', tableName: 'Table 5', reference: 'INV-7' }
  const cases: { name: string; order: Partial<Order>; shown: string }[] = [
    { name: 'the given name first', order: named, shown: 'Birthday' },
    { name: "then the table's", order: { ...named, displayName: undefined }, shown: 'Table 5' },
    { name: 'then the reference', order: { reference: 'INV-7' }, shown: 'INV-7' },
    {
      name: 'an empty name is none',
      order: { ...named, displayName: '', tableName: '' },
      shown: 'INV-7',
    },
    {
      name: '24 characters stay',
      order: { displayName: 'abcdefghijklmnopqrstuvwx' },
      shown: 'abcdefghijklmnopqrstuvwx',
    },
    {
      name: 'the 25th goes',
      order: { displayName: 'abcdefghijklmnopqrstuvwxy' },
      shown: 'abcdefghijklmnopqrstuvwx',
    },
    {
      name: 'of a table too',
      order: { tableName: 'The long table in the beer garden' },
      shown: 'The long table in the be',
    },
    {
      name: 'characters outside of the first plane count once',
      order: { displayName: '🍕'.repeat(24) },
      shown: '🍕'.repeat(24),
    },
    {
      name: 'and are not cut in half',
      order: { displayName: `${'a'.repeat(23)}🍕🍕` },
      shown: `${'a'.repeat(23)}🍕`,
    },
  ]
  for (const { name, order, shown } of cases) {
    t.equal(displayNameOf(orderOfDojo(order)), shown, name)
  }

  const nameless = displayNameOf(orderOfDojo())
  t.ok(nameless.length > 0 && nameless.length <= 24, 'an order without any of them has a name too')
  t.not(nameless, displayNameOf(orderOfDojo({ orderId: 'ord_2' })), 'of its own')
})

const item = (unitAmountMinor: number, more: Partial<OrderItem> = {}): OrderItem => ({
  name: 'x',
  plu: '1',
  quantity: 1,
  unitAmountMinor,
  ...more,
})

t.test('what an item costs, with all below it, each per one of the line above', async (t) => {
  t.equal(itemAmountMinor(item(250, { quantity: 3 })), 750)
  // 3 teas of 2.50 with 2 sugars of 0.10 each: 3 x 2.70.
  t.equal(itemAmountMinor(item(250, { quantity: 3, modifiers: [item(10, { quantity: 2 })] })), 810)
  // 2 meals of 10.00, each with 2 burgers of 1.00 that have 3 slices of cheese of 0.05, and a sauce
  // of 0.30: 2 x 12.60.
  const burger = item(100, { quantity: 2, modifiers: [item(5, { quantity: 3 })] })
  t.equal(
    itemAmountMinor(item(1000, { quantity: 2, subItems: [burger], modifiers: [item(30)] })),
    2_520,
  )
})

t.test('how far the total is from its parts', async (t) => {
  // Items 100.00, discounts 10.00, service 9.00, taxes 15.00: 99.00 with the taxes included, 114.00
  // with them on top.
  const parts: OrderContent = {
    orderType: 'DineIn',
    items: [item(6_000), item(2_000, { quantity: 2 })],
    discounts: [
      { name: 'a', amountMinor: 400 },
      { name: 'b', amountMinor: 600 },
    ],
    taxLines: [{ amountMinor: 500 }, { amountMinor: 1_000 }],
    serviceChargeMinor: 900,
    totalMinor: 0,
  }
  const nothing: OrderContent = {
    orderType: 'DineIn',
    items: [],
    discounts: [],
    taxLines: [],
    totalMinor: 0,
  }
  const cases: { name: string; content: OrderContent; discrepancy: number | undefined }[] = [
    { name: 'taxes included', content: { ...parts, totalMinor: 9_900 }, discrepancy: undefined },
    { name: 'taxes on top', content: { ...parts, totalMinor: 11_400 }, discrepancy: undefined },
    {
      name: 'a penny more than with taxes on top',
      content: { ...parts, totalMinor: 11_401 },
      discrepancy: 1,
    },
    {
      name: 'a penny less than with taxes included',
      content: { ...parts, totalMinor: 9_899 },
      discrepancy: -1,
    },
    {
      name: 'between the two, nearer to the lower',
      content: { ...parts, totalMinor: 10_000 },
      discrepancy: 100,
    },
    {
      name: 'between the two, nearer to the upper',
      content: { ...parts, totalMinor: 11_000 },
      discrepancy: -400,
    },
    {
      name: 'no service charge',
      content: { ...parts, serviceChargeMinor: undefined, totalMinor: 9_000 },
      discrepancy: undefined,
    },
    {
      name: 'a total as if there were no service charge',
      content: { ...parts, totalMinor: 9_000 },
      discrepancy: -900,
    },
    { name: 'no parts and no total', content: nothing, discrepancy: undefined },
    { name: 'no parts but a total', content: { ...nothing, totalMinor: 500 }, discrepancy: 500 },
    {
      name: 'more discount than there is to discount',
      content: { ...nothing, items: [item(1_000)], discounts: [{ name: 'c', amountMinor: 1_500 }] },
      discrepancy: 500,
    },
  ]
  for (const { name, content, discrepancy } of cases) {
    t.equal(discrepancyMinor(content), discrepancy, name)
  }

  const most = Number.MAX_SAFE_INTEGER
  const beyond: { name: string; content: OrderContent }[] = [
    { name: 'items', content: { ...nothing, items: [item(most), item(1)] } },
    {
      name: 'one item times its quantity',
      content: { ...nothing, items: [item(most, { quantity: 2 })] },
    },
    {
      name: 'what is below an item',
      content: { ...nothing, items: [item(0, { modifiers: [item(most, { quantity: most })] })] },
    },
    {
      name: 'discounts',
      content: {
        ...nothing,
        discounts: [
          { name: 'a', amountMinor: most },
          { name: 'b', amountMinor: 1 },
        ],
      },
    },
    {
      name: 'taxes',
      content: { ...nothing, taxLines: [{ amountMinor: most }, { amountMinor: 1 }] },
    },
    {
      name: 'items and service',
      content: { ...nothing, items: [item(most)], serviceChargeMinor: 1 },
    },
    {
      name: 'items and taxes',
      content: { ...nothing, items: [item(most)], taxLines: [{ amountMinor: 1 }] },
    },
  ]
  for (const { name, content } of beyond) {
    t.throws(
      () => discrepancyMinor(content),
      { type: 'InvalidRequest', message: /larger than 9007199254740991/ },
      `no sum beyond what is exact: ${name}`,
    )
  }
  t.equal(
    discrepancyMinor({ ...nothing, items: [item(most)], totalMinor: most }),
    undefined,
    'the largest exact amount',
  )
})
