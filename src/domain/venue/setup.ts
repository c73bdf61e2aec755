// What a venue is set up with: areas, tables, waiters, and the menu.
import { notFound, type RefusalReason } from '../errors.ts'
import { nameKey } from '../names.ts'
import type { LineKind } from '../orders/order.ts'

export const lineKinds = ['Item', 'SubItem', 'Modifier'] as const satisfies readonly LineKind[]

interface Kept {
  id: string
  name: string
  position: number
  version: number
  retiredAt?: string | undefined
}
export interface Area extends Kept {}
export interface Table extends Kept {
  areaId?: string | undefined
  maxCovers?: number | undefined
}
/**
 * The id is what the waiter types on the card machine. Waiters are listed by their ids, so their
 * position is always 0.
 */
export interface Waiter extends Kept {
  areaIds: string[]
  tableIds: string[]
}
/** The id is the PLU. */
export interface MenuItem extends Kept {
  kind: LineKind
  priceMinor: number
  taxRateHundredths: number
  /** For what is taken away; where it is left out, both are the same. */
  takeawayTaxRateHundredths?: number | undefined
  course?: string | undefined
  category?: string | undefined
  available: boolean
  /** The PLUs of the modifiers and sub-items that it is offered with. */
  parts: string[]
}

export interface Setup {
  areas: Area[]
  tables: Table[]
  waiters: Waiter[]
  menu: MenuItem[]
}
export type SetupPart = keyof Setup
export type SetupEntity<Part extends SetupPart = SetupPart> = Setup[Part][number]
export const setupParts = [
  'areas',
  'tables',
  'waiters',
  'menu',
] as const satisfies readonly SetupPart[]

export const nouns: Readonly<Record<SetupPart, string>> = {
  areas: 'area',
  tables: 'table',
  waiters: 'waiter',
  menu: 'menu item',
}

/** Where an entry is in what was sent: a line of a file, or a field of a document. */
export type Place = { line: number } | { field: string }

interface Named {
  at: Place
  id?: string
  name?: string
  position?: number
}
/**
 * The entries of an import. What an entry leaves out stays as it is; null clears it. Areas and
 * tables are referred to by id or by name.
 */
export interface Wanted {
  areas: Named
  tables: Named & { areaId?: string | null; maxCovers?: number | null }
  waiters: Named & { id: string; areaIds?: string[]; tableIds?: string[] }
  menu: Named & {
    id: string
    kind?: LineKind
    priceMinor?: number
    taxRateHundredths?: number
    takeawayTaxRateHundredths?: number | null
    course?: string | null
    category?: string | null
    available?: boolean
    parts?: string[]
  }
}

/** A part that is left out is not touched. */
export type WantedSetup = { [Part in SetupPart]?: Wanted[Part][] }

export interface SetupFault {
  /** Undefined for a fault of the set-up as a whole. */
  at: Place | undefined
  message: string
  reason: RefusalReason
  facts?: object
}

/** Merge keeps what is not named. Replace retires it, in those parts that were sent. */
export type SetupMode = 'merge' | 'replace'

export interface SetupCounts {
  added: number
  changed: number
  retired: number
  same: number
}

export interface SetupPlan {
  /** New and changed entities, as they will be. */
  write: Setup
  retire: Record<SetupPart, string[]>
  counts: Record<SetupPart, SetupCounts>
  faults: SetupFault[]
  /** The ids of the entries, in their order. */
  ids: Record<SetupPart, string[]>
}

/** @throws Refusal NotFound */
export function mustExist<Entity>(part: SetupPart, id: string, entity: Entity | undefined): Entity {
  if (entity === undefined) throw notFound(nouns[part], id)
  return entity
}

export const spokenPlace = (place: Place): string =>
  'line' in place ? `line ${place.line}` : place.field

/** What people call each entity by: its name, unless that is ambiguous or the id of another. */
export function labeller(entities: readonly Kept[]): (id: string) => string {
  const ids = new Set(entities.map(({ id }) => id))
  const count = new Map<string, number>()
  for (const { name } of entities) count.set(nameKey(name), (count.get(nameKey(name)) ?? 0) + 1)
  const names = new Map(entities.map(({ id, name }) => [id, name]))
  return (id) => {
    const name = names.get(id)
    const isClear =
      name !== undefined && count.get(nameKey(name)) === 1 && (name === id || !ids.has(name))
    return isClear ? name : id
  }
}
