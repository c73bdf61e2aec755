// The entries of a set-up as they were sent. Each is checked against its shape by itself, so that
// all faults can be listed at once.
import type { ErrorObject } from 'ajv'
import { faultsOf } from '../../../contract/validation.ts'
import {
  setupParts,
  spokenPlace,
  type Place,
  type SetupFault,
  type SetupPart,
  type WantedSetup,
} from '../../../domain/venue/setup.ts'
import { validatorOf } from '../../kit/validation.ts'
import { Entries, SetupShape } from './shapes.ts'

export interface SentEntry {
  part: SetupPart
  at: Place
  entry: unknown
}
export interface Sent {
  /** The parts that were sent, with or without entries. */
  parts: { [Part in SetupPart]?: true }
  entries: SentEntry[]
  faults: SetupFault[]
}

export const faultAt = (at: Place | undefined, message: string): SetupFault => ({
  at,
  message,
  reason: 'invalid',
})

/** The lists without their entries, which are checked one by one. */
const checkWhole = validatorOf(
  {
    ...SetupShape,
    properties: Object.fromEntries(
      Object.entries(SetupShape.properties).map(([part, { items: _, ...list }]) => [part, list]),
    ),
  },
  'body',
)
const checks = Object.fromEntries(
  setupParts.map((part) => [part, validatorOf(Entries[part], 'body')]),
) as Record<SetupPart, ReturnType<typeof validatorOf>>

/** One fault for each field. */
function faultsIn(
  check: ReturnType<typeof validatorOf>,
  value: unknown,
): { field: string; message: string }[] {
  const valid = check(value)
  if (valid === true) return []
  const faults = new Map<string, { field: string; message: string }>()
  for (const fault of faultsOf(valid.error.validation as ErrorObject[], 'body')) {
    if (!faults.has(fault.field)) faults.set(fault.field, fault)
  }
  return [...faults.values()]
}

export function entriesOfJson(body: unknown): Sent {
  const faults = faultsIn(checkWhole, body).map(({ field, message }) =>
    faultAt(field === '' ? undefined : { field }, message),
  )
  const sent: Sent = { parts: {}, entries: [], faults }
  if (faults.length > 0) return sent
  for (const part of setupParts) {
    const list = (body as Partial<Record<SetupPart, unknown[]>>)[part]
    if (list === undefined) continue
    sent.parts[part] = true
    sent.entries.push(
      ...list.map((entry, index) => ({ part, at: { field: `${part}[${index}]` }, entry })),
    )
  }
  return sent
}

/**
 * The entries as they can be planned, without invalid fields; the faults of those are added to
 * `sent.faults`.
 * @param columnOf what a field is called in a file
 */
export function wantedOf(
  { parts, entries, faults }: Sent,
  columnOf: Readonly<Record<string, string>>,
): WantedSetup {
  const wanted: Partial<Record<SetupPart, object[]>> = Object.fromEntries(
    Object.keys(parts).map((part) => [part, []]),
  )
  for (const { part, at, entry } of entries) {
    const wrong = new Set<string>()
    for (const fault of faultsIn(checks[part], entry)) {
      wrong.add(firstName(fault.field))
      faults.push(placed(at, fault, columnOf))
    }
    const { plu, ...rest } = Object.fromEntries(
      Object.entries(entry ?? {}).filter(([field]) => !wrong.has(field)),
    )
    const id = part === 'menu' ? plu : rest['id']
    // A waiter or menu item without a valid id cannot be planned.
    if (id !== undefined || part === 'areas' || part === 'tables') {
      wanted[part]!.push({ ...rest, id, at })
    }
  }
  return wanted as WantedSetup
}

/**
 * A fault of an entry as a fault of what was sent.
 * @param field of the entry; empty for the entry itself
 */
function placed(
  at: Place,
  { field, message }: { field: string; message: string },
  columnOf: Readonly<Record<string, string>>,
): SetupFault {
  if (field === '') {
    return faultAt(at, message.replace('The request body', `The field ${spokenPlace(at)}`))
  }
  const name = firstName(field)
  if ('line' in at) {
    const column = `The column ${columnOf[name] ?? name}`
    return faultAt(at, message.replace(`The field ${name}`, column))
  }
  const path = `${at.field}.${field}`
  return faultAt({ field: path }, message.replace(`The field ${field}`, `The field ${path}`))
}

const firstName = (field: string): string => /^\w+/.exec(field)?.[0] ?? ''
