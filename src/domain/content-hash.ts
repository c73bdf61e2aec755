import { createHash } from 'node:crypto'

/**
 * SHA-256 over what a request meant: the same for the same content, whatever the order of its
 * fields.
 */
export const contentHash = (content: unknown): Buffer =>
  createHash('sha256').update(canonical(content)).digest()

function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`
}
