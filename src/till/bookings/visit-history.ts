// The history of a party or a reservation.
import { Type } from 'typebox'
import { pageRequest, type Cursor as PageCursor } from '../../domain/page.ts'
import type { VisitKind } from '../../domain/bookings/visit.ts'
import { readVisitHistory, type VisitHistoryRow } from '../../store/bookings/visit-history.ts'
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
        description: '`set` has the fields that changed, with null for one that was cleared.',
      },
    ),
    waiterId: Type.Optional(Type.String()),
    product: Type.Optional(Type.String({ description: 'Till, or the name of the Dojo product.' })),
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
    { kind, visitId },
    pageRequest('visit-history', cursorKey, cursor),
  )
  return { body: pageView(page, 'visit-history', cursorKey, entryView) }
}

function entryView(row: VisitHistoryRow): object {
  return {
    sequence: row.sequence,
    at: row.at.toISOString(),
    action: row.action,
    detail: row.detail,
    waiterId: row.caller_waiter_id ?? undefined,
    product: row.caller_product ?? undefined,
    deviceId: row.caller_device_id ?? undefined,
    deviceType: row.caller_device_type ?? undefined,
  }
}
