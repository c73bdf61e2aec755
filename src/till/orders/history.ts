// What happened to an order, and when.
import { Type } from 'typebox'
import { limits } from '../../limits.ts'
import { readHistory, type HistoryRow } from '../../store/orders/read-history.ts'
import { EVERYBODY, operation } from '../kit/operation.ts'
import { Fields, OrderPath, Sum, Time } from '../kit/shapes.ts'

const Text = Type.Optional(Type.String())

export const HistoryEntry = Fields(
  {
    sequence: Type.Integer({ description: 'Counts the entries of the order, from 1.' }),
    at: Time,
    action: Type.String({
      description: 'For example Opened, LinesAdded, PaymentRecorded, Locked.',
    }),
    detail: Type.Object({}, { description: 'Ids, amounts, reasons, by action.' }),
    waiterId: Text,
    deviceId: Text,
    product: Text,
    deviceType: Text,
    totalMinor: Type.Optional({
      ...Sum,
      description: 'The total of the order after it, where the entry changed it.',
    }),
    paidMinor: Type.Optional({
      ...Sum,
      description: 'What is paid of the order after it, where the entry changed it.',
    }),
  },
  { title: 'HistoryEntry' },
)

const entryView = ({ sequence, at, action, detail, ...by }: HistoryRow): object => ({
  sequence,
  at: at.toISOString(),
  action,
  detail,
  waiterId: by.caller_waiter_id ?? undefined,
  deviceId: by.caller_device_id ?? undefined,
  product: by.caller_product ?? undefined,
  deviceType: by.caller_device_type ?? undefined,
  totalMinor: by.total_minor ?? undefined,
  paidMinor: by.paid_minor ?? undefined,
})

export const historyOperations = [
  operation({
    id: 'readOrderHistory',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/history',
    summary: 'What happened to an order, oldest first: who locked, edited and paid, and from where',
    tag: 'Orders',
    roles: EVERYBODY,
    params: OrderPath,
    query: Fields({
      after: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 2_147_483_647,
          description: 'The sequence of the last entry that you know.',
        }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.historyPageRows })),
    }),
    answer: Fields({
      rows: Type.Array(HistoryEntry),
      after: Type.Optional(Type.Integer({ description: 'Where to go on; absent at the end.' })),
    }),
    run: async ({ database, caller, params, query: { after, limit = limits.historyPageRows } }) => {
      const rows = await readHistory(database, caller.locationId, params.orderId, {
        after,
        rows: limit + 1,
      })
      const page = rows.slice(0, limit)
      return {
        body: {
          rows: page.map(entryView),
          ...(rows.length > limit ? { after: page.at(-1)!.sequence } : {}),
        },
      }
    },
  }),
]
