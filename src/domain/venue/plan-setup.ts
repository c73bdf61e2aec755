// What a change of the set-up comes to, for a single entity and for a whole file alike: what is
// new, what is different, what is retired, and everything that is wrong with it.
import { conflict } from '../errors.ts'
import type { NewId } from '../ids.ts'
import { nameKey } from '../names.ts'
import {
  checkAreasInUse,
  checkNames,
  checkOffers,
  checkSizes,
  missingFields,
  priceFaults,
  refuseFirst,
} from './setup-faults.ts'
import {
  idPrefixOf,
  planPart,
  type PlannedPart,
  type PlannedSetup,
  type Planning,
  type PlanOptions,
} from './plan-part.ts'
import {
  nouns,
  setupParts,
  type MenuItem,
  type Place,
  type Setup,
  type SetupCounts,
  type SetupEntity,
  type SetupFault,
  type SetupPart,
  type SetupPlan,
  type Table,
  type Waiter,
  type Wanted,
  type WantedSetup,
} from './setup.ts'

/** @param current each part in its order, without what is retired */
export function planSetup(current: Setup, wanted: WantedSetup, options: PlanOptions): SetupPlan {
  const faults: SetupFault[] = []
  const planned = planParts({ current, wanted, options, faults })
  checkAreasInUse(planned, faults)
  dropRetired(planned.waiters.live, 'areaIds', planned.areas.live)
  dropRetired(planned.waiters.live, 'tableIds', planned.tables.live)
  checkOffers(planned.menu, faults)
  dropRetired(planned.menu.live, 'parts', planned.menu.live)
  checkNames('areas', planned.areas, faults)
  checkNames('tables', planned.tables, faults)
  checkSizes(planned, faults)

  const write = byPart((part) => differing(current[part], planned[part].live)) as Setup
  return {
    write,
    faults,
    retire: byPart((part) => planned[part].retired),
    ids: byPart((part) => planned[part].named),
    counts: byPart((part) => countsOf(current[part], planned[part], write[part])),
  }
}

type NewEntity = object & { id?: string | undefined }

/**
 * A new entity; undefined `existing` says that there was none of its id. One that exists with the
 * same content needs nothing.
 * @throws Refusal Conflict: the id has other content, the name is taken; InvalidRequest: it refers
 *   to something that does not exist
 */
export function planAddition<Part extends SetupPart>(
  current: Setup,
  part: Part,
  entity: NewEntity,
  newId: NewId,
): { plan: SetupPlan; existing: SetupEntity<Part> | undefined } {
  const { id = newId(idPrefixOf(part)) } = entity
  const existing = findIn(current, part, id)
  const plan = planEntity(current, part, { ...entity, id }, newId)
  if (existing !== undefined && plan.write[part].length > 0) {
    throw conflict('content-differs', `The id ${id} already belongs to another ${nouns[part]}.`)
  }
  return { plan, existing }
}

/**
 * A change of one entity, which may exist or not.
 * @throws Refusal Conflict: the name is taken; InvalidRequest: it refers to something that does
 *   not exist
 */
export function planEntity(
  current: Setup,
  part: SetupPart,
  entity: object & { id: string },
  newId: NewId,
): SetupPlan {
  const wanted = { [part]: [{ ...entity, at: { field: 'request body' } }] } as WantedSetup
  const plan = planSetup(current, wanted, { mode: 'merge', newId })
  refuseFirst(plan.faults)
  return plan
}

export function planRetirement(
  current: Setup,
  part: SetupPart,
  id: string,
  newId: NewId,
): SetupPlan {
  return planSetup(current, {}, { mode: 'merge', newId, retire: { [part]: [id] } })
}

export function findIn<Part extends SetupPart>(
  current: Setup,
  part: Part,
  id: string,
): SetupEntity<Part> | undefined {
  return current[part].find((each) => each.id === id)
}

// --- the fields of each part

/** In this order: tables refer to areas, and waiters to both. */
function planParts(planning: Planning): PlannedSetup {
  const { faults } = planning
  const areas = planPart('areas', planning, () => ({}))
  const findArea = finder('areas', areas, faults)
  const tables = planPart('tables', planning, (table, next) => tableFields(table, next, findArea))
  const findTable = finder('tables', tables, faults)
  const waiters = planPart('waiters', planning, (waiter, next) =>
    waiterFields(waiter, next, { findArea, findTable }),
  )
  const menu = planPart('menu', planning, (item, next) => itemFields(item, next, faults))
  return { areas, tables, waiters, menu }
}

type Find = (reference: string, at: Place) => string | undefined

function tableFields(table: Table | undefined, next: Wanted['tables'], findArea: Find) {
  const areaId = changed(next.areaId, table?.areaId)
  return {
    areaId: typeof next.areaId === 'string' ? findArea(next.areaId, next.at) : areaId,
    maxCovers: changed(next.maxCovers, table?.maxCovers),
  }
}

function waiterFields(
  waiter: Waiter | undefined,
  { at, areaIds, tableIds }: Wanted['waiters'],
  { findArea, findTable }: { findArea: Find; findTable: Find },
) {
  const found = (references: readonly string[], find: Find): string[] =>
    [...new Set(references.flatMap((each) => find(each, at) ?? []))].sort()
  return {
    areaIds: areaIds === undefined ? (waiter?.areaIds ?? []) : found(areaIds, findArea),
    tableIds: tableIds === undefined ? (waiter?.tableIds ?? []) : found(tableIds, findTable),
  }
}

function itemFields(item: MenuItem | undefined, next: Wanted['menu'], faults: SetupFault[]) {
  const fields = {
    kind: next.kind ?? item?.kind,
    priceMinor: next.priceMinor ?? item?.priceMinor,
    taxRateHundredths: next.taxRateHundredths ?? item?.taxRateHundredths,
    takeawayTaxRateHundredths: changed(
      next.takeawayTaxRateHundredths,
      item?.takeawayTaxRateHundredths,
    ),
    available: next.available ?? item?.available ?? true,
    parts: [...new Set(next.parts ?? item?.parts)],
    course: changed(next.course, item?.course),
    category: changed(next.category, item?.category),
  }
  faults.push(...missingFields(next, fields), ...priceFaults(next, fields))
  return fields
}

/** What is left out stays as it was, and null clears it. */
function changed<Value>(
  next: Value | null | undefined,
  before: Value | undefined,
): Value | undefined {
  return next === undefined ? before : (next ?? undefined)
}

/** Finds by id, or else by name. */
function finder(
  part: 'areas' | 'tables',
  { live }: PlannedPart<SetupEntity>,
  faults: SetupFault[],
): Find {
  const byName = new Map([...live.values()].map(({ id, name }) => [nameKey(name), id]))
  return (reference, at) => {
    const id = live.has(reference) ? reference : byName.get(nameKey(reference))
    if (id === undefined) {
      const message = `The venue has no ${nouns[part]} ${reference}.`
      faults.push({ at, reason: 'unknown-reference', message })
    }
    return id
  }
}

// --- what it comes to

/** What is retired is no longer served or offered. */
function dropRetired<Field extends string, Entity extends Record<Field, string[]>>(
  entities: Map<string, Entity>,
  field: Field,
  live: ReadonlyMap<string, unknown>,
): void {
  for (const [id, entity] of entities) {
    const kept = entity[field].filter((each) => live.has(each))
    if (kept.length < entity[field].length) entities.set(id, { ...entity, [field]: kept })
  }
}

function differing<Entity extends SetupEntity>(
  current: readonly Entity[],
  live: ReadonlyMap<string, Entity>,
): Entity[] {
  const before = new Map(current.map((each) => [each.id, canonical(each)]))
  return [...live.values()].filter((each) => before.get(each.id) !== canonical(each))
}

const canonical = (entity: object): string =>
  JSON.stringify(
    Object.entries(entity)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

function countsOf(
  current: readonly SetupEntity[],
  { live, retired }: PlannedPart<SetupEntity>,
  write: readonly SetupEntity[],
): SetupCounts {
  const known = new Set(current.map(({ id }) => id))
  const changedCount = write.filter(({ id }) => known.has(id)).length
  return {
    added: write.length - changedCount,
    changed: changedCount,
    retired: retired.length,
    same: live.size - write.length,
  }
}

function byPart<Result>(of: (part: SetupPart) => Result): Record<SetupPart, Result> {
  return Object.fromEntries(setupParts.map((part) => [part, of(part)])) as Record<SetupPart, Result>
}
