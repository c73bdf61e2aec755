// One call of an EPOS and what came of it.
import type { CapabilityName, Output, Schemas } from '../../contract/capabilities.ts'
import type { Caller, TransportName } from './transport.ts'

export interface Exchange<Name extends CapabilityName = CapabilityName> {
  capability: Name
  caller: Caller
  transport: TransportName
  /** The HTTP method, or the method of the JSON-RPC request. */
  method: string
  /** The path of the URL, or the id of the JSON-RPC request. */
  path: string
  sent: unknown
  /** Undefined when no answer arrived. Over a WebSocket, what REST has for such an answer. */
  status?: number
  /** The body as JSON, or as text when it is not JSON. */
  received?: unknown
  milliseconds: number
  /** Where the answer breaks the contract, one sentence each. */
  contractErrors: string[]
  /** Why no answer arrived. */
  noAnswer?: string
  /** The body of a success that fits the contract. */
  output?: Output<Name>
  /** The body of a refusal that fits the contract. */
  refusal?: Schemas['EPOSError']
}

/** A call as reports show it: of an EPOS by Dojo, or of Dojo by a till. */
export interface ShownExchange {
  /** The capability, or the operation of the Dojo API. */
  capability: string
  transport: TransportName
  method: string
  path: string
  sent?: unknown
  status?: number | undefined
  received?: unknown
  milliseconds: number
  contractErrors: string[]
  noAnswer?: string | undefined
}

/** The call in one line: `POST /v1/orders/ord_1/record-payment answered 409 Conflict: ...`. */
export function describeExchange(exchange: Exchange): string {
  const { method, path, contractErrors } = exchange
  return [`${method} ${path} ${describeAnswer(exchange)}`, ...contractErrors].join(' ')
}

function describeAnswer({ status, refusal, noAnswer }: Exchange): string {
  if (noAnswer !== undefined) return `got no answer: ${noAnswer}`
  if (refusal === undefined) return `answered ${status}`
  const { errorType, debugMessage } = refusal
  return `answered ${status} ${errorType}${debugMessage === undefined ? '' : `: ${debugMessage}`}`
}
