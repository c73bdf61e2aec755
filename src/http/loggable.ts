// What may appear in a log of what came from outside: no token, card number or e-mail address, and
// no customer data that a database error quotes.
import { limits } from '../limits.ts'

/**
 * 13 to 19 digits on their own, in groups or not; only those that pass the Luhn check are card
 * numbers.
 */
const LONG_NUMBER = /(?<![0-9A-Za-z])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z])/g
const TOKEN = /till_[\w-]{20,}/g
const EMAIL = /[^\s@"]+@[^\s@"]+\.[^\s@".]+/g

/** Text from outside without tokens, card numbers and e-mail addresses, cut to a safe length. */
export function loggable(
  text: string | undefined,
  maxCharacters: number = limits.maxLoggedHeaderCharacters,
): string | undefined {
  if (text === undefined || text === '') return text
  // Cut twice: first because the patterns are slow on long texts, then because what they replace
  // may cross the final cut.
  return decoded(text.slice(0, 4 * maxCharacters))
    .replace(TOKEN, '(token)')
    .replace(LONG_NUMBER, (number) => (passesLuhn(number) ? '(card number)' : number))
    .replace(EMAIL, '(e-mail)')
    .slice(0, maxCharacters)
}

/** Percent-encoding would hide personal data from the patterns. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** An unexpected error for the log. A database error's `detail` quotes customers' data. */
export function loggableError(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { message: loggable(String(thrown)) }
  const { name, message, stack = '', cause } = thrown
  const { code, constraint } = thrown as { code?: unknown; constraint?: unknown }
  return {
    type: name,
    message: loggable(message, limits.maxLoggedMessageCharacters),
    code,
    constraint,
    stack: stack
      .split('\n')
      .filter((line) => /^ +at /.test(line))
      .join('\n'),
    cause: cause === undefined ? undefined : loggableError(cause),
  }
}

function passesLuhn(text: string): boolean {
  const digits = [...text.replaceAll(/\D/g, '')].reverse().map(Number)
  const sum = digits.reduce((total, digit, index) => {
    if (index % 2 === 0) return total + digit
    return total + (digit > 4 ? digit * 2 - 9 : digit * 2)
  }, 0)
  return sum % 10 === 0
}
