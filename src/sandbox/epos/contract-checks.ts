// What the contract says about the answers of an EPOS, whichever way they came.
import type { ValidateFunction } from 'ajv'
import type { CapabilityName, Schemas } from '../../contract/capabilities.ts'
import { operations } from '../../contract/document.ts'
import { compileComponent, compileSchema, describeFault } from '../../contract/validation.ts'

/** What reading the answer adds to the exchange. */
export interface Reading {
  contractErrors: string[]
  status?: number
  output?: unknown
  refusal?: Schemas['EPOSError']
}

export const invalid = (sentence: string): Reading => ({ contractErrors: [sentence] })

const successChecks = new Map<CapabilityName, ValidateFunction | undefined>()

/** The check of a success; undefined where the contract says nothing about it. */
export function successCheckOf(name: CapabilityName): ValidateFunction | undefined {
  if (!successChecks.has(name)) {
    const answer = operations.find((operation) => operation.name === name)?.answer
    successChecks.set(name, answer === undefined ? undefined : compileSchema(answer))
  }
  return successChecks.get(name)
}

export function describeAnswerFault({ errors }: ValidateFunction): string {
  return describeFault(errors).replace('The request body', 'The answer')
}

let refusalCheck: ValidateFunction | undefined

/** Why this is not the body of a refusal; undefined when it is. */
export function refusalFault(received: unknown): string | undefined {
  refusalCheck ??= compileComponent('EPOSError')
  return refusalCheck(received)
    ? undefined
    : describeFault(refusalCheck.errors).replace('The request body', 'it')
}
