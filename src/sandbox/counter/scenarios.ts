// Every scenario of a till at the counter, in the order of a report.
import { authorizationScenarios } from './authorizations.ts'
import { configurationScenarios } from './configuration.ts'
import { doubtScenarios } from './doubts.ts'
import { errorScenarios } from './errors.ts'
import { intentScenarios } from './intents.ts'
import { machineRefundScenarios, refundScenarios } from './refunds.ts'
import { saleScenarios } from './sales.ts'
import { signatureScenarios } from './signatures.ts'
import type { CounterScenario } from './scenario.ts'

export type { CounterScenario } from './scenario.ts'

export const counterScenarios: readonly CounterScenario[] = [
  ...configurationScenarios,
  ...intentScenarios,
  ...refundScenarios,
  ...saleScenarios,
  ...signatureScenarios,
  ...authorizationScenarios,
  ...machineRefundScenarios,
  ...errorScenarios,
  ...doubtScenarios,
]
