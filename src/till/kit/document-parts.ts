// What the operations of the till API's document share: headers, parameters, problems.
import { limits } from '../../limits.ts'
import { problemCodes, type ProblemCode } from './problem-codes.ts'

export const HEADER_NAMES = {
  ETag: 'ETag',
  IdempotentReplay: 'Idempotent-Replay',
  TraceId: 'Trace-Id',
} as const
export const HEADERS = {
  ETag: {
    description: 'The version, for If-Match.',
    schema: { type: 'string', examples: ['"7"'] },
  },
  IdempotentReplay: {
    description: 'Present when this is the earlier answer to the same Idempotency-Key.',
    schema: { const: 'true' },
  },
  TraceId: {
    description:
      "Identifies the request in the server's log; taken from the header traceparent if sent.",
    schema: { type: 'string' },
  },
}

export const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'One word of your choice, unique among the writes of this token within 24 hours. A request ' +
      'with the same key is a repetition.',
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
    description: 'The ETag that you saw: nothing is changed if it is no longer current.',
    schema: { type: 'string', examples: ['"7"'] },
  },
  WaiterId: {
    name: 'Waiter-Id',
    in: 'header',
    description: 'The waiter, for the record, when several share the token.',
    schema: { type: 'string', maxLength: limits.maxIdCharacters },
  },
  LastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'The id of the last event that you received: the stream continues after it.',
    schema: { type: 'string' },
  },
}

export const PROBLEM = {
  type: 'object',
  title: 'Problem',
  required: ['type', 'title', 'status', 'detail', 'code', 'traceId'],
  properties: {
    type: { type: 'string', description: '`urn:epos:problem:` and the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'One sentence for people.' },
    code: { enum: Object.keys(problemCodes), description: 'Stable, for programs.' },
    traceId: { type: 'string', description: "Identifies the request in the server's log." },
    errors: {
      type: 'array',
      description: `The fields at fault, where that is known; at most ${limits.maxListedFaults}.`,
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
  additionalProperties: { description: 'Facts that some codes carry, such as amounts and ids.' },
}

const STATUSES = [...new Set(Object.values(problemCodes).map(([status]) => status))]

export const RESPONSES = Object.fromEntries(
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
