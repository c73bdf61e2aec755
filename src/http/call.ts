// A call of one of our APIs as the log, the metrics and the tracking of lost answers see it. REST,
// a webhook and a socket all fit it.
import type { Caller } from '../domain/caller.ts'
import type { Fault } from '../domain/errors.ts'

/**
 * What a call asks for: a capability of Dojo's, an operation of the till API or of the operator's,
 * a webhook, or to sign in.
 */
export interface Served {
  api: 'dojo' | 'till' | 'operator' | 'webhook' | 'console'
  name: string
}

export interface CallRecord {
  traceId: string
  /** Undefined when nothing here serves the URL. */
  served: Served | undefined
  /** Undefined until the credential has been accepted. */
  caller: Caller | undefined
  /** The payment that RecordOrderPaymentById names, as far as the request could be read. */
  payment: { orderId: string | undefined; paymentIntentId: string | undefined } | undefined
  /** Undefined when the call succeeded. */
  fault: Fault | undefined
  durationMs: number
  /** The status that was answered. A call without HTTP has the one that its fault would have. */
  status?: number
  http?: HttpPart
  /** What was sent and answered, if it was dispatched. It has personal data, so nobody logs it. */
  input?: unknown
  output?: unknown
  /** What carried a call without HTTP. */
  transport?: string
}

/** What only a call over HTTP has. */
export interface HttpPart {
  method: string
  route: string
  /** The venue that a webhook claims to be for. Needed to find out why its webhooks are refused. */
  venueInUrl: string | undefined
}
