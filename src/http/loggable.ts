// What may appear in a log of what came from outside: no token, card number, phone number or e-mail
// address, and no customer data that a database error quotes.
import { limits } from '../limits.ts'

/**
 * 13 to 19 digits on their own, in groups or not; only those that pass the Luhn check are card
 * numbers.
 */
const LONG_NUMBER = /(?<![0-9A-Za-z])\d(?:[ ._/+-]{0,3}\d){12,18}(?![0-9A-Za-z])/g
/** As people write them: with the country, or with a zero in front. */
const PHONE = /(?<![0-9A-Za-z.])(?:\+|\(?0(?!\.))\d?(?:[ ()._/-]{0,3}\d){8,14}(?![0-9A-Za-z])/g
/** In a URL that names nothing of ours: any number that may be a person's. */
const NUMBER_IN_URL = /\d(?:[ ()._+-]{0,3}\d){5,}/g
const TOKEN = /till_[\w-]{20,}/g
const EMAIL = /[^\s@"]+@[^\s@"]+\.[^\s@".]+/g

/** Text from outside without tokens and personal data, cut to a safe length. */
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
    .replace(PHONE, '(phone number)')
    .replace(EMAIL, '(e-mail)')
    .slice(0, maxCharacters)
}

/** An unknown path, as `loggable`, and without numbers that may be a person's. */
export function loggablePath(path: string): string {
  return loggable(path)!.replace(NUMBER_IN_URL, '(number)')
}

const MOST_ENCODINGS = 3

/** Percent-encoding would hide personal data from the patterns, also twice over. */
function decoded(text: string): string {
  for (let times = 0; text.includes('%') && times < MOST_ENCODINGS; times++) {
    text = text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (bytes) => {
      try {
        return decodeURIComponent(bytes)
      } catch {
        return '\ufffd'
      }
    })
  }
  return text
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
