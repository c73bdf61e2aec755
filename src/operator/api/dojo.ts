// Between a venue and Dojo: what is registered, what the doctor finds, and the work that waits.
import { Type } from 'typebox'
import { retryJobs } from '../../actions/jobs/retry-jobs.ts'
import { products } from '../../contract/capabilities.ts'
import { limits } from '../../limits.ts'
import { readWaitingJobs } from '../../store/jobs/backlog.ts'
import { DiagnosisShape, Fields, OneOf } from '../../till/kit/shapes.ts'
import { workView, WorkShape } from '../../till/kit/work-view.ts'
import { createExaminer } from '../doctor.ts'
import { showLocation } from '../locations.ts'
import { registerVenue } from '../register.ts'
import { operation } from './operation.ts'
import { Text, VenuePath } from './shapes.ts'

const tag = 'Dojo'
const Names = Type.Array(Type.String())

export const dojoOperations = [
  operation({
    id: 'registerVenue',
    method: 'POST',
    path: '/venues/{venueId}/registration',
    summary: 'Registers the venue with Dojo, with a new credential',
    description: 'As `npx epos register`. Earlier credentials end once Dojo has the new one.',
    tag,
    params: VenuePath,
    body: Fields({
      product: Type.Optional(OneOf([...products, 'all'] as const)),
      allowInsecure: Type.Optional(
        Type.Boolean({ description: 'Also a PUBLIC_URL without TLS, for the sandbox.' }),
      ),
    }),
    answer: Fields({
      url: Text,
      registered: Names,
      missing: Names,
      notServed: Names,
      revokedUsernames: Names,
    }),
    run: async ({ deps, params: { venueId }, body }) => {
      const { request, outcome } = await registerVenue(deps, { locationId: venueId, ...body })
      const { comparison, overSocket, revokedUsernames } = outcome!
      return {
        url: request?.url,
        registered: [...comparison.registered, ...(overSocket?.registered ?? [])],
        missing: [...comparison.missing, ...(overSocket?.missing ?? [])],
        notServed: [...comparison.notServed, ...(overSocket?.notServed ?? [])],
        revokedUsernames,
      }
    },
  }),

  operation({
    id: 'examineVenue',
    method: 'GET',
    path: '/venues/{venueId}/doctor',
    summary: 'What is wrong between the venue, this server and Dojo, and what to do',
    description: 'As `npx epos doctor`; it asks Dojo, and takes some seconds. It changes nothing.',
    tag,
    params: VenuePath,
    query: Fields({ allowInsecure: Type.Optional(Type.Boolean()) }),
    answer: DiagnosisShape,
    run: async ({ deps, params: { venueId }, query }) => {
      await showLocation(deps.store.prisma, venueId)
      return await createExaminer(deps)({ locationId: venueId, ...query })
    },
  }),

  operation({
    id: 'listWork',
    method: 'GET',
    path: '/venues/{venueId}/outbox',
    summary: 'What is still to be done with Dojo, oldest first',
    tag,
    params: VenuePath,
    answer: Fields({ rows: Type.Array(WorkShape) }),
    run: async ({ deps: { store }, params: { venueId } }) => {
      await showLocation(store.prisma, venueId)
      const most = limits.jobListRows
      const jobs = await readWaitingJobs(store.database, { locationId: venueId, most })
      return { rows: jobs.map(workView) }
    },
  }),

  operation({
    id: 'retryWork',
    method: 'POST',
    path: '/venues/{venueId}/outbox/retry',
    summary: 'Queues again what was given up',
    tag,
    params: VenuePath,
    answer: Fields({ count: Type.Integer() }),
    run: async ({ deps: { store }, params: { venueId } }) => {
      await showLocation(store.prisma, venueId)
      return { count: await retryJobs(store.database, venueId) }
    },
  }),
]
