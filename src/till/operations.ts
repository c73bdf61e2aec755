// Every operation of the till API.
import type { Operation } from './operation.ts'
import { lineOperations } from './lines.ts'
import { refundOperations } from './refunds.ts'
import { tabOperations } from './tabs.ts'

export const operations: readonly Operation[] = [...tabOperations, ...lineOperations, ...refundOperations]
