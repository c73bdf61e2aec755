// Requests and answers as people read them.
import { limits } from '../limits.ts'

export function cut(text: string): string {
  return text.length <= limits.maxShownCharacters
    ? text
    : `${text.slice(0, limits.maxShownCharacters)}… (cut)`
}
