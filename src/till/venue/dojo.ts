// How the venue and Dojo are connected: the key, what Dojo last called, and the work that waits.
import { Type } from 'typebox'
import { retryJobs } from '../../actions/jobs/retry-jobs.ts'
import { limits } from '../../limits.ts'
import { readWaitingJobs } from '../../store/jobs/backlog.ts'
import { readDojoLink } from '../../store/venue/dojo-link.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { Fields, Time } from '../kit/shapes.ts'
import { workView, WorkShape } from '../kit/work-view.ts'

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
      description: 'When a call of Dojo last changed an order, a party or a reservation.',
    }),
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
          work: jobs.map(workView),
        },
      }
    },
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
