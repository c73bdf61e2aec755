// What happened to an order, and when.
import { Type } from 'typebox'
import { lastTimeOfDay } from '../../domain/venue/day.ts'
import { invalid } from '../../domain/errors.ts'
import { timeMs } from '../../domain/time.ts'
import { limits } from '../../limits.ts'
import { readHistory, type HistoryRow } from '../../store/orders/read-order.ts'
import { EVERYBODY, operation } from '../kit/operation.ts'
import { Fields, OrderPath, Time } from '../kit/shapes.ts'

export const PointInTime = Type.String({
  maxLength: limits.maxNameCharacters,
  description:
    'A time with its offset from UTC, or hours and minutes: the last time that the clocks of the ' +
    'venue showed them.',
  examples: ['2026-11-21T20:14:00Z', '20:14'],
})

/**
 * In milliseconds since 1970; a time in the future counts as now.
 * @throws Refusal InvalidRequest
 */
export function pointInTime(text: string, timeZone: string, nowMs: number): number {
  if (/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) return lastTimeOfDay(text, timeZone, nowMs)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) {
    throw invalid(
      `The field at is ${text}; write a time as in 2026-11-21T20:14:00Z (with a + as %2B) ` +
        'or as in 20:14.',
    )
  }
  return Math.min(nowMs, timeMs(text, 'at'))
}

const Text = Type.Optional(Type.String())

const Entry = Fields(
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
      rows: Type.Array(Entry),
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
