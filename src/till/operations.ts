// Every operation of the till API.
import { billOperations } from './bill.ts'
import { dayOperations } from './days.ts'
import { discountOperations } from './discounts.ts'
import { floorOperations } from './floor.ts'
import { historyOperations } from './history.ts'
import { holdOperations } from './holds.ts'
import { kitchenOperations } from './kitchen.ts'
import { lineOperations } from './lines.ts'
import { menuOperations } from './menu.ts'
import { occupancyOperations } from './occupancy.ts'
import type { Operation } from './operation.ts'
import { partyOperations } from './parties.ts'
import { paymentOperations } from './payments.ts'
import { refundOperations } from './refunds.ts'
import { regroupOperations } from './regroup.ts'
import { reservationOperations } from './reservations.ts'
import { setupOperations } from './setup.ts'
import { tabOperations } from './tabs.ts'
import { venueOperations } from './venue.ts'

export const operations: readonly Operation[] = [
  ...tabOperations,
  ...lineOperations,
  ...discountOperations,
  ...regroupOperations,
  ...holdOperations,
  ...paymentOperations,
  ...historyOperations,
  ...partyOperations,
  ...reservationOperations,
  ...occupancyOperations,
  ...refundOperations,
  ...dayOperations,
  ...venueOperations,
  ...floorOperations,
  ...menuOperations,
  ...setupOperations,
  ...kitchenOperations,
  ...billOperations,
]
