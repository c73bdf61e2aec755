// The OpenAPI 3.1 document of the till API, made of its operations: what is served, and what its
// routes do, are the same list.
import type { TSchema } from 'typebox'
import { limits } from '../../limits.ts'
import type { Operation } from './operation.ts'
import { operations } from '../operations.ts'
import { problemCodes, type ProblemCode } from './problem-codes.ts'

type Json = Record<string, unknown>

export const BASE = '/till/v1'

const DESCRIPTION = `What the tills, kitchen screens and back office of a venue call. Dojo sees what they do through the EPOS Data API at once, and they see what Dojo does.

**Tokens.** Every call carries \`Authorization: Bearer till_...\`. A token is of one venue and one role (kitchen, waiter, manager, owner); make one with \`npx epos token\`. A till that several waiters share names the waiter with the header \`Waiter-Id\`.

**Money** is a whole number of minor units (pence, cents) of the venue's currency; the names of such fields end in \`Minor\`. Percentages are whole hundredths of a percent. **Times** are ISO 8601 in UTC. **Fields** that an operation does not know are refused.

**Versions.** What can change has a \`version\`, which is also its \`ETag\`. With \`If-Match\` a change is made only to the version that the caller saw, and refused with 412 otherwise.

**Sent again.** With an \`Idempotency-Key\` a write that is sent again within ${limits.idempotencyKeptSeconds / 3600} hours has no second effect, and is answered as it was the first time, with \`Idempotent-Replay: true\`. A refused call is not kept. A key that another token of the venue has used is refused.

**Problems** are \`application/problem+json\` (RFC 9457), with a stable \`code\`.`

/** @param routePrefix of the whole server, as `/dojo/epos`, or empty */
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

// --- an operation

function describeOperation(operation: Operation, schemas: Json): Json {
  const { id, summary, description, tag, roles, body, textBodies = [] } = operation
  const content = {
    ...(body === undefined ? {} : { 'application/json': { schema: schemaOf(body, schemas) } }),
    ...texts(textBodies),
  }
  return {
    operationId: id,
    summary,
    description: [
      ...(description === undefined ? [] : [description]),
      `Roles: ${roles.join(', ')}.`,
    ].join('\n\n'),
    tags: [tag],
    parameters: [
      ...parametersIn('path', operation.params, schemas),
      ...parametersIn('query', operation.query, schemas),
      ...headersOf(operation).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(Object.keys(content).length === 0 ? {} : { requestBody: { required: true, content } }),
    responses: {
      ...successesOf(operation, schemas),
      ...Object.fromEntries(
        problemsOf(operation).map((status) => [
          status,
          { $ref: `#/components/responses/Problem${status}` },
        ]),
      ),
    },
  }
}

const texts = (types: readonly string[]): Json =>
  Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]))

function parametersIn(place: 'path' | 'query', fields: Operation['params'], schemas: Json): Json[] {
  return Object.entries(fields?.properties ?? {}).map(([name, field]) => {
    const { description, ...schema } = schemaOf(field, schemas)
    return {
      name,
      in: place,
      required: fields!.required?.includes(name) ?? false,
      ...(description === undefined ? {} : { description }),
      schema,
    }
  })
}

/** An entity that the caller may have seen: one of many, or the venue itself. */
const isOfOne = ({ path }: Operation): boolean => path.includes('{') || path.startsWith('/venue')

function headersOf(operation: Operation): (keyof typeof PARAMETERS)[] {
  if (operation.does === 'read') return []
  return ['IdempotencyKey', ...(isOfOne(operation) ? ['IfMatch' as const] : []), 'WaiterId']
}

function successesOf(operation: Operation, schemas: Json): Json {
  const { answer, textTypes = [], creates = false, asksDojo = false, does } = operation
  const isVersioned = 'version' in ((answer as { properties?: object }).properties ?? {})
  const names = [
    ...(isVersioned ? ['ETag' as const] : []),
    ...(does === 'read' ? [] : ['IdempotentReplay' as const]),
    'TraceId' as const,
  ]
  const success = (description: string): Json => ({
    description,
    headers: Object.fromEntries(
      names.map((name) => [HEADER_NAMES[name], { $ref: `#/components/headers/${name}` }]),
    ),
    content: { 'application/json': { schema: schemaOf(answer, schemas) }, ...texts(textTypes) },
  })
  return {
    200: success(creates ? 'It was there already, as it is now.' : 'Done.'),
    ...(creates ? { 201: success('It was made.') } : {}),
    ...(asksDojo
      ? { 202: success('Dojo has not said what came of it; send the same again.') }
      : {}),
  }
}

/** The statuses of the problems that an operation can have, by what it takes and does. */
function problemsOf(operation: Operation): number[] {
  const { does, roles, body, query, textBodies, method } = operation
  const writes = does !== 'read'
  const takesBody = body !== undefined || textBodies !== undefined
  const found: [number, boolean][] = [
    [400, writes || query !== undefined || isOfOne(operation)],
    [401, true],
    [403, roles.length < 4],
    [404, true],
    [409, writes],
    [412, writes && isOfOne(operation)],
    [413, takesBody || method !== 'GET'],
    [415, takesBody || method !== 'GET'],
    [422, writes],
    [423, writes && (operation.path.startsWith('/orders/') || operation.asksDojo === true)],
    [429, true],
    [500, true],
    [503, true],
  ]
  return found.filter(([, can]) => can).map(([status]) => status)
}

/** A shape with a title is a component of its own, which others refer to. */
function schemaOf(schema: TSchema, schemas: Json): Json {
  const own = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [
      keyword,
      keyword === 'examples' ? value : inner(value, schemas),
    ]),
  )
  const { title } = schema as { title?: unknown }
  if (typeof title !== 'string') return own // a shape may have a field of that name
  if (schemas[title] !== undefined && JSON.stringify(schemas[title]) !== JSON.stringify(own)) {
    throw new Error(`Two shapes of the till API have the title ${title}.`)
  }
  schemas[title] = own
  return { $ref: `#/components/schemas/${title}` }
}

function inner(value: unknown, schemas: Json): unknown {
  if (Array.isArray(value)) return value.map((each) => inner(each, schemas))
  return typeof value === 'object' && value !== null ? schemaOf(value, schemas) : value
}

// --- what all of them share

const HEADER_NAMES = {
  ETag: 'ETag',
  IdempotentReplay: 'Idempotent-Replay',
  TraceId: 'Trace-Id',
} as const
const HEADERS = {
  ETag: {
    description: 'The version, for If-Match.',
    schema: { type: 'string', examples: ['"7"'] },
  },
  IdempotentReplay: {
    description: 'There when this is the answer of before to the same Idempotency-Key.',
    schema: { const: 'true' },
  },
  TraceId: {
    description:
      'Of this request in the log of the server; from the header traceparent where it was sent.',
    schema: { type: 'string' },
  },
}

const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'One word of your choice, new for each thing that this token does in 24 hours; the same again is the same thing sent again.',
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: limits.tillKeyCharacters,
      pattern: '^[\\x21-\\x7e]+$',
    },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'The ETag of what you saw; it is changed only if it still is that.',
    schema: { type: 'string', examples: ['"7"'] },
  },
  WaiterId: {
    name: 'Waiter-Id',
    in: 'header',
    description: 'Who does it, for the record, where the token is not of one waiter.',
    schema: { type: 'string', maxLength: limits.maxIdCharacters },
  },
  LastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'The id of the last event that arrived: the stream goes on after it.',
    schema: { type: 'string' },
  },
}

const PROBLEM = {
  type: 'object',
  title: 'Problem',
  required: ['type', 'title', 'status', 'detail', 'code', 'traceId'],
  properties: {
    type: { type: 'string', description: '`urn:epos:problem:` and the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'One sentence for people.' },
    code: { enum: Object.keys(problemCodes), description: 'Stable, for programs.' },
    traceId: { type: 'string', description: 'Of the request in the log of the server.' },
    errors: {
      type: 'array',
      description: `Of the code schema: the fields at fault, ${limits.maxListedFaults} at most.`,
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: {
          field: { type: 'string', examples: ['lines[0].plu'] },
          message: { type: 'string' },
        },
      },
    },
  },
  additionalProperties: { description: 'Facts of some codes, as amounts and ids.' },
}

const STATUSES = [...new Set(Object.values(problemCodes).map(([status]) => status))]

const RESPONSES = Object.fromEntries(
  STATUSES.map((status) => {
    const codes = (Object.keys(problemCodes) as ProblemCode[]).filter(
      (code) => problemCodes[code][0] === status,
    )
    return [
      `Problem${status}`,
      {
        description: codes.map((code) => `\`${code}\`: ${problemCodes[code][1]}.`).join('\n\n'),
        headers: { 'Trace-Id': { $ref: '#/components/headers/TraceId' } },
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    ]
  }),
)

/** It is not in the list of operations, since it does not end. */
const STREAM = {
  operationId: 'readStream',
  summary: 'What changes in the venue, as it changes',
  description: [
    'Server-sent events (text/event-stream), which go on until the caller leaves.',
    '`ready` comes first: all that is committed from then on is heard. `order`, `payment`, `lock`, `party` and `reservation` say what happened: `action`, the id (`orderId`, `partyId` or `reservationId`), `at`, `waiterId`, `deviceId`, `product`, `detail`, and of orders an `order` as it is now (`status`, `version`, `totalMinor`, `paidMinor`, `balanceMinor`, `tableId`, `lock`). `reset` says that too much was missed to tell it again, or that the id is none of this server: read everything anew, and go on listening.',
    'The last event of each batch has an id. Send it as Last-Event-ID after a break, and nothing is missed; a batch that was cut off is heard again. A lock or hold that ends by its time has no event: its `expiresAt` says when. Changes of the menu and the set-up are not told.',
    'A stream needs the header Authorization, which the EventSource of browsers does not send: read it with fetch.',
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
              'id: 812:812:\nevent: payment\ndata: {"action":"PaymentRecorded","orderId":"tab-5"}\n\n',
            ],
          },
        },
      },
    },
    ...Object.fromEntries(
      [400, 401, 429, 500, 503].map((status) => [
        status,
        { $ref: `#/components/responses/Problem${status}` },
      ]),
    ),
  },
}
