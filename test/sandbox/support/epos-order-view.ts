// An order of the EPOS in memory as Dojo sees it.
import type { Schemas } from '../../../src/contract/capabilities.ts'
import type { Epos, EposOrder } from './epos-state.ts'

export function viewOrder(epos: Epos, order: EposOrder): Schemas['Order'] {
  const { currency: currencyCode, faults } = epos
  const view: Schemas['Order'] = {
    id: order.id,
    status: order.status,
    ...order.content,
    totalAmount: { value: order.totalMinor, currencyCode },
    paidAmount: { value: order.paidMinor, currencyCode },
    tipsAmount: { value: faults.has('tips-not-kept') ? 0 : order.tipsMinor, currencyCode },
    payments: faults.has('payments-not-listed') ? [] : paymentsView(epos, order),
    payable: isPayable(epos, order),
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  }
  if (faults.has('status-missing')) Object.assign(view, { status: undefined })
  if (faults.has('wrong-shape')) Object.assign(view, { totalAmount: order.totalMinor / 100 })
  return view
}

export function isPayable({ faults }: Epos, { status, totalMinor, paidMinor }: EposOrder): boolean {
  if (status === 'Canceled' || status === 'Failed') return false
  return faults.has('stays-payable-when-paid') || (status !== 'Finalized' && paidMinor < totalMinor)
}

function paymentsView(
  { currency: currencyCode, faults }: Epos,
  { payments }: EposOrder,
): Schemas['Payment'][] {
  const shown: Schemas['Payment'][] = []
  for (const { paymentIntentId, amountMinor, tipsMinor, stands } of payments) {
    if (!stands) continue
    const payment: Schemas['Payment'] = {
      paymentIntentId,
      paidAmount: { value: amountMinor, currencyCode },
    }
    if (tipsMinor > 0 && !faults.has('tips-not-kept')) {
      payment.tipsAmount = { value: tipsMinor, currencyCode }
    }
    shown.push(payment)
  }
  return shown
}
