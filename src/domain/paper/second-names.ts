// Some fields of a bill have two names: one in Dojo's published schema, another in its guides and
// in its contract for WebSockets. Bills carry both; a template may use either, and is kept with the
// first.
import type { Schemas } from '../../contract/capabilities.ts'
import { invalid } from '../errors.ts'

/** By the part of a line: the schema's name, and the other. */
export const secondNames = {
  text: { bold: 'emphasisBold' },
  url: { showQr: 'showQR', showUrl: 'showURL' },
} as const satisfies {
  text: { [Name in keyof Schemas['BillText']]?: string }
  url: { [Name in keyof Schemas['BillURL']]?: string }
}

type Fields = Record<string, unknown>
const namesByPart = Object.entries(secondNames).map(
  ([part, names]) => [part, Object.entries(names)] as const,
)

/** The section with every such field under both names. */
export function withBothNames({ lines }: Schemas['BillSection']): Schemas['BillSection'] {
  return { lines: lines.map((line) => mapParts(line as Fields, bothNames) as typeof line) }
}

function bothNames(part: Fields, names: readonly (readonly [string, string])[]): Fields {
  const both = { ...part }
  for (const [first, second] of names) {
    if (part[first] !== undefined) both[second] = part[first]
  }
  return both
}

/**
 * A template with the first of the names; anything else is left as it is, to be checked.
 * @throws Refusal InvalidRequest: both names of one field, with different values
 */
export function withFirstNames(template: unknown): unknown {
  if (!isObject(template)) return template
  const renamed: Fields = { ...template }
  for (const section of ['header', 'footer']) {
    const lines = template[section]
    if (!Array.isArray(lines)) continue
    renamed[section] = lines.map((line: unknown, index) =>
      isObject(line)
        ? mapParts(line, (part, names, name) =>
            firstNames(part, names, `${section}[${index}].${name}`),
          )
        : line,
    )
  }
  return renamed
}

function firstNames(
  part: Fields,
  names: readonly (readonly [string, string])[],
  field: string,
): Fields {
  const { ...renamed } = part
  for (const [first, second] of names) {
    const value = renamed[second]
    if (value === undefined) continue
    if (renamed[first] !== undefined && renamed[first] !== value) {
      throw invalid(
        `The fields ${field}.${first} and ${field}.${second} are two names of one setting; ` +
          'send one of them.',
      )
    }
    renamed[first] = value
    delete renamed[second]
  }
  return renamed
}

/** Changes those parts of a line that have fields with two names. */
function mapParts(
  line: Fields,
  map: (part: Fields, names: readonly (readonly [string, string])[], name: string) => Fields,
): Fields {
  const mapped = { ...line }
  for (const [name, names] of namesByPart) {
    const part = line[name]
    if (isObject(part)) mapped[name] = map(part, names, name)
  }
  return mapped
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
