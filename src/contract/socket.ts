// openapi/epos-data-ws.yaml: how a capability travels over the socket. A method is a capability's
// name with its version, and the fields of a REST request are its `params`. Both documents share
// their shapes; the few names that differ are translated here, for either end of the socket.
import {
  CAPABILITY_VERSION,
  capabilities,
  type CapabilityName,
  type Input,
} from './capabilities.ts'
import type { components } from './generated/epos-data-ws.ts'

export type SocketSchemas = components['schemas']
/** Who and what is behind a request, which REST has in HTTP headers. */
export type RequestHeaders = SocketSchemas['RequestHeaders']
export type SocketRequest = SocketSchemas['Request'] & { params?: Record<string, unknown> }
export type SocketResponse = SocketSchemas['Response'] & { result?: unknown }

/** What JSON-RPC 2.0 calls a message that did not become a request to a capability. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
} as const

const SUFFIX = CAPABILITY_VERSION.toUpperCase()

/** `SearchOrdersV1` for SearchOrders. */
export function methodOf(name: CapabilityName): string {
  return `${name}${SUFFIX}`
}

/** The capability that a method calls; undefined for a method that there is not. */
export function capabilityOf(method: string): CapabilityName | undefined {
  const name = method.slice(0, -SUFFIX.length)
  return method.endsWith(SUFFIX) && Object.hasOwn(capabilities, name)
    ? (name as CapabilityName)
    : undefined
}

/** Fields that are called otherwise over the socket: by REST's name. */
const inputNames: Partial<Record<CapabilityName, Readonly<Record<string, string>>>> = {
  UpdateParty: { partyId: 'id' },
  UpdateReservation: { reservationId: 'id' },
}

/** The `params` of a request for this input of a capability. */
export function paramsFor<Name extends CapabilityName>(
  name: Name,
  input: Input<Name>,
  headers: RequestHeaders,
): Record<string, unknown> {
  const params: Record<string, unknown> = { ...(input as object), headers }
  for (const [rest, socket] of Object.entries<string>(inputNames[name] ?? {})) {
    params[socket] = params[rest]
    delete params[rest]
  }
  return params
}

/** The input of a capability in the `params` of a request, unchecked. */
export function inputIn(name: CapabilityName, params: unknown): unknown {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return params
  const { headers: _, ...input } = params as Record<string, unknown>
  for (const [rest, socket] of Object.entries<string>(inputNames[name] ?? {})) {
    if (!(socket in input)) continue
    input[rest] = input[socket]
    delete input[socket]
  }
  return input
}

/** The capability's answer in a `result`, with REST's names, unchecked. */
export function outputIn(name: CapabilityName, result: unknown): unknown {
  if (name !== 'GetOrderBillById' || !isBill(result)) return result
  return mapAddresses(result, (address) => renamed(address, toRest))
}

/** The switches of a web address on a bill. */
const toRest: Names = { showQR: 'showQr', showURL: 'showUrl' }

type Names = Readonly<Record<string, string>>
type Address = Record<string, unknown>
interface Section {
  lines: Array<{ url?: Address }>
}
type Bill = Record<'header' | 'footer', Section>

function renamed(fields: Address, names: Names): Address {
  const result: Address = {}
  for (const [name, value] of Object.entries(fields)) result[names[name] ?? name] = value
  return result
}

function mapAddresses(bill: Bill, map: (address: Address) => Address): Bill {
  const mapped = ({ lines }: Section): Section => ({
    lines: lines.map((line) => (line.url === undefined ? line : { ...line, url: map(line.url) })),
  })
  return { ...bill, header: mapped(bill.header), footer: mapped(bill.footer) }
}

function isBill(result: unknown): result is Bill {
  const { header, footer } = (result ?? {}) as Partial<Bill>
  return [header, footer].every((section) => Array.isArray(section?.lines))
}
