// The state as text: JSON, with Maps wrapped.
import type { Account, State } from './state.ts'

const MAP = '$map'
/** Wraps an object that happens to look like one of our wrappers. */
const OBJECT = '$object'

const isPlain = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

export const stateToText = (state: State): string =>
  JSON.stringify(state, (_key, value: unknown) => {
    if (value instanceof Map) return { [MAP]: [...value] }
    return isPlain(value) && (MAP in value || OBJECT in value) && !isOurs(value)
      ? { [OBJECT]: Object.entries(value) }
      : value
  })

/** JSON.stringify visits the wrappers that the replacer has made. */
const isOurs = (value: Record<string, unknown>): boolean =>
  Object.keys(value).length === 1 && Array.isArray(value[MAP] ?? value[OBJECT])

/** @throws Error when the text is not a state of this version */
export function stateFromText(text: string): State {
  const state = JSON.parse(text, (_key, value: unknown) => {
    if (!isPlain(value) || !isOurs(value)) return value
    return MAP in value
      ? new Map(value[MAP] as Array<[string, unknown]>)
      : Object.fromEntries(value[OBJECT] as Array<[string, unknown]>)
  }) as Partial<State> | null
  const isWhole =
    state?.version === 1 &&
    Number.isFinite(state.seed) &&
    Number.isFinite(state.offsetMs) &&
    Array.isArray(state.jobs) &&
    state.jobs.every(isJob) &&
    state.accounts instanceof Map &&
    [...state.accounts.values()].every(isAccount)
  if (!isWhole) throw new Error('it is not a state of this version of the sandbox')
  return state as State
}

function isJob(entry: unknown): boolean {
  const { dueMs, job } = (entry ?? {}) as Partial<State['jobs'][number]>
  return (
    Number.isFinite(dueMs) &&
    typeof (job as { kind?: unknown } | undefined)?.kind === 'string' &&
    typeof (job as { key?: unknown }).key === 'string'
  )
}

function isAccount(account: unknown): boolean {
  const {
    key,
    accountId,
    intents,
    refunds,
    refundKeys,
    terminals,
    sessions,
    subscriptions,
    bookings,
    log,
    randomState,
  } = (account ?? {}) as Partial<Account>
  return (
    typeof key === 'string' &&
    typeof accountId === 'string' &&
    Number.isFinite(randomState) &&
    Array.isArray(log) &&
    [
      intents,
      refunds,
      refundKeys,
      terminals,
      sessions,
      subscriptions,
      bookings?.orders,
      bookings?.parties,
      bookings?.reservations,
    ].every((part) => part instanceof Map)
  )
}
