// One call as a page shows it.
import type { TransportName } from '../epos/transport.ts'

/** A row of the go-live checklist. */
export interface ChecklistRow {
  name: string
  section: string
  /** What a passing EPOS does. */
  expected: string
}

export interface WireSummary {
  /** Counts up in an account. */
  number: number
  at: string
  /** Who was called. */
  to: 'epos' | 'dojo'
  /** The capability, or the operation of Dojo's API. */
  name: string
  /** Who called, as in `tm_demo, waiter 1`. */
  by: string
  /** What it is about: the order, the refusal's sentence, or the fault. */
  about: string
  transport: TransportName
  /** Undefined when no answer arrived. */
  status?: number
  milliseconds: number
  row?: ChecklistRow
}

export interface WireEntry extends WireSummary {
  method: string
  path: string
  /** Without the credential. */
  headers: Record<string, string>
  /** As JSON, and cut where it is long. */
  sent: string
  received: string
  /** Whether a part of `sent` was cut off. */
  isCut: boolean
  noAnswer?: string
  contractErrors: string[]
}
