// Refusals of the EPOS in memory, and the few looks at a request that its rules need.
import type { Schemas } from '../../../src/contract/capabilities.ts'

const STATUS: Record<Schemas['EPOSErrorType'], number> = {
  InvalidRequest: 400,
  NotFound: 404,
  Conflict: 409,
  UnexpectedError: 500,
}

export class EposRefusal extends Error {
  readonly errorType: Schemas['EPOSErrorType']
  readonly status: number

  constructor(errorType: Schemas['EPOSErrorType'], message: string, status = STATUS[errorType]) {
    super(message)
    this.errorType = errorType
    this.status = status
  }
}

/** Apart from other ids that nobody has, so that faults can be about orders. */
export class UnknownOrder extends EposRefusal {
  constructor(orderId: string) {
    super('NotFound', `There is no order ${orderId}.`)
  }
}

export const invalid = (message: string): EposRefusal => new EposRefusal('InvalidRequest', message)
export const notFound = (message: string): EposRefusal => new EposRefusal('NotFound', message)
export const conflict = (message: string): EposRefusal => new EposRefusal('Conflict', message)

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function checkText(value: unknown, field: string): void {
  if (typeof value !== 'string') throw invalid(`The field ${field} must be a string.`)
}

export function checkOptionalText(value: unknown, field: string): void {
  if (value !== undefined) checkText(value, field)
}

export function checkOptionalFlag(value: unknown, field: string): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw invalid(`The field ${field} must be true or false.`)
  }
}

export function checkWhole(value: unknown, field: string): void {
  if (!Number.isSafeInteger(value)) throw invalid(`The field ${field} must be a whole number.`)
}

export function checkOptionalObject(value: unknown, field: string): void {
  if (value !== undefined && !isObject(value)) {
    throw invalid(`The field ${field} must be an object.`)
  }
}

export function checkList(value: unknown, field: string): void {
  if (!Array.isArray(value)) throw invalid(`The field ${field} must be an array.`)
}

/** A time in milliseconds. */
export function timeOf(value: unknown, field: string): number {
  const ms =
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value)
      ? Date.parse(value)
      : NaN
  if (Number.isNaN(ms)) throw invalid(`The field ${field} must be a time with its offset from UTC.`)
  return ms
}

export const isoTimeOf = (value: unknown, field: string): string =>
  new Date(timeOf(value, field)).toISOString()
export const optionalIsoTimeOf = (value: unknown, field: string): string | undefined =>
  value === undefined ? undefined : isoTimeOf(value, field)

/** An amount in minor units, of any currency. */
export function minorOf(amount: unknown, field: string): number {
  if (
    !isObject(amount) ||
    !Number.isSafeInteger(amount['value']) ||
    typeof amount['currencyCode'] !== 'string'
  ) {
    throw invalid(`The field ${field} must be an amount with a whole value and a currencyCode.`)
  }
  const value = amount['value'] as number
  if (value < 0) throw invalid(`The field ${field}.value must not be negative.`)
  return value
}

export function checkCurrency(
  amount: Schemas['Money'] | undefined,
  currency: string,
  field: string,
): void {
  if (amount !== undefined && amount.currencyCode !== currency) {
    throw invalid(
      `The field ${field}.currencyCode is ${amount.currencyCode}, and this venue takes ${currency} only.`,
    )
  }
}
