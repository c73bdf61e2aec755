// What went over the wire, per account: the calls of its EPOS, and the calls that the EPOS made of
// Dojo's API. The newest are kept; their bodies are cut where they are long.
import type { Account } from '../dojo/state.ts'
import type { Exchange } from '../epos/exchange.ts'
import { headersOf } from '../epos/http-transport.ts'
import { cut } from '../runs/shown.ts'
import { limits } from '../limits.ts'
import { checklistRow } from './checklist.ts'
import type { WireEntry, WireSummary } from './entry.ts'
import type { Live } from './live.ts'

/** A call of Dojo's API, as its route saw it. */
export interface DojoCall {
  name: string
  method: string
  path: string
  sent: unknown
  status: number
  received: string
  milliseconds: number
}

export interface Wire {
  recordExchange: (account: Account, exchange: Exchange, now: string) => void
  recordDojoCall: (account: Account, call: DojoCall, now: string) => void
  /** The newest first. */
  list: (account: Account) => WireSummary[]
  /** The newest first, with their bodies. */
  entries: (account: Account) => WireEntry[]
  find: (account: Account, number: number) => WireEntry | undefined
}

export function createWire(live: Live): Wire {
  const kept = new Map<string, { entries: WireEntry[]; count: number }>()
  const keep = ({ key }: Account, entry: Omit<WireEntry, 'number'>): void => {
    const known = kept.get(key) ?? { entries: [], count: 0 }
    kept.set(key, known)
    known.entries.unshift({ ...entry, number: ++known.count })
    known.entries.splice(limits.maxWireEntries)
    live.publish(key, 'wire', summaryOf(known.entries[0]!))
  }
  const entries = ({ key }: Account): WireEntry[] => kept.get(key)?.entries ?? []
  return {
    recordExchange: (account, exchange, now) => {
      keep(account, entryOfExchange(exchange, now))
    },
    recordDojoCall: (account, call, now) => {
      keep(account, entryOfDojoCall(call, now))
    },
    list: (account) => entries(account).map(summaryOf),
    entries,
    find: (account, number) => entries(account).find((entry) => entry.number === number),
  }
}

function entryOfExchange(exchange: Exchange, at: string): Omit<WireEntry, 'number'> {
  const { capability, caller, transport, method, path, status, noAnswer } = exchange
  const sent = textOf(exchange.sent)
  return {
    at,
    to: 'epos',
    name: capability,
    by: callerInWords(exchange),
    about: aboutOf(exchange),
    transport,
    method,
    path,
    headers: transport === 'rest' ? headersOf(caller) : {},
    sent: cut(sent),
    isCut: cut(sent) !== sent,
    received: cut(textOf(exchange.received)),
    status,
    noAnswer,
    milliseconds: exchange.milliseconds,
    contractErrors: exchange.contractErrors,
    row: checklistRow(exchange),
  }
}

function entryOfDojoCall(call: DojoCall, at: string): Omit<WireEntry, 'number'> {
  const { name, method, path, status, milliseconds } = call
  const sent = textOf(call.sent)
  return {
    at,
    to: 'dojo',
    name,
    by: 'the EPOS',
    about: status >= 400 ? detailIn(call.received) : path,
    transport: 'rest',
    method,
    path,
    headers: {},
    sent: cut(sent),
    isCut: cut(sent) !== sent,
    received: cut(call.received),
    status,
    milliseconds,
    contractErrors: [],
  }
}

function callerInWords({ caller: { product, deviceId, deviceType, waiterId } }: Exchange): string {
  const device = deviceId ?? deviceType ?? product
  return waiterId === undefined ? device : `${device}, waiter ${waiterId}`
}

/** Why it was refused, or else what it is about. */
function aboutOf({ noAnswer, refusal, contractErrors, caller, path, transport }: Exchange): string {
  const [error] = contractErrors
  return (
    noAnswer ??
    error ??
    refusal?.debugMessage ??
    refusal?.errorType ??
    caller.scenario ??
    (transport === 'rest' ? path : '')
  )
}

function detailIn(body: string): string {
  try {
    return String((JSON.parse(body) as { detail?: unknown }).detail ?? '')
  } catch {
    return ''
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? '' : JSON.stringify(value, undefined, 2)
}

function summaryOf(entry: WireEntry): WireSummary {
  const { number, at, to, name, by, about, transport, status, milliseconds, row } = entry
  return { number, at, to, name, by, about, transport, status, milliseconds, row }
}
