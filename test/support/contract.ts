// Whether an answer is one that openapi/epos-data.yaml allows.
import type { Test } from 'tap'
import type { CapabilityName } from '../../src/contract/capabilities.ts'
import { operations } from '../../src/contract/document.ts'
import { compileComponent, compileSchema } from '../../src/contract/validation.ts'

const answers = new Map(
  operations.map(({ name, answer }) => [name, answer && compileSchema(answer)]),
)
const isError = compileComponent('EPOSError')

const STATUSES: Record<string, number[]> = {
  InvalidRequest: [400, 401, 408, 413, 415, 429, 431],
  NotFound: [404, 405],
  Conflict: [409],
  UnexpectedError: [500, 503],
}

/**
 * Fails the test when the answer does not fit the document: its shape, its type of error, its trace
 * id.
 */
export function checkAnswer(
  t: Test,
  name: CapabilityName,
  response: { statusCode: number; payload: string; headers: Record<string, unknown> },
): void {
  const { statusCode, payload, headers } = response
  if (statusCode === 200) {
    const validate = answers.get(name)
    if (validate === undefined) {
      t.equal(payload, '', `${name} answers without a body`)
      return
    }
    const body = JSON.parse(payload) as unknown
    t.ok(validate(body), `${name} answers as the contract says`, { errors: validate.errors, body })
    return
  }
  checkError(t, { statusCode, payload, headers })
}

export function checkError(
  t: Test,
  {
    statusCode,
    payload,
    headers,
  }: { statusCode: number; payload: string; headers: Record<string, unknown> },
): void {
  const body = JSON.parse(payload) as { errorType: string; debugMessage: string; traceId: string }
  t.ok(isError(body), 'the error body is as the contract says', { errors: isError.errors, body })
  t.ok(
    STATUSES[body.errorType]?.includes(statusCode),
    `${body.errorType} goes with status ${statusCode}`,
    { body },
  )
  t.match(body.debugMessage, /^[A-Z].*\.$/s, 'the message is a sentence')
  t.match(body.traceId, /^[0-9a-f]{32}$/)
  t.equal(headers['trace-id'], body.traceId, 'the trace id is in the header too')
}
