// Every scenario, in the order of a report.
import { bookingScenarios } from './bookings.ts'
import { eventScenarios } from './events.ts'
import { lockScenarios } from './locks.ts'
import { orderAndPayScenarios } from './order-and-pay.ts'
import { orderScenarios } from './orders.ts'
import { paymentScenarios } from './payments.ts'
import type { Scenario } from './scenario.ts'
import { socketScenarios } from './socket.ts'
import { stressScenarios } from './stress.ts'

export type { Scenario } from './scenario.ts'

export const scenarios: readonly Scenario[] = [
  ...orderScenarios,
  ...lockScenarios,
  ...paymentScenarios,
  ...stressScenarios,
  ...eventScenarios,
  ...orderAndPayScenarios,
  ...bookingScenarios,
  ...socketScenarios,
]
