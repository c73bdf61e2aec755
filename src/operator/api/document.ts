// The OpenAPI 3.1 document of the operator's API, built from the same list of operations as its
// routes.
import { parametersIn, problemResponses, schemaOf } from '../../till/kit/describe-operation.ts'
import { HEADERS, PROBLEM, RESPONSES } from '../../till/kit/document-parts.ts'
import type { OperatorOperation } from './operation.ts'
import { operations } from './operations.ts'

type Json = Record<string, unknown>

export const BASE = '/operator/v1'

const DESCRIPTION = [
  'For those who look after all venues of a server. The `epos` command does the same, and so ' +
    'does the console.',
  '**Tokens.** Every call carries `Authorization: Bearer oper_...`, a token of an operator: ' +
    '`npx epos operator create-token`. It opens every venue, so keep it as you keep SECRETS_KEY.',
  '**The record.** Every change is on record before it is made: who, when, from which address, ' +
    'what was asked for without its secrets, and what came of it (`GET /acts`).',
  '**Problems** are `application/problem+json` (RFC 9457), with a stable `code`.',
].join('\n\n')

/** @param routePrefix the server's own, such as `/dojo/epos`; or empty */
export function operatorDocument(routePrefix: string): Json {
  const schemas: Json = { Problem: PROBLEM }
  const paths: Record<string, Json> = {}
  for (const operation of operations) {
    const path = BASE + operation.path
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: described(operation, schemas),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Operator API',
      version: '1.0.0',
      description: DESCRIPTION,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: routePrefix === '' ? '/' : routePrefix }],
    security: [{ token: [] }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      responses: RESPONSES,
      headers: HEADERS,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of an operator: npx epos operator create-token',
        },
      },
    },
  }
}

function described(operation: OperatorOperation, schemas: Json): Json {
  const { id, summary, description, tag, method, params, query, body, answer } = operation
  const canBeInvalid = params !== undefined || query !== undefined || body !== undefined
  const takesBody = method !== 'GET'
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    parameters: [
      ...parametersIn('path', params, schemas),
      ...parametersIn('query', query, schemas),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body, schemas) } },
          },
        }),
    responses: {
      200: {
        description: 'Done.',
        headers: { 'Trace-Id': { $ref: '#/components/headers/TraceId' } },
        content: { 'application/json': { schema: schemaOf(answer, schemas) } },
      },
      ...problemResponses([
        ...(canBeInvalid ? [400] : []),
        401,
        ...(params === undefined ? [] : [404]),
        ...(takesBody ? [409, 413, 415] : []),
        429,
        500,
        503,
      ]),
    },
  }
}
