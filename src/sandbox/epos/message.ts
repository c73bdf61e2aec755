// The JSON-RPC messages that go over a WebSocket: how a call looks, and how its answer is read.
import type { CapabilityName, Input, Schemas } from '../../contract/capabilities.ts'
import {
  methodOf,
  outputIn,
  paramsFor,
  type SocketRequest,
  type SocketResponse,
} from '../../contract/socket.ts'
import {
  describeAnswerFault,
  invalid,
  refusalFault,
  successCheckOf,
  type Reading,
} from './contract-checks.ts'
import type { EposCall } from './transport.ts'

const JSON_RPC = '2.0'

export function requestMessage(id: string, { name, input, caller }: EposCall): SocketRequest {
  return {
    jsonrpc: JSON_RPC,
    id,
    method: methodOf(name),
    params: paramsFor(name, input as Input<typeof name>, {
      waiterId: caller.waiterId,
      dojoRequestingProduct: caller.product,
      deviceId: caller.deviceId,
      deviceType: caller.deviceType,
    }),
  }
}

const STATUS_OF_TYPE: Record<Schemas['EPOSErrorType'], number> = {
  InvalidRequest: 400,
  NotFound: 404,
  Conflict: 409,
  UnexpectedError: 500,
}

type Unchecked<T> = { [Field in keyof T]?: unknown }

/** The answer as the exchange keeps it. Whose answer it is, its id has said already. */
export function readMessage(
  name: CapabilityName,
  { jsonrpc, result, error }: Unchecked<SocketResponse>,
): Reading {
  const envelope: string[] = []
  if (jsonrpc !== JSON_RPC) {
    const got = jsonrpc === undefined ? 'missing' : JSON.stringify(jsonrpc)
    envelope.push(`The answer's jsonrpc is ${got}; it must be "${JSON_RPC}".`)
  }
  if (result != null && error != null) {
    envelope.push('The answer has a result and an error; send one of them.')
  }
  const reading = error == null ? readResult(name, result) : readError(error)
  return { ...reading, contractErrors: [...envelope, ...reading.contractErrors] }
}

function readResult(name: CapabilityName, result: unknown): Reading {
  const status = 200
  if (result == null) {
    return { ...invalid('The answer has neither a result nor an error.'), status }
  }
  const check = successCheckOf(name)
  if (check === undefined) {
    const isEmpty = typeof result === 'object' && !Array.isArray(result)
    return { contractErrors: isEmpty ? [] : ['The result must be an object, such as {}.'], status }
  }
  const output = outputIn(name, result)
  return check(output)
    ? { contractErrors: [], status, output }
    : { ...invalid(describeAnswerFault(check)), status }
}

function readError(error: unknown): Reading {
  const fault = refusalFault(error)
  if (fault !== undefined) {
    return { ...invalid(`The error of the answer breaks the contract: ${fault}`), status: 500 }
  }
  const refusal = error as Schemas['EPOSError']
  return { contractErrors: [], status: STATUS_OF_TYPE[refusal.errorType], refusal }
}
