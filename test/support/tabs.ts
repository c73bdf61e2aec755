// A tab as the rules see it: opened by a till, with nothing on it.
import type { Tab } from '../../src/domain/orders/tab.ts'

export const tabOfTill = (more: Partial<Tab> = {}): Tab => ({
  orderId: 'ord_1',
  orderType: 'DineIn',
  status: 'Accepted',
  statusBeforeFinal: undefined,
  tableName: undefined,
  version: 1,
  lines: [],
  discounts: [],
  taxLines: [],
  payments: [],
  lock: undefined,
  totalMinor: 0,
  paidMinor: 0,
  tipsMinor: 0,
  taxesOnTop: false,
  taxName: 'VAT',
  serviceAdjustmentMinor: 0,
  adjustmentMinor: 0,
  createdAt: '2026-03-01T19:00:00.000Z',
  updatedAt: '2026-03-01T19:00:00.000Z',
  ...more,
})
