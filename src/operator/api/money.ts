// Money of a venue that does not fit: payments on no bill, and nights that differ from Dojo's.
import { Type } from 'typebox'
import { limits } from '../../limits.ts'
import { readAudits } from '../../store/payments/audits.ts'
import { readUnmatchedPayments } from '../../store/payments/unmatched.ts'
import { auditDay } from '../../dojo/jobs/audit-day.ts'
import { Day, Fields, Time } from '../../till/kit/shapes.ts'
import { unmatchedView, UnmatchedShape } from '../../till/kit/unmatched-view.ts'
import { dojoOf } from '../dojo.ts'
import { showLocation } from '../locations.ts'
import { operation } from './operation.ts'
import { VenuePath } from './shapes.ts'

const tag = 'Money'
const Report = Type.Unsafe<object>({
  type: 'object',
  description: 'As `npx epos audit --json`: what agrees, and each difference with what to do.',
})

export const AuditShape = Fields(
  { day: Type.String(), auditedAt: Time, differences: Type.Integer() },
  { title: 'Audit' },
)

export const moneyOperations = [
  operation({
    id: 'listUnmatched',
    method: 'GET',
    path: '/venues/{venueId}/unmatched-payments',
    summary: 'Money at Dojo and payments here that do not match, oldest first',
    tag,
    params: VenuePath,
    answer: Fields({ rows: Type.Array(UnmatchedShape) }),
    run: async ({ deps: { store }, params: { venueId } }) => {
      await showLocation(store.prisma, venueId)
      const rows = await readUnmatchedPayments(store.database, venueId)
      return { rows: rows.map(unmatchedView) }
    },
  }),

  operation({
    id: 'listAudits',
    method: 'GET',
    path: '/venues/{venueId}/audits',
    summary: 'The nights that were compared with Dojo, newest first',
    tag,
    params: VenuePath,
    answer: Fields({ rows: Type.Array(AuditShape) }),
    run: async ({ deps: { store }, params: { venueId } }) => {
      await showLocation(store.prisma, venueId)
      const audits = await readAudits(store.prisma, venueId, limits.auditRows)
      return {
        rows: audits.map(({ auditedAt, ...audit }) => ({
          ...audit,
          auditedAt: auditedAt.toISOString(),
        })),
      }
    },
  }),

  operation({
    id: 'auditDay',
    method: 'GET',
    path: '/venues/{venueId}/audits/{day}',
    summary: 'Compares a day with Dojo now',
    description: 'It asks Dojo and changes nothing.',
    tag,
    params: Fields({ ...VenuePath.properties, day: Day }),
    answer: Report,
    run: async ({ deps, params: { venueId, day } }) => {
      const askDojo = await dojoOf(deps, venueId)
      return await askDojo(
        async (client) => await auditDay(deps.store.database, client, venueId, day),
      )
    },
  }),
]
