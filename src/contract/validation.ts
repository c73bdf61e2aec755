// Validates against the documents in openapi/ exactly as they are written: nothing is coerced,
// filled in or removed.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { component, documentSchema, type JsonSchema } from './document.ts'

const ajv = new Ajv2020({
  strict: false,
  coerceTypes: false,
  useDefaults: false,
  removeAdditional: false,
  allErrors: false,
  verbose: true,
  // The generator has read the documents; to check them again would slow each start by a tenth.
  validateSchema: false,
})
formats.default(ajv)
// A span of time as .NET writes it: 7.00:00:00 is a week.
ajv.addFormat('timespan', /^-?(\d+\.)?\d{2}:\d{2}:\d{2}(\.\d{1,7})?$/)
ajv.addSchema(documentSchema)

/** Lets schemas refer to another document, as in `dojo-api#/components/schemas/...`. */
export function addDocument(schema: JsonSchema): void {
  ajv.addSchema(schema)
}

export function compileSchema(schema: JsonSchema): ValidateFunction {
  return ajv.compile(schema)
}

export function compileComponent(name: string): ValidateFunction {
  return ajv.compile(component(name))
}

export interface FieldFault {
  field: string
  message: string
}

const PART_NAMES: Record<string, string> = {
  body: 'request body',
  querystring: 'query',
  params: 'path',
}

/**
 * A sentence for each field at fault.
 * @param part of the request: body, querystring or params
 */
export function faultsOf(errors: readonly ErrorObject[], part: string): FieldFault[] {
  const partName = PART_NAMES[part] ?? part
  const faults = errors
    .filter((error) => error.keyword !== 'if')
    .map((error) => ({
      field: fieldName(pointerOf(error)),
      message: describeFault([error]).replace('The request body', `The ${partName}`),
    }))
  return [...new Map(faults.map((fault) => [fault.message, fault])).values()]
}

/** Where the fault is: the missing or unknown field itself, not the object around it. */
function pointerOf({ instancePath, params }: ErrorObject): string {
  const field: unknown = params['missingProperty'] ?? params['additionalProperty']
  return field === undefined ? instancePath : `${instancePath}/${String(field)}`
}

/** One sentence for a log: the field, what was expected, and what kind of value came instead. */
export function describeFault(errors: readonly ErrorObject[] | null | undefined): string {
  // For a choice between required fields ajv reports every branch.
  const error = errors?.[0]
  if (error === undefined) return 'The request body does not fit the contract.'
  const choice = errors!.filter(
    (each) => each.keyword === 'required' && each.schemaPath.includes('/anyOf/'),
  )
  const field = fieldName(error.instancePath)
  const subject = field === '' ? 'The request body' : `The field ${field}`
  if (choice.length > 1) {
    const fields = choice.map((each) => String(each.params['missingProperty']))
    return `${subject} must have one of ${fields.join(', ')}.`
  }
  switch (error.keyword) {
    case 'required':
      return `The field ${fieldName(pointerOf(error))} is missing.`
    case 'additionalProperties':
      return unknownField(fieldName(pointerOf(error)))
    case 'type':
      return (
        `${subject} must be ${article(String(error.params['type']))}, ` +
        `not ${article(kindOf(error.data))}.`
      )
    case 'enum':
      return `${subject} must be one of ${(error.params['allowedValues'] as unknown[]).join(', ')}.`
    case 'format':
      return `${subject} must be ${formatName(String(error.params['format']))}.`
    case 'pattern':
      return `${subject} ${patternFault(error)}.`
    default:
      return `${subject} ${error.message ?? 'does not fit the contract'}.`
  }
}

function unknownField(field: string): string {
  return `The field ${field} is not part of the contract here.`
}

/** By the description of the shape where it has one: nobody reads a pattern. */
function patternFault({ parentSchema, message }: ErrorObject): string {
  const description = (parentSchema as { description?: string } | undefined)?.description
  return description === undefined
    ? (message ?? 'does not have the right form')
    : `does not have the form that it must have: ${description.replace(/\.$/, '')}`
}

const FORMATS: Record<string, string> = {
  'date-time': 'a time as in 2026-02-27T20:14:05.000Z, with its offset from UTC',
  int64: 'a whole number of 64 bits',
  int32: 'a whole number of 32 bits',
}

function formatName(format: string): string {
  return FORMATS[format] ?? `a valid ${format}`
}

/** `/items/0/plu` as people write it: `items[0].plu`. */
function fieldName(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => {
      if (/^\d+$/.test(part)) return `${path}[${part}]`
      return path === '' ? part : `${path}.${part}`
    }, '')
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}

function article(kind: string): string {
  if (kind === 'null' || kind === 'nothing') return kind
  return /^[aeio]/.test(kind) ? `an ${kind}` : `a ${kind}`
}
