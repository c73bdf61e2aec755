import t from 'tap'
import { capabilityNames, type CapabilityName } from '../../src/contract/capabilities.ts'
import { document, operations, type JsonSchema } from '../../src/contract/document.ts'
import socket from '../../src/contract/generated/epos-data-ws.json' with { type: 'json' }
import { capabilityOf, inputIn, methodOf, outputIn, paramsFor } from '../../src/contract/socket.ts'

const channels = socket.channels as unknown as Record<string, Channel>
type Channel = Record<'subscribe' | 'publish', { message: { payload: JsonSchema } }>
type Fields = Record<string, JsonSchema>

const HEADERS = ['waiterId', 'dojoRequestingProduct', 'deviceId', 'deviceType']
const RENAMED: Partial<Record<CapabilityName, string>> = {
  UpdateParty: 'id',
  UpdateReservation: 'id',
}

const IGNORED = new Set([
  'description',
  'title',
  'example',
  'examples',
  'additionalProperties',
  'anyOf',
])

t.test('the document of the socket has a channel for each capability, and no other', (t) => {
  t.same(Object.keys(channels).sort(), capabilityNames.map(methodOf).sort())
  for (const name of capabilityNames) t.equal(capabilityOf(methodOf(name)), name)
  for (const method of ['SearchOrders', 'SearchOrdersV2', 'toStringV1', 'V1', '']) {
    t.equal(capabilityOf(method), undefined, `${method} is no method`)
  }
  t.end()
})

t.test('both transports have the same shapes', (t) => {
  for (const { name, pathParameters, body, answer } of operations) {
    const { subscribe, publish } = channels[methodOf(name)]!
    const params = fieldsOf(plain(subscribe.message.payload, socket))['params']!
    const { headers, ...input } = fieldsOf(params)
    t.same(Object.keys(fieldsOf(headers!)), HEADERS, `${name}: the headers`)

    const ids = pathParameters.map((id) => [RENAMED[name] ?? id, { type: 'string' }])
    const rest = body === undefined ? {} : plain(body, document)
    t.same(input, { ...fieldsOf(rest), ...Object.fromEntries(ids) }, `${name}: its fields`)
    const required = [...requiredOf(rest), ...ids.map(([id]) => id), 'headers']
    t.same(requiredOf(params).toSorted(), required.toSorted(), `${name}: the required ones`)

    const { result } = fieldsOf(plain(publish.message.payload, socket))
    const expected = answer === undefined ? { type: 'object' } : plain(answer, document)
    t.same(result, name === 'GetOrderBillById' ? withSocketNames(expected) : expected)
  }
  t.end()
})

t.test('an input arrives as it was sent', (t) => {
  for (const { name, pathParameters } of operations) {
    const input = Object.fromEntries(pathParameters.map((id) => [id, `the ${id}`]))
    const params = paramsFor(name, input as never, { waiterId: 'w7' })
    t.same(params['headers'], { waiterId: 'w7' })
    t.same(inputIn(name, params), input, name)
  }
  t.same(paramsFor('UpdateParty', { partyId: 'pty_1' } as never, {}), { id: 'pty_1', headers: {} })
  t.same(inputIn('UpdateParty', { partyId: 'pty_1' }), { partyId: 'pty_1' }, "REST's name too")
  for (const params of [undefined, null, 'text', [1]]) t.equal(inputIn('ListAreas', params), params)
  t.end()
})

t.test("a bill with the socket's names has REST's when it is read", (t) => {
  const bill = (address: object) => ({
    header: { lines: [{ lineType: 'URL', url: address }, { lineType: 'Text' }] },
    order: { id: 'ord_1' },
    footer: { lines: [] },
  })
  const url = 'https://example.com'
  const rest = bill({ url, showQr: true, showUrl: false })
  t.same(outputIn('GetOrderBillById', bill({ url, showQR: true, showURL: false })), rest)
  t.same(outputIn('GetOrderBillById', rest), rest, "REST's names stay")
  t.equal(outputIn('GetOrderBillById', 'no bill'), 'no bill')
  t.end()
})

function fieldsOf(schema: JsonSchema): Fields {
  return (schema['properties'] ?? {}) as Fields
}

function requiredOf(schema: JsonSchema): string[] {
  return (schema['required'] ?? []) as string[]
}

/**
 * A schema with its references written out, its parts put together, and without what only explains
 * or forbids more.
 */
function plain(schema: JsonSchema, home: object): JsonSchema {
  const { $ref, allOf = [], ...own } = schema as { $ref?: string; allOf?: JsonSchema[] }
  if ($ref !== undefined) {
    const [file, path] = $ref.split('#/') as [string, string]
    const target = file.startsWith('./epos-data') || file === 'epos-data' ? document : home
    return plain(
      path.split('/').reduce((node, key) => node[key] as JsonSchema, target as JsonSchema),
      target,
    )
  }
  const result: JsonSchema = {}
  for (const [key, value] of Object.entries(own)) {
    if (IGNORED.has(key)) continue
    result[key] = value
    if (key === 'items') result[key] = plain(value as JsonSchema, home)
    if (key === 'properties') {
      result[key] = Object.fromEntries(
        Object.entries(value as Fields).map(([name, field]) => [name, plain(field, home)]),
      )
    }
  }
  for (const part of allOf.map((part) => plain(part, home))) {
    const properties = { ...fieldsOf(result), ...fieldsOf(part) }
    const required = [...requiredOf(result), ...requiredOf(part)]
    Object.assign(result, part, { properties, required })
  }
  return result
}

/** The schema of a bill with the names that its web addresses have over the socket. */
function withSocketNames(bill: JsonSchema): JsonSchema {
  const renamed = JSON.stringify(bill).replaceAll('"showQr"', '"showQR"')
  return JSON.parse(renamed.replaceAll('"showUrl"', '"showURL"')) as JsonSchema
}
