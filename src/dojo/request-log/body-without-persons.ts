// A body as the request log keeps it. Only fields of a list are shown, and only if their values
// look like what the list says; everything else is left out, whatever it is called.
import { documentSchema } from '../../contract/document.ts'
import { loggable } from '../../http/loggable.ts'
import { limits } from '../../limits.ts'
import { namedFields, shownFields, type Shown } from './shown-fields.ts'

const LEFT_OUT = '(left out)'
const CUT = '\n(cut off)'
const MOST_ID_CHARACTERS = 100

/** JSON, which ends in the middle where it would be too long. Never throws, and reads no getter. */
export function bodyWithoutPersons(body: unknown): string {
  if (body === undefined || body === null) return ''
  const left = { values: limits.requestBodyValues }
  const text = JSON.stringify(insideOf(body, left), null, 2).toWellFormed()
  if (text.length <= limits.requestBodyCharacters) return text
  return text.slice(0, limits.requestBodyCharacters) + CUT
}

interface Left {
  values: number
}

function insideOf(value: unknown, left: Left): unknown {
  if (Array.isArray(value)) return listOf(value, left, (each) => insideOf(each, left))
  if (typeof value !== 'object' || value === null) return LEFT_OUT
  const shown: Record<string, unknown> = {}
  let others = 0
  for (const [name, inside] of Object.entries(value)) {
    const kind = shownFields.get(name)
    if (inside === undefined) continue
    if (left.values-- <= 0) others++
    else if (kind !== undefined) shown[name] = shownAs(kind, inside, left)
    else if (namedFields.has(name)) shown[name] = LEFT_OUT
    else others++ // its name may be a person's
  }
  if (others > 0) shown['(other fields)'] = others
  return shown
}

function listOf(list: readonly unknown[], left: Left, entry: (each: unknown) => unknown): unknown {
  const shown: unknown[] = []
  for (const each of list.slice(0, limits.requestBodyListEntries)) {
    if (left.values-- <= 0) break
    shown.push(entry(each))
  }
  const more = list.length - shown.length
  return more === 0 ? shown : [...shown, `(${more} more)`]
}

function shownAs(kind: Shown, value: unknown, left: Left): unknown {
  if (kind === 'inside') return insideOf(value, left)
  if (Array.isArray(value)) return listOf(value, left, (each) => single(kind, each))
  return single(kind, value)
}

function single(kind: Exclude<Shown, 'inside'>, value: unknown): unknown {
  if (value === null) return null
  if (kind === 'sentence' && typeof value === 'string') {
    return loggable(value.replaceAll('\0', '\ufffd'), limits.maxLoggedMessageCharacters)
  }
  return kind !== 'sentence' && looksLike[kind](value) ? value : LEFT_OUT
}

const looksLike: Readonly<
  Record<Exclude<Shown, 'inside' | 'sentence'>, (value: unknown) => boolean>
> = {
  id: (value) => isText(value, /^[\w.:~-]+$/) && value === loggable(value, MOST_ID_CHARACTERS),
  word: (value) => typeof value === 'string' && words.has(value),
  currency: (value) => isText(value, /^[A-Z]{3}$/),
  time: (value) =>
    isText(value, /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/),
  number: (value) => Number.isInteger(value) && Math.abs(value as number) <= limits.maxAmountMinor,
  flag: (value) => typeof value === 'boolean',
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

/** Every word that a schema of the contract allows, and the events of payments. */
const words: ReadonlySet<string> = new Set([
  ...wordsIn(documentSchema),
  'payment_intent.created',
  'payment_intent.status_updated',
])

function wordsIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const own = (schema as { enum?: unknown }).enum
  return [
    ...(Array.isArray(own) ? own.filter((word) => typeof word === 'string') : []),
    ...Object.values(schema).flatMap(wordsIn),
  ]
}
