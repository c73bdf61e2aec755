// The OpenAPI 3.1 document of the till API, built from the same list of operations as its routes.
import { limits } from '../limits.ts'
import { describeOperation, problemResponses } from './kit/describe-operation.ts'
import { HEADERS, PARAMETERS, PROBLEM, RESPONSES } from './kit/document-parts.ts'
import { operations } from './operations.ts'

type Json = Record<string, unknown>

export const BASE = '/till/v1'

const DESCRIPTION = [
  'For the tills, kitchen screens and back office of a venue. Dojo sees their changes at once ' +
    "through the EPOS Data API, and they see Dojo's.",
  '**Tokens.** Every call carries `Authorization: Bearer till_...`. A token belongs to one ' +
    'venue and has one role (kitchen, waiter, manager, owner); create one with ' +
    '`npx epos token create`. A till that several waiters share names the waiter in the header ' +
    '`Waiter-Id`.',
  "**Money** is a whole number of minor units (pence, cents) of the venue's currency; such " +
    'fields end in `Minor`. Percentages are whole hundredths of a percent. **Times** are ' +
    'ISO 8601 in UTC. **Unknown fields** are refused.',
  '**Versions.** What can change has a `version`, which is also its `ETag`. With `If-Match` a ' +
    'change is made only to the version that the caller saw; otherwise it is refused with 412.',
  '**Repetition.** A write with an `Idempotency-Key` can be sent again within ' +
    `${limits.idempotencyKeptSeconds / 3600} hours: it has no second effect and gets the first ` +
    'answer, with `Idempotent-Replay: true`. A refused call is not kept. A key that another ' +
    'token of the venue has used is refused.',
  '**Problems** are `application/problem+json` (RFC 9457), with a stable `code`.',
].join('\n\n')

/** @param routePrefix the server's own, such as `/dojo/epos`; or empty */
export function tillDocument(routePrefix: string): Json {
  const schemas: Json = { Problem: PROBLEM }
  const paths: Record<string, Json> = { [`${BASE}/stream`]: { get: STREAM } }
  for (const operation of operations) {
    const path = BASE + operation.path
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: describeOperation(operation, schemas),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Till API',
      version: '1.0.0',
      description: DESCRIPTION,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: routePrefix === '' ? '/' : routePrefix }],
    security: [{ token: [] }],
    tags: [...new Set([...operations.map(({ tag }) => tag), STREAM.tags[0]])].map((name) => ({
      name,
    })),
    paths,
    components: {
      schemas,
      responses: RESPONSES,
      headers: HEADERS,
      parameters: PARAMETERS,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of a till: npx epos token create',
        },
      },
    },
  }
}

/** Not in the list of operations, since its answer does not end. */
const STREAM = {
  operationId: 'readStream',
  summary: 'Follows the changes of the venue as they happen',
  description: [
    'Server-sent events (text/event-stream), until the caller leaves.',
    '`ready` comes first: every later commit is sent. `order`, `payment`, `card-payment`, ' +
      '`lock`, `party`, `reservation` and `day` say what happened: `action`, the id (`orderId`, ' +
      '`partyId`, `reservationId` or `dayId`), `at`, `waiterId`, `deviceId`, `product`, ' +
      '`detail`, and for orders the current `order` (`status`, `version`, `totalMinor`, ' +
      '`paidMinor`, `balanceMinor`, `tableId`, `lock`). `reset` says that you missed more than ' +
      'can be sent again, or that the id is not one of this server: reload everything and keep ' +
      'listening.',
    'The last event of each batch has an id. Send it as Last-Event-ID when you reconnect and you ' +
      'miss nothing; a batch that was cut off is sent again. A lock or hold that expires has no ' +
      'event: its `expiresAt` says when. Changes of the menu and the set-up are not sent.',
    'A stream needs the header Authorization, which EventSource in a browser cannot send: use ' +
      'fetch.',
    'Roles: kitchen, waiter, manager, owner.',
  ].join('\n\n'),
  tags: ['Stream'] as const,
  parameters: [{ $ref: '#/components/parameters/LastEventId' }],
  responses: {
    200: {
      description: 'The events.',
      content: {
        'text/event-stream': {
          schema: {
            type: 'string',
            examples: [
              'id: 812:812:\nevent: payment\n' +
                'data: {"action":"PaymentRecorded","orderId":"order-5"}\n\n',
            ],
          },
        },
      },
    },
    ...problemResponses([400, 401, 429, 500, 503]),
  },
}
