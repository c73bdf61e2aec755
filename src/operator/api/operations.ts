// Every operation of the operator's API.
import { accessOperations } from './access.ts'
import { dojoOperations } from './dojo.ts'
import { moneyOperations } from './money.ts'
import type { OperatorOperation } from './operation.ts'
import { recordOperations } from './record.ts'
import { venueOperations } from './venues.ts'

export const operations: readonly OperatorOperation[] = [
  ...venueOperations,
  ...accessOperations,
  ...dojoOperations,
  ...moneyOperations,
  ...recordOperations,
]
