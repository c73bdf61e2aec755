// Validates against the documents in openapi/ as they are written: nothing is coerced, filled in or
// removed.
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
})
formats.default(ajv)
// As .NET writes a span of time: 7.00:00:00 is a week.
ajv.addFormat('timespan', /^-?(\d+\.)?\d{2}:\d{2}:\d{2}(\.\d{1,7})?$/)
ajv.addSchema(documentSchema)

/** Lets schemas refer to another document, as `dojo-api#/components/schemas/...`. */
export const addDocument = (schema: JsonSchema): void => {
  ajv.addSchema(schema)
}

export const compileSchema = (schema: JsonSchema): ValidateFunction => ajv.compile(schema)
export const compileComponent = (name: string): ValidateFunction => ajv.compile(component(name))

export interface FieldFault {
  field: string
  message: string
}

/**
 * A sentence for each field that is not as it should be.
 * @param part of the request: body, querystring or params
 */
export function faultsOf(errors: readonly ErrorObject[], part: string): FieldFault[] {
  const names: Record<string, string> = {
    body: 'request body',
    querystring: 'query',
    params: 'path',
  }
  const faults = errors
    .filter((error) => error.keyword !== 'if')
    .map((error) => {
      const missing =
        error.keyword === 'required'
          ? `/${String(error.params['missingProperty'])}`
          : error.keyword === 'additionalProperties'
            ? `/${String(error.params['additionalProperty'])}`
            : ''
      return {
        field: fieldName(error.instancePath + missing),
        message: describeFault([error]).replace('The request body', `The ${names[part] ?? part}`),
      }
    })
  return [...new Map(faults.map((fault) => [fault.message, fault])).values()]
}

/**
 * One sentence for whoever reads it in a log: the field, what was expected, and what kind of thing
 * came instead.
 */
export function describeFault(errors: readonly ErrorObject[] | null | undefined): string {
  // Of a choice between required fields ajv reports each branch; the first names the field to add.
  const error = errors?.[0]
  if (error === undefined) return 'The request body does not fit the contract.'
  const choice = errors!.filter(
    (each) => each.keyword === 'required' && each.schemaPath.includes('/anyOf/'),
  )
  const field = fieldName(error.instancePath)
  const subject = field === '' ? 'The request body' : `The field ${field}`
  if (choice.length > 1) {
    return `${subject} must have one of ${choice.map((each) => String(each.params['missingProperty'])).join(', ')}.`
  }
  switch (error.keyword) {
    case 'required':
      return `The field ${fieldName(`${error.instancePath}/${String(error.params['missingProperty'])}`)} is missing.`
    case 'additionalProperties':
      return unknownField(
        fieldName(`${error.instancePath}/${String(error.params['additionalProperty'])}`),
      )
    case 'type':
      return `${subject} must be ${article(String(error.params['type']))}, not ${article(kindOf(error.data))}.`
    case 'enum':
      return `${subject} must be one of ${(error.params['allowedValues'] as unknown[]).join(', ')}.`
    case 'format':
      return `${subject} must be ${FORMATS[String(error.params['format'])] ?? `a valid ${String(error.params['format'])}`}.`
    case 'pattern':
      return `${subject} ${patternFault(error)}.`
    default:
      return `${subject} ${error.message ?? 'does not fit the contract'}.`
  }
}

export function unknownField(field: string): string {
  return `The field ${field} is not part of the contract here.`
}

/** In words where the shape has some: nobody reads a pattern. */
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

/** `/items/0/plu` as people write it: `items[0].plu`. */
function fieldName(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (path, part) =>
        /^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`,
      '',
    )
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
