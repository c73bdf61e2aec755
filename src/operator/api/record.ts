// Who the caller is, and what operators did.
import { Type } from 'typebox'
import { limits } from '../../limits.ts'
import { readActs } from '../../store/access/operators.ts'
import { Fields, Id, Time } from '../../till/kit/shapes.ts'
import { operation } from './operation.ts'
import { Text } from './shapes.ts'

const tag = 'Record'

export const ActShape = Fields(
  {
    at: Time,
    operator: Type.String(),
    address: Type.String(),
    operation: Type.String(),
    venueId: Text,
    venueName: Text,
    detail: Type.Unsafe<object>({ type: 'object', description: 'What was asked for.' }),
    outcome: Type.Optional(
      Type.String({
        description: '`done`, or why not; absent while it runs, or when the server died meanwhile.',
      }),
    ),
  },
  { title: 'Act' },
)

export const recordOperations = [
  operation({
    id: 'readOperator',
    method: 'GET',
    path: '/me',
    summary: 'Who the caller is',
    tag,
    answer: Fields({ name: Type.String() }),
    run: async ({ caller: { name } }) => ({ name }),
  }),

  operation({
    id: 'listActs',
    method: 'GET',
    path: '/acts',
    summary: 'What operators did, newest first',
    tag,
    query: Fields({ venueId: Type.Optional(Id) }),
    answer: Fields({ rows: Type.Array(ActShape) }),
    run: async ({ deps: { store }, query: { venueId } }) => {
      const acts = await readActs(store.prisma, venueId, limits.operatorActRows)
      return {
        rows: acts.map(({ at, operatorName, locationId, venueName, outcome, ...act }) => ({
          ...act,
          at: at.toISOString(),
          operator: operatorName,
          venueId: locationId ?? undefined,
          venueName,
          outcome: outcome ?? undefined,
        })),
      }
    },
  }),
]
