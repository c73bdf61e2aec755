// openapi/epos-data.yaml, which `npm run generate` writes as JSON: the operations, and the schemas
// that validate requests and serialise answers.
import { capabilities, type CapabilityName } from './capabilities.ts'
import epos from './generated/epos-data.json' with { type: 'json' }
import {
  absolute,
  componentsSchema,
  routesOf,
  type Document,
  type JsonSchema,
  type Method,
} from './openapi.ts'

export type { JsonSchema } from './openapi.ts'

export interface Operation {
  name: CapabilityName
  method: Method
  /** As the document has it: `/v1/orders/{orderId}`. */
  path: string
  pathParameters: string[]
  /** A reference into the document, which resolves in `documentSchema`. */
  body?: JsonSchema
  /** Absent where the answer has no body. */
  answer?: JsonSchema
}

const DOCUMENT_ID = 'epos-data'

export const document = epos as unknown as Document

/**
 * The document's components as one JSON Schema, for validators that resolve
 * `epos-data#/components/schemas/...`.
 */
export const documentSchema: JsonSchema = componentsSchema(document, DOCUMENT_ID)

export const operations: readonly Operation[] = routesOf(document).map(
  ({ method, path, pathParameters, raw }) => {
    if (!(raw.operationId in capabilities)) {
      throw new Error(
        `openapi/epos-data.yaml: ${method} ${path} is the operation ${raw.operationId}, ` +
          'which is not a capability',
      )
    }
    return {
      name: raw.operationId as CapabilityName,
      method,
      path,
      pathParameters,
      body: absolute(raw.requestBody?.content['application/json'].schema, DOCUMENT_ID),
      answer: absolute(raw.responses['200']?.content?.['application/json']?.schema, DOCUMENT_ID),
    }
  },
)

/** A component of the document, to validate against. */
export function component(name: string): JsonSchema {
  return { $ref: `${DOCUMENT_ID}#/components/schemas/${name}` }
}

/**
 * The schema for a serialiser: references are written out, and keywords that only restrict (a
 * choice between required fields, an example) are left out.
 */
export function shapeOf(schema: JsonSchema): JsonSchema {
  const { $ref, ...own } = schema
  const shape: JsonSchema = $ref === undefined ? {} : shapeOf(resolve(String($ref)))
  for (const [key, value] of Object.entries(own)) {
    if (['type', 'format', 'required', 'additionalProperties'].includes(key)) shape[key] = value
    if (key === 'items') shape[key] = shapeOf(value as JsonSchema)
    if (key === 'properties') shape[key] = shapesOf(value as Record<string, JsonSchema>)
  }
  // Times are strings already, so the serialiser has nothing to convert.
  if (shape['format'] === 'date-time') delete shape['format']
  return shape
}

function shapesOf(properties: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  const shapes: Record<string, JsonSchema> = {}
  for (const [name, property] of Object.entries(properties)) shapes[name] = shapeOf(property)
  return shapes
}

/** The part of the document that a reference names. */
export function resolve(reference: string): JsonSchema {
  const path = reference.slice(reference.indexOf('#/') + 2).split('/')
  return path.reduce<JsonSchema>((node, key) => node[key] as JsonSchema, document)
}
