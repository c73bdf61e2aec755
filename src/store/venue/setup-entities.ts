// The rows of a set-up as its entities.
import type { Area, MenuItem, Table, Waiter } from '../../domain/venue/setup.ts'
import type { Models } from '../database/prisma.ts'

type Kept = 'name' | 'version' | 'retiredAt'

const kept = ({ name, version, retiredAt }: Pick<Models['Area'], Kept>) => ({
  name,
  version,
  retiredAt: retiredAt?.toISOString(),
})

export function areaOf(row: Models['Area']): Area {
  return { id: row.areaId, position: row.position, ...kept(row) }
}

export function tableOf(row: Models['Table']): Table {
  return {
    id: row.tableId,
    position: row.position,
    areaId: row.areaId ?? undefined,
    maxCovers: row.maxCovers ?? undefined,
    ...kept(row),
  }
}

export interface WaiterWithPlaces extends Pick<Models['Waiter'], 'waiterId' | Kept> {
  areas: { areaId: string }[]
  tables: { tableId: string }[]
}

export function waiterOf({ areas, tables, ...row }: WaiterWithPlaces): Waiter {
  return {
    id: row.waiterId,
    position: 0,
    areaIds: areas.map(({ areaId }) => areaId).sort(),
    tableIds: tables.map(({ tableId }) => tableId).sort(),
    ...kept(row),
  }
}

export interface MenuItemWithParts extends Omit<
  Models['MenuItem'],
  'locationId' | 'priceMinor' | 'taxRateHundredths' | 'takeawayTaxRateHundredths'
> {
  priceMinor: bigint | number
  taxRateHundredths: bigint | number
  takeawayTaxRateHundredths: bigint | number | null
  parts: { partPlu: string }[]
}

export function menuItemOf({ parts, ...row }: MenuItemWithParts): MenuItem {
  return {
    id: row.plu,
    position: row.position,
    kind: row.kind,
    priceMinor: Number(row.priceMinor),
    taxRateHundredths: Number(row.taxRateHundredths),
    takeawayTaxRateHundredths:
      row.takeawayTaxRateHundredths === null ? undefined : Number(row.takeawayTaxRateHundredths),
    course: row.course ?? undefined,
    category: row.category ?? undefined,
    available: row.available,
    parts: parts.map(({ partPlu }) => partPlu),
    ...kept(row),
  }
}
