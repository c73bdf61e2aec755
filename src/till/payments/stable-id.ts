// The id of what a till starts that must not happen twice.
import { createHash } from 'node:crypto'
import type { NewId } from '../../domain/ids.ts'

interface Chosen {
  /** As the till chose it. */
  id: string | undefined
  idempotencyKey: string | undefined
  newId: NewId
}

/**
 * The till's own id, or one that the same Idempotency-Key gives again. Only without either does a
 * repeated request start something new.
 */
export function stableId(prefix: 'crd' | 'rfd', { id, idempotencyKey, newId }: Chosen): string {
  if (id !== undefined) return id
  if (idempotencyKey === undefined) return newId(prefix)
  return `${prefix}_${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 32)}`
}
