// What Dojo is shown of an order: fewer fields, and no void lines.
import type { Discount, Order, OrderLine, Payment, TaxLine } from '../../domain/orders/order.ts'
import {
  customerOf,
  selectOf,
  type Fields,
  type OrderRow,
  type Selection,
} from './order-columns.ts'

const outline = {
  order: [
    'orderId',
    'orderType',
    'status',
    'tableId',
    'waiterId',
    'partyId',
    'reservationId',
    'readyAt',
    'collectAsap',
    'collectAt',
    'reference',
    'displayName',
    'note',
    'serviceChargeMinor',
    'totalMinor',
    'paidMinor',
    'tipsMinor',
    'createdAt',
    'updatedAt',
  ],
  lines: ['lineId', 'parentLineId', 'kind', 'name', 'plu', 'quantity', 'unitAmountMinor', 'note'],
  discounts: [
    'name',
    'affectedPlu',
    'discountReference',
    'code',
    'amountMinor',
    'percentageHundredths',
  ],
  taxLines: ['taxId', 'name', 'affectedPlu', 'amountMinor', 'percentageHundredths'],
  payments: [
    'paymentIntentId',
    'amountMinor',
    'tipsMinor',
    'refundedMinor',
    'refundedTipsMinor',
    'voidedAt',
  ],
} as const satisfies Fields

export type OrderOutline = Pick<Order, (typeof outline.order)[number]> &
  Pick<Order, 'tableName' | 'customer' | 'lock'> & {
    lines: (Pick<OrderLine, (typeof outline.lines)[number]> & { voidedAt?: string })[]
    discounts: Pick<Discount, (typeof outline.discounts)[number]>[]
    taxLines: Pick<TaxLine, (typeof outline.taxLines)[number]>[]
    payments: Pick<Payment, (typeof outline.payments)[number]>[]
  }

export const orderOutline: Selection<OrderOutline> = {
  ...selectOf(outline, { activeLinesOnly: true }),
  orderOf: (row) => outlineOf(row as unknown as OutlineRow),
}

/** A row of a list, as its JSON array has it. */
type Cells<Row, Names extends readonly (keyof Row)[]> = {
  [Index in keyof Names]: Row[Names[Index]] | null
}
type Nullable<Row> = { [Name in keyof Row]-?: Exclude<Row[Name], undefined> | null }
type Times = 'readyAt' | 'collectAt' | 'createdAt' | 'updatedAt'

type OutlineRow = OrderRow &
  Pick<Order, 'orderId' | 'orderType' | 'status' | 'totalMinor' | 'paidMinor' | 'tipsMinor'> &
  Nullable<Pick<Order, 'tableName' | Exclude<(typeof outline.order)[number], Times>>> & {
    readyAt: Date | null
    collectAt: Date | null
    updatedAt: Date
    lines: Cells<OrderLine, typeof outline.lines>[] | null
    discounts: Cells<Discount, typeof outline.discounts>[] | null
    taxLines: Cells<TaxLine, typeof outline.taxLines>[] | null
    payments: Cells<Payment, typeof outline.payments>[] | null
  }

// Written out field by field: a page has dozens of orders with hundreds of lines, and objects of
// one shape are the cheapest to make and to show.
function outlineOf(row: OutlineRow): OrderOutline {
  return {
    orderId: row.orderId,
    orderType: row.orderType,
    status: row.status,
    tableId: row.tableId ?? undefined,
    tableName: row.tableName ?? undefined,
    waiterId: row.waiterId ?? undefined,
    partyId: row.partyId ?? undefined,
    reservationId: row.reservationId ?? undefined,
    readyAt: row.readyAt?.toISOString(),
    collectAsap: row.collectAsap ?? undefined,
    collectAt: row.collectAt?.toISOString(),
    reference: row.reference ?? undefined,
    displayName: row.displayName ?? undefined,
    note: row.note ?? undefined,
    customer: customerOf(row),
    serviceChargeMinor: row.serviceChargeMinor ?? undefined,
    totalMinor: row.totalMinor,
    paidMinor: row.paidMinor,
    tipsMinor: row.tipsMinor,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    lock: row.lock ?? undefined,
    lines: row.lines?.map(lineOf) ?? [],
    discounts: row.discounts?.map(discountOf) ?? [],
    taxLines: row.taxLines?.map(taxLineOf) ?? [],
    payments: row.payments?.map(paymentOf) ?? [],
  }
}

type Listed<List extends 'lines' | 'discounts' | 'taxLines' | 'payments'> =
  OrderOutline[List][number]

function lineOf(cells: Cells<OrderLine, typeof outline.lines>): Listed<'lines'> {
  const [lineId, parentLineId, kind, name, plu, quantity, unitAmountMinor, note] = cells
  return {
    lineId: lineId!,
    parentLineId: parentLineId ?? undefined,
    kind: kind!,
    name: name!,
    plu: plu!,
    quantity: quantity!,
    unitAmountMinor: unitAmountMinor!,
    note: note ?? undefined,
  }
}

function discountOf(cells: Cells<Discount, typeof outline.discounts>): Listed<'discounts'> {
  const [name, affectedPlu, discountReference, code, amountMinor, percentageHundredths] = cells
  return {
    name: name!,
    affectedPlu: affectedPlu ?? undefined,
    discountReference: discountReference ?? undefined,
    code: code ?? undefined,
    amountMinor: amountMinor!,
    percentageHundredths: percentageHundredths ?? undefined,
  }
}

function taxLineOf(cells: Cells<TaxLine, typeof outline.taxLines>): Listed<'taxLines'> {
  const [taxId, name, affectedPlu, amountMinor, percentageHundredths] = cells
  return {
    taxId: taxId ?? undefined,
    name: name ?? undefined,
    affectedPlu: affectedPlu ?? undefined,
    amountMinor: amountMinor!,
    percentageHundredths: percentageHundredths ?? undefined,
  }
}

function paymentOf(cells: Cells<Payment, typeof outline.payments>): Listed<'payments'> {
  const [paymentIntentId, amountMinor, tipsMinor, refundedMinor, refundedTipsMinor, at] = cells
  return {
    paymentIntentId: paymentIntentId ?? undefined,
    amountMinor: amountMinor!,
    tipsMinor: tipsMinor ?? undefined,
    refundedMinor: refundedMinor!,
    refundedTipsMinor: refundedTipsMinor!,
    // PostgreSQL writes times with an offset, and leaves out zeros.
    voidedAt: at ? new Date(at).toISOString() : undefined,
  }
}
