// What staff order, looked up on the menu.
import { conflict, invalid, Refusal } from '../errors.ts'
import type { NewId } from '../ids.ts'
import { same } from '../../lib/same.ts'
import { otherContent, type NewLine } from './change-lines.ts'
import { ratesOf, type MenuRates } from './order-type.ts'
import type { LineKind, Order } from './order.ts'

/** A line as it is ordered, with its parts. */
export interface OrderedLine {
  id?: string
  plu: string
  quantity?: number
  note?: string
  course?: string
  /** Another price than the menu has. */
  unitAmountMinor?: number
  modifiers?: OrderedLine[]
  subItems?: OrderedLine[]
}

/** What the menu has of a PLU. */
export interface Offer extends MenuRates {
  plu: string
  kind: LineKind
  name: string
  priceMinor: number
  course?: string
  available: boolean
  /** The PLUs of the modifiers and sub-items that it can be ordered with. */
  parts: ReadonlySet<string>
}

/** The PLUs of lines and of all their parts. */
export function plusOf(ordered: readonly OrderedLine[]): string[] {
  const plus = new Set<string>()
  const add = ({ plu, modifiers = [], subItems = [] }: OrderedLine): void => {
    plus.add(plu)
    for (const part of [...modifiers, ...subItems]) add(part)
  }
  for (const line of ordered) add(line)
  return [...plus]
}

/** @throws Refusal Conflict: only managers and owners may set a price */
export function mustMaySetPrices(role: string, ordered: readonly OrderedLine[]): void {
  if (role === 'waiter' && ordered.some((line) => line.unitAmountMinor !== undefined)) {
    throw new Refusal(
      'Conflict',
      'forbidden',
      "A price other than the menu's needs the role manager or owner; your token is a waiter's.",
    )
  }
}

/**
 * The lines that the order does not have yet, with names, prices and tax rates as the menu has them
 * now; what is taken away may have a rate of its own.
 * @throws Refusal InvalidRequest: not on the menu, or not an option of its item; Conflict: not
 *   available; on the order already with other content
 */
export function linesOrdered(
  order: Order,
  ordered: readonly OrderedLine[],
  menu: ReadonlyMap<string, Offer>,
  { newId, waiterId }: { newId: NewId; waiterId?: string },
): NewLine[] {
  const lines: NewLine[] = []
  interface Above {
    lineId: string
    offer: Offer
    course?: string
  }
  const add = (wanted: OrderedLine, field: string, kind: LineKind, above?: Above): void => {
    const offer = offerOf(menu.get(wanted.plu), wanted.plu, { field, kind, above: above?.offer })
    const { id: lineId = newId('lin'), quantity = 1, note, unitAmountMinor } = wanted
    const course = wanted.course ?? offer.course ?? above?.course
    lines.push({
      lineId,
      parentLineId: above?.lineId,
      kind,
      plu: offer.plu,
      name: offer.name,
      quantity,
      unitAmountMinor: unitAmountMinor ?? offer.priceMinor,
      ...ratesOf(order.orderType, offer),
      course,
      note,
      waiterId,
    })
    const below = { lineId, offer, course }
    wanted.modifiers?.forEach((each, index) => {
      add(each, `${field}.modifiers[${index}]`, 'Modifier', below)
    })
    wanted.subItems?.forEach((each, index) => {
      add(each, `${field}.subItems[${index}]`, 'SubItem', below)
    })
  }
  // The parts of a line that is on the order already may have no ids to be known by.
  ordered.forEach((each, index) => {
    if (!isOnOrder(order, each)) add(each, `lines[${index}]`, 'Item')
  })
  return lines
}

/** @throws Refusal Conflict: the line is there with other parts, or as another thing */
function isOnOrder({ lines }: Order, wanted: OrderedLine): boolean {
  const line = lines.find(({ lineId }) => lineId === wanted.id)
  if (line === undefined) return false
  const partsBelow = (lineId: string): string[] =>
    lines
      .filter(({ parentLineId }) => parentLineId === lineId)
      .map((part) => JSON.stringify([part.kind, part.plu, part.quantity, partsBelow(part.lineId)]))
      .sort()
  const isSame =
    line.plu === wanted.plu &&
    line.kind === 'Item' &&
    same(partsBelow(line.lineId), partsWanted(wanted))
  if (!isSame) throw otherContent(line.lineId)
  return true
}

function partsWanted({ modifiers = [], subItems = [] }: OrderedLine): string[] {
  const described = (kind: LineKind, part: OrderedLine): string =>
    JSON.stringify([kind, part.plu, part.quantity ?? 1, partsWanted(part)])
  return [
    ...modifiers.map((part) => described('Modifier', part)),
    ...subItems.map((part) => described('SubItem', part)),
  ].sort()
}

function offerOf(
  offer: Offer | undefined,
  plu: string,
  { field, kind, above }: { field: string; kind: LineKind; above: Offer | undefined },
): Offer {
  if (offer === undefined) {
    throw invalid(`${field}.plu: ${plu} is not on the menu.`, 'unknown-reference')
  }
  if (offer.kind !== kind) {
    throw invalid(`${field}.plu: ${plu} is of the kind ${offer.kind} on the menu, not ${kind}.`)
  }
  if (above !== undefined && !above.parts.has(plu)) {
    throw invalid(`${field}.plu: ${plu} is not an option for ${above.plu} (${above.name}).`)
  }
  if (!offer.available) {
    throw conflict('unavailable-item', `${offer.name} (${plu}) is not available.`, { plu })
  }
  return offer
}
