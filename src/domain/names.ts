// Names that people give to things: something of a name can be seen, and two names that look the
// same are the same.
import { invalidField } from './errors.ts'

/** What takes no ink: controls, joiners, fillers, tags, half letters, the empty Braille cell. */
const UNSEEN = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\u2800'

/** For schemas: what can be seen, anywhere in the name. */
export const VISIBLE = `[^\\s\\p{Z}${UNSEEN}]`

const visible = new RegExp(VISIBLE, 'u')
/** A flag of England, Scotland or Wales: its tags cannot be seen, but what they make of it can. */
const unseen = new RegExp(
  `(\\u{1F3F4}[\\u{E0061}-\\u{E007A}]+\\u{E007F})|(?!\\s)[${UNSEEN}]+`,
  'gu',
)

/** @throws Refusal InvalidRequest: nothing of the name can be seen */
export function visibleName(name: string, field: string): string {
  if (visible.test(name)) return name
  throw invalidField(
    field,
    `The field ${field} has nothing in it that can be seen; give it a readable name.`,
  )
}

/** As visibleName, for a name that may be missing: Dojo then sends an empty one. */
export function optionalName(name: string | undefined, field: string): string | undefined {
  return name ? visibleName(name, field) : name
}

/**
 * What two names have in common that look the same: composed letters, single spaces, and nothing
 * that cannot be seen. To compare with, not to show.
 */
export function nameKey(name: string): string {
  return name
    .replace(unseen, (_, flag: string | undefined) => flag ?? '')
    .replace(/[\s\p{Z}]+/gu, ' ')
    .trim()
    .normalize('NFC')
}
