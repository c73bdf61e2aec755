// openapi/epos-data.yaml, as `npm run generate` writes it in JSON: the operations, and the schemas that validate requests and write answers.
import { capabilities, type CapabilityName } from './capabilities.ts'
import epos from './generated/epos-data.json' with { type: 'json' }

export type JsonSchema = { [keyword: string]: unknown }

export interface Operation {
  name: CapabilityName
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** As in the document: `/v1/orders/{orderId}`. */
  path: string
  pathParameters: string[]
  /** A pointer into the document, resolvable in the schema that `documentSchema` names. */
  body?: JsonSchema
  /** Absent where the answer has no body. */
  answer?: JsonSchema
}

export const DOCUMENT_ID = 'epos-data'
const METHODS = ['get', 'post', 'put', 'delete'] as const

interface RawOperation { operationId: string, requestBody?: { content: JsonBody }, responses: Record<string, { content?: JsonBody }> }
interface JsonBody { 'application/json': { schema: JsonSchema } }
export interface Document extends JsonSchema { info: { title: string, version: string }, paths: Record<string, Record<string, unknown>>, components: JsonSchema }

export const document = epos as unknown as Document

/** The document's components as one JSON Schema, for validators that resolve `epos-data#/components/schemas/...`. */
export const documentSchema: JsonSchema = { $id: DOCUMENT_ID, components: { schemas: document.components['schemas'] } }

export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method] !== undefined).map((method) => {
    const raw = item[method] as RawOperation
    if (!(raw.operationId in capabilities)) throw new Error(`openapi/epos-data.yaml: ${method} ${path} is the operation ${raw.operationId}, which is not a capability`)
    return {
      name: raw.operationId as CapabilityName,
      method: method.toUpperCase() as Operation['method'],
      path,
      pathParameters: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!),
      body: absolute(raw.requestBody?.content['application/json'].schema),
      answer: absolute(raw.responses['200']?.content?.['application/json'].schema),
    }
  }))

/** `$ref`s made to start at the document, so that a schema can be used outside it. */
function absolute<T> (schema: T): T {
  if (Array.isArray(schema)) return schema.map(absolute) as T
  if (schema === null || typeof schema !== 'object') return schema
  return Object.fromEntries(Object.entries(schema).map(([key, value]) =>
    key === '$ref' ? [key, String(value).replace(/^#/, `${DOCUMENT_ID}#`)] : [key, absolute(value)])) as T
}

/** A component of the document, to validate against. */
export const component = (name: string): JsonSchema => ({ $ref: `${DOCUMENT_ID}#/components/schemas/${name}` })

/**
 * The schema as a serialiser wants it: references written out, and what only restricts (a choice between required
 * fields, an example) left away, since it shapes nothing.
 */
export function shapeOf (schema: JsonSchema): JsonSchema {
  const { $ref, ...own } = schema
  const target = $ref === undefined ? {} : shapeOf(resolve(String($ref)))
  const shape: JsonSchema = { ...target }
  for (const [key, value] of Object.entries(own)) {
    if (['type', 'format', 'required', 'additionalProperties'].includes(key)) shape[key] = value
    if (key === 'items') shape[key] = shapeOf(value as JsonSchema)
    if (key === 'properties') shape[key] = Object.fromEntries(Object.entries(value as Record<string, JsonSchema>).map(([name, property]) => [name, shapeOf(property)]))
  }
  // ISO strings are made where the data is mapped; the serialiser has nothing to convert.
  if (shape['format'] === 'date-time') delete shape['format']
  return shape
}

function resolve (reference: string): JsonSchema {
  const path = reference.slice(reference.indexOf('#/') + 2).split('/')
  return path.reduce<JsonSchema>((node, key) => node[key] as JsonSchema, document)
}
