// Business days: opened with a float, counted, closed with a report that does not change any more.
import { Type, type Static } from 'typebox'
import { dayAt, isCalendarDay } from '../../domain/venue/day.ts'
import { conflict, invalid, notFound } from '../../domain/errors.ts'
import { pageRequest } from '../../domain/page.ts'
import {
  closeDay,
  countDay,
  findOpenDay,
  holdDay,
  isClosed,
  listDays,
  openDay,
  readDay,
  readDayWithReport,
  readNowMs,
  type BusinessDay,
} from '../../store/venue/days.ts'
import { dayCsv } from './day-csv.ts'
import { CountShape, DayPage, DayShape, daySummary, dayView } from './day-view.ts'
import {
  MANAGERS,
  mustMatch,
  operation,
  type Answered,
  type TextAnswer,
  type TillCaller,
} from '../kit/operation.ts'
import { Cursor, Day, Fields, Id, Minor, OneOf } from '../kit/shapes.ts'
import { pageView } from '../kit/page.ts'

const tag = 'Days'
const DayPath = Fields({ dayId: Id })
const Format = Fields({ format: Type.Optional(OneOf(['json', 'csv'])) })

/** What stands in the place of an id. */
const CURRENT = 'current'

const answerDay = (day: BusinessDay, status = 200): Answered => ({
  body: dayView(day),
  version: day.version,
  status,
})

function answerReport(day: BusinessDay, { format }: Static<typeof Format>): Answered | TextAnswer {
  return format === 'csv'
    ? { text: dayCsv(day, day.report!), type: 'text/csv; charset=utf-8' }
    : answerDay(day)
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
      'One at a time. Tabs and payments need no open day: what came before one is opened is counted in it.',
    tag,
    roles: MANAGERS,
    body: Fields({ id: Type.Optional(Id), floatMinor: Minor, day: Type.Optional(Day) }),
    answer: DayShape,
    run: async ({ tx, caller, deps, body }) => {
      const { id, floatMinor, day } = body
      if (id === CURRENT) {
        throw invalid(`The field id is ${CURRENT}, which stands for the open day.`)
      }
      if (day !== undefined && !isCalendarDay(day)) {
        throw invalid(
          `The field day is ${day}, which is not a day of the calendar; write it as 2026-11-20.`,
        )
      }
      const today = day ?? dayAt(await readNowMs(tx), caller.timeZone)
      const opened = await openDay(tx, caller.locationId, {
        dayId: id ?? deps.newId('day'),
        day: today,
        openedBy: whoIs(caller),
        floatMinor,
      })
      if (!opened.isNew && isClosed(opened.day)) {
        throw conflict(
          'day-closed',
          `The day ${id} (${opened.day.day}) is closed; give this one another id.`,
          { closedAt: opened.day.closedAt },
        )
      }
      if (
        !opened.isNew &&
        (opened.day.floatMinor !== floatMinor || (day !== undefined && opened.day.day !== day))
      ) {
        throw conflict('content-differs', `The id ${id} already names another business day.`)
      }
      return answerDay(opened.day, opened.isNew ? 201 : 200)
    },
  }),

  operation({
    id: 'listDays',
    does: 'read',
    method: 'GET',
    path: '/days',
    summary: 'The business days, newest first, with the sums of the closed ones',
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
    summary: 'The open day, with its report as it would be now',
    description: 'Nothing is counted by looking.',
    tag,
    roles: MANAGERS,
    query: Format,
    answer: DayShape,
    textTypes: ['text/csv'],
    run: async ({ deps: { store }, caller: { locationId }, query }) => {
      const day = await readDayWithReport(
        store.database,
        locationId,
        async (tx) => await findOpenDay(tx, locationId),
      )
      if (day === undefined) throw notFound('business day', CURRENT)
      return answerReport(day, query)
    },
  }),

  operation({
    id: 'readDay',
    does: 'read',
    method: 'GET',
    path: '/days/{dayId}',
    summary: 'A business day with its report, as it was when the day closed',
    tag,
    roles: MANAGERS,
    params: DayPath,
    query: Format,
    answer: DayShape,
    textTypes: ['text/csv'],
    run: async ({ deps: { store }, caller: { locationId }, params, query }) => {
      const day = await readDayWithReport(
        store.database,
        locationId,
        async (tx) => await readDay(tx, locationId, params.dayId),
      )
      return answerReport(day!, query)
    },
  }),

  operation({
    id: 'countDay',
    does: 'write',
    method: 'POST',
    path: '/days/{dayId}/count',
    summary: 'What was counted in the drawers',
    description: 'Replaces what was counted before, until the day is closed.',
    tag,
    roles: MANAGERS,
    params: DayPath,
    body: CountShape,
    answer: DayShape,
    run: async ({ tx, caller: { locationId }, ifMatch, params: { dayId }, body }) => {
      const day = await holdDay(tx, locationId, dayId)
      mustMatch(ifMatch, day.version, 'business day')
      if (isClosed(day)) {
        throw conflict(
          'day-closed',
          `The day ${dayId} (${day.day}) is closed; its report does not change any more.`,
          { closedAt: day.closedAt },
        )
      }
      return answerDay(await countDay(tx, locationId, dayId, body))
    },
  }),

  operation({
    id: 'closeDay',
    does: 'alone',
    method: 'POST',
    path: '/days/{dayId}/close',
    summary: 'Closes a business day and freezes its report',
    description:
      'Everything that no day has counted is counted in this one. Refused while tabs are open, unless they are carried over. Closing again answers the same.',
    tag,
    roles: MANAGERS,
    params: DayPath,
    body: Fields({ carryOpenTabs: Type.Optional(Type.Boolean()) }),
    answer: DayShape,
    run: async ({
      database,
      deps,
      caller,
      ifMatch,
      params: { dayId },
      body: { carryOpenTabs = false },
    }) => {
      const { locationId } = caller
      const closed = await closeDay(database, locationId, {
        dayId,
        closedBy: whoIs(caller),
        carryOpenTabs,
        check: (day) => {
          mustMatch(ifMatch, day.version, 'business day')
        },
      })
      const { differenceMinor } = closed.report!
      if (differenceMinor !== 0) {
        deps.notice(locationId, 'the report of a business day does not add up', {
          dayId,
          differenceMinor,
        })
      }
      return answerDay(closed)
    },
  }),
]
