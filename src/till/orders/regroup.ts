// Two tabs become one, a part of one becomes a tab of its own, and who pays what.
import { Type } from 'typebox'
import { contentHash } from '../../domain/content-hash.ts'
import { conflict } from '../../domain/errors.ts'
import { splitByItems, splitByPeople } from '../../domain/orders/fair-split.ts'
import { balanceMinor } from '../../domain/orders/order.ts'
import { merge, splitOff, spreadDiscounts } from '../../domain/orders/regroup.ts'
import { defined, type Tab } from '../../domain/orders/tab.ts'
import { limits } from '../../limits.ts'
import {
  checkReferences,
  holdTab,
  movePayments,
  openTab,
  readOpenedBefore,
  readTab,
  writeTab,
} from '../../store/orders/tabs.ts'
import { holdAsSeen } from './edit-order.ts'
import { mustMatch, operation, STAFF } from '../kit/operation.ts'
import { Covers, Fields, Id, Name, OneOf, OrderPath, Quantity, Sum } from '../kit/shapes.ts'
import { answerTab, TabShape, tabView } from './order-view.ts'
import { mustHaveRoom, newTab } from './orders.ts'

const tag = 'Merging and splitting'

const Portion = Fields({ lineId: Id, quantity: Type.Optional(Quantity) })

const SplitShape = Fields({
  balanceMinor: Sum,
  parts: Type.Array(
    Fields({
      items: Type.Optional(
        Type.Array(
          Fields({ lineId: Type.String(), name: Type.String(), sharedBy: Type.Integer() }),
        ),
      ),
      itemsMinor: Type.Optional(Sum),
      discountsMinor: Type.Optional(Sum),
      serviceMinor: Type.Optional(Sum),
      taxesMinor: Type.Optional(Sum),
      totalMinor: Type.Optional(Sum),
      toPayMinor: Type.Integer({
        description: 'Its part of what is still owed; the parts sum to the balance.',
      }),
    }),
  ),
})

const Some = Type.String({
  pattern: '^[A-Za-z0-9._~:-]+(,[A-Za-z0-9._~:-]+)*$',
  maxLength: limits.maxPathParameterCharacters,
})

const partsOf = (part: string | string[] | undefined): string[][] =>
  part === undefined ? [] : [part].flat().map((ids) => ids.split(','))

export const regroupOperations = [
  operation({
    id: 'mergeTabs',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/merge',
    summary: 'Takes over everything that is on another tab',
    description:
      'Lines, discounts, service charge and payments; the other tab is Canceled and names this one. What both come to together stays the same to the penny, for which discounts of a whole tab become discounts of its lines. Orders that Dojo made are not merged.',
    tag,
    roles: STAFF,
    params: OrderPath,
    body: Fields({ fromOrderId: Id }),
    answer: TabShape,
    run: async ({
      tx,
      caller,
      ifMatch,
      deps: { newId },
      params: { orderId },
      body: { fromOrderId },
    }) => {
      const { locationId, currency } = caller
      // In one order whoever merges what into which, so that two merges wait for each other and do
      // not entangle.
      const [first, second] = [orderId, fromOrderId].sort() as [string, string]
      const held = new Map([
        [first, await holdTab(tx, locationId, first)],
        [second, await holdTab(tx, locationId, second)],
      ])
      const [into, from] = [held.get(orderId)!, held.get(fromOrderId)!]
      if (from.tab.mergedInto === orderId) return answerTab(into, currency)
      mustMatch(ifMatch, into.tab.version, 'order')
      const { nowMs } = into
      mustHaveRoom(
        spreadDiscounts(into.tab, from.tab),
        limits.maxDiscountSharesOfTab,
        'discounts of its lines',
      )
      const { target, source } = merge(into.tab, from.tab, nowMs, newId)
      mustHaveRoom(target.lines.length, limits.maxLinesOfTab, 'lines')
      movePayments(tx, locationId, fromOrderId, orderId)
      writeTab(
        tx,
        caller,
        from.tab,
        { action: 'MergedInto', detail: { orderId, totalMinor: from.tab.totalMinor }, tab: source },
        nowMs,
      )
      return answerTab(
        writeTab(
          tx,
          caller,
          into.tab,
          {
            action: 'Merged',
            detail: { fromOrderId, totalMinor: from.tab.totalMinor },
            tab: target,
          },
          nowMs,
        ),
        currency,
      )
    },
  }),

  operation({
    id: 'splitOffTab',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/split-off',
    creates: true,
    summary: 'Moves items, or some of an item, to a new tab',
    description:
      'With their discounts and their part of the service charge. Payments stay. What both come to together is what the one came to. With an id of your own for the new tab the same again changes nothing.',
    tag,
    roles: STAFF,
    params: OrderPath,
    body: Fields({
      id: Type.Optional(Id),
      lines: Type.Array(Portion, { minItems: 1, maxItems: limits.maxLinesAtOnce }),
      tableId: Type.Optional(Id),
      displayName: Type.Optional(Name),
      covers: Type.Optional(Covers),
    }),
    answer: Fields({ order: TabShape, newOrder: TabShape }),
    run: async (given) => {
      const {
        tx,
        caller,
        deps: { newId },
        params: { orderId },
        body,
      } = given
      const { locationId, currency } = caller
      const { id, lines, displayName, covers } = body
      const hash = contentHash([orderId, body])
      const before = id === undefined ? undefined : await readOpenedBefore(tx, locationId, id, hash)
      if (before !== undefined) {
        const order = await readTab(tx, locationId, orderId)
        return {
          body: { order: tabView(order, currency), newOrder: tabView(before, currency) },
          version: order.tab.version,
        }
      }
      const { tab, nowMs } = await holdAsSeen(given, orderId)
      const tableId = body.tableId ?? tab.tableId
      await checkReferences(tx, locationId, defined({ tableId: body.tableId }))
      const { orderType, waiterId, partyId } = tab
      const fresh: Tab = {
        ...newTab(
          caller,
          id ?? newId('ord'),
          { orderType, ...defined({ tableId, waiterId, partyId, displayName, covers }) },
          nowMs,
        ),
        status: tab.status,
      }
      mustHaveRoom(spreadDiscounts(tab), limits.maxDiscountSharesOfTab, 'discounts of its lines')
      const { kept, taken } = splitOff(tab, fresh, lines, nowMs, newId)
      const order = writeTab(
        tx,
        caller,
        tab,
        {
          action: 'SplitOff',
          detail: { newOrderId: fresh.orderId, lines, totalMinor: taken.totalMinor },
          tab: kept,
        },
        nowMs,
      )
      const opened = await openTab(tx, caller, taken, hash, nowMs, { fromOrderId: orderId })
      if (opened === undefined) {
        throw conflict('content-differs', `The id ${fresh.orderId} already names another order.`)
      }
      // The name of its table is not known before it is written.
      const newOrder = tableId === undefined ? opened : await readTab(tx, locationId, fresh.orderId)
      return {
        body: { order: tabView(order, currency), newOrder: tabView(newOrder, currency) },
        version: order.tab.version,
        status: 201,
      }
    },
  }),

  operation({
    id: 'splitFairly',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/split',
    summary: 'Who pays what',
    description:
      'By people: equal parts of what is owed. By items: each `part` names items, separated by commas; an item in several parts is shared by them, and what no part names is in a last part. Discounts, service charge and taxes go with the items. Nothing is changed.',
    tag,
    roles: STAFF,
    params: OrderPath,
    query: Fields({
      by: OneOf(['people', 'items']),
      people: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxSplitParts })),
      part: Type.Optional(Type.Union([Some, Type.Array(Some, { maxItems: limits.maxSplitParts })])),
    }),
    answer: SplitShape,
    run: async ({ database, caller, params, query: { by, people, part } }) => {
      const { tab } = await readTab(database, caller.locationId, params.orderId)
      if (by === 'people') {
        return {
          body: {
            balanceMinor: balanceMinor(tab),
            parts: splitByPeople(tab, people ?? Math.max(1, tab.covers ?? 1)).map((toPayMinor) => ({
              toPayMinor,
            })),
          },
          version: tab.version,
        }
      }
      const names = new Map(tab.lines.map(({ lineId, name }) => [lineId, name]))
      const parts = splitByItems(tab, partsOf(part)).map(({ items, ...amounts }) => ({
        items: items.map((item) => ({ ...item, name: names.get(item.lineId)! })),
        ...amounts,
      }))
      return { body: { balanceMinor: balanceMinor(tab), parts }, version: tab.version }
    },
  }),
]
