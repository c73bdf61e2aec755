// The accounts of operators: what they may be called, and which passwords are long enough.
import { limits } from '../../limits.ts'
import { invalid } from '../errors.ts'

/** @throws Refusal InvalidRequest */
export function checkOperatorName(name: string): void {
  if (/^[a-z0-9][a-z0-9._@+-]*$/.test(name) && name.length <= limits.operatorNameCharacters) return
  throw invalid(
    `The name of an operator must have 1 to ${limits.operatorNameCharacters} small letters, digits ` +
      'and . _ @ + -, such as anna or ops@example.com.',
  )
}

/** Length is what counts. @throws Refusal InvalidRequest */
export function checkPassword(password: string): void {
  const { passwordLeastCharacters, passwordMostCharacters } = limits
  const { length } = [...password]
  if (length >= passwordLeastCharacters && length <= passwordMostCharacters) return
  throw invalid(
    `A password must have ${passwordLeastCharacters} to ${passwordMostCharacters} characters; ` +
      'several words are easy to keep.',
  )
}
