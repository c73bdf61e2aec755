// Bodies, paths and queries against the shapes of the operations. A shape is compiled when it is first needed: most processes
// never see most of them. Only paths and queries, which are text, have their numbers and booleans made of it.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const settings = { strict: false, useDefaults: false, removeAdditional: false, allErrors: true, verbose: true } as const
const ofBodies = new Ajv2020({ ...settings, coerceTypes: false })
const ofText = new Ajv2020({ ...settings, coerceTypes: true })
for (const each of [ofBodies, ofText]) formats.default(each)

/** As Fastify wants a compiler of validators. @param httpPart body, querystring or params */
export function validatorOf (schema: object, httpPart: string | undefined): (data: unknown) => true | { error: Error & { validation?: unknown, validationContext?: string } } {
  const ajv = httpPart === 'body' ? ofBodies : ofText
  let validate: ValidateFunction | undefined
  return (data) => {
    validate ??= ajv.compile(schema)
    if (validate(data)) return true
    return { error: Object.assign(new Error('schema'), { validation: validate.errors, validationContext: httpPart ?? 'body' }) }
  }
}
