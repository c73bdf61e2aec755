// How many requests of Dojo were answered lately, and how fast: by minute, and in all.
import { Type } from 'typebox'
import { limits } from '../../limits.ts'
import { readRequestFigures, type RequestSum } from '../../store/venue/dojo-request-figures.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { Fields, Time } from '../kit/shapes.ts'

const sumFields = {
  requests: Type.Integer(),
  medianMs: Type.Optional(Type.Number({ description: 'Absent where there is no request.' })),
  slowestInHundredMs: Type.Optional(
    Type.Number({ description: 'Of a hundred requests, 99 took no longer.' }),
  ),
}

export const RequestFiguresShape = Fields(
  {
    since: { ...Time, description: 'They count the requests kept since then.' },
    ...sumFields,
    refused: Type.Integer({ description: 'Of the requests, those that a rule refused.' }),
    failed: Type.Integer({ description: 'Of the requests, those that failed by a fault here.' }),
    minutes: Type.Array(Fields({ from: Time, ...sumFields }), {
      description: 'The minutes with requests, the oldest first.',
    }),
  },
  { title: 'DojoRequestFigures' },
)

export const dojoRequestFigureOperations = [
  operation({
    id: 'readDojoRequestFigures',
    does: 'read',
    method: 'GET',
    path: '/dojo/request-figures',
    summary: 'How many requests of Dojo were answered lately, and how fast',
    description:
      `Of the last ${limits.requestFigureMinutes} minutes. They begin later where the venue has ` +
      `had more than the ${limits.answeredRequestsKept} answered requests that it keeps.`,
    tag: 'Venue',
    roles: MANAGERS,
    answer: RequestFiguresShape,
    run: async ({ database, caller }) => {
      const figures = await readRequestFigures(database, caller.locationId)
      const { since, refused, failed, minutes, ...sum } = figures
      return {
        body: {
          since: since.toISOString(),
          refused,
          failed,
          ...sumView(sum),
          minutes: minutes.map(({ from, ...minute }) => ({
            from: from.toISOString(),
            ...sumView(minute),
          })),
        },
      }
    },
  }),
]

function sumView({ requests, medianUs, slowestUs }: RequestSum): object {
  return { requests, medianMs: inMs(medianUs), slowestInHundredMs: inMs(slowestUs) }
}

/** To a tenth. */
function inMs(us: number | undefined): number | undefined {
  return us === undefined ? undefined : Math.round(us / 100) / 10
}
