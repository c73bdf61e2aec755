/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** The beginning of a text, by characters and not by the halves that some of them have. */
export function firstCharacters(text: string, most: number): string {
  if (text.length <= most) return text
  return Array.from(text).slice(0, most).join('')
}

/** By their code units, as PostgreSQL's collation "C" sorts what is ASCII. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
