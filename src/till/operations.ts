// Every operation of the till API.
import type { Operation } from './operation.ts'
import { floorOperations } from './floor.ts'
import { lineOperations } from './lines.ts'
import { menuOperations } from './menu.ts'
import { setupOperations } from './setup.ts'
import { tabOperations } from './tabs.ts'
import { venueOperations } from './venue.ts'

export const operations: readonly Operation[] = [...tabOperations, ...lineOperations, ...venueOperations, ...floorOperations, ...menuOperations, ...setupOperations]
