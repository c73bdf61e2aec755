// The lines of a tab: ordered, changed and made void one by one, so that two devices at one table
// lose nothing of each other's.
import { isDeepStrictEqual } from 'node:util'
import { Type, type Static } from 'typebox'
import { conflict, invalid, Refusal } from '../../domain/errors.ts'
import type { NewId } from '../../domain/ids.ts'
import {
  addLines,
  changeLine,
  defined,
  mustBeChangeable,
  mustBeOpen,
  voidLine,
  type LineKind,
  type NewTabLine,
  type Tab,
} from '../../domain/orders/tab.ts'
import { limits } from '../../limits.ts'
import { readOffers, type MenuOffer } from '../../store/venue/menu.ts'
import { changeTab } from '../../store/orders/tabs.ts'
import { editTab, holdAsSeen } from './edit-order.ts'
import { operation, STAFF, type TillCaller } from '../kit/operation.ts'
import {
  Emptied,
  Fields,
  Id,
  LinePath,
  Name,
  Note,
  OrderPath,
  Quantity,
  Reason,
} from '../kit/shapes.ts'
import { answerTab, TabShape } from './order-view.ts'
import { mustHaveRoom } from './orders.ts'

const tag = 'Lines'

const ownOf = { id: Type.Optional(Id), plu: Id, quantity: Type.Optional(Quantity) }
const Part = Fields(ownOf)
const Parts = Type.Optional(Type.Array(Part, { maxItems: limits.maxLinesAtOnce }))
const SubItem = Fields({ ...ownOf, modifiers: Parts })

const Ordered = Fields({
  ...ownOf,
  note: Type.Optional(Note),
  course: Type.Optional(Name),
  unitAmountMinor: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: limits.maxAmountMinor,
      description: 'Another price than the menu has; takes a manager.',
    }),
  ),
  modifiers: Parts,
  subItems: Type.Optional(Type.Array(SubItem, { maxItems: limits.maxLinesAtOnce })),
})

interface Wanted {
  id?: string
  plu: string
  quantity?: number
  note?: string
  course?: string
  unitAmountMinor?: number
  modifiers?: Wanted[]
  subItems?: Wanted[]
}

const withParts = (wanted: Wanted): Wanted[] => [
  wanted,
  ...[...(wanted.modifiers ?? []), ...(wanted.subItems ?? [])].flatMap(withParts),
]

/**
 * Lines as they are written, with names, prices and tax rates as the menu has them now.
 * @throws Refusal InvalidRequest: not on the menu, or not offered with the item; Conflict: not
 *   available
 */
function linesOf(
  tab: Tab,
  ordered: readonly Wanted[],
  menu: ReadonlyMap<string, MenuOffer>,
  { newId, waiterId }: { newId: NewId; waiterId: string | undefined },
): NewTabLine[] {
  const lines: NewTabLine[] = []
  const add = (
    wanted: Wanted,
    field: string,
    kind: LineKind,
    above?: { lineId: string; offer: MenuOffer; course: string | undefined },
  ): void => {
    const offer = offerOf(menu, wanted.plu, field, kind, above?.offer)
    const {
      id: lineId = newId('lin'),
      quantity = 1,
      note,
      unitAmountMinor = offer.priceMinor,
    } = wanted
    const course = wanted.course ?? offer.course ?? above?.course
    const { plu, name, taxRateHundredths } = offer
    lines.push({
      lineId,
      kind,
      plu,
      name,
      quantity,
      unitAmountMinor,
      taxRateHundredths,
      ...defined({ parentLineId: above?.lineId, course, note, waiterId }),
    })
    wanted.modifiers?.forEach((each, index) => {
      add(each, `${field}.modifiers[${index}]`, 'Modifier', { lineId, offer, course })
    })
    wanted.subItems?.forEach((each, index) => {
      add(each, `${field}.subItems[${index}]`, 'SubItem', { lineId, offer, course })
    })
  }
  // Parts of a line that is there already may have no ids to be known by.
  ordered.forEach((each, index) => {
    if (!isThere(tab, each)) add(each, `lines[${index}]`, 'Item')
  })
  return lines
}

/** Whether the tab has the line. @throws Refusal Conflict: with other parts, or as another thing */
function isThere(tab: Tab, wanted: Wanted): boolean {
  const line = tab.lines.find(({ lineId }) => lineId === wanted.id)
  if (line === undefined) return false
  const partsBelow = (lineId: string): string[] =>
    tab.lines
      .filter(({ parentLineId }) => parentLineId === lineId)
      .map((part) => JSON.stringify([part.kind, part.plu, part.quantity, partsBelow(part.lineId)]))
      .sort()
  const partsOf = ({ modifiers = [], subItems = [] }: Wanted): string[] =>
    [
      ...modifiers.map((part) =>
        JSON.stringify(['Modifier', part.plu, part.quantity ?? 1, partsOf(part)]),
      ),
      ...subItems.map((part) =>
        JSON.stringify(['SubItem', part.plu, part.quantity ?? 1, partsOf(part)]),
      ),
    ].sort()
  if (
    line.plu === wanted.plu &&
    line.kind === 'Item' &&
    isDeepStrictEqual(partsBelow(line.lineId), partsOf(wanted))
  ) {
    return true
  }
  throw conflict(
    'content-differs',
    `The line ${line.lineId} is already on this tab, with other content.`,
  )
}

function offerOf(
  menu: ReadonlyMap<string, MenuOffer>,
  plu: string,
  field: string,
  kind: LineKind,
  above: MenuOffer | undefined,
): MenuOffer {
  const offer = menu.get(plu)
  if (offer === undefined) {
    throw invalid(
      `The field ${field}.plu is ${plu}, which is not on the menu.`,
      'unknown-reference',
    )
  }
  if (offer.kind !== kind) {
    throw invalid(
      `The field ${field}.plu is ${plu}, which is of the kind ${offer.kind} on the menu, and not ${kind}.`,
    )
  }
  if (above !== undefined && !above.parts.has(plu)) {
    throw invalid(
      `The field ${field}.plu is ${plu}, with which ${above.plu} (${above.name}) is not offered.`,
    )
  }
  if (!offer.available) {
    throw conflict('unavailable-item', `${offer.name} (${plu}) is not available.`, { plu })
  }
  return offer
}

/** @throws Refusal `forbidden` */
function mustMayPrice({ role }: TillCaller, lines: readonly Static<typeof Ordered>[]): void {
  if (role === 'waiter' && lines.some((line) => line.unitAmountMinor !== undefined)) {
    throw new Refusal(
      'Conflict',
      'forbidden',
      'Another price than that of the menu takes a token of the role manager or owner.',
    )
  }
}

export const lineOperations = [
  operation({
    id: 'addLines',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/lines',
    summary: 'Orders items from the menu',
    description:
      'Prices are copied from the menu. A line with an id of your own that the tab has already is not added again.',
    tag,
    roles: STAFF,
    params: OrderPath,
    body: Fields(
      { lines: Type.Array(Ordered, { minItems: 1, maxItems: limits.maxLinesAtOnce }) },
      {
        examples: [
          {
            lines: [
              {
                plu: 'BURGER',
                quantity: 2,
                course: 'Mains',
                note: 'well done',
                modifiers: [{ plu: 'CHEESE' }],
              },
              { plu: 'IPA-PINT' },
            ],
          },
        ],
      },
    ),
    answer: TabShape,
    run: async (given) => {
      const {
        tx,
        caller,
        deps: { newId },
        params,
        body,
      } = given
      mustMayPrice(caller, body.lines)
      const plus = [...new Set(body.lines.flatMap(withParts).map(({ plu }) => plu))]
      // One after the other in the database, one round trip.
      const [menu, held] = await Promise.all([
        readOffers(tx, caller.locationId, plus),
        holdAsSeen(given, params.orderId),
      ])
      return answerTab(
        changeTab(tx, caller, held, (tab, nowMs) => {
          const added = linesOf(tab, body.lines, menu, { newId, waiterId: caller.waiterId })
          const after = addLines(tab, added, nowMs)
          if (after === tab) return undefined
          mustBeChangeable(tab, nowMs)
          mustHaveRoom(after.lines.length, limits.maxLinesOfTab, 'lines')
          return {
            action: 'LinesAdded',
            detail: {
              lines: added.map(({ lineId, name, quantity }) => ({ lineId, name, quantity })),
            },
            tab: after,
          }
        }),
        caller.currency,
      )
    },
  }),

  operation({
    id: 'changeLine',
    does: 'write',
    method: 'PATCH',
    path: '/orders/{orderId}/lines/{lineId}',
    summary: 'Changes the quantity, note or course of a line',
    description: 'A note or course can be changed also while somebody pays.',
    tag,
    roles: STAFF,
    params: LinePath,
    body: Fields({
      quantity: Type.Optional(Quantity),
      note: Type.Optional(Emptied(Note)),
      course: Type.Optional(Emptied(Name)),
    }),
    answer: TabShape,
    run: async (given) =>
      await editTab(given, given.params.orderId, (tab, nowMs) => {
        const {
          params: { lineId },
          body,
        } = given
        if (body.quantity === undefined) mustBeOpen(tab)
        else mustBeChangeable(tab, nowMs)
        return {
          action: 'LineChanged',
          detail: { lineId, ...body },
          tab: changeLine(tab, lineId, body),
        }
      }),
  }),

  operation({
    id: 'voidLine',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/lines/{lineId}/void',
    summary: 'Takes a line off the bill, with all below it',
    description: 'It stays on record, with the reason.',
    tag,
    roles: STAFF,
    params: LinePath,
    body: Fields({ reason: Reason }),
    answer: TabShape,
    run: async (given) =>
      await editTab(given, given.params.orderId, (tab, nowMs) => {
        const {
          params: { lineId },
          body: { reason },
        } = given
        const line = tab.lines.find((each) => each.lineId === lineId)
        if (line?.voidedAt !== undefined && line.voidReason === reason) return undefined
        mustBeChangeable(tab, nowMs)
        return {
          action: 'LineVoided',
          detail: { lineId, name: line?.name, quantity: line?.quantity, reason },
          tab: voidLine(tab, lineId, reason, nowMs),
        }
      }),
  }),
]
