// Dojo's errors as a cashier should read them: what is wrong, and what to do about it.
import { DojoFault, DojoRefusal } from '../client/errors.ts'
import { CounterFault } from '../counter-socket/errors.ts'
import { NoKey } from '../jobs/ask-dojo.ts'

/** A DojoFault has no secret in it. */
export function sentenceOf(error: unknown, terminalId?: string): string {
  if (error instanceof NoKey || error instanceof CounterFault) return error.message
  if (!(error instanceof DojoFault)) return 'The server could not ask Dojo: see its log.'
  if (!(error instanceof DojoRefusal)) {
    return 'Dojo does not answer at the moment: wait, or try again.'
  }
  const said = error.detail ?? error.title
  const inItsWords = said === undefined ? '' : ` Dojo says: ${said}`
  switch (error.status) {
    case 401:
      return "Dojo rejected this venue's API key: ask the office to check it."
    case 403:
      return `The venue's API key may not do this: ask the office to check it.${inItsWords}`
    case 404:
      return terminalId === undefined
        ? `Dojo does not have it any more.${inItsWords}`
        : `The card machine ${terminalId} is not available: check that it is on, online and not ` +
            `in its menu, or use another one.${inItsWords}`
    case 409:
      return `Dojo is already working on it: wait a moment, then look again.${inItsWords}`
    case 422:
      return `The card machine is past that: the payment goes on.${inItsWords}`
    case 429:
      return 'Dojo asks to slow down: wait a moment, then try again.'
    default:
      return error.status >= 500
        ? 'Dojo has a fault at the moment: wait, or try again.'
        : `Dojo did not accept the request.${inItsWords}`
  }
}
