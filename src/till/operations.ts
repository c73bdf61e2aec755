// Every operation of the till API.
import type { Operation } from './operation.ts'
import { dayOperations } from './days.ts'
import { lineOperations } from './lines.ts'
import { tabOperations } from './tabs.ts'

export const operations: readonly Operation[] = [...tabOperations, ...lineOperations, ...dayOperations]
