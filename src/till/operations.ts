// Every operation of the till API.
import type { Operation } from './operation.ts'
import { lineOperations } from './lines.ts'
import { occupancyOperations } from './occupancy.ts'
import { partyOperations } from './parties.ts'
import { reservationOperations } from './reservations.ts'
import { tabOperations } from './tabs.ts'

export const operations: readonly Operation[] = [...tabOperations, ...lineOperations, ...partyOperations, ...reservationOperations, ...occupancyOperations]
