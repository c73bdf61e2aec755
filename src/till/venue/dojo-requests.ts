// The last requests of Dojo and why some were refused, and the switch that keeps what they said.
import { Type } from 'typebox'
import { endRequestLog, startRequestLog } from '../../actions/venue/switch-request-log.ts'
import { notFound } from '../../domain/errors.ts'
import { pageRequest } from '../../domain/page.ts'
import { limits } from '../../limits.ts'
import {
  listRequests,
  readRequest,
  type ListedDojoRequest,
} from '../../store/venue/dojo-requests.ts'
import { readBodies, readLogSwitches, type LogSwitch } from '../../store/venue/request-log.ts'
import type { Queryable } from '../../store/database/database.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import { Cursor, Fields, Id, OneOf, PageOf, Time } from '../kit/shapes.ts'
import { whatToDo } from './what-to-do.ts'

const tag = 'Venue'
const Text = Type.Optional(Type.String())
const RequestPath = Fields({ requestId: Id })

const requestFields = {
  id: Type.String(),
  at: { ...Time, description: 'When it was answered.' },
  capability: Type.String(),
  transport: OneOf(['rest', 'socket', 'webhook']),
  outcome: OneOf(['Answered', 'Refused', 'Failed'], {
    description:
      'Refused: a rule said no, and Dojo got the reason. Failed: a fault of this server.',
  }),
  status: Type.Integer({ description: 'The HTTP status; over a socket, the one it would have.' }),
  errorType: Text,
  reason: Type.Optional(Type.String({ description: 'Why it was refused, in one word.' })),
  sentence: Type.Optional(
    Type.String({ description: 'Why it was refused, as it was sent to Dojo.' }),
  ),
  durationMs: Type.Number(),
  traceId: Type.String({ description: 'Also in the log of the server.' }),
  orderId: Type.Optional(Type.String({ description: 'The order that it names.' })),
  orderName: Type.Optional(
    Type.String({
      description: 'Its table, or its own name; absent if the venue has no such order.',
    }),
  ),
  paymentIntentId: Text,
  waiterId: Text,
  deviceId: Text,
  deviceType: Text,
  product: Text,
  droppedBefore: Type.Optional(
    Type.Integer({ description: 'Requests just before it that came too fast to be kept.' }),
  ),
}

export const RequestShape = Fields(requestFields, { title: 'DojoRequest' })

export const RequestWithBodiesShape = Fields(
  {
    ...requestFields,
    whatToDo: Type.Optional(
      Type.String({ description: 'What a manager can do about the refusal.' }),
    ),
    bodies: Type.Optional(
      Fields(
        { request: Type.String(), answer: Type.String() },
        { description: 'JSON without personal data. A long one is cut off.' },
      ),
    ),
  },
  { title: 'DojoRequestWithBodies' },
)

const Who = Fields({ waiterId: Text, deviceId: Text, tokenId: Type.String() })

export const RequestLogShape = Fields(
  {
    isOn: Type.Boolean(),
    switches: Type.Array(
      Fields({
        startedAt: Time,
        endsAt: { ...Time, description: 'When it ends, or ended.' },
        startedBy: Who,
        endedBy: Type.Optional({ ...Who, description: 'Who ended it before its time.' }),
      }),
      { description: 'The last times that it was switched on, newest first.' },
    ),
  },
  { title: 'RequestLog' },
)

export const dojoRequestOperations = [
  operation({
    id: 'listDojoRequests',
    does: 'read',
    method: 'GET',
    path: '/dojo/requests',
    summary: 'The last requests of Dojo and what became of them, newest first',
    description:
      'They appear about a second after they were answered, whichever server answered. Kept are ' +
      `the newest ${limits.answeredRequestsKept} that were answered and the newest ` +
      `${limits.refusedRequestsKept} that were not, for ${limits.requestKeptDays} days at most. ` +
      'Requests with a wrong credential belong to no venue and are not among them.',
    tag,
    roles: MANAGERS,
    query: Fields({
      refusedOnly: Type.Optional(
        Type.Boolean({ description: 'Only those that were refused or failed.' }),
      ),
      capability: Type.Optional(Type.String({ maxLength: limits.maxNameCharacters })),
      search: Type.Optional(
        Type.String({
          maxLength: limits.maxNameCharacters,
          description:
            'Only those with this in their capability, trace id, order, payment, card machine, ' +
            'waiter, product or refusal.',
        }),
      ),
      ...Cursor,
    }),
    answer: PageOf(RequestShape),
    run: async ({ database, caller, query }) => {
      const { refusedOnly, capability, search, ...cursor } = query
      const page = await listRequests(
        database,
        caller.locationId,
        { refusedOnly, capability, search: search === '' ? undefined : search },
        pageRequest('requests', caller.cursorKey, cursor),
      )
      return { body: pageView(page, 'requests', caller.cursorKey, requestView) }
    },
  }),

  operation({
    id: 'readDojoRequest',
    does: 'read',
    method: 'GET',
    path: '/dojo/requests/{requestId}',
    summary: 'A request of Dojo, with what to do about its refusal',
    description: 'With what was sent and answered, while the request log that kept it is on.',
    tag,
    roles: MANAGERS,
    params: RequestPath,
    answer: RequestWithBodiesShape,
    run: async ({ database, caller: { locationId }, params: { requestId } }) => {
      const request = await readRequest(database, locationId, requestId)
      if (request === undefined) throw notFound('request', requestId)
      const bodies = await readBodies(database, locationId, requestId)
      return { body: { ...requestView(request), whatToDo: whatToDo(request), bodies } }
    },
  }),

  operation({
    id: 'readRequestLog',
    does: 'read',
    method: 'GET',
    path: '/dojo/request-log',
    summary: 'Whether bodies of requests are kept, until when, and who switched that on',
    tag,
    roles: MANAGERS,
    answer: RequestLogShape,
    run: async ({ database, caller }) => await answerLog(database, caller.locationId),
  }),

  operation({
    id: 'startRequestLog',
    does: 'write',
    method: 'PUT',
    path: '/dojo/request-log',
    summary: 'Keeps what requests say, without personal data, for an hour at most',
    description:
      'From about a second later, on every server. While it is on already, it stays as it is: ' +
      'end it first to begin anew. Once it has ended, nothing of it can be read.',
    tag,
    roles: MANAGERS,
    body: Fields({
      seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.requestLogMostSeconds })),
    }),
    answer: RequestLogShape,
    run: async ({ tx, caller, deps: { newId }, body }) => {
      const { seconds = limits.requestLogMostSeconds } = body
      startRequestLog(tx, caller, { seconds, newId })
      return await answerLog(tx, caller.locationId)
    },
  }),

  operation({
    id: 'endRequestLog',
    does: 'write',
    method: 'DELETE',
    path: '/dojo/request-log',
    summary: 'Keeps no bodies any more, and deletes those that were kept',
    tag,
    roles: MANAGERS,
    answer: RequestLogShape,
    run: async ({ tx, caller }) => {
      endRequestLog(tx, caller)
      return await answerLog(tx, caller.locationId)
    },
  }),
]

async function answerLog(database: Queryable, locationId: string): Promise<{ body: object }> {
  const { isOn, switches } = await readLogSwitches(database, locationId)
  return { body: { isOn, switches: switches.map(switchView) } }
}

function switchView({ startedAt, endsAt, ...who }: LogSwitch): object {
  return { ...who, startedAt: startedAt.toISOString(), endsAt: endsAt.toISOString() }
}

function requestView(listed: ListedDojoRequest): object {
  const { requestId, at, durationUs, droppedBefore, ...request } = listed
  return {
    ...request,
    id: requestId,
    at: at.toISOString(),
    outcome: outcomeOf(request),
    durationMs: Math.round(durationUs / 100) / 10,
    droppedBefore: droppedBefore === 0 ? undefined : droppedBefore,
  }
}

function outcomeOf({ status, errorType }: Pick<ListedDojoRequest, 'status' | 'errorType'>): string {
  if (errorType === undefined) return 'Answered'
  return status >= 500 ? 'Failed' : 'Refused'
}
