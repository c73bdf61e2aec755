import { conflict, type Refusal } from './errors.ts'

/** A key may be sent again only with the same request. */
export function keyReused(key: string): Refusal {
  return conflict(
    'key-reused',
    `The Idempotency-Key ${key} was used for another request; choose a new one.`,
  )
}
