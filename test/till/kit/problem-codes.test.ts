// The status of each problem: tills act on it. What is not in this table is a conflict with how
// things are, 409.
import t from 'tap'
import { problemCodes, type ProblemCode } from '../../../src/till/kit/problem-codes.ts'

const STATUSES: Partial<Record<ProblemCode, number>> = {
  // The request is at fault: sent again as it is, it fails again.
  schema: 400,
  json: 400,
  request: 400,
  'setup-faults': 400,
  invalid: 400,
  'unknown-reference': 400,
  'unknown-waiter': 400,
  cursor: 400,
  'too-large': 413,
  'media-type': 415,
  'key-reused': 422,
  // Who asks, and for what.
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  route: 404,
  method: 405,
  // Somebody else was first, or has it.
  stale: 412,
  locked: 423,
  held: 423,
  // Later.
  'too-many-streams': 429,
  'too-many-failures': 429,
  unavailable: 503,
  bug: 500,
}

t.test('every problem has its status, and a meaning', async (t) => {
  for (const [code, [status, meaning]] of Object.entries(problemCodes)) {
    t.equal(status, STATUSES[code as ProblemCode] ?? 409, code)
    t.match(meaning, /\S/, code)
  }
  const unknown = Object.keys(STATUSES).filter((code) => !(code in problemCodes))
  t.same(unknown, [], 'the table names no other codes')
})
