// The envelope of JSON-RPC 2.0: what came becomes a request or a fault, and what is answered
// becomes text. Results and errors are serialised as over REST, field by field of the contract.
import fastJson, { type Schema } from 'fast-json-stringify'
import type { CapabilityName, Output } from '../../contract/capabilities.ts'
import { operations, type JsonSchema } from '../../contract/document.ts'
import { isRpcId, parseJson, UnreadableJson } from '../../contract/json.ts'
import { capabilityOf, inputIn, rpcCodes, type RequestHeaders } from '../../contract/socket.ts'
import type { Origin } from '../../domain/caller.ts'
import { limits } from '../../limits.ts'
import { answerShape } from '../answers.ts'

/** As it came: it is repeated in the answer. Dojo's are strings, and JSON-RPC has numbers too. */
export type RequestId = string | number

export interface Request {
  id: RequestId
  name: CapabilityName
  input: unknown
  origin: Origin
}

/** A message that is no request to a capability. */
export interface BadMessage {
  /** In a word, for metrics. */
  kind: 'binary' | 'too-long' | 'not-json' | 'batch' | 'not-a-request' | 'notification' | 'method'
  code: number
  /** A sentence for the sender. */
  message: string
  /** Null where it could not be read. Undefined for a notification, which has no answer. */
  id: RequestId | null | undefined
}

export type Message =
  { request: Request; bad?: undefined } | { request?: undefined; bad: BadMessage }

/** @param text undefined for a binary message */
export function readMessage(text: string | undefined): Message {
  if (text === undefined) {
    return bad('binary', null, 'Send JSON in a text frame: this server reads no binary frames.')
  }
  if (Buffer.byteLength(text) > limits.maxBodyBytes) {
    return bad('too-long', null, `A message may have ${limits.maxBodyBytes} bytes at most.`)
  }
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    const { message } = error as UnreadableJson
    return bad('not-json', null, message.replace('The request body', 'The message'))
  }
  if (Array.isArray(value)) {
    return bad('batch', null, 'Send each request in a message of its own: there are no batches.')
  }
  if (typeof value !== 'object' || value === null) {
    return bad(
      'not-a-request',
      null,
      'A message must be a JSON object with jsonrpc, id and method.',
    )
  }
  return readEnvelope(value as Record<string, unknown>)
}

function readEnvelope({ jsonrpc, id, method, params }: Record<string, unknown>): Message {
  const known = isRpcId(id) ? id : null
  if (jsonrpc !== '2.0') {
    return bad('not-a-request', known, 'The field jsonrpc must be "2.0".')
  }
  if (typeof method !== 'string') {
    return bad('not-a-request', known, 'The field method must be a string.')
  }
  if (id === undefined) {
    return bad('notification', undefined, `${method} has no id, so nothing was done.`)
  }
  if (known === null) {
    return bad('not-a-request', null, 'The field id must be a string.')
  }
  const name = capabilityOf(method)
  if (name === undefined) {
    return bad('method', known, `There is no method ${method.slice(0, MAX_METHOD)}.`)
  }
  const input = inputIn(name, params ?? {})
  return { request: { id: known, name, input, origin: originIn(params) } }
}

/** How much of an unknown method an error quotes. */
const MAX_METHOD = 100

const CODES: Partial<Record<BadMessage['kind'], number>> = {
  'not-json': rpcCodes.parseError,
  method: rpcCodes.methodNotFound,
}

function bad(kind: BadMessage['kind'], id: BadMessage['id'], message: string): Message {
  return { bad: { kind, id, message, code: CODES[kind] ?? rpcCodes.invalidRequest } }
}

function originIn(params: unknown): Origin {
  const { headers } = (params ?? {}) as { headers?: RequestHeaders | null }
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined
  return {
    waiterId: text(headers?.waiterId),
    product: text(headers?.dojoRequestingProduct),
    deviceId: text(headers?.deviceId),
    deviceType: text(headers?.deviceType),
  }
}

/** What REST answers without a body is an empty object here. */
const NO_BODY: JsonSchema = { type: 'object', properties: {} }

const serialisers = new Map(
  operations.map((operation) => [
    operation.name,
    fastJson((answerShape(operation.name) ?? NO_BODY) as unknown as Schema),
  ]),
)

/** @throws Error when the answer lacks a required field, which is a bug */
export function resultText<Name extends CapabilityName>(
  id: RequestId,
  name: Name,
  output: Output<Name>,
): string {
  const result = serialisers.get(name)!(output ?? {})
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`
}

export interface ErrorInWords {
  errorType: string
  debugMessage: string
  traceId: string
}

export function errorText(
  id: RequestId | null,
  { errorType, debugMessage, traceId }: ErrorInWords,
): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { errorType, debugMessage, traceId } })
}

/** The error has the fields of JSON-RPC and those of the contract: either is enough to read it. */
export function badMessageText({ id = null, code, message }: BadMessage, traceId: string): string {
  const epos: ErrorInWords = { errorType: 'InvalidRequest', debugMessage: message, traceId }
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...epos } })
}
