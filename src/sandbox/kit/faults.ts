// What can be made to go wrong, and the dice that decide where.
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { capabilityNames } from '../../contract/capabilities.ts'
import { dojoOperations } from '../../contract/dojo-api.ts'
import { createRandom, seedOf } from './random.ts'

/** What each does is told to whoever asks GET /sandbox/faults. */
export const faultKinds = {
  'reply-lost': 'The EPOS answers a call, and the answer never arrives.',
  'reply-cut': 'The connection to the EPOS breaks once a call is sent.',
  'reply-late':
    'The answer of the EPOS arrives delayMs later; after the time Dojo waits it counts as lost.',
  'sent-twice': 'A call to the EPOS is sent twice at once.',
  'events-doubled': 'An event is delivered twice.',
  'events-shuffled':
    'Events are delivered after a random wait of up to delayMs, so that they overtake each other.',
  'events-delayed': 'An event is delivered delayMs late.',
  'late-reversal': 'A payment that the EPOS has recorded is reversed delayMs later.',
  crash:
    'The product stops before a call to the EPOS, as if its power was gone; nothing is tidied up.',
  'api-401': 'The Dojo API refuses the key.',
  'api-429': 'The Dojo API asks to wait, with Retry-After.',
  'api-500': 'The Dojo API fails.',
  'api-slow': 'The Dojo API answers delayMs late.',
  'api-cut': 'The Dojo API breaks the connection off.',
} as const

export type FaultKind = keyof typeof faultKinds

export const faultSchema = Type.Object(
  {
    kind: Type.Unsafe<FaultKind>({ type: 'string', enum: Object.keys(faultKinds) }),
    /**
     * A capability, or an operation of the Dojo API such as EposEvents_Submit; without it, each.
     */
    on: Type.Optional(Type.String({ minLength: 1 })),
    times: Type.Optional(Type.Integer({ minimum: 1 })),
    /** How many that it could hit are let through first. */
    after: Type.Optional(Type.Integer({ minimum: 0 })),
    probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
  },
  { additionalProperties: false },
)

export type Fault = Static<typeof faultSchema>

const TARGETS: ReadonlySet<string> = new Set([
  ...capabilityNames,
  ...dojoOperations.map(({ name }) => name),
  'Webhook',
])

/** Why there can be no such fault; undefined when there can. */
export function whyImpossible({
  kind,
  on,
}: {
  kind: string
  on?: string | undefined
}): string | undefined {
  if (!Object.hasOwn(faultKinds, kind)) {
    return `There is no fault ${kind}. There are ${Object.keys(faultKinds).join(', ')}.`
  }
  if (on !== undefined && !TARGETS.has(on)) {
    return `There is nothing called ${on} to go wrong; name a capability such as RecordOrderPaymentById, an operation of the Dojo API such as EposEvents_Submit, or Webhook.`
  }
  return undefined
}

export interface Faults {
  add: (fault: Fault) => void
  list: () => Array<Fault & { hits: number }>
  clear: () => void
  /** The fault that hits now, if one does; asking is a throw of its dice. */
  take: (kind: FaultKind, on: string) => Fault | undefined
  /** From 0 up to 1, of the fault's own chance. */
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
 * `reply-lost:RecordOrderPaymentById:times=1:delayMs=500`, as --fault has it.
 * @throws Error that says what is wrong
 */
export function parseFault(text: string): Fault {
  const [kind = '', ...parts] = text.split(':')
  const fault: Record<string, unknown> = { kind }
  for (const part of parts) {
    const [, name, value] = /^(times|after|probability|delayMs)=(\d+(?:\.\d+)?)$/.exec(part) ?? []
    if (name !== undefined) fault[name] = Number(value)
    else if (fault['on'] === undefined && /^\w+$/.test(part)) fault['on'] = part
    else {
      throw new Error(
        `${part === '' ? 'An empty part' : part} of the fault ${text} is no capability and none of times=, after=, probability= and delayMs= with a number.`,
      )
    }
  }
  const impossible = whyImpossible({ kind, on: fault['on'] as string | undefined })
  if (impossible !== undefined) throw new Error(impossible)
  if (!Value.Check(faultSchema, fault)) {
    const [wrong] = Value.Errors(faultSchema, fault)
    throw new Error(
      `The fault ${text} is wrong: ${wrong?.instancePath.slice(1)} ${wrong?.message}.`,
    )
  }
  return fault
}
