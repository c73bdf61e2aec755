// How a WebSocket ended, and what that means for the next one.

/** Everything that is known of an ending. */
export interface Ending {
  /** By our side, or undefined where the other side or the network ended it. */
  cause?: Cause | undefined
  /** From the close frame; 1006 where there was none. */
  code?: number | undefined
  /** The HTTP status where the handshake was answered with something else than a WebSocket. */
  status?: number | undefined
  /** What Retry-After asked for. */
  retryAfterMs?: number | undefined
  /** How long it was open; undefined when it never was. */
  openMs?: number | undefined
  /** Whether it was of use: a message was sent through it. */
  hasServed?: boolean | undefined
}

/** Why our side ended it. */
export type Cause = 'closed' | 'silent' | 'slow-reader' | 'handshake-timeout'

export interface Verdict {
  /** In a word, for logs and metrics. */
  reason: string
  retry: Retry
}

/**
 * When the next attempt is due: never, because it would be refused again; soon, because the other
 * side only restarts; growing with each failure; or slowly, because it asked for patience or does
 * not understand us.
 */
export type Retry = 'never' | 'soon' | 'growing' | 'slowly'

const CODES: Readonly<Record<number, Verdict>> = {
  1000: { reason: 'closed', retry: 'growing' },
  1001: { reason: 'going-away', retry: 'soon' },
  1002: { reason: 'protocol-error', retry: 'slowly' },
  1003: { reason: 'unsupported-data', retry: 'slowly' },
  1005: { reason: 'closed', retry: 'growing' },
  1006: { reason: 'lost', retry: 'growing' },
  1007: { reason: 'invalid-data', retry: 'slowly' },
  1008: { reason: 'policy', retry: 'slowly' },
  1009: { reason: 'message-too-big', retry: 'growing' },
  1010: { reason: 'extension-missing', retry: 'slowly' },
  1011: { reason: 'server-error', retry: 'growing' },
  1012: { reason: 'restart', retry: 'soon' },
  1013: { reason: 'try-later', retry: 'slowly' },
  1014: { reason: 'bad-gateway', retry: 'growing' },
  // The private range; these two are what HTTP calls 401 and 403.
  4401: { reason: 'credential-refused', retry: 'never' },
  4403: { reason: 'credential-refused', retry: 'never' },
}
const OTHER_CODE: Verdict = { reason: 'other-code', retry: 'slowly' }

const STATUSES: Readonly<Record<number, Verdict>> = {
  101: { reason: 'protocol-error', retry: 'slowly' },
  401: { reason: 'credential-refused', retry: 'never' },
  403: { reason: 'credential-refused', retry: 'never' },
  408: { reason: 'unavailable', retry: 'growing' },
  425: { reason: 'unavailable', retry: 'growing' },
  429: { reason: 'try-later', retry: 'slowly' },
}
const UNAVAILABLE: Verdict = { reason: 'unavailable', retry: 'growing' }
const REFUSED: Verdict = { reason: 'handshake-refused', retry: 'slowly' }

const CAUSES: Readonly<Record<Cause, Verdict>> = {
  closed: { reason: 'closed-here', retry: 'never' },
  silent: { reason: 'silent', retry: 'soon' },
  'slow-reader': { reason: 'slow-reader', retry: 'growing' },
  'handshake-timeout': { reason: 'handshake-timeout', retry: 'growing' },
}

export function verdictOn({ cause, code, status, openMs }: Ending): Verdict {
  if (cause !== undefined) return CAUSES[cause]
  if (openMs !== undefined) return CODES[code ?? 1006] ?? OTHER_CODE
  if (status === undefined) return { reason: 'unreachable', retry: 'growing' }
  return STATUSES[status] ?? (status >= 500 ? UNAVAILABLE : REFUSED)
}

export interface RetryPace {
  /** The upper bound of the first wait. It doubles with each failure, up to the longest. */
  firstRetryMs: number
  /** The same while the other side restarts. */
  soonRetryMs: number
  longestRetryMs: number
  /** A connection that was open for this long was healthy: failures are counted anew. */
  healthyMs: number
}

/** Failures in a row after which even a restart is given more time. */
const PATIENT_FAILURES = 3

/** As many as count at most after a connection that served, so that the next one comes soon. */
const FAILURES_AFTER_SERVICE = 2

/**
 * How many failures in a row there have been with this ending. A connection that served was broken
 * by something that has probably passed: the wait after it does not grow with each.
 */
export function failuresAfter(
  { openMs = 0, hasServed = false }: Ending,
  before: number,
  { healthyMs }: RetryPace,
): number {
  if (openMs >= healthyMs) return 1
  return hasServed ? Math.min(before + 1, FAILURES_AFTER_SERVICE) : before + 1
}

/**
 * The wait before the next attempt, at random down to nothing (full jitter), so that many clients
 * of a gateway that restarts do not return at the same moment.
 * @param failures in a row, this one included
 * @param random from 0 to 1
 */
export function retryWaitMs(
  ending: Ending,
  failures: number,
  { firstRetryMs, soonRetryMs, longestRetryMs }: RetryPace,
  random: () => number = Math.random,
): number {
  const { retry } = verdictOn(ending)
  if (retry === 'never') return Infinity
  const [firstMs, doublings] =
    retry === 'soon'
      ? [soonRetryMs, Math.max(0, failures - PATIENT_FAILURES)]
      : [firstRetryMs, failures - 1]
  const upperMs = Math.min(longestRetryMs, firstMs * 2 ** doublings)
  const waitMs = retry === 'slowly' ? (longestRetryMs * (1 + random())) / 2 : upperMs * random()
  return Math.max(waitMs, ending.retryAfterMs ?? 0)
}
