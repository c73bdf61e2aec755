// Why an unmatched payment needs nobody any more, in the words of the person who looked into it.
import { limits } from '../../limits.ts'
import { invalid } from '../errors.ts'

/** @throws Refusal InvalidRequest */
export function dismissalReason(text: string): string {
  const reason = text.replaceAll(/\p{C}/gu, ' ').trim()
  if (reason === '') throw invalid('The reason is empty; say why nobody needs to look into it.')
  if (reason.length > limits.maxReasonCharacters) {
    throw invalid(
      `The reason has ${reason.length} characters; shorten it to ${limits.maxReasonCharacters}.`,
    )
  }
  return reason
}
