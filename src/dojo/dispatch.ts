// The core of Dojo's side: a call of a capability, whatever carried it. Validates the input against
// the contract, calls the handler, and returns its answer or the contract's error. Transports are
// thin: they authenticate, hand over, and say whether the answer reached Dojo.
import {
  capabilityNames,
  type CapabilityName,
  type Input,
  type Output,
  type Schemas,
} from '../contract/capabilities.ts'
import { operations, type Operation } from '../contract/document.ts'
import { tolerantReader, type Tolerated } from '../contract/tolerance.ts'
import { compileSchema, describeFault } from '../contract/validation.ts'
import type { VenueCaller } from '../domain/caller.ts'
import { faultOf, invalid, type Fault } from '../domain/errors.ts'
import type { Deps, Handlers } from './capabilities/handler.ts'
import { paymentsIn } from './capabilities/payments-in.ts'
import { createUnknownFieldLog } from './capabilities/unknown-fields.ts'

export type Transport = 'rest' | 'socket' | 'webhook'

/** What a transport knows of a call besides its content. */
export interface Carrier {
  transport: Transport
  traceId: string
  /** Why nothing of it is done. It is logged, counted and answered like any other error. */
  refusal?: Error | undefined
}

/** One call: what the log, the metrics and the tracking of lost answers see of it. */
export interface Call extends Carrier {
  readonly served: { api: 'dojo'; name: CapabilityName }
  readonly caller: VenueCaller
  /** The payments that the call records. Dojo may reverse them if it does not get the answer. */
  readonly paymentIntentIds: readonly string[]
  /** The payment that RecordOrderPaymentById names, as far as the input could be read. */
  readonly payment: { orderId: string | undefined; paymentIntentId: string | undefined } | undefined
  readonly input: unknown
  /** Undefined when the call failed, as the fault is when it succeeded. */
  readonly output: unknown
  readonly fault: Fault | undefined
  readonly durationMs: number
  /** The transport has handed the whole answer to the connection. */
  answered: () => void
  /** The connection ended before that. */
  lost: () => void
}

/** The contract's error, with what the transport and the log need besides. */
export type CallError = Required<Schemas['EPOSError']> & Fault

export type Dispatched<Answer> =
  | { call: Call; output: Answer; error?: undefined }
  | { call: Call; output?: undefined; error: CallError }

/** Never throws. */
export type Dispatch = <Name extends CapabilityName>(
  name: Name,
  caller: VenueCaller,
  input: unknown,
  carrier: Carrier,
) => Promise<Dispatched<Output<Name>>>

export interface DispatchOptions {
  deps: Deps
  handlers: Handlers
  /** Hears of payments whose answer may not have reached Dojo. */
  replyLost: (locationId: string, paymentIntentIds: readonly string[]) => void
  /** Hears of every error that is not a refusal. */
  unexpected: (traceId: string, error: unknown) => void
}

export function createDispatch({
  deps,
  handlers,
  replyLost,
  unexpected,
}: DispatchOptions): Dispatch {
  const logUnknownFields = createUnknownFieldLog(deps)
  return async (name, caller, input, { refusal, ...carrier }) => {
    const { read, payments, logsPayment } = parts.get(name)!
    const startedAtMs = performance.now()
    let paymentIntentIds: readonly string[] = []
    const recordCall = ({ output, fault }: { output?: unknown; fault?: Fault }): Call => ({
      ...carrier,
      served: { api: 'dojo', name },
      caller,
      paymentIntentIds,
      payment: logsPayment ? paymentNamedIn(input) : undefined,
      input,
      output,
      fault,
      durationMs: performance.now() - startedAtMs,
      answered: () => {
        // Dojo treats a failure of ours as no answer.
        if (fault?.errorType === 'UnexpectedError') reportLost()
      },
      lost: () => {
        reportLost()
      },
    })
    const reportLost = (): void => {
      if (paymentIntentIds.length > 0) replyLost(caller.locationId, paymentIntentIds)
    }
    try {
      const { value, unknownFields } = read(input)
      if (unknownFields.length > 0) logUnknownFields(caller, name, unknownFields)
      paymentIntentIds = payments?.(value as object) ?? []
      if (refusal !== undefined) throw refusal
      const own = { ...deps, store: deps.store.of(caller.locationId) }
      const output = await handlers[name](own, caller, value as Input<typeof name>)
      return { call: recordCall({ output }), output }
    } catch (error) {
      const fault = faultOf(error)
      if (fault.errorType === 'UnexpectedError') unexpected(carrier.traceId, error)
      return { call: recordCall({ fault }), error: { ...fault, traceId: carrier.traceId } }
    }
  }
}

interface Parts {
  /** @throws Refusal InvalidRequest that names the field */
  read: (input: unknown) => Tolerated
  payments: ((input: object) => string[]) | undefined
  logsPayment: boolean
}

/** Compiled when this module is loaded, once for all servers of a process. */
const parts: ReadonlyMap<CapabilityName, Parts> = new Map(
  capabilityNames.map((name) => [
    name,
    {
      read: inputReader(operations.find((operation) => operation.name === name)!),
      payments: paymentsIn(name),
      logsPayment: name === 'RecordOrderPaymentById',
    },
  ]),
)

function inputReader({ body, pathParameters }: Operation): Parts['read'] {
  const tolerate = body && tolerantReader(body)
  const fitsBody = body && compileSchema(body)
  return (input) => {
    const read = tolerate?.(bodyIn(input, pathParameters)) ?? { value: input, unknownFields: [] }
    if (fitsBody !== undefined && !fitsBody(read.value)) {
      throw invalid(describeFault(fitsBody.errors), 'schema')
    }
    for (const name of pathParameters) {
      const id = fieldOf(input, name)
      checkId(name, id)
      if (body !== undefined) (read.value as Record<string, unknown>)[name] = id
    }
    return read
  }
}

/** A copy of the input without the path parameters, which no schema of a body knows. */
function bodyIn(input: unknown, pathParameters: readonly string[]): unknown {
  if (pathParameters.length === 0 || typeof input !== 'object' || input === null) return input
  if (Array.isArray(input)) return input
  const body: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) {
    if (!pathParameters.includes(name)) body[name] = value
  }
  return body
}

function checkId(name: string, id: unknown): void {
  if (typeof id !== 'string') throw invalid(`The field ${name} must be a string.`, 'schema')
  if (id.includes('\0')) {
    throw invalid(`The ${name} contains the character U+0000, which no id does.`)
  }
}

function paymentNamedIn(input: unknown): Call['payment'] {
  const textOf = (name: string): string | undefined => {
    const value = fieldOf(input, name)
    return typeof value === 'string' ? value : undefined
  }
  return { orderId: textOf('orderId'), paymentIntentId: textOf('paymentIntentId') }
}

/** A field of an unchecked value. */
function fieldOf(input: unknown, name: string): unknown {
  return (input as Record<string, unknown> | null | undefined)?.[name]
}
