// What can be wrong with a set-up, and how it is refused: a file with everything that is wrong with
// it at once, a single entity with the first fault.
import { limits } from '../../limits.ts'
import { invalid, Refusal } from '../errors.ts'
import { nameKey } from '../names.ts'
import type { PlannedPart, PlannedSetup } from './plan-part.ts'
import {
  nouns,
  setupParts,
  spokenPlace,
  type MenuItem,
  type SetupEntity,
  type SetupFault,
  type SetupPart,
  type Wanted,
} from './setup.ts'

const most: Readonly<Record<SetupPart, number>> = {
  areas: limits.maxAreas,
  tables: limits.maxTables,
  waiters: limits.maxWaiters,
  menu: limits.maxMenuItems,
}

export function checkSizes(planned: PlannedSetup, faults: SetupFault[]): void {
  for (const part of setupParts) {
    const { size } = planned[part].live
    if (size <= most[part]) continue
    faults.push({
      at: undefined,
      reason: 'invalid',
      message: `A venue can have at most ${most[part]} ${nouns[part]}s; this would make ${size}.`,
    })
  }
}

/** What a new menu item lacks. */
export function missingFields(
  { id, at }: Wanted['menu'],
  { kind, priceMinor, taxRateHundredths }: Partial<MenuItem>,
): SetupFault[] {
  const missing = Object.entries({ kind, price: priceMinor, 'tax rate': taxRateHundredths })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `a ${name}`)
  if (missing.length === 0) return []
  const message = `The menu item ${id} is new and needs ${missing.join(' and ')}.`
  return [{ at, reason: 'invalid', message }]
}

/** Only a modifier may take something off. */
export function priceFaults(
  { id, at }: Wanted['menu'],
  { kind, priceMinor = 0 }: Partial<MenuItem>,
): SetupFault[] {
  if (priceMinor >= 0 || kind === 'Modifier' || kind === undefined) return []
  const message =
    `The price of the menu item ${id} is below zero, which only a modifier's may be; ` +
    `it is ${articles[kind]}.`
  return [{ at, reason: 'invalid', message }]
}

/** An area cannot be retired while there are tables in it. */
export function checkAreasInUse({ areas, tables }: PlannedSetup, faults: SetupFault[]): void {
  for (const { id, name, areaId } of tables.live.values()) {
    if (areaId === undefined || areas.live.has(areaId)) continue
    faults.push({
      at: tables.places.get(id),
      reason: 'in-use',
      message: `The area ${areaId} cannot be retired: the table ${name} (${id}) is in it.`,
      facts: { tableIds: [id] },
    })
  }
}

/** Names of areas differ to the eye, and so do names of tables: people choose by them. */
export function checkNames(
  part: 'areas' | 'tables',
  { live, places }: PlannedPart<SetupEntity>,
  faults: SetupFault[],
): void {
  const owners = new Map<string, string>()
  for (const { id, name } of live.values()) {
    const other = owners.get(nameKey(name))
    if (other === undefined) {
      owners.set(nameKey(name), id)
      continue
    }
    // The fault is of whichever was sent.
    const [sent, owner] = places.has(id) ? [id, other] : [other, id]
    const at = places.get(sent)
    if (at === undefined) continue
    const ownerAt = places.get(owner)
    faults.push({
      at,
      reason: 'name-taken',
      message:
        ownerAt === undefined
          ? `The name ${name} is taken by the ${nouns[part]} ${owner}.`
          : `The name ${name} is taken by another ${nouns[part]}, at ${spokenPlace(ownerAt)}.`,
      facts: { id: owner },
    })
  }
}

/** What exists already is not checked again unless it, or what it offers, was sent. */
export function checkOffers(menu: PlannedPart<MenuItem>, faults: SetupFault[]): void {
  const retired = new Set(menu.retired)
  for (const item of menu.live.values()) {
    for (const partId of item.parts) {
      const at = menu.places.get(item.id) ?? menu.places.get(partId)
      if (at === undefined) continue
      const part = menu.live.get(partId)
      if (part === undefined) {
        if (!menu.places.has(item.id) || retired.has(partId)) continue
        const message = `The menu item ${item.id} offers ${partId}, which is not on the menu.`
        faults.push({ at, reason: 'unknown-reference', message })
      } else if (!canOffer(item, part)) {
        const message =
          `The menu item ${item.id} is ${articles[item.kind]}, ` +
          `which cannot offer ${articles[part.kind]}: ${partId}.`
        faults.push({ at, reason: 'invalid', message })
      }
    }
  }
}

/** As it can be ordered: an item with sub-items and modifiers, a sub-item with modifiers. */
function canOffer(item: MenuItem, part: MenuItem): boolean {
  if (item.kind === 'Item') return part.kind !== 'Item'
  return item.kind === 'SubItem' && part.kind === 'Modifier'
}

const articles: Readonly<Record<MenuItem['kind'], string>> = {
  Item: 'an Item',
  SubItem: 'a SubItem',
  Modifier: 'a Modifier',
}

/** A table or waiter with open orders, or a table with seated parties. */
export interface InUse {
  part: 'tables' | 'waiters'
  id: string
  name: string
  orderIds: string[]
  partyIds: string[]
}

const MOST_NAMED = 3

export function inUseFault({ part, id, name, orderIds, partyIds }: InUse): SetupFault {
  const reasons = [
    ...orderIds.map((each) => `the order ${each} is open`),
    ...partyIds.map((each) => `the party ${each} sits there`),
  ]
  const because = reasons.slice(0, MOST_NAMED).join(' and ')
  return {
    at: undefined,
    reason: 'in-use',
    message: `The ${nouns[part]} ${name} (${id}) cannot be retired while ${because}.`,
    facts: { orderIds, partyIds },
  }
}

// --- refused

/** @throws Refusal with the first fault, if there is one */
export function refuseFirst([fault]: readonly SetupFault[]): void {
  if (fault === undefined) return
  const { reason, message, facts } = fault
  if (reason === 'in-use' || reason === 'name-taken') {
    throw new Refusal('Conflict', reason, message, facts)
  }
  throw invalid(message, reason)
}

/**
 * Entries that could not be read are faulty already; what follows from that is no news.
 * @param unread faults of such entries
 */
export function withoutConsequences(
  unread: readonly SetupFault[],
  planned: readonly SetupFault[],
): SetupFault[] {
  const unreadEntries = new Set(unread.map(entryOf))
  return [...unread, ...planned.filter((fault) => !unreadEntries.has(entryOf(fault)))]
}

/** The line or the entry, whichever of its fields is at fault. */
const entryOf = ({ at }: SetupFault): string =>
  at === undefined ? '' : spokenPlace(at).replace(/\].*$/, ']')

/** @throws Refusal `setup-faults` with the faults in the order of the file, if there are any */
export function refuseAll(faults: readonly SetupFault[]): void {
  if (faults.length === 0) return
  const inOrder = [...faults].sort((a, b) => lineOf(a) - lineOf(b))
  const listed = inOrder.slice(0, limits.maxListedFaults)
  const [first] = listed
  const where = first?.at === undefined ? '' : `At ${spokenPlace(first.at)}: `
  throw new Refusal(
    'InvalidRequest',
    'setup-faults',
    `The set-up has ${spokenCount(faults.length)}; nothing was written. ${where}${first?.message}`,
    { errors: listed.map(({ at, message, facts }) => ({ ...at, message, ...facts })) },
  )
}

function spokenCount(count: number): string {
  if (count === 1) return 'one fault'
  const isCut = count > limits.maxListedFaults
  return `${count} faults${isCut ? `, of which the first ${limits.maxListedFaults} are listed` : ''}`
}

/** Faults of the whole come last; fields have no lines, and stay as they were found. */
function lineOf({ at }: SetupFault): number {
  if (at === undefined) return Number.MAX_SAFE_INTEGER
  return 'line' in at ? at.line : 0
}
