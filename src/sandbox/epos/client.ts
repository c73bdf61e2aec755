// Calls an EPOS as Dojo does, measures each call, and checks each answer against the contract.
import type { CapabilityName, Input } from '../../contract/capabilities.ts'
import { operations, type Operation } from '../../contract/document.ts'
import type { Faults } from '../kit/faults.ts'
import { limits } from '../limits.ts'
import { readAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { sendWithFaults } from './faulty-transport.ts'
import { createTransport, type HttpRequest } from './transport.ts'

export interface EposAddress {
  url: string
  username: string
  password: string
}

/** The caller, as the contract's four headers name it. */
export interface Caller {
  product: string
  deviceId?: string
  deviceType?: string
  waiterId?: string
}

export interface EposClient {
  /** @throws SimulatedCrash */
  call: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    caller: Caller,
  ) => Promise<Exchange<Name>>
  close: () => Promise<void>
}

export interface EposClientOptions {
  timeoutMs?: number
  faults?: Faults
  /** Called after every call. */
  onExchange?: (exchange: Exchange) => void
}

const operationOf = Object.fromEntries(
  operations.map((operation) => [operation.name, operation]),
) as Record<CapabilityName, Operation>

export function createEposClient(
  { url, username, password }: EposAddress,
  { timeoutMs = limits.eposTimeoutMs, faults, onExchange }: EposClientOptions = {},
): EposClient {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const transport = createTransport(url, timeoutMs)
  return {
    call: async (name, input, caller) => {
      const { sent, ...request } = requestOf(name, input as Record<string, unknown>, {
        ...headersOf(caller),
        authorization,
      })
      const arrival =
        faults === undefined
          ? await transport.send(request)
          : await sendWithFaults(transport, faults, { name, request, timeoutMs })
      const { method, path } = request
      const { milliseconds } = arrival
      const exchange = readAnswer(
        name,
        { capability: name, method, path, sent, milliseconds, contractErrors: [] },
        arrival,
      )
      onExchange?.(exchange)
      return exchange
    },
    close: async () => {
      await transport.close()
    },
  }
}

function requestOf(
  name: CapabilityName,
  input: Record<string, unknown>,
  headers: Record<string, string>,
): HttpRequest & { sent: unknown } {
  const { method, path: template, pathParameters, body } = operationOf[name]
  const sent = { ...input }
  let path = template
  for (const parameter of pathParameters) {
    path = path.replace(`{${parameter}}`, encodeURIComponent(String(sent[parameter])))
    delete sent[parameter]
  }
  if (body === undefined) return { method, path, headers, body: undefined, sent: undefined }
  return {
    method,
    path,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(sent),
    sent,
  }
}

function headersOf({ product, deviceId, deviceType, waiterId }: Caller): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'dojo-requesting-product': product,
  }
  if (deviceId !== undefined) headers['device-id'] = deviceId
  if (deviceType !== undefined) headers['device-type'] = deviceType
  if (waiterId !== undefined) headers['waiter-id'] = waiterId
  return headers
}
