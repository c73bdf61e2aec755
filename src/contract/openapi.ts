// How operations and schemas are read from an OpenAPI document.

export type JsonSchema = { [keyword: string]: unknown }

export interface Document extends JsonSchema {
  info: { title: string; version: string }
  paths: Record<string, Record<string, unknown>>
  components: JsonSchema
}

export interface RawOperation {
  operationId: string
  summary?: string
  parameters?: Array<{ $ref: string } | RawParameter>
  requestBody?: { content: JsonBody }
  responses: Record<string, { content?: Partial<JsonBody> }>
}
export interface RawParameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  schema: JsonSchema
}
interface JsonBody {
  'application/json': { schema: JsonSchema }
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const
export type Method = Uppercase<(typeof METHODS)[number]>

export interface Route {
  method: Method
  path: string
  pathParameters: string[]
  raw: RawOperation
}

/** Every operation of a document, in the document's order. */
export function routesOf(document: Document): Route[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => ({
      method: method.toUpperCase() as Method,
      path,
      pathParameters: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!),
      raw: item[method] as RawOperation,
    })),
  )
}

/**
 * A document's components as one JSON Schema, for validators that resolve
 * `ID#/components/schemas/...`.
 */
export function componentsSchema(document: Document, id: string): JsonSchema {
  return { $id: id, components: { schemas: document.components['schemas'] } }
}

/** The schema with `$ref`s that name the document, so that it can be used outside of it. */
export function absolute<T>(schema: T, id: string): T {
  if (Array.isArray(schema)) return schema.map((item: unknown) => absolute(item, id)) as T
  if (schema === null || typeof schema !== 'object') return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === '$ref' ? [key, String(value).replace(/^#/, `${id}#`)] : [key, absolute(value, id)],
    ),
  ) as T
}
