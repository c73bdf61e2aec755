// What a venue is set up with: areas, tables, waiters, and the menu. One plan says, for a single
// change and for a whole file alike, what of it is new, what is different, what is retired, and
// everything that is wrong with it.
import { limits } from '../../limits.ts'
import type { RefusalReason } from '../errors.ts'
import type { NewId } from '../ids.ts'
import type { LineKind } from '../orders/tab.ts'

export const lineKinds = ['Item', 'SubItem', 'Modifier'] as const satisfies readonly LineKind[]

interface Kept {
  id: string
  name: string
  position: number
  version: number
  retiredAt?: string
}
export interface Area extends Kept {}
export interface Table extends Kept {
  areaId?: string
  maxCovers?: number
}
/**
 * The id is what the waiter types on the card machine. Waiters are listed by their ids, and have no
 * position: it is 0.
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
  course?: string
  category?: string
  available: boolean
  parts: string[]
}

export interface Setup {
  areas: Area[]
  tables: Table[]
  waiters: Waiter[]
  menu: MenuItem[]
}
export type SetupPart = keyof Setup
export const setupParts = [
  'areas',
  'tables',
  'waiters',
  'menu',
] as const satisfies readonly SetupPart[]

/** Where a thing stands in what was sent. */
export type Place = { line: number } | { field: string }

interface Named {
  at: Place
  id?: string
  name?: string
  position?: number
}
/**
 * What is left out stays as it is; null empties it. Areas and tables are named by their ids or
 * their names.
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
    course?: string | null
    category?: string | null
    available?: boolean
    parts?: string[]
  }
}

/** What there is to be. A part that is not there is left alone. */
export type WantedSetup = { [Part in SetupPart]?: Wanted[Part][] }

export interface Fault {
  at: Place | undefined
  message: string
  reason: RefusalReason
  facts?: object
}

/** Merge: what is not named stays. Replace: of the parts that are there, it is retired. */
export type SetupMode = 'merge' | 'replace'

export interface SetupCounts {
  added: number
  changed: number
  retired: number
  same: number
}

export interface SetupPlan {
  /** New or different, as they become. */
  write: Setup
  retire: Record<SetupPart, string[]>
  counts: Record<SetupPart, SetupCounts>
  faults: Fault[]
  /** The ids of what was named, in the order in which it was. */
  ids: Record<SetupPart, string[]>
}

/** What one of them is called. */
export const NOUNS: Readonly<Record<SetupPart, string>> = {
  areas: 'area',
  tables: 'table',
  waiters: 'waiter',
  menu: 'menu item',
}

const MOST: Readonly<Record<SetupPart, number>> = {
  areas: limits.maxAreas,
  tables: limits.maxTables,
  waiters: limits.maxWaiters,
  menu: limits.maxMenuItems,
}

export interface PlanOptions {
  mode: SetupMode
  newId: NewId
  /** To be retired besides, by id. */
  retire?: Partial<Record<SetupPart, string[]>>
}

/** @param current what there is, each part in its order and without what is retired */
export function planSetup(current: Setup, wanted: WantedSetup, options: PlanOptions): SetupPlan {
  const faults: Fault[] = []
  const areas = planPart(
    'areas',
    current.areas,
    wanted.areas,
    options,
    faults,
    (area) => area ?? {},
  )
  const areaOf = finder('area', areas)
  const tables = planPart(
    'tables',
    current.tables,
    wanted.tables,
    options,
    faults,
    (table, next) => ({
      ...dropped(
        table,
        next.maxCovers === null ? ['maxCovers'] : [],
        next.areaId === undefined ? [] : ['areaId'],
      ),
      ...(typeof next.areaId === 'string'
        ? optional('areaId', areaOf(next.areaId, next.at, faults))
        : {}),
      ...(next.maxCovers == null ? {} : { maxCovers: next.maxCovers }),
    }),
  )
  const tableOf = finder('table', tables)
  const waiters = planPart(
    'waiters',
    current.waiters,
    wanted.waiters,
    options,
    faults,
    (waiter, next) => ({
      areaIds:
        next.areaIds === undefined
          ? (waiter?.areaIds ?? [])
          : sorted(next.areaIds.flatMap((each) => areaOf(each, next.at, faults) ?? [])),
      tableIds:
        next.tableIds === undefined
          ? (waiter?.tableIds ?? [])
          : sorted(next.tableIds.flatMap((each) => tableOf(each, next.at, faults) ?? [])),
    }),
  )
  const menu = planPart('menu', current.menu, wanted.menu, options, faults, (item, next) =>
    itemAs(item, next, faults),
  )

  for (const [id, table] of tables.live) {
    if (table.areaId !== undefined && !areas.live.has(table.areaId)) {
      faults.push(areaInUse(table, tables.places.get(id)))
    }
  }
  withoutGone(waiters.live, 'areaIds', areas.live)
  withoutGone(waiters.live, 'tableIds', tables.live)
  checkParts(menu, faults)
  withoutGone(menu.live, 'parts', menu.live)
  checkNames('area', areas, faults)
  checkNames('table', tables, faults)

  const parts = { areas, tables, waiters, menu }
  for (const part of setupParts) {
    if (parts[part].live.size > MOST[part]) {
      faults.push({
        at: undefined,
        reason: 'invalid',
        message: `A venue has ${MOST[part]} ${part === 'menu' ? 'menu items' : part} at the most, and this would make ${parts[part].live.size}.`,
      })
    }
  }
  const each = <Result>(of: (planned: Planned<Kept>, part: SetupPart) => Result) =>
    Object.fromEntries(
      setupParts.map((part) => [part, of(parts[part] as unknown as Planned<Kept>, part)]),
    ) as Record<SetupPart, Result>
  const write = each(({ live }, part) => differing(current[part], live)) as unknown as Setup
  return {
    write,
    faults,
    retire: each(({ retired }) => retired),
    ids: each(({ named }) => named),
    counts: each(({ live, retired }, part) => countsOf(current[part], live, write[part], retired)),
  }
}

// --- one part

interface Planned<Entity> {
  /** All that there is to be, by id, in its order. */
  live: Map<string, Entity>
  retired: string[]
  named: string[]
  /** Of those that were named. */
  places: Map<string, Place>
}

const ID_PREFIXES = { areas: 'area', tables: 'tbl' } as const

function planPart<Part extends SetupPart>(
  part: Part,
  current: readonly Setup[Part][number][],
  wanted: readonly Wanted[Part][] | undefined,
  { mode, newId, retire }: PlanOptions,
  faults: Fault[],
  fieldsOf: (before: Setup[Part][number] | undefined, next: Wanted[Part]) => object,
): Planned<Setup[Part][number]> {
  const before = new Map<string, Setup[Part][number]>(current.map((each) => [each.id, each]))
  const byName = new Map(current.map(({ id, name }) => [name, id]))
  const places = new Map<string, Place>()
  const planned = new Map<string, Setup[Part][number]>()
  for (const next of wanted ?? []) {
    const id =
      next.id ??
      (next.name === undefined ? undefined : byName.get(next.name)) ??
      newId(ID_PREFIXES[part as 'areas' | 'tables'])
    const first = places.get(id)
    if (first !== undefined) {
      faults.push({
        at: next.at,
        reason: 'invalid',
        message: `The ${NOUNS[part]} ${id} is named a second time; the first is ${spokenPlace(first)}.`,
      })
      continue
    }
    places.set(id, next.at)
    const old = before.get(id)
    if (old === undefined && next.name === undefined) {
      faults.push({
        at: next.at,
        reason: 'invalid',
        message: `The ${NOUNS[part]} ${id} is new, and needs a name.`,
      })
    }
    planned.set(id, {
      version: 0,
      ...fieldsOf(old, next),
      id,
      name: next.name ?? old?.name ?? id,
      position: next.position ?? old?.position ?? (part === 'waiters' ? 0 : -1),
      ...optional('version', old?.version),
    } as Setup[Part][number])
  }
  const goes = new Set(
    retire?.[part] ??
      (mode === 'replace' && wanted !== undefined
        ? current.map(({ id }) => id).filter((id) => !planned.has(id))
        : []),
  )
  const live =
    mode === 'replace' && wanted !== undefined
      ? part === 'waiters'
        ? [...planned.values()]
        : inOrder(current, [...planned.values()])
      : appended(
          current.filter(({ id }) => !goes.has(id)),
          planned,
        )
  return {
    live: new Map(live.map((each) => [each.id, each])),
    retired: [...goes],
    named: [...places.keys()],
    places,
  }
}

/** What there is stays where it is, and what is new comes after it. */
function appended<Entity extends Kept>(
  current: readonly Entity[],
  planned: ReadonlyMap<string, Entity>,
): Entity[] {
  let last = current.reduce((highest, { position }) => Math.max(highest, position), -1)
  const known = new Set(current.map(({ id }) => id))
  const placed = (entity: Entity): Entity =>
    entity.position < 0 ? { ...entity, position: ++last } : entity
  return [
    ...current.map((each) => planned.get(each.id) ?? each),
    ...[...planned.values()].filter(({ id }) => !known.has(id)).map(placed),
  ]
}

/**
 * The order of a whole list is that of its entries; they are counted anew only where that is
 * another order than before.
 */
function inOrder<Entity extends Kept>(
  current: readonly Entity[],
  planned: readonly Entity[],
): Entity[] {
  const order = planned.map(({ id }) => id)
  const among = new Set(order)
  const before = current.map(({ id }) => id).filter((id) => among.has(id))
  if (before.length === order.length && before.every((id, index) => id === order[index])) {
    return [...planned]
  }
  return planned.map((each, position) => ({ ...each, position }))
}

function differing(current: readonly Kept[], live: ReadonlyMap<string, Kept>): Kept[] {
  const before = new Map(current.map((each) => [each.id, canonical(each)]))
  return [...live.values()].filter((each) => before.get(each.id) !== canonical(each))
}

const canonical = (entity: object): string =>
  JSON.stringify(Object.entries(entity).sort(([a], [b]) => (a < b ? -1 : 1)))

function countsOf(
  current: readonly Kept[],
  live: ReadonlyMap<string, Kept>,
  write: readonly Kept[],
  retired: readonly string[],
): SetupCounts {
  const known = new Set(current.map(({ id }) => id))
  const changed = write.filter(({ id }) => known.has(id)).length
  return {
    added: write.length - changed,
    changed,
    retired: retired.length,
    same: live.size - write.length,
  }
}

// --- the menu

function itemAs(item: MenuItem | undefined, next: Wanted['menu'], faults: Fault[]): object {
  const {
    kind = item?.kind,
    priceMinor = item?.priceMinor,
    taxRateHundredths = item?.taxRateHundredths,
    available = item?.available ?? true,
    parts = item?.parts ?? [],
  } = next
  const missing = Object.entries({ kind, price: priceMinor, 'tax rate': taxRateHundredths })
    .filter(([, value]) => value === undefined)
    .map(([name]) => name)
  if (missing.length > 0) {
    faults.push({
      at: next.at,
      reason: 'invalid',
      message: `The menu item ${next.id} is new, and needs a ${missing.join(' and a ')}.`,
    })
  }
  const said = (
    [field, value]: [string, string | null | undefined],
    before: string | undefined,
  ): object => optional(field, value === undefined ? before : (value ?? undefined))
  return {
    kind,
    priceMinor,
    taxRateHundredths,
    available,
    parts: [...new Set(parts)],
    ...said(['course', next.course], item?.course),
    ...said(['category', next.category], item?.category),
  }
}

/**
 * An item is offered with modifiers and sub-items, and a sub-item with modifiers, as they are
 * ordered.
 */
function checkParts({ live, places, retired }: Planned<MenuItem>, faults: Fault[]): void {
  const gone = new Set(retired)
  for (const { id, kind, parts } of live.values()) {
    for (const partId of parts) {
      const at = places.get(id) ?? places.get(partId)
      // What was right before and is not touched now is not looked at.
      if (at === undefined) continue
      const part = live.get(partId)
      if (part === undefined) {
        if (places.has(id) && !gone.has(partId)) {
          faults.push({
            at,
            reason: 'unknown-reference',
            message: `The menu item ${id} is offered with ${partId}, which is not on the menu.`,
          })
        }
      } else if (
        part.kind === 'Item' ||
        kind === 'Modifier' ||
        (kind === 'SubItem' && part.kind === 'SubItem')
      ) {
        faults.push({
          at,
          reason: 'invalid',
          message: `The menu item ${id} is ${ARTICLES[kind]}, which is not offered with ${ARTICLES[part.kind]}: ${partId}.`,
        })
      }
    }
  }
}

const ARTICLES: Readonly<Record<LineKind, string>> = {
  Item: 'an Item',
  SubItem: 'a SubItem',
  Modifier: 'a Modifier',
}

// --- names and references

/** The live names of areas, and of tables, are each there once: they are chosen by them. */
function checkNames(noun: string, { live, places }: Planned<Kept>, faults: Fault[]): void {
  const owners = new Map<string, string>()
  for (const { id, name } of live.values()) {
    const other = owners.get(name)
    owners.set(name, other ?? id)
    const [at, known] =
      other === undefined ? [] : places.has(id) ? [places.get(id), other] : [places.get(other), id]
    if (at !== undefined) {
      faults.push({
        at,
        reason: 'name-taken',
        message: `There is another ${noun} of the name ${name}${places.has(known!) ? `, at ${spokenPlace(places.get(known!)!)}` : `: ${known}`}.`,
        facts: { id: known },
      })
    }
  }
}

type Find = (named: string, at: Place, faults: Fault[]) => string | undefined

/** Finds by id, else by a name. */
function finder(noun: string, { live }: Planned<Kept>): Find {
  const byName = new Map([...live.values()].map(({ id, name }) => [name, id]))
  return (named, at, faults) => {
    const id = live.has(named) ? named : byName.get(named)
    if (id === undefined) {
      faults.push({ at, reason: 'unknown-reference', message: `There is no ${noun} ${named}.` })
    }
    return id
  }
}

/** What a person calls one of them by: its name, unless that is also the id of another. */
export function callerOf(entities: readonly Kept[]): (id: string) => string {
  const ids = new Set(entities.map(({ id }) => id))
  const count = new Map<string, number>()
  for (const { name } of entities) count.set(name, (count.get(name) ?? 0) + 1)
  const names = new Map(entities.map(({ id, name }) => [id, name]))
  return (id) => {
    const name = names.get(id)
    return name !== undefined && count.get(name) === 1 && (name === id || !ids.has(name))
      ? name
      : id
  }
}

function areaInUse({ id, name, areaId }: Table, at: Place | undefined): Fault {
  return {
    at,
    reason: 'in-use',
    message: `The area ${areaId} cannot be retired: the table ${name} (${id}) is in it.`,
    facts: { tableIds: [id] },
  }
}

/** What is retired is served and offered no longer. */
function withoutGone<Field extends string, Entity extends Record<Field, string[]> & Kept>(
  entities: Map<string, Entity>,
  field: Field,
  live: ReadonlyMap<string, unknown>,
): void {
  for (const [id, entity] of entities) {
    if (!entity[field].every((each) => live.has(each))) {
      entities.set(id, { ...entity, [field]: entity[field].filter((each) => live.has(each)) })
    }
  }
}

// --- parts of values

const sorted = (ids: readonly string[]): string[] => [...new Set(ids)].sort()
const optional = <Value>(field: string, value: Value | undefined): object =>
  value === undefined ? {} : { [field]: value }
const dropped = (entity: object | undefined, ...fields: string[][]): object =>
  Object.fromEntries(
    Object.entries(entity ?? {}).filter(([field]) => !fields.flat().includes(field)),
  )

export const spokenPlace = (place: Place): string =>
  'line' in place ? `line ${place.line}` : place.field
