// Collections of requests to open in Bruno or Postman, made of the documents of the APIs: every
// operation once, with a body that its schema takes.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const COLLECTIONS = 'collections'

type Json = Record<string, unknown>

interface Document {
  info: { title: string }
  paths: Record<string, Record<string, Operation>>
  components: Json
}

interface Operation {
  operationId: string
  summary?: string
  tags?: string[]
  parameters?: object[]
  requestBody?: { content: Record<string, { schema?: object; example?: unknown }> }
}

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema?: object
  example?: unknown
}

/** One request, as both programs have it. */
export interface CollectionRequest {
  name: string
  folder: string
  summary: string
  method: string
  /** Its parameters as `:name`, below `{{baseUrl}}`. */
  path: string
  pathParameters: Record<string, string>
  query: Record<string, string>
  body: unknown
}

export interface Collection {
  /** What its files are called. */
  id: string
  title: string
  /** `{{username}}` and `{{password}}`, or `{{token}}`. */
  auth: 'basic' | 'bearer'
  requests: CollectionRequest[]
}

/** What has to fit together, which a schema does not say. */
const BODIES: Readonly<Record<string, object>> = {
  addDiscount: { name: 'Sorry for the wait', percentageHundredths: 1000 },
  seatParty: { name: 'Anna', covers: 2, tableIds: ['tbl_12'] },
  setBillTemplate: {
    header: [{ lineType: 'HorizontalLine', horizontalLine: { line: 'Single' } }],
    footer: [],
  },
  givePin: { pin: '2580', role: 'waiter' },
  addWebhook: { url: 'https://example.com/events' },
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

export function collectionOf(id: string, source: object, auth: Collection['auth']): Collection {
  const document = source as Document
  const requests = Object.entries(document.paths).flatMap(([path, operations]) =>
    METHODS.filter((method) => operations[method] !== undefined).map((method) =>
      requestOf(document, { path, method, operation: operations[method]! }),
    ),
  )
  return { id, title: document.info.title, auth, requests }
}

function requestOf(
  document: Document,
  { path, method, operation }: { path: string; method: string; operation: Operation },
): CollectionRequest {
  const parameters = (operation.parameters ?? []).map(
    (parameter) => resolved(document, parameter) as unknown as Parameter,
  )
  const valuesIn = (place: string): Record<string, string> =>
    Object.fromEntries(
      parameters
        .filter((each) => each.in === place && (place === 'path' || each.required === true))
        .map(({ name, example, schema }) => [name, textOf(example ?? sample(document, schema))]),
    )
  const media = operation.requestBody?.content['application/json']
  return {
    name: operation.operationId,
    folder: operation.tags?.[0] ?? 'Other',
    summary: operation.summary ?? operation.operationId,
    method: method.toUpperCase(),
    path: path.replace(/\{(\w+)\}/g, ':$1'),
    pathParameters: valuesIn('path'),
    query: valuesIn('query'),
    body:
      media && (BODIES[operation.operationId] ?? media.example ?? sample(document, media.schema)),
  }
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

// --- a value that a schema takes

function resolved(document: Document, schema: object = {}): Json {
  const { $ref: reference } = schema as { $ref?: string }
  if (reference === undefined) return schema as Json
  const found = reference
    .replace(/^#\//, '')
    .split('/')
    .reduce((node, key) => node[key] as Json, document as unknown as Json)
  return resolved(document, found)
}

function sample(document: Document, schema?: object): unknown {
  const {
    example,
    examples,
    default: usual,
    const: fixed,
    enum: choices,
    ...rest
  } = resolved(document, schema)
  const given = example ?? (examples as unknown[] | undefined)?.[0] ?? usual ?? fixed
  if (given !== undefined) return given
  if (Array.isArray(choices)) return choices[0]
  const [first] = (rest['oneOf'] ?? rest['anyOf'] ?? []) as object[]
  if (first !== undefined && rest['properties'] === undefined) return sample(document, first)
  if (Array.isArray(rest['allOf'])) {
    const parts = rest['allOf'].map((part: object) => sample(document, part))
    return Object.assign({}, ...parts) as Json
  }
  return sampleOfType(document, rest)
}

function sampleOfType(document: Document, schema: Json): unknown {
  const { type, items, minItems = 0, minimum, format } = schema
  switch (Array.isArray(type) ? type[0] : type) {
    case 'array':
      return Array.from({ length: Number(minItems) }, () => sample(document, items as object))
    case 'boolean':
      return true
    case 'integer':
    case 'number':
      return Math.max(Number(minimum ?? 1), 1)
    case 'string':
      return FORMATS[String(format)] ?? sampleText(schema)
    default:
      return schema['properties'] === undefined ? {} : sampleObject(document, schema)
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2030-12-24T19:00:00Z',
  date: '2030-12-24',
  email: 'anna@example.com',
}

function sampleText({ pattern, minLength = 1 }: Json): string {
  const texts = ['example', '2030-12-24', '19:00', 'https://example.com/', '12.34', '1']
  const fits = texts.find(
    (text) => pattern === undefined || new RegExp(pattern as string, 'u').test(text),
  )
  return (fits ?? 'example').padEnd(Number(minLength), 'x')
}

/** What is required, or else one field where one must be there. */
function sampleObject(document: Document, schema: Json): Json {
  const properties = schema['properties'] as Record<string, object>
  const required = (schema['required'] ?? []) as string[]
  const [first] = Object.keys(properties)
  const isEmpty = required.length === 0 && Number(schema['minProperties'] ?? 0) > 0
  const names = isEmpty && first !== undefined ? [first] : required
  return Object.fromEntries(names.map((name) => [name, sample(document, properties[name])]))
}

// --- files

const VARIABLES = {
  basic: { baseUrl: 'http://127.0.0.1:8080', username: '', password: '' },
  bearer: { baseUrl: 'http://127.0.0.1:8080', token: '' },
}

/** @param fresh where the folder is made */
export function writeCollections(fresh: string, collections: readonly Collection[]): void {
  for (const collection of collections) {
    const files = { ...postmanFiles(collection), ...brunoFiles(collection) }
    for (const [name, text] of Object.entries(files)) {
      const file = join(fresh, COLLECTIONS, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

function folders({ requests }: Collection): [folder: string, requests: CollectionRequest[]][] {
  return Object.entries(Object.groupBy(requests, ({ folder }) => folder)) as never
}

/** The format of Postman, version 2.1. */
function postmanFiles(collection: Collection): Record<string, string> {
  const { id, title, auth } = collection
  const names = auth === 'basic' ? ['username', 'password'] : ['token']
  const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json'
  const made = {
    info: { name: title, schema },
    auth: {
      type: auth,
      [auth]: names.map((key) => ({ key, value: `{{${key}}}`, type: 'string' })),
    },
    variable: Object.entries(VARIABLES[auth]).map(([key, value]) => ({ key, value })),
    item: folders(collection).map(([name, requests]) => ({
      name,
      item: requests.map((request) => ({
        name: request.name,
        request: {
          method: request.method,
          description: request.summary,
          header: [],
          url: {
            raw: `{{baseUrl}}${request.path}${queryText(request)}`,
            host: ['{{baseUrl}}'],
            path: request.path.slice(1).split('/'),
            query: Object.entries(request.query).map(([key, value]) => ({ key, value })),
            variable: Object.entries(request.pathParameters).map(([key, value]) => ({
              key,
              value,
            })),
          },
          ...(request.body === undefined
            ? {}
            : {
                body: {
                  mode: 'raw',
                  raw: JSON.stringify(request.body, null, 2),
                  options: { raw: { language: 'json' } },
                },
              }),
        },
      })),
    })),
  }
  return { [`postman/${id}.json`]: json(made) }
}

function queryText({ query }: CollectionRequest): string {
  const text = new URLSearchParams(query).toString()
  return text === '' ? '' : `?${text}`
}

/** A folder that Bruno opens: one file for each request. */
function brunoFiles(collection: Collection): Record<string, string> {
  const { id, title, auth } = collection
  const base = `bruno/${id}`
  const files: Record<string, string> = {
    [`${base}/bruno.json`]: json({ version: '1', name: title, type: 'collection' }),
    [`${base}/environments/local.bru`]: block('vars', VARIABLES[auth]),
  }
  for (const [folder, requests] of folders(collection)) {
    for (const [index, request] of requests.entries()) {
      files[`${base}/${folder}/${request.name}.bru`] = brunoText(request, auth, index + 1)
    }
  }
  return files
}

function brunoText(request: CollectionRequest, auth: Collection['auth'], seq: number): string {
  const { name, method, path, pathParameters, query, body, summary } = request
  const verb = {
    url: `{{baseUrl}}${path}${queryText(request)}`,
    body: body === undefined ? 'none' : 'json',
    auth,
  }
  const credentials =
    auth === 'basic'
      ? block('auth:basic', { username: '{{username}}', password: '{{password}}' })
      : block('auth:bearer', { token: '{{token}}' })
  const parts = [
    block('meta', { name, type: 'http', seq: String(seq) }),
    block(method.toLowerCase(), verb),
    ...(Object.keys(query).length > 0 ? [block('params:query', query)] : []),
    ...(Object.keys(pathParameters).length > 0 ? [block('params:path', pathParameters)] : []),
    credentials,
    ...(body === undefined ? [] : [textBlock('body:json', JSON.stringify(body, null, 2))]),
    textBlock('docs', summary),
  ]
  return parts.join('\n')
}

function block(name: string, fields: Readonly<Record<string, string>>): string {
  return textBlock(
    name,
    Object.entries(fields)
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
  )
}

function textBlock(name: string, text: string): string {
  return `${name} {\n${text.replace(/^(?=.)/gm, '  ')}\n}\n`
}
