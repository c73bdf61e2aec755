// openapi/pac-websockets.yaml: what is said through the socket for the counter, and the envelope of
// JSON-RPC 2.0 around it. Both ends use it.
import type { components } from './generated/pac-websockets.ts'
import { isRpcId, parseJson, UnreadableJson } from './json.ts'

export type CounterSchemas = components['schemas']
export type CounterErrorCode = CounterSchemas['ErrorCode']
export type RecordedPayment = CounterSchemas['RecordedPayment']

/** What an EPOS asks of Dojo. */
export interface CounterMethods {
  CreatePayment: [CounterSchemas['CreatePayment'], CounterSchemas['Accepted']]
  CreateRefund: [CounterSchemas['CreateRefund'], CounterSchemas['Accepted']]
  CapturePayment: [CounterSchemas['CapturePayment'], CounterSchemas['Accepted']]
  UpdatePayment: [CounterSchemas['UpdatePayment'], CounterSchemas['Accepted']]
  CancelPayment: [CounterSchemas['CancelPayment'], CounterSchemas['CancelAnswer']]
  GetPayment: [CounterSchemas['PaymentRef'], CounterSchemas['PaymentState']]
  connectedTerminals: [object, CounterSchemas['ConnectedTerminals']]
  terminalDetails: [CounterSchemas['TerminalRef'], CounterSchemas['Terminal']]
  signatureVerification: [CounterSchemas['SignatureAnswer'], CounterSchemas['Accepted']]
}
export type CounterMethod = keyof CounterMethods
export type CounterParams<Method extends CounterMethod> = CounterMethods[Method][0]
export type CounterResult<Method extends CounterMethod> = CounterMethods[Method][1]

export const counterMethods = [
  'CreatePayment',
  'CreateRefund',
  'CapturePayment',
  'UpdatePayment',
  'CancelPayment',
  'GetPayment',
  'connectedTerminals',
  'terminalDetails',
  'signatureVerification',
] as const satisfies readonly CounterMethod[]

export type RpcId = string | number
export type RpcError = CounterSchemas['RpcError']

export type RpcMessage =
  | { is: 'request'; id: RpcId | undefined; method: string; params: Record<string, unknown> }
  | { is: 'answer'; id: RpcId; result: unknown; error: RpcError | undefined }
  | { is: 'unreadable'; why: string }

/** @param text undefined for a binary message */
export function readRpc(text: string | undefined): RpcMessage {
  if (text === undefined) return { is: 'unreadable', why: 'it is binary' }
  let message: unknown
  try {
    message = parseJson(text)
  } catch (error) {
    return { is: 'unreadable', why: (error as UnreadableJson).message }
  }
  if (!isObject(message)) return { is: 'unreadable', why: 'it is not a JSON object' }
  const { id, method, params, result, error } = message
  const known = isRpcId(id) ? id : undefined
  if (typeof method === 'string') {
    return { is: 'request', id: known, method, params: isObject(params) ? params : {} }
  }
  if (known === undefined) return { is: 'unreadable', why: 'it has neither a method nor an id' }
  return { is: 'answer', id: known, result, error: isObject(error) ? errorIn(error) : undefined }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where Dojo puts the code and the reason of an error is assumed; its message is JSON-RPC's. */
function errorIn({ code, message, errorCode, errorReason }: Record<string, unknown>): RpcError {
  return {
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : '',
    errorCode: typeof errorCode === 'string' ? (errorCode as CounterErrorCode) : undefined,
    errorReason: typeof errorReason === 'string' ? errorReason : undefined,
  }
}

/** @param id left out for a notification */
export function requestText(method: string, params: object, id?: RpcId): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params })
}

export function resultText(id: RpcId, result: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}

/** What JSON-RPC 2.0 keeps for errors of a server, and for a method that there is not. */
const SERVER_ERROR = -32000
const NO_METHOD = -32601

export function refusalText(
  id: RpcId,
  errorCode: CounterErrorCode | 'METHOD_NOT_FOUND',
  errorReason: string,
): string {
  const code = errorCode === 'METHOD_NOT_FOUND' ? NO_METHOD : SERVER_ERROR
  const words = errorCode === 'METHOD_NOT_FOUND' ? {} : { errorCode, errorReason }
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: errorReason, ...words } })
}
