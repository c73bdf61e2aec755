// Bodies, paths and queries against the shapes of the operations. A shape is compiled when it is
// first needed: most processes never see most of them. Only paths and queries, which are text, have
// their numbers and booleans made of it.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { limits } from '../../limits.ts'

const settings = {
  strict: false,
  useDefaults: false,
  removeAdditional: false,
  allErrors: true,
  verbose: true,
} as const
const ofBodies = new Ajv2020({ ...settings, coerceTypes: false })
const ofLargeBodies = new Ajv2020({ ...settings, allErrors: false, coerceTypes: false })
const ofText = new Ajv2020({ ...settings, coerceTypes: true })
for (const each of [ofBodies, ofLargeBodies, ofText]) formats.default(each)

/**
 * As Fastify wants a compiler of validators. Every fault is told of what is small enough; of a body
 * that was made to be wrong in a hundred thousand places, the first.
 * @param httpPart body, querystring or params
 */
export function validatorOf(
  schema: object,
  httpPart: string | undefined,
): (
  data: unknown,
) => true | { error: Error & { validation?: unknown; validationContext?: string } } {
  const compiled = new Map<Ajv2020, ValidateFunction>()
  const compiledBy = (ajv: Ajv2020): ValidateFunction => {
    const validate = compiled.get(ajv) ?? ajv.compile(schema)
    compiled.set(ajv, validate)
    return validate
  }
  return (data) => {
    const validate = compiledBy(
      httpPart !== 'body'
        ? ofText
        : valuesIn(data) > limits.maxValuesToListFaults
          ? ofLargeBodies
          : ofBodies,
    )
    if (validate(data)) return true
    return {
      error: Object.assign(new Error('schema'), {
        validation: validate.errors,
        validationContext: httpPart ?? 'body',
      }),
    }
  }
}

/** How many values there are in all, counted until there are too many. */
function valuesIn(data: unknown): number {
  const left: unknown[] = [data]
  let count = 0
  while (left.length > 0 && count <= limits.maxValuesToListFaults) {
    const value = left.pop()
    count++
    if (typeof value !== 'object' || value === null) continue
    const below = Object.values(value)
    if (below.length > limits.maxValuesToListFaults) return below.length
    left.push(...below)
  }
  return count
}
