// The way to an EPOS: over HTTP, or over a WebSocket that the EPOS has opened. Everything above it
// is the same for both.
import type { CapabilityName } from '../../contract/capabilities.ts'

export type TransportName = 'rest' | 'socket'

/** The caller, as the contract's four headers name it. */
export interface Caller {
  product: string
  deviceId?: string
  deviceType?: string
  waiterId?: string
  /** Not sent: the scenario that the call is made for. */
  scenario?: string
}

export interface EposCall {
  name: CapabilityName
  input: Record<string, unknown>
  caller: Caller
}

export type Arrival = { milliseconds: number } & (
  | { noAnswer: string }
  | {
      noAnswer?: undefined
      status: number
      headers: Record<string, string | string[] | undefined>
      text: string
    }
  | { noAnswer?: undefined; status?: undefined; message: Record<string, unknown> }
)

/** A call that can be sent, once or twice, and how a report shows it. */
export interface Outgoing {
  transport: TransportName
  method: string
  path: string
  sent: unknown
  send: () => Promise<Arrival>
  /** Breaks the connection as soon as the call is out; the EPOS may still act on it. */
  sendAndHangUp: () => Promise<void>
}

export interface Transport {
  prepare: (call: EposCall) => Outgoing
  close: () => Promise<void>
}

export const TIMED_OUT = 'no answer in time'
