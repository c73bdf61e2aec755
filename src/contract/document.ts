// openapi/epos-data.yaml, as `npm run generate` writes it in JSON: the operations, and the schemas
// that validate requests and write answers.
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
  /** As in the document: `/v1/orders/{orderId}`. */
  path: string
  pathParameters: string[]
  /** A pointer into the document, resolvable in the schema that `documentSchema` names. */
  body?: JsonSchema
  /** Absent where the answer has no body. */
  answer?: JsonSchema
}

export const DOCUMENT_ID = 'epos-data'

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
        `openapi/epos-data.yaml: ${method} ${path} is the operation ${raw.operationId}, which is not a capability`,
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
export const component = (name: string): JsonSchema => ({
  $ref: `${DOCUMENT_ID}#/components/schemas/${name}`,
})

/**
 * The schema as a serialiser wants it: references written out, and what only restricts (a choice
 * between required fields, an example) left away, since it shapes nothing.
 */
export function shapeOf(schema: JsonSchema): JsonSchema {
  const { $ref, ...own } = schema
  const target = $ref === undefined ? {} : shapeOf(resolve(String($ref)))
  const shape: JsonSchema = { ...target }
  for (const [key, value] of Object.entries(own)) {
    if (['type', 'format', 'required', 'additionalProperties'].includes(key)) shape[key] = value
    if (key === 'items') shape[key] = shapeOf(value as JsonSchema)
    if (key === 'properties') {
      shape[key] = Object.fromEntries(
        Object.entries(value as Record<string, JsonSchema>).map(([name, property]) => [
          name,
          shapeOf(property),
        ]),
      )
    }
  }
  // ISO strings are made where the data is mapped; the serialiser has nothing to convert.
  if (shape['format'] === 'date-time') delete shape['format']
  return shape
}

function resolve(reference: string): JsonSchema {
  const path = reference.slice(reference.indexOf('#/') + 2).split('/')
  return path.reduce<JsonSchema>((node, key) => node[key] as JsonSchema, document)
}
