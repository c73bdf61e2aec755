// openapi/dojo-api.yaml, which `npm run generate` writes as JSON: the operations of Dojo's API that
// are called here, and their types.
import api from './generated/dojo-api.json' with { type: 'json' }
import type { components, operations as DojoOperations } from './generated/dojo-api.ts'
import {
  absolute,
  componentsSchema,
  routesOf,
  type Document,
  type JsonSchema,
  type Method,
  type RawParameter,
} from './openapi.ts'
import { addDocument } from './validation.ts'

export type DojoSchemas = components['schemas']
export type DojoOperationName = keyof DojoOperations

/** Path parameters, query parameters and body of an operation in one object. */
export type DojoInput<Name extends DojoOperationName> = PathOf<DojoOperations[Name]> &
  QueryOf<DojoOperations[Name]> &
  BodyOf<DojoOperations[Name]>
/** Undefined where the answer has no body. */
export type DojoOutput<Name extends DojoOperationName> = DojoOperations[Name]['responses'] extends {
  200: JsonContent<infer Answer>
}
  ? Answer
  : undefined

type JsonContent<T> = { content: { 'application/json': T } }
type PathOf<Operation> = Operation extends { parameters: { path: infer Path extends object } }
  ? Path
  : unknown
type QueryOf<Operation> = Operation extends { parameters: { query?: infer Query extends object } }
  ? Query
  : unknown
type BodyOf<Operation> = Operation extends { requestBody: JsonContent<infer Body> } ? Body : unknown

export interface DojoOperation {
  name: DojoOperationName
  method: Method
  /** As the document has it: `/payment-intents/{paymentIntentId}`. */
  path: string
  pathParameters: string[]
  query: RawParameter[]
  /** Headers without which Dojo refuses the call. */
  requiredHeaders: string[]
  body?: JsonSchema
  /** Absent where the answer has no body. */
  answer?: JsonSchema
  /** The same for a client of Dojo, which must accept what Dojo adds. */
  tolerantAnswer?: JsonSchema
}

const DOCUMENT_ID = 'dojo-api'
const document = api as unknown as Document
addDocument(componentsSchema(document, DOCUMENT_ID))

const TOLERANT_ID = 'dojo-api-tolerant'
addDocument(
  componentsSchema({ ...document, components: tolerant(document.components) }, TOLERANT_ID),
)

/**
 * A schema without what a client must not insist on: by its rules of versioning Dojo may add fields
 * and values without notice, and the stand-in for Dojo has webhooks without TLS.
 */
function tolerant<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(tolerant) as T
  if (schema === null || typeof schema !== 'object') return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !isStrict(key, value))
      .map(([key, value]) => [key, tolerant(value)]),
  ) as T
}

/** Looks at the value too, since a property may have the name of a keyword. */
function isStrict(key: string, value: unknown): boolean {
  return (
    (key === 'additionalProperties' && value === false) ||
    (key === 'enum' && Array.isArray(value)) ||
    (key === 'pattern' && typeof value === 'string')
  )
}

export const dojoOperations: readonly DojoOperation[] = routesOf(document).map(
  ({ method, path, pathParameters, raw }) => {
    const parameters = (raw.parameters ?? []).map((parameter) =>
      '$ref' in parameter ? sharedParameter(parameter.$ref) : parameter,
    )
    return {
      name: raw.operationId as DojoOperationName,
      method,
      path,
      pathParameters,
      query: parameters
        .filter((parameter) => parameter.in === 'query')
        .map((parameter) => absolute(parameter, DOCUMENT_ID)),
      requiredHeaders: parameters
        .filter((parameter) => parameter.in === 'header' && parameter.required === true)
        .map(({ name }) => name),
      body: absolute(raw.requestBody?.content['application/json'].schema, DOCUMENT_ID),
      answer: absolute(raw.responses['200']?.content?.['application/json']?.schema, DOCUMENT_ID),
      tolerantAnswer: absolute(
        tolerant(raw.responses['200']?.content?.['application/json']?.schema),
        TOLERANT_ID,
      ),
    }
  },
)

function sharedParameter(reference: string): RawParameter {
  return (document.components['parameters'] as Record<string, RawParameter>)[
    reference.split('/').at(-1)!
  ]!
}
