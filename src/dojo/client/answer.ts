// Reads Dojo's answers: the problem details of a refusal, and bodies of the documented shape.
import type { ValidateFunction } from 'ajv'
import type { DojoOperation, DojoOperationName } from '../../contract/dojo-api.ts'
import { compileSchema, describeFault } from '../../contract/validation.ts'
import { limits } from '../../limits.ts'
import { DojoUnreadable, type Problem } from './errors.ts'

/**
 * The body of an answer; undefined for an operation that has none.
 * @param call its name in the error
 * @throws DojoUnreadable
 */
export function bodyOf(
  call: string,
  operation: DojoOperation,
  { status, text }: { status: number; text: string },
): unknown {
  const check = checkOf(operation)
  if (check === undefined) return undefined
  const value = parseJson(text)
  if (value === undefined) throw new DojoUnreadable(call, status, 'the answer is not JSON')
  if (check(value)) return value
  const fault = describeFault(check.errors).replace('The request body', 'it').replace(/\.$/, '')
  throw new DojoUnreadable(
    call,
    status,
    `the answer does not have the shape that the Dojo API documents: ${fault}`,
  )
}

const checks = new Map<DojoOperationName, ValidateFunction>()

function checkOf({ name, tolerantAnswer }: DojoOperation): ValidateFunction | undefined {
  if (tolerantAnswer === undefined) return undefined
  let check = checks.get(name)
  if (check === undefined) {
    check = compileSchema(tolerantAnswer)
    checks.set(name, check)
  }
  return check
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/**
 * Problem details. Dojo writes the names of their fields in either case.
 * @param secrets are hidden wherever Dojo repeats them
 */
export function problemOf(text: string, secrets: readonly string[]): Problem {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return {}
  const fields = new Map<string, unknown>()
  for (const [name, field] of Object.entries(value)) fields.set(name.toLowerCase(), field)
  const line = (field: unknown): string | undefined => lineOf(field, secrets)
  return {
    title: line(fields.get('title')),
    detail: line(fields.get('detail')) ?? line(faultsOf(fields.get('errors'))),
    traceId: line(fields.get('traceid')),
  }
}

function lineOf(field: unknown, secrets: readonly string[]): string | undefined {
  if (typeof field !== 'string' || field.trim() === '') return undefined
  let line = field
  for (const secret of secrets) line = line.replaceAll(secret, '(hidden)')
  return line.replace(/\s+/g, ' ').trim().slice(0, limits.maxLoggedMessageCharacters)
}

/** What is wrong with each field, which Dojo sometimes sends instead of a detail. */
function faultsOf(errors: unknown): string | undefined {
  if (typeof errors !== 'object' || errors === null) return undefined
  return Object.entries(errors)
    .map(([field, faults]) => `${field}: ${[faults].flat().join(' ')}`)
    .join('; ')
}
