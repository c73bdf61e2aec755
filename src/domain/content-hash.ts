import { createHash } from 'node:crypto'

/** SHA-256 over the content of a request; the order of its fields makes no difference. */
export function contentHash(content: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(inSequence(content)) ?? 'null')
    .digest()
}

/** The same with the fields in one sequence: a copy costs less than a text put together here. */
function inSequence(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(inSequence)
  const fields = value as Record<string, unknown>
  // Without a prototype, every name is a field.
  const copy = Object.create(null) as Record<string, unknown>
  for (const name of Object.keys(fields).sort()) copy[name] = inSequence(fields[name])
  return copy
}
