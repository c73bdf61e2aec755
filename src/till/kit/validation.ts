// Validates bodies, paths and queries against the shapes of the operations. A shape is compiled
// when it is first needed, as most processes never need most of them. Only in paths and queries,
// which are text, are numbers and booleans parsed.
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
const bodies = new Ajv2020({ ...settings, coerceTypes: false })
const largeBodies = new Ajv2020({ ...settings, allErrors: false, coerceTypes: false })
const texts = new Ajv2020({ ...settings, coerceTypes: true })
for (const each of [bodies, largeBodies, texts]) formats.default(each)

/**
 * A validator for Fastify. It reports every fault; in a body that may be wrong in a hundred
 * thousand places, only the first.
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
    const validate = compiledBy(httpPart === 'body' ? ajvFor(data) : texts)
    if (validate(data)) return true
    return {
      error: Object.assign(new Error('schema'), {
        validation: validate.errors,
        validationContext: httpPart ?? 'body',
      }),
    }
  }
}

function ajvFor(body: unknown): Ajv2020 {
  return valuesIn(body) > limits.maxValuesToListFaults ? largeBodies : bodies
}

/** How many values there are in all; counting stops at too many. */
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
