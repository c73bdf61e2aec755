import type { CardPayment } from '../../src/domain/payments/card-payment.ts'

/** A sale of 10.00 on one machine, of which nothing has been asked yet. */
export function cardSale(more: Partial<CardPayment> = {}): CardPayment {
  return {
    cardPaymentId: 'crd_1',
    orderId: 'ord_1',
    kind: 'Sale',
    cashbackMinor: 0,
    share: '',
    amountMinor: 1_000,
    tipsMinor: 0,
    serviceChargeMinor: 0,
    captureMode: 'Auto',
    cardNotPresent: false,
    startedAtMs: 1_000_000_000,
    attempts: [{ terminalId: 'tm_1' }],
    ...more,
  }
}
