// What was sent of a set-up, entry by entry: each is held against its shape, so that all that is
// wrong can be told at once.
import type { ErrorObject } from 'ajv'
import { faultsOf } from '../../../contract/validation.ts'
import {
  setupParts,
  spokenPlace,
  type Place,
  type SetupPart,
  type WantedSetup,
} from '../../../domain/venue/setup.ts'
import { validatorOf } from '../../kit/validation.ts'
import { Entries, SetupShape } from './shapes.ts'

export interface PlacedFault {
  at: Place | undefined
  message: string
}
export interface SentEntry {
  part: SetupPart
  at: Place
  entry: unknown
}
export interface Sent {
  /** Of which there was anything said. */
  parts: { [Part in SetupPart]?: true }
  entries: SentEntry[]
  faults: PlacedFault[]
}

/** The lists alone; what is in them is looked at one by one. */
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

/** One sentence a field. */
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
  const faults = faultsIn(checkWhole, body).map(({ field, message }): PlacedFault => ({
    at: field === '' ? undefined : { field },
    message,
  }))
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
 * The entries as they can be planned, without the fields that are wrong; what is wrong is added to
 * the faults.
 * @param columnOf what a field is called where there are lines
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
    for (const { field, message } of faultsIn(checks[part], entry)) {
      const [name] = /^\w+/.exec(field) ?? ['']
      wrong.add(name)
      faults.push(placed(at, field, name, message, columnOf))
    }
    const { plu, ...rest } = Object.fromEntries(
      Object.entries(entry ?? {}).filter(([field]) => !wrong.has(field)),
    )
    const id = part === 'menu' ? plu : rest['id']
    // Without its id there is no saying what it is.
    if (id !== undefined || part === 'areas' || part === 'tables') {
      wanted[part]!.push({ ...rest, ...(id === undefined ? {} : { id }), at })
    }
  }
  return wanted as WantedSetup
}

/**
 * A fault of an entry as a fault of what was sent.
 * @param field of the entry; empty when it is the entry itself
 */
function placed(
  at: Place,
  field: string,
  name: string,
  message: string,
  columnOf: Readonly<Record<string, string>>,
): PlacedFault {
  if (field === '') {
    return { at, message: message.replace('The request body', `The field ${spokenPlace(at)}`) }
  }
  if ('line' in at) {
    return {
      at,
      message: message.replace(`The field ${name}`, `The column ${columnOf[name] ?? name}`),
    }
  }
  return {
    at: { field: `${at.field}.${field}` },
    message: message.replace(`The field ${field}`, `The field ${at.field}.${field}`),
  }
}
