// Reads the answer of an EPOS and checks it against the contract.
import type { CapabilityName, Schemas } from '../../contract/capabilities.ts'
import {
  describeAnswerFault,
  invalid,
  refusalFault,
  successCheckOf,
  type Reading,
} from './contract-checks.ts'
import type { Exchange } from './exchange.ts'
import { readMessage } from './message.ts'
import type { Arrival } from './transport.ts'

type Answer = Extract<Arrival, { status: number }>

export function readAnswer<Name extends CapabilityName>(
  name: Name,
  exchange: Exchange<Name>,
  arrival: Arrival,
): Exchange<Name> {
  if (arrival.noAnswer !== undefined) return { ...exchange, noAnswer: arrival.noAnswer }
  if (arrival.status === undefined) {
    const { result, error } = arrival.message
    const received = result ?? error
    return { ...exchange, received, ...readMessage(name, arrival.message) } as Exchange<Name>
  }
  const { status, text } = arrival
  const received = parseOrUndefined(text)
  const base = { ...exchange, status, received: received ?? text }
  return { ...base, ...readBody(name, arrival, received) } as Exchange<Name>
}

function readBody(name: CapabilityName, answer: Answer, received: unknown): Reading {
  const { status, headers } = answer
  if (status === 200) return readSuccess(name, answer, received)
  if (status >= 300 && status < 400) {
    const { location } = headers
    const target = location === undefined ? '' : ` to ${String(location)}`
    return invalid(
      `The answer is ${status}, a redirect${target}. Dojo follows no redirects: ` +
        'register the url that answers by itself.',
    )
  }
  if (status < 400) {
    return invalid(`The answer has status ${status}; the contract allows 200 and errors only.`)
  }
  // Frameworks answer 401 by themselves, often without a body, and Dojo reads nothing from it.
  return status === 401 ? { contractErrors: [] } : readRefusal(status, received)
}

// --- successes

function readSuccess(name: CapabilityName, { headers, text }: Answer, received: unknown): Reading {
  const check = successCheckOf(name)
  if (check === undefined) return { contractErrors: [] }
  if (received === undefined) return invalid(whyUnreadable(text, headers))
  const contractErrors: string[] = []
  const contentType = String(headers['content-type'] ?? '')
  if (!/^application\/json\b/i.test(contentType)) {
    contractErrors.push(
      `The answer's content-type is ${contentType === '' ? 'missing' : contentType}; ` +
        'it must be application/json.',
    )
  }
  if (check(received)) return { contractErrors, output: received }
  contractErrors.push(describeAnswerFault(check))
  return { contractErrors }
}

function whyUnreadable(text: string, headers: Answer['headers']): string {
  const encoding = headers['content-encoding']
  if (encoding !== undefined) {
    return `The answer is encoded as ${String(encoding)}, which the request did not allow.`
  }
  if (text === '') return 'The answer has no body.'
  return /^\s*</.test(text)
    ? 'The answer is HTML, not JSON. Is the registered url the base of the EPOS Data API?'
    : 'The answer is not JSON.'
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

// --- refusals

const TYPE_OF_STATUS: Record<number, Schemas['EPOSErrorType']> = {
  400: 'InvalidRequest',
  404: 'NotFound',
  409: 'Conflict',
}

function readRefusal(status: number, received: unknown): Reading {
  const fault = refusalFault(received)
  if (fault !== undefined) {
    return invalid(`The body of the ${status} answer breaks the contract: ${fault}`)
  }
  const refusal = received as Schemas['EPOSError']
  const expected = TYPE_OF_STATUS[status] ?? (status >= 500 ? 'UnexpectedError' : undefined)
  const isPair = expected === undefined || refusal.errorType === expected
  return {
    refusal,
    contractErrors: isPair
      ? []
      : [`Status ${status} came with errorType ${refusal.errorType}; it takes ${expected}.`],
  }
}
