// Tabs: opened, found, described, moved along their statuses.
import { Type, type Static } from 'typebox'
import { contentHash } from '../../domain/content-hash.ts'
import { invalid } from '../../domain/errors.ts'
import { orderStatuses } from '../../domain/orders/order.ts'
import { pageRequest } from '../../domain/page.ts'
import { priceTab } from '../../domain/orders/price.ts'
import {
  cancelTab,
  defined,
  moveOn,
  mustBeOpen,
  reopen,
  setServiceCharge,
  type Tab,
} from '../../domain/orders/tab.ts'
import { isoTime } from '../../domain/time.ts'
import {
  checkReferences,
  openTab,
  readNow,
  readOpenedBefore,
  readTab,
  readTabAt,
  searchTabs,
} from '../../store/orders/tabs.ts'
import { editTab } from './edit-order.ts'
import { MANAGERS, operation, STAFF, type TillCaller } from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import {
  Covers,
  Cursor,
  Emptied,
  Fields,
  Id,
  Name,
  Note,
  OneOf,
  OrderPath,
  Reason,
  Time,
} from '../kit/shapes.ts'
import { PointInTime, pointInTime } from './history.ts'
import { answerTab, CustomerShape, TabPage, TabShape, tabView } from './order-view.ts'

const tag = 'Orders'

const Opening = Fields(
  {
    id: Type.Optional(Id),
    orderType: OneOf(['DineIn', 'Collection']),
    tableId: Type.Optional(Id),
    waiterId: Type.Optional(Id),
    partyId: Type.Optional(Id),
    covers: Type.Optional(Covers),
    displayName: Type.Optional(Name),
    reference: Type.Optional(Name),
    note: Type.Optional(Note),
    customer: Type.Optional(CustomerShape),
    collectAsap: Type.Optional(Type.Boolean()),
    collectAt: Type.Optional(Time),
  },
  {
    examples: [
      { orderType: 'DineIn', tableId: 'tbl_12', covers: 4 },
      { orderType: 'Collection', customer: { name: 'Ada' }, collectAt: '2026-11-21T19:30:00Z' },
    ],
  },
)

/** Empty, open, with the venue's service charge when the guests sit. */
export function newTab(
  { taxesOnTop, taxName, serviceChargeHundredths, waiterId }: TillCaller,
  orderId: string,
  opening: Static<typeof Opening>,
  nowMs: number,
): Tab {
  const { id: _, collectAt, orderType, customer, ...rest } = opening
  const at = new Date(nowMs).toISOString()
  const tab: Tab = {
    ...rest,
    orderId,
    orderType,
    status: 'Accepted',
    statusBeforeFinal: undefined,
    tableName: undefined,
    version: 0,
    lines: [],
    discounts: [],
    taxLines: [],
    payments: [],
    lock: undefined,
    totalMinor: 0,
    paidMinor: 0,
    tipsMinor: 0,
    taxesOnTop,
    taxName,
    serviceAdjustmentMinor: 0,
    adjustmentMinor: 0,
    createdAt: at,
    updatedAt: at,
    ...(customer === undefined || isNobody('customer', customer) ? {} : { customer }),
    ...defined({
      openedBy: waiterId,
      waiterId: opening.waiterId ?? waiterId,
      collectAt: collectAt && isoTime(collectAt, 'collectAt'),
    }),
  }
  return priceTab(
    orderType === 'DineIn' && serviceChargeHundredths !== undefined
      ? setServiceCharge(tab, { percentageHundredths: serviceChargeHundredths })
      : tab,
  )
}

const Details = Fields({
  tableId: Type.Optional(Emptied(Id)),
  waiterId: Type.Optional(Emptied(Id)),
  partyId: Type.Optional(Emptied(Id)),
  covers: Type.Optional(Emptied(Covers)),
  displayName: Type.Optional(Emptied(Name)),
  reference: Type.Optional(Emptied(Name)),
  note: Type.Optional(Emptied(Note)),
  customer: Type.Optional(Emptied(CustomerShape)),
  collectAsap: Type.Optional(Emptied(Type.Boolean())),
  collectAt: Type.Optional(Emptied(Time)),
})

/** A customer of whom nothing is said is none, and is kept as none. */
const isNobody = (name: string, value: unknown): boolean =>
  name === 'customer' && Object.keys(value as object).length === 0

function withDetails(tab: Tab, details: Static<typeof Details>): Tab {
  const next: Record<string, unknown> = { ...tab }
  for (const [name, value] of Object.entries(details)) {
    if (value === null || isNobody(name, value)) delete next[name]
    else next[name] = name === 'collectAt' ? isoTime(value as string, name) : value
  }
  return next as unknown as Tab
}

const OPEN_STATUSES = orderStatuses.filter((status) => status !== 'Canceled' && status !== 'Failed')

export const tabOperations = [
  operation({
    id: 'openTab',
    does: 'write',
    method: 'POST',
    path: '/orders',
    summary: 'Opens a tab at a table, or for collection',
    creates: true,
    description:
      'Where it names a party, the table and covers are those of the party, unless given. With an id of your own, the same again answers the tab as it is now, and the same id with other content is refused.',
    tag,
    roles: STAFF,
    body: Opening,
    answer: TabShape,
    run: async ({ tx, caller, deps, body }) => {
      const { locationId } = caller
      const orderId = body.id ?? deps.newId('ord')
      const hash = contentHash(body)
      const before =
        body.id === undefined ? undefined : await readOpenedBefore(tx, locationId, orderId, hash)
      if (before !== undefined) return answerTab(before, caller.currency)
      const { nowMs, party } = await checkReferences(
        tx,
        locationId,
        defined({ tableId: body.tableId, partyId: body.partyId, waiterId: body.waiterId }),
      )
      const opening = { ...party, ...body }
      const { tableId } = opening
      const opened = await openTab(tx, caller, newTab(caller, orderId, opening, nowMs), hash, nowMs)
      // Another has just opened it.
      if (opened === undefined) {
        return answerTab((await readOpenedBefore(tx, locationId, orderId, hash))!, caller.currency)
      }
      // The name of its table is not known before it is written.
      return answerTab(
        tableId === undefined ? opened : await readTab(tx, locationId, orderId),
        caller.currency,
        201,
      )
    },
  }),

  operation({
    id: 'listTabs',
    does: 'read',
    method: 'GET',
    path: '/orders',
    summary: 'The tabs of the venue, newest first',
    tag,
    roles: STAFF,
    query: Fields({
      tableId: Type.Optional(Id),
      waiterId: Type.Optional(Id),
      partyId: Type.Optional(Id),
      open: Type.Optional(Type.Boolean()),
      ...Cursor,
    }),
    answer: TabPage,
    run: async ({ database, caller, query }) => {
      const { tableId, waiterId, partyId, open, ...cursor } = query
      const page = await searchTabs(
        database,
        caller.locationId,
        defined({ tableId, waiterId, partyId, openOnly: open }),
        pageRequest('orders', caller.cursorKey, cursor),
      )
      return {
        body: pageView(page, 'orders', caller.cursorKey, (row) => tabView(row, caller.currency)),
      }
    },
  }),

  operation({
    id: 'readTab',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}',
    summary: 'A tab, with its lines one by one',
    description: 'As it is now, or as it was at a time; its table has the name of now then too.',
    tag,
    roles: ['kitchen', ...STAFF],
    params: OrderPath,
    query: Fields({ at: Type.Optional(PointInTime) }),
    answer: TabShape,
    run: async ({ database, caller, params: { orderId }, query: { at } }) => {
      const { locationId, timeZone, currency } = caller
      if (at === undefined) return answerTab(await readTab(database, locationId, orderId), currency)
      return answerTab(
        await readTabAt(
          database,
          locationId,
          orderId,
          pointInTime(at, timeZone, await readNow(database)),
        ),
        currency,
      )
    },
  }),

  operation({
    id: 'describeTab',
    does: 'write',
    method: 'PATCH',
    path: '/orders/{orderId}',
    summary: 'Changes what is said of a tab: its table, waiter, party, covers, names and notes',
    description: 'Also while somebody pays: none of it changes what is owed.',
    tag,
    roles: STAFF,
    params: OrderPath,
    body: Details,
    answer: TabShape,
    run: async (given) => {
      const { tx, caller, params, body } = given
      const { locationId } = caller
      await checkReferences(
        tx,
        locationId,
        defined({
          tableId: body.tableId ?? undefined,
          partyId: body.partyId ?? undefined,
          waiterId: body.waiterId ?? undefined,
        }),
      )
      const answer = await editTab(given, params.orderId, (tab) => {
        mustBeOpen(tab)
        const moved = body.tableId !== undefined && (body.tableId ?? undefined) !== tab.tableId
        return {
          action: moved ? 'Moved' : 'Described',
          detail: moved
            ? { from: tab.tableId, to: body.tableId ?? undefined }
            : { fields: Object.keys(body) },
          tab: withDetails(tab, body),
        }
      })
      // The name of its new table is not known before it is written.
      return body.tableId === undefined
        ? answer
        : answerTab(await readTab(tx, locationId, params.orderId), caller.currency)
    },
  }),

  operation({
    id: 'setTabStatus',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/status',
    summary: 'Moves a tab along its statuses',
    description: 'Forward only. Finalized takes a tab that owes nothing.',
    tag,
    roles: ['kitchen', ...STAFF],
    params: OrderPath,
    body: Fields({ status: OneOf(OPEN_STATUSES) }),
    answer: TabShape,
    run: async (given) =>
      await editTab(given, given.params.orderId, (tab, nowMs) => {
        const { status } = given.body
        return {
          action: 'StatusChanged',
          detail: { status, statusBefore: tab.status },
          tab: moveOn(tab, status, nowMs, given.caller.currency),
        }
      }),
  }),

  operation({
    id: 'cancelTab',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/cancel',
    summary: 'Cancels a tab on which nothing is paid',
    tag,
    roles: MANAGERS,
    params: OrderPath,
    body: Fields({ reason: Reason }),
    answer: TabShape,
    run: async (given) =>
      await editTab(given, given.params.orderId, (tab, nowMs) => ({
        action: 'Canceled',
        detail: { reason: given.body.reason, statusBefore: tab.status },
        tab: cancelTab(tab, nowMs),
      })),
  }),

  operation({
    id: 'reopenTab',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/reopen',
    summary: 'Opens a Finalized tab again',
    tag,
    roles: MANAGERS,
    params: OrderPath,
    body: Fields({ reason: Reason }),
    answer: TabShape,
    run: async (given) =>
      await editTab(given, given.params.orderId, (tab) => ({
        action: 'Reopened',
        detail: { reason: given.body.reason },
        tab: reopen(tab),
      })),
  }),
]

/** @throws Refusal InvalidRequest when there is more of something than a tab has room for */
export function mustHaveRoom(count: number, most: number, what: string): void {
  if (count > most) throw invalid(`A tab has ${most} ${what} at the most.`)
}
