// Every operation of the till API.
import type { Operation } from './operation.ts'
import { billOperations } from './bill.ts'
import { historyOperations } from './history.ts'
import { kitchenOperations } from './kitchen.ts'
import { lineOperations } from './lines.ts'
import { tabOperations } from './tabs.ts'

export const operations: readonly Operation[] = [...tabOperations, ...lineOperations, ...historyOperations, ...kitchenOperations, ...billOperations]
