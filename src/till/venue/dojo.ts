// How the venue and Dojo are connected: the key, what Dojo last called, and the work that waits.
import { Type } from 'typebox'
import { retryJobs } from '../../actions/jobs/retry-jobs.ts'
import { socketStateOf } from '../../domain/venue/venue-state.ts'
import { limits } from '../../limits.ts'
import { readWaitingJobs } from '../../store/jobs/backlog.ts'
import { readDojoLink } from '../../store/venue/dojo-link.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { DiagnosisShape, Fields, OneOf, Time } from '../kit/shapes.ts'
import { workView, WorkShape } from '../kit/work-view.ts'

const When = Type.Optional(Time)

export const LinkShape = Fields(
  {
    hasKey: Type.Boolean({ description: 'Whether the venue has a Dojo API key.' }),
    keyRefusedAt: Type.Optional({
      ...Time,
      description: 'When Dojo last rejected the key; absent while it accepts it.',
    }),
    accountId: Type.Optional(Type.String()),
    lastCallAt: Type.Optional({
      ...Time,
      description: 'When Dojo last called the venue; a call is shown up to ten seconds late.',
    }),
    transport: OneOf(['rest', 'socket', 'both'], {
      description: 'Whether Dojo calls this server, or is asked through a socket, or both.',
    }),
    socket: OneOf(['None', 'Open', 'Down'], {
      description: 'None where the transport is rest, or there is no key to open it with.',
    }),
    socketOpenedAt: When,
    socketServedAt: Type.Optional({ ...Time, description: 'When a request last came through it.' }),
    socketTrouble: Type.Optional(Type.String({ description: 'How the last one ended.' })),
    work: Type.Array(WorkShape, {
      description: 'What is still to be done with Dojo, oldest first.',
    }),
  },
  { title: 'DojoLink' },
)

export const dojoOperations = [
  operation({
    id: 'readDojoLink',
    does: 'read',
    method: 'GET',
    path: '/dojo',
    summary: 'How the venue and Dojo are connected, and what is still to be done between them',
    tag: 'Venue',
    roles: MANAGERS,
    answer: LinkShape,
    run: async ({ deps, database, caller: { locationId } }) => {
      const [link, jobs] = await Promise.all([
        readDojoLink(database, locationId),
        readWaitingJobs(deps.store.database, { locationId, most: limits.jobListRows }),
      ])
      return {
        body: {
          hasKey: link.hasKey,
          keyRefusedAt: link.keyRefusedAt?.toISOString(),
          accountId: link.accountId ?? undefined,
          lastCallAt: link.lastCallAt?.toISOString(),
          transport: link.transport,
          socket: SOCKETS[socketStateOf(link)],
          socketOpenedAt: link.socketOpenedAt?.toISOString(),
          socketServedAt: link.socketServedAt?.toISOString(),
          socketTrouble: link.socketTrouble ?? undefined,
          work: jobs.map(workView),
        },
      }
    },
  }),

  operation({
    id: 'examineVenue',
    does: 'read',
    waits: true,
    method: 'GET',
    path: '/dojo/doctor',
    summary: 'What is wrong between the venue, this server and Dojo, and what to do',
    description:
      'With what Dojo has registered against what is served here. It asks Dojo, and takes some ' +
      'seconds. It changes nothing.',
    tag: 'Venue',
    roles: MANAGERS,
    answer: DiagnosisShape,
    run: async ({ deps, caller: { locationId } }) => ({
      body: await deps.examineVenue(locationId),
    }),
  }),

  operation({
    id: 'retryDojoWork',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/dojo/retry',
    summary: 'Queues again what was given up',
    tag: 'Venue',
    roles: MANAGERS,
    answer: Fields({ count: Type.Integer() }),
    run: async ({ database, caller }) => ({
      body: { count: await retryJobs(database, caller.locationId) },
    }),
  }),
]

const SOCKETS = { none: 'None', open: 'Open', down: 'Down' }
