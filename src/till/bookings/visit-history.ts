// What happened to a party or a reservation, by whom.
import { Type } from 'typebox'
import { pageRequest, type Cursor as PageCursor } from '../../domain/page.ts'
import { defined } from '../../domain/orders/tab.ts'
import {
  readVisitHistory,
  type VisitHistoryRow,
  type VisitKind,
} from '../../store/bookings/visits.ts'
import type { Answered, ReadContext, TillCaller } from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import { Cursor, Fields, PageOf, Time } from '../kit/shapes.ts'

export const VisitHistoryQuery = Fields(Cursor)

export const VisitHistoryPage = PageOf(
  Fields({
    sequence: Type.Integer({ description: 'Counts from 1.' }),
    at: Time,
    action: Type.String(),
    detail: Type.Object(
      {},
      {
        additionalProperties: true,
        description: '`set` has the fields that became different, null for one that was emptied.',
      },
    ),
    waiterId: Type.Optional(Type.String()),
    product: Type.Optional(
      Type.String({ description: 'Till, or what Dojo names its own product.' }),
    ),
    deviceId: Type.Optional(Type.String()),
    deviceType: Type.Optional(Type.String()),
  }),
)

/** @throws Refusal NotFound */
export async function answerHistory(
  { database, caller: { locationId, cursorKey } }: ReadContext & { caller: TillCaller },
  kind: VisitKind,
  visitId: string,
  cursor: PageCursor,
): Promise<Answered> {
  const page = await readVisitHistory(
    database,
    locationId,
    kind,
    visitId,
    pageRequest('visit-history', cursorKey, cursor),
  )
  return { body: pageView(page, 'visit-history', cursorKey, entryView) }
}

const entryView = (row: VisitHistoryRow): object => ({
  sequence: row.sequence,
  at: row.at.toISOString(),
  action: row.action,
  detail: row.detail,
  ...defined({
    waiterId: row.caller_waiter_id ?? undefined,
    product: row.caller_product ?? undefined,
    deviceId: row.caller_device_id ?? undefined,
    deviceType: row.caller_device_type ?? undefined,
  }),
})
