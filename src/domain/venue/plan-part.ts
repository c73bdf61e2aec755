// One part of a set-up: which of its entities there will be, and in which order.
import type { IdPrefix, NewId } from '../ids.ts'
import { nameKey } from '../names.ts'
import {
  nouns,
  spokenPlace,
  type Place,
  type Setup,
  type SetupEntity,
  type SetupFault,
  type SetupMode,
  type SetupPart,
  type Wanted,
  type WantedSetup,
} from './setup.ts'

export interface PlannedPart<Entity> {
  /** Everything that there will be, by id, in its order. */
  live: Map<string, Entity>
  retired: string[]
  named: string[]
  /** Where the named entities are in what was sent. */
  places: Map<string, Place>
}

/** Everything that there will be, by part. */
export type PlannedSetup = { [Part in SetupPart]: PlannedPart<SetupEntity<Part>> }

export interface PlanOptions {
  mode: SetupMode
  newId: NewId
  /** Also to be retired, by id. */
  retire?: Partial<Record<SetupPart, string[]>>
}

export interface Planning {
  current: Setup
  wanted: WantedSetup
  options: PlanOptions
  /** Gains what is wrong. */
  faults: SetupFault[]
}

/** Waiters and menu items always come with their ids. */
export const idPrefixOf = (part: SetupPart): IdPrefix => (part === 'areas' ? 'area' : 'tbl')

/** Not placed yet: it comes last. */
const LAST = -1

/** @param fieldsOf what the part has besides id, name, position and version */
export function planPart<Part extends SetupPart>(
  part: Part,
  planning: Planning,
  fieldsOf: (before: SetupEntity<Part> | undefined, next: Wanted[Part]) => object,
): PlannedPart<SetupEntity<Part>> {
  const { wanted, options } = planning
  const current: readonly SetupEntity<Part>[] = planning.current[part]
  const { entities, places } = planEntries(part, planning, fieldsOf)
  const replaces = options.mode === 'replace' && wanted[part] !== undefined
  const unnamed = current.filter(({ id }) => !entities.has(id)).map(({ id }) => id)
  const retired = options.retire?.[part] ?? (replaces ? unnamed : [])
  const live = replaces
    ? replaced(part, current, [...entities.values()])
    : merged(
        current.filter(({ id }) => !retired.includes(id)),
        entities,
      )
  return {
    live: new Map(live.map((each) => [each.id, each])),
    retired,
    named: [...places.keys()],
    places,
  }
}

/** The entries as entities, by id, and where each is in what was sent. */
function planEntries<Part extends SetupPart>(
  part: Part,
  { current, wanted, options: { newId }, faults }: Planning,
  fieldsOf: (before: SetupEntity<Part> | undefined, next: Wanted[Part]) => object,
) {
  const before = new Map<string, SetupEntity<Part>>(current[part].map((each) => [each.id, each]))
  const idOfName = new Map(current[part].map(({ id, name }) => [nameKey(name), id]))
  const places = new Map<string, Place>()
  const entities = new Map<string, SetupEntity<Part>>()
  for (const next of wanted[part] ?? []) {
    const named = next.name === undefined ? undefined : idOfName.get(nameKey(next.name))
    const id = next.id ?? named ?? newId(idPrefixOf(part))
    const first = places.get(id)
    if (first !== undefined) {
      faults.push(entryTwice(part, id, { at: next.at, first }))
      continue
    }
    places.set(id, next.at)
    const old = before.get(id)
    if (old === undefined && next.name === undefined) faults.push(nameless(part, id, next.at))
    entities.set(id, {
      ...fieldsOf(old, next),
      id,
      name: next.name ?? old?.name ?? id,
      position: next.position ?? old?.position ?? (part === 'waiters' ? 0 : LAST),
      version: old?.version ?? 0,
    } as SetupEntity<Part>)
  }
  return { entities, places }
}

const entryTwice = (
  part: SetupPart,
  id: string,
  { at, first }: { at: Place; first: Place },
): SetupFault => ({
  at,
  reason: 'invalid',
  message: `The ${nouns[part]} ${id} appears twice; the first is at ${spokenPlace(first)}.`,
})

const nameless = (part: SetupPart, id: string, at: Place): SetupFault => ({
  at,
  reason: 'invalid',
  message: `The ${nouns[part]} ${id} is new and needs a name.`,
})

/** What exists keeps its place, and what is new comes after it. */
function merged<Entity extends SetupEntity>(
  current: readonly Entity[],
  entities: ReadonlyMap<string, Entity>,
): Entity[] {
  let last = current.reduce((highest, { position }) => Math.max(highest, position), LAST)
  const known = new Set(current.map(({ id }) => id))
  const placed = (entity: Entity): Entity =>
    entity.position === LAST ? { ...entity, position: ++last } : entity
  return [
    ...current.map((each) => entities.get(each.id) ?? each),
    ...[...entities.values()].filter(({ id }) => !known.has(id)).map(placed),
  ]
}

/**
 * A whole list has the order of its entries. Positions are counted anew only where that order
 * differs from the present one. Waiters have none.
 */
function replaced<Entity extends SetupEntity>(
  part: SetupPart,
  current: readonly Entity[],
  entities: Entity[],
): Entity[] {
  if (part === 'waiters') return entities
  const order = entities.map(({ id }) => id)
  const named = new Set(order)
  const before = current.map(({ id }) => id).filter((id) => named.has(id))
  const keepsOrder =
    before.length === order.length && before.every((id, index) => id === order[index])
  return keepsOrder ? entities : entities.map((each, position) => ({ ...each, position }))
}
