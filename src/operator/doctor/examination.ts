// The findings of a check, and what later checks know from earlier ones.
import type { DojoOutput } from '../../contract/dojo-api.ts'
import type { DojoClient } from '../../dojo/client/index.ts'
import type { Store } from '../../store/index.ts'
import type { LocationSummary } from '../locations.ts'
import type { DojoConfig, Integrations } from '../dojo.ts'

export type State = 'ok' | 'warning' | 'broken' | 'skipped'

export interface Finding {
  state: State
  /** One sentence. */
  finding: string
  /** What to do; every warning and everything broken has it. */
  advice?: string
}

export interface DoctorDeps {
  /** The valid part of the configuration; a faulty variable counts as not set. */
  config: DojoConfig & { secretsKey: string | undefined }
  /** Faulty variables, with a sentence on each. */
  faults: ReadonlyMap<string, string>
  /** Whether the database is the one that comes with the server. */
  embedded: boolean
  openStore: () => Promise<Store>
  /** @throws Error when it is missing */
  secretsKey: () => string
  /** The addresses of a host name. @throws Error with a code when it has none */
  resolve?: (host: string) => Promise<string[]>
  nowMs?: () => number
}

export interface Subject {
  locationId: string
  /** Also accepts a PUBLIC_URL without TLS or on a private network, for the sandbox. */
  allowInsecure?: boolean
}

/** How far this machine's clock is ahead of another's, from one request and its answer. */
export interface ClockReading {
  aheadMs: number
  uncertaintyMs: number
}

/** Each check adds what later checks need; what it did not find stays undefined. */
export interface Examination extends Subject {
  readonly deps: DoctorDeps
  store?: Store
  location?: LocationSummary
  /** The venue's Dojo API key. */
  key?: string
  dojo?: DojoClient
  dojoClock?: ClockReading
  integrations?: Integrations
  /** The base URL of this server's routes. */
  url?: string
  /** Whether anything answered there. */
  isAnswered?: boolean
  subscriptions?: DojoOutput<'Webhooks_GetAlSubscriptions'>
}

export const ok = (finding: string): Finding => ({ state: 'ok', finding })
export const warning = (finding: string, advice: string): Finding => ({
  state: 'warning',
  finding,
  advice,
})
export const broken = (finding: string, advice: string): Finding => ({
  state: 'broken',
  finding,
  advice,
})
export const skipped = (finding: string): Finding => ({ state: 'skipped', finding })

/** The command as it is typed for this venue. */
export const registerCommand = (subject: Subject): string =>
  `npx epos register ${optionsOf(subject)}`
export const subscribeCommand = (subject: Subject): string =>
  `npx epos webhooks subscribe ${optionsOf(subject)}`
const optionsOf = ({ locationId, allowInsecure = false }: Subject): string =>
  `--location ${locationId}${allowInsecure ? ' --allow-insecure' : ''}`

/** `1 event` and `2 events`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`
}

/** Seconds as a person would say them. */
export function spoken(seconds: number): string {
  const [size, unit] = (
    [
      [86_400, 'day'],
      [3_600, 'hour'],
      [60, 'minute'],
    ] as const
  ).find(([size]) => seconds >= 2 * size) ?? [1, 'second']
  return counted(Math.round(seconds / size), unit)
}
