// Business days: opened with a float, counted, closed with a report that no longer changes.
import { Type, type Static } from 'typebox'
import { closeDay } from '../../actions/venue/close-day.ts'
import { countDrawers } from '../../actions/venue/count-drawers.ts'
import { openDay } from '../../actions/venue/open-day.ts'
import {
  CURRENT,
  readDay,
  readTakingsByHour,
  type ReportedDay,
} from '../../actions/venue/read-day.ts'
import { invalid } from '../../domain/errors.ts'
import { pageRequest } from '../../domain/page.ts'
import type { BusinessDay } from '../../domain/venue/business-day.ts'
import { listDays } from '../../store/venue/days.ts'
import {
  MANAGERS,
  operation,
  type Answered,
  type TextAnswer,
  type TillCaller,
} from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import { Cursor, Day, Fields, Id, Minor, OneOf } from '../kit/shapes.ts'
import { dayCsv } from './day-csv.ts'
import { CountShape, DayPage, DayShape, daySummary, dayView, HourShape } from './day-view.ts'

const tag = 'Days'
const DayPath = Fields({ dayId: Id })
const Format = Fields({ format: Type.Optional(OneOf(['json', 'csv'])) })

function answerDay(day: BusinessDay, status = 200): Answered {
  return { body: dayView(day), version: day.version, status }
}

function answerReport(day: ReportedDay, { format }: Static<typeof Format>): Answered | TextAnswer {
  if (format !== 'csv') return answerDay(day)
  return { text: dayCsv(day, day.report), type: 'text/csv; charset=utf-8' }
}

/** Who opened or closed it: the waiter, else the till, else the token. */
const whoIs = ({ waiterId, tillName, tokenId }: TillCaller): string =>
  waiterId ?? tillName ?? tokenId

export const dayOperations = [
  operation({
    id: 'openDay',
    does: 'write',
    method: 'POST',
    path: '/days',
    creates: true,
    summary: 'Opens a business day',
    description:
      'One at a time. Orders and payments need no open day: what came before is counted in the ' +
      'next one that is opened.',
    tag,
    roles: MANAGERS,
    venues: 'native',
    body: Fields({ id: Type.Optional(Id), floatMinor: Minor, day: Type.Optional(Day) }),
    answer: DayShape,
    run: async ({ tx, caller, deps, body }) => {
      const { id, ...given } = body
      if (id === CURRENT) {
        throw invalid(`The field id is ${CURRENT}, which always names the open day. Send another.`)
      }
      const dayId = id ?? deps.newId('day')
      const wanted = { ...given, dayId, openedBy: whoIs(caller) }
      const { day, isNew } = await openDay(tx, caller, wanted)
      return answerDay(day, isNew ? 201 : 200)
    },
  }),

  operation({
    id: 'listDays',
    does: 'read',
    method: 'GET',
    path: '/days',
    summary: 'The business days, newest first; closed ones with their sums',
    tag,
    roles: MANAGERS,
    query: Fields(Cursor),
    answer: DayPage,
    run: async ({ database, caller, query }) => {
      const page = await listDays(
        database,
        caller.locationId,
        pageRequest('days', caller.cursorKey, query),
      )
      return { body: pageView(page, 'days', caller.cursorKey, daySummary) }
    },
  }),

  operation({
    id: 'readCurrentDay',
    does: 'read',
    method: 'GET',
    path: `/days/${CURRENT}`,
    summary: 'The open day with its report as it would be now',
    description: 'Reading it counts nothing.',
    tag,
    roles: MANAGERS,
    query: Format,
    answer: DayShape,
    textTypes: ['text/csv'],
    run: async ({ deps: { store }, caller, query }) =>
      answerReport(await readDay(store.database, caller.locationId, CURRENT), query),
  }),

  operation({
    id: 'readTakingsByHour',
    does: 'read',
    method: 'GET',
    path: '/days/{dayId}/hours',
    summary: 'What a business day took, by hour',
    description:
      `The day ${CURRENT} is the open one. The sums are those of its report; hours in which no ` +
      'money moved are left out.',
    tag,
    roles: MANAGERS,
    params: DayPath,
    answer: Fields({ rows: Type.Array(HourShape) }),
    run: async ({ database, caller, params: { dayId } }) => {
      const hours = await readTakingsByHour(database, caller.locationId, dayId)
      return { body: { rows: hours.map((hour) => ({ ...hour, from: hour.from.toISOString() })) } }
    },
  }),

  operation({
    id: 'readDay',
    does: 'read',
    method: 'GET',
    path: '/days/{dayId}',
    summary: 'A business day with its report; a closed day’s report no longer changes',
    tag,
    roles: MANAGERS,
    params: DayPath,
    query: Format,
    answer: DayShape,
    textTypes: ['text/csv'],
    run: async ({ deps: { store }, caller, params, query }) =>
      answerReport(await readDay(store.database, caller.locationId, params.dayId), query),
  }),

  operation({
    id: 'countDay',
    does: 'write',
    method: 'POST',
    path: '/days/{dayId}/count',
    summary: 'Notes what was counted in the drawers',
    description: 'Replaces an earlier count, until the day is closed.',
    tag,
    roles: MANAGERS,
    venues: 'native',
    params: DayPath,
    body: CountShape,
    answer: DayShape,
    run: async ({ tx, caller, ifMatch, params: { dayId }, body: count }) =>
      answerDay(await countDrawers(tx, caller, dayId, { count, ifMatch })),
  }),

  operation({
    id: 'closeDay',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/days/{dayId}/close',
    summary: 'Closes a business day and freezes its report',
    description:
      'Everything that no day has counted is counted in this one. Refused while orders are open, ' +
      'unless they are carried over. Closing it again answers the same report.',
    tag,
    roles: MANAGERS,
    venues: 'native',
    params: DayPath,
    body: Fields({ carryOpenOrders: Type.Optional(Type.Boolean()) }),
    answer: DayShape,
    run: async ({
      database,
      deps,
      caller,
      ifMatch,
      params: { dayId },
      body: { carryOpenOrders = false },
    }) => {
      const closedBy = whoIs(caller)
      const closed = await closeDay(database, caller, { dayId, closedBy, carryOpenOrders, ifMatch })
      const { differenceMinor } = closed.report!
      if (differenceMinor !== 0) {
        deps.notice(caller.locationId, 'the report of a business day does not add up', {
          dayId,
          differenceMinor,
        })
      }
      return answerDay(closed)
    },
  }),
]
