// JSON that may be stored: only text that PostgreSQL can keep, and no deeper than any honest
// message.
import { limits } from '../limits.ts'

export class UnreadableJson extends Error {
  override readonly name = 'UnreadableJson'
}

/** @throws UnreadableJson with a sentence for the sender */
export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UnreadableJson(`The request body is not JSON: ${faultIn(error as Error)}.`)
  }
  if (isDeeper(value, limits.maxJsonDepth)) {
    throw new UnreadableJson(`The request body nests deeper than ${limits.maxJsonDepth} levels.`)
  }
  // Only escapes can produce NUL and lone surrogates.
  if (!/\\u(?:0000|d[89a-f])/i.test(text)) return value
  return mapText(value, (string) => {
    if (string.includes('\0')) {
      throw new UnreadableJson(
        'The request body contains the character U+0000, which cannot be stored.',
      )
    }
    return string.toWellFormed()
  })
}

/** V8's own message quotes the body, which may hold what no log should. */
function faultIn({ message }: Error): string {
  const position = /at position (\d+)/.exec(message)?.[1]
  if (position !== undefined) return `the fault is at position ${position}`
  return /end of JSON/.test(message) ? 'it ends too early' : 'it cannot be parsed'
}

/** Looks no deeper than that, and at objects and arrays only: a tenth of what parsing costs. */
function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false
  if (levels === 0) return true
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    if (isDeeper(item, levels - 1)) return true
  }
  return false
}

function mapText(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value)
  if (Array.isArray(value)) return value.map((item) => mapText(item, map))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [map(name), mapText(item, map)]),
  )
}

/** Whether it can be the id of a JSON-RPC message. 1e400 cannot: it is parsed as Infinity. */
export function isRpcId(value: unknown): value is string | number {
  return typeof value === 'string' || Number.isFinite(value)
}
