// Limits that the documentation, Dojo's contract or the till API promise to somebody. Changing one
// is a change of behaviour, and so of this table and of the words that promise it.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { limits } from '../src/limits.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const PROMISES: Partial<Record<keyof typeof limits, unknown>> = {
  // A slow or large request is cut off.
  maxBodyBytes: 1_048_576,
  maxHeaderBytes: 16_384,
  maxJsonDepth: 64,
  headersReceiveTimeoutMs: 5_000,
  requestReceiveTimeoutMs: 10_000,
  // Ids that Dojo chooses fit.
  maxIdCharacters: 500,
  maxPathParameterCharacters: 1_000,

  // Guessing a password is slow; a revoked credential works for two seconds more.
  authFailuresPerAddress: 60,
  authFailuresPerUsername: 30,
  authFailureWindowMs: MINUTE * 1_000,
  credentialCacheMs: 2_000,
  credentialLookMs: 1_000,

  // A table is never stuck: locks last an hour at most, a till's hold a quarter of one.
  maxLockSeconds: HOUR,
  defaultHoldSeconds: 2 * MINUTE,
  maxHoldSeconds: 15 * MINUTE,

  // Pages and card machines, by Dojo's contract.
  defaultPageRows: 50,
  maxPageRows: 100,
  maxDisplayNameCharacters: 24,
  maxBillLines: 60,
  billPaperColumns: 48,

  // Dojo hears of every change for a day, after waits that double up to a quarter of an hour.
  jobBackoffSeconds: 1,
  jobLongestBackoffSeconds: 15 * MINUTE,
  jobGiveUpSeconds: DAY,
  jobMaxRetryAfterSeconds: HOUR,
  dojoKeyRefusedPauseSeconds: 15 * MINUTE,

  // A payment is checked against Dojo's until it is certain, for a quarter of an hour.
  unmatchedCheckSeconds: 5,
  replyLostCheckSeconds: 30,
  replyLostCertainSeconds: 15 * MINUTE,
  unheardCheckSeconds: [MINUTE, 5 * MINUTE, 15 * MINUTE],
  checkUncertainSeconds: 15 * MINUTE,
  keptEventsCheckDays: 7,
  webhookSecretGraceSeconds: HOUR,
  auditHour: 5,

  // What Dojo asked last: what it said is kept for an hour at most.
  requestLogMostSeconds: HOUR,
  answeredRequestsKept: 1_000,
  refusedRequestsKept: 1_000,
  requestKeptDays: 14,

  // The till API.
  idempotencyKeptSeconds: DAY,
  maxAmountMinor: 1_000_000_000,
  maxQuantity: 10_000,
  maxLinesAtOnce: 100,
  streamHeartbeatMs: 15_000,
  streamTokenCheckMs: 5_000,
}

t.test('what is promised is kept', async (t) => {
  for (const [name, value] of Object.entries(PROMISES)) {
    t.strictSame(limits[name as keyof typeof limits], value, name)
  }
})

t.test('a name is in one file', async (t) => {
  const folder = join(import.meta.dirname, '../src/limits')
  const names: string[] = []
  for (const file of readdirSync(folder)) {
    const part = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, object>
    names.push(...Object.values(part).flatMap((each) => Object.keys(each)))
  }
  t.strictSame(names.sort(), Object.keys(limits).sort())
})

t.test('an answer of 503 comes within three seconds of a database that is away', async (t) => {
  t.ok(limits.databaseConnectTimeoutMs + limits.databaseReplyTimeoutMs <= 3_000)
})

t.test('a claim outlasts the work that it is for', async (t) => {
  t.ok(limits.jobClaimSeconds * 1_000 > limits.checkTimeoutMs)
  t.ok(limits.jobClaimSeconds * 1_000 > limits.refundReadTimeoutMs + limits.refundTimeoutMs)
})

t.test('the audit and the checks look further than what they wait for', async (t) => {
  t.ok(limits.replyLostRecoverySeconds >= limits.replyLostCertainSeconds)
  t.ok(limits.checkAgainMostSeconds < limits.checkUncertainSeconds)
  t.ok(limits.dojoLagSeconds < limits.checkUncertainSeconds)
  // A card machine is not taken from a process that waits for Dojo.
  t.ok(limits.terminalLeaseSeconds * 1_000 > limits.cardCallTimeoutMs + limits.sessionPollMs)
})
