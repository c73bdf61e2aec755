// Faults that can be switched on, and the dice that decide which calls they hit.
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { capabilityNames } from '../../contract/capabilities.ts'
import { counterMethods } from '../../contract/counter-socket.ts'
import { dojoOperations } from '../../contract/dojo-api.ts'
import { createRandom, seedOf } from './random.ts'

/** GET /sandbox/faults shows these sentences. */
export const faultKinds = {
  'reply-lost': 'The EPOS answers a call, but the answer never arrives.',
  'reply-cut': 'The connection to the EPOS breaks as soon as a call is sent.',
  'reply-late':
    'The answer of the EPOS arrives delayMs late. If Dojo no longer waits for it, it is lost.',
  'sent-twice':
    'A call of the EPOS is sent twice at the same time, over a WebSocket under the same id.',
  'calls-shuffled':
    'Each call of the EPOS waits a random time of up to delayMs, so that calls overtake others.',
  'events-doubled': 'An event is delivered twice.',
  'events-shuffled':
    'Each event waits a random time of up to delayMs, so that events overtake each other.',
  'events-delayed': 'An event is delivered delayMs late.',
  'socket-refused':
    'The gateway refuses to open a WebSocket, with the HTTP status code (503 by default).',
  'socket-closed':
    'The gateway closes the WebSocket with code as soon as a call is sent (1012 by default; 1006 ' +
    'cuts the connection). After the reconnect the call is sent again, under the same id.',
  'socket-answer-dropped':
    'The answer arrives and is lost as the connection breaks. After the reconnect the call is ' +
    'sent again, under the same id.',
  'socket-half-open':
    'The gateway stops reading and answering once a call is sent: the connection stays open, and ' +
    'the answer is not read. After a reconnect the call is sent again, under the same id.',
  'socket-restart':
    'The gateway restarts when a call is sent: every WebSocket of the account is closed with ' +
    '1012, and for delayMs none is accepted.',
  'late-reversal': 'A payment that the EPOS has recorded is reversed delayMs later.',
  'events-lost': 'An event is never delivered.',
  'card-declined': 'The card is declined, whatever the machine does otherwise.',
  'captured-after-expired':
    'A session expires, and the card is charged all the same, delayMs later.',
  'captured-after-canceled':
    'A session is canceled, and the card is charged all the same, delayMs later.',
  'machine-shared': 'A machine that is in use runs another session besides.',
  crash:
    'The product loses power before a call of the EPOS: locks and payments are left as they are.',
  'refund-needs-card':
    'Refunds_Create refuses payments that a terminal took: they need a matched refund.',
  'other-card': 'The guest pays with a Mastercard instead of a Visa card.',
  'api-400': 'The Dojo API refuses a request as malformed.',
  'api-401': 'The Dojo API rejects the API key.',
  'api-429': 'The Dojo API answers 429 with Retry-After.',
  'api-500': 'The Dojo API answers 500.',
  'api-slow': 'The Dojo API answers delayMs late.',
  'api-cut': 'The Dojo API cuts the connection before it does anything.',
  'api-answer-lost': 'The Dojo API does what it is asked, and the answer is lost.',
} as const

export type FaultKind = keyof typeof faultKinds

export const faultSchema = Type.Object(
  {
    kind: Type.Unsafe<FaultKind>({ type: 'string', enum: Object.keys(faultKinds) }),
    /** A capability or an operation of the Dojo API such as EposEvents_Submit; all when absent. */
    on: Type.Optional(Type.String({ minLength: 1 })),
    times: Type.Optional(Type.Integer({ minimum: 1 })),
    /** How many possible hits are let through first. */
    after: Type.Optional(Type.Integer({ minimum: 0 })),
    probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
    /** A close code of a WebSocket, or the HTTP status that refuses one. */
    code: Type.Optional(Type.Integer({ minimum: 400, maximum: 4999 })),
  },
  { additionalProperties: false },
)

export type Fault = Static<typeof faultSchema>

const TARGETS: ReadonlySet<string> = new Set([
  ...capabilityNames,
  ...dojoOperations.map(({ name }) => name),
  ...counterMethods,
  'RecordPayment',
  'RecordRefund',
  'Webhook',
  'Socket',
])

/** Why there is no such fault; undefined when there is. */
export function whyImpossible({
  kind,
  on,
  code,
}: {
  kind: string
  on?: string | undefined
  code?: number | undefined
}): string | undefined {
  if (!Object.hasOwn(faultKinds, kind)) {
    return `${kind} is not a fault. Use one of ${Object.keys(faultKinds).join(', ')}.`
  }
  if (on !== undefined && !TARGETS.has(on)) {
    return (
      `A fault cannot hit ${on}. Name a capability such as RecordOrderPaymentById, ` +
      'an operation of the Dojo API such as EposEvents_Submit, Webhook or Socket.'
    )
  }
  if (code !== undefined && !takesCode(kind, code)) {
    return (
      `The fault ${kind} has no code ${code}. socket-closed takes the close code of a WebSocket, ` +
      'such as 1012, and socket-refused an HTTP status from 400 to 599.'
    )
  }
  return undefined
}

function takesCode(kind: string, code: number): boolean {
  if (kind === 'socket-refused') return code >= 400 && code <= 599
  return kind === 'socket-closed' && isCloseCode(code)
}

/** Codes that RFC 6455 keeps for what is no close frame: no code at all, and a cut connection. */
const WITHOUT_FRAME = [1005, 1006]

export function isCloseCode(code: number): boolean {
  const isStandard = code >= 1000 && code <= 1014 && code !== 1004
  return isStandard || WITHOUT_FRAME.includes(code) || (code >= 3000 && code <= 4999)
}

export interface Faults {
  add: (fault: Fault) => void
  list: () => Array<Fault & { hits: number }>
  clear: () => void
  /** Switches off those of a kind, or this one alone. */
  remove: (fault: FaultKind | Fault) => void
  /** The fault that hits this call, if any. Each question rolls the dice. */
  take: (kind: FaultKind, on: string) => Fault | undefined
  /** A number from 0 up to 1, from the fault's own dice. */
  draw: (fault: Fault) => number
}

export function createFaults(seed: number): Faults {
  let active: Array<{
    fault: Fault
    seen: number
    hits: number
    dice: ReturnType<typeof createRandom>
  }> = []
  let count = 0
  return {
    add: (fault) => {
      active.push({
        fault,
        seen: 0,
        hits: 0,
        dice: createRandom(seed ^ seedOf(`${fault.kind} ${count++}`)),
      })
    },
    list: () => active.map(({ fault, hits }) => ({ ...fault, hits })),
    clear: () => {
      active = []
    },
    remove: (unwanted) => {
      active = active.filter(({ fault }) => fault !== unwanted && fault.kind !== unwanted)
    },
    take: (kind, on) => {
      for (const entry of active) {
        const { fault } = entry
        if (fault.kind !== kind || (fault.on !== undefined && fault.on !== on)) continue
        if (fault.times !== undefined && entry.hits >= fault.times) continue
        if (entry.seen++ < (fault.after ?? 0)) continue
        if (fault.probability !== undefined && entry.dice.next() >= fault.probability) continue
        entry.hits++
        return fault
      }
      return undefined
    },
    draw: (fault) => active.find((entry) => entry.fault === fault)?.dice.next() ?? 0,
  }
}

/**
 * Reads the text of --fault, such as `reply-lost:RecordOrderPaymentById:times=1:delayMs=500`.
 * @throws Error with a sentence for the person who typed it
 */
export function parseFault(text: string): Fault {
  const [kind = '', ...parts] = text.split(':')
  const fault: Record<string, unknown> = { kind }
  for (const part of parts) {
    const [, name, value] =
      /^(times|after|probability|delayMs|code)=(\d+(?:\.\d+)?)$/.exec(part) ?? []
    if (name !== undefined) fault[name] = Number(value)
    else if (fault['on'] === undefined && /^\w+$/.test(part)) fault['on'] = part
    else {
      throw new Error(
        `${text}: ${part === '' ? 'an empty part' : part} is neither a capability ` +
          'nor times=N, after=N, probability=N, delayMs=N or code=N.',
      )
    }
  }
  const impossible = whyImpossible(fault as { kind: string; on?: string; code?: number })
  if (impossible !== undefined) throw new Error(impossible)
  if (!Value.Check(faultSchema, fault)) {
    const [wrong] = Value.Errors(faultSchema, fault)
    throw new Error(`${text}: ${wrong?.instancePath.slice(1)} ${wrong?.message}.`)
  }
  return fault
}
