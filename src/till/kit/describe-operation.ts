// An operation as the OpenAPI document describes it.
import type { TSchema } from 'typebox'
import { HEADER_NAMES, type PARAMETERS } from './document-parts.ts'
import type { Operation } from './operation.ts'

type Json = Record<string, unknown>

/** An operation of the OpenAPI document. Adds the shapes that have a title to `schemas`. */
export function describeOperation(operation: Operation, schemas: Json): Json {
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
    responses: { ...successesOf(operation, schemas), ...problemResponses(problemsOf(operation)) },
  }
}

function texts(types: readonly string[]): Json {
  return Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]))
}

export function parametersIn(
  place: 'path' | 'query',
  fields: Operation['params'],
  schemas: Json,
): Json[] {
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

export function problemResponses(statuses: readonly number[]): Json {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
  )
}

/** Whether it is about one entity, whose version the caller may have seen. */
function isOfOne({ path }: Operation): boolean {
  return path.includes('{') || path.startsWith('/venue')
}

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
    200: success(creates ? 'It existed already; this is its current state.' : 'Done.'),
    ...(creates ? { 201: success('Created.') } : {}),
    ...(asksDojo && does !== 'read'
      ? { 202: success('The outcome at Dojo is not known yet; send the same request again.') }
      : {}),
  }
}

/** The statuses of the problems that an operation can answer. */
function problemsOf(operation: Operation): number[] {
  const { does, roles, body, query, textBodies, method, asksDojo = false } = operation
  const writes = does !== 'read'
  const takesBody = body !== undefined || textBodies !== undefined
  const found: [number, boolean][] = [
    [400, writes || query !== undefined || isOfOne(operation)],
    [401, true],
    [403, roles.length < 4],
    [404, true],
    [409, writes || asksDojo || operation.venues !== undefined],
    [412, writes && isOfOne(operation)],
    [413, takesBody || method !== 'GET'],
    [415, takesBody || method !== 'GET'],
    [422, writes],
    [423, writes && (/^\/(orders|mirror)\//.test(operation.path) || asksDojo)],
    [429, true],
    [500, true],
    [503, true],
  ]
  return found.filter(([, can]) => can).map(([status]) => status)
}

/** A shape with a title becomes a component, which others refer to. */
export function schemaOf(schema: TSchema, schemas: Json): Json {
  const own = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [
      keyword,
      keyword === 'examples' ? value : inner(value, schemas),
    ]),
  )
  const { title } = schema as { title?: unknown }
  if (typeof title !== 'string') return own // a shape may have a field of that name
  if (schemas[title] !== undefined && JSON.stringify(schemas[title]) !== JSON.stringify(own)) {
    throw new Error(`Two shapes have the title ${title}.`)
  }
  schemas[title] = own
  return { $ref: `#/components/schemas/${title}` }
}

function inner(value: unknown, schemas: Json): unknown {
  if (Array.isArray(value)) return value.map((each) => inner(each, schemas))
  return typeof value === 'object' && value !== null ? schemaOf(value, schemas) : value
}
