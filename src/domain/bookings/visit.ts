// What parties (guests in the venue) and reservations (guests to come) have in common.
import { conflict, invalid, type Refusal } from '../errors.ts'
import { same } from '../../lib/same.ts'

export type VisitKind = 'Party' | 'Reservation'

export const nameOfKind: Readonly<Record<VisitKind, string>> = {
  Party: 'party',
  Reservation: 'reservation',
}

/** Times are ISO 8601 in UTC, so they compare as text. */
interface TimesAndCovers {
  startTime?: string
  endTime?: string
  covers?: number
}

/** @throws Refusal InvalidRequest */
export function checkTimesAndCovers({ startTime, endTime, covers }: TimesAndCovers): void {
  if (startTime !== undefined && endTime !== undefined && endTime < startTime) {
    throw invalid(`The field endTime is ${endTime}, before the startTime ${startTime}.`)
  }
  if (covers !== undefined && (covers < 0 || !Number.isSafeInteger(covers))) {
    throw invalid(`The field covers is ${covers}; it must be a whole number of guests.`)
  }
}

/** Each id once, in the order given. */
export const distinct = (ids: readonly string[]): string[] => [...new Set(ids)]

// --- the same request again

/** A party or reservation that has the id of a new one already: Dojo's id or its own. */
export interface Existing {
  id: string
  /** The hash of the request that created it; null where it was made otherwise. */
  creationHash: Buffer | null
}

/** The id by which a repeated request is recognised. */
export interface RequestId {
  field: 'id' | 'dojoPartyId' | 'dojoReservationId'
  value: string
}

/** @throws Refusal Conflict: the id came with other content before */
export function checkSameContent(
  kind: VisitKind,
  { field, value }: RequestId,
  existing: Existing,
  creationHash: Buffer,
): void {
  if (existing.creationHash !== null && creationHash.equals(existing.creationHash)) return
  throw conflict(
    'content-differs',
    `The ${field} ${value} already belongs to the ${nameOfKind[kind]} ${existing.id}, which was ` +
      'created with other content. Send a new id.',
  )
}

/** A late request does not bring back what was deleted. */
export const refusedAsDeleted = (kind: VisitKind, id: string): Refusal =>
  conflict(
    'content-differs',
    `The id ${id} belonged to a ${nameOfKind[kind]} that was deleted. Send a new id.`,
  )

// --- history

/** Fields with new values, and null for those that were removed. */
export type ChangedFields = Record<string, unknown>

const NOT_CONTENT: ReadonlySet<string> = new Set(['partyId', 'version', 'parties'])

/** What the history keeps of a change. */
export function changedFields<Visit extends object>(
  before: Partial<Visit>,
  after: Visit,
): ChangedFields {
  const changes: ChangedFields = {}
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<
    keyof Visit & string
  >
  for (const name of names) {
    if (NOT_CONTENT.has(name) || same(before[name], after[name])) continue
    changes[name] = after[name] ?? null
  }
  return changes
}
