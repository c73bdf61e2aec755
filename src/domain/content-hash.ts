import { createHash } from 'node:crypto'

/** SHA-256 over the content of a request; the order of its fields makes no difference. */
export function contentHash(content: unknown): Buffer {
  return createHash('sha256').update(canonical(content)).digest()
}

function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const texts = fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
  return `{${texts.join(',')}}`
}
