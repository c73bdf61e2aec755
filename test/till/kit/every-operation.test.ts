// Every operation of the till API: with roles that may not, with nobody's token, with another
// venue's ids, and with whatever else can be sent. None of it is a failure of the server, and
// nothing of another venue is seen or changed.
import fc, { type Arbitrary } from 'fast-check'
import t, { type Test } from 'tap'
import { tillRoles } from '../../../src/domain/venue/till-role.ts'
import { BASE } from '../../../src/till/document.ts'
import type { Operation } from '../../../src/till/kit/operation.ts'
import { operations } from '../../../src/till/operations.ts'
import { brokenRules, strictly } from '../../support/load.ts'
import { newArea, newTables, newWaiter, pay } from '../../support/orders.ts'
import { startServer, type TestServer, type Venue } from '../../support/server.ts'
import { newMirror } from '../../support/till-mirror.ts'
import { isProblem, newMenu, newTill, openOrder, type Till } from '../../support/till.ts'
import { dump, newParty, newReservation } from '../../support/visits.ts'

/** Values that mean something in a venue, by the name of the field or path parameter. */
type Known = Record<string, string[]>

/** @param mark stands in all that a venue has to say */
async function furnish(
  t: Test,
  server: TestServer,
  venue: Venue,
  mark: string,
): Promise<{ till: Till; known: Known }> {
  const till = await newTill(t, server, { role: 'owner', venue, tillName: mark })
  const areaId = await newArea(server, venue, mark)
  const tableIds = await newTables(server, venue, [`${mark} 1`, '2', '3'], areaId)
  await newWaiter(server, venue, '42', { name: mark, tableIds })
  await newMenu(server, venue, [
    { plu: 'M', kind: 'Modifier', name: mark, priceMinor: 35 },
    { plu: 'A', name: mark, priceMinor: 999, parts: ['M'] },
    { plu: 'B', priceMinor: 100 },
  ])
  const party = await newParty(venue, [tableIds[0]!], { name: mark })
  const reservation = await newReservation(venue, [tableIds[1]!], { name: mark })
  const orderIds: string[] = []
  const [lineIds, discountIds, paymentIds]: string[][] = [[], [], []]
  for (let index = 0; index < 3; index++) {
    const { id: orderId } = await openOrder(till, {
      tableId: tableIds[0],
      note: mark,
      partyId: party.id,
    })
    await till.call(
      'POST /orders/{orderId}/lines',
      { orderId },
      {
        lines: [
          { plu: 'A', quantity: 9, modifiers: [{ plu: 'M' }] },
          { plu: 'B', quantity: 50 },
        ],
      },
    )
    await till.call(
      'POST /orders/{orderId}/payments',
      { orderId },
      { tender: 'Cash', amountMinor: 5 },
    )
    await pay(venue, orderId, 50)
    const { body } = await till.call(
      'POST /orders/{orderId}/discounts',
      { orderId },
      { name: mark, amountMinor: 3 },
    )
    orderIds.push(orderId)
    lineIds!.push(...body.lines.map(({ id }: { id: string }) => id))
    discountIds!.push(...body.discounts.map(({ id }: { id: string }) => id))
    paymentIds!.push(...body.payments.map(({ id }: { id: string }) => id))
  }
  return {
    till,
    known: {
      orderId: orderIds,
      fromOrderId: orderIds,
      lineId: lineIds!,
      discountId: discountIds!,
      paymentId: paymentIds!,
      tableId: tableIds,
      tableIds,
      areaId: [areaId],
      areaIds: [areaId],
      waiterId: ['42'],
      plu: ['A', 'B', 'M'],
      parts: ['M'],
      partyId: [party.id],
      reservationId: [reservation.id],
    },
  }
}

// --- requests

const hostile: Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '__proto__',
    'constructor',
    "'; DROP TABLE orders; --",
    '../../v1/orders',
    '%2e%2e%2f',
    '{orderId}',
    '\u202e',
    '🍕'.repeat(200),
    'x'.repeat(600),
    'x'.repeat(3_000),
    'null',
    '-1',
    '1e9',
  ),
)

const anything: Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  hostile,
  fc.constantFrom(null, [], {}, -1, 1.5, 1e308, 2 ** 53, true),
)

interface Schema {
  type?: string
  enum?: unknown[]
  anyOf?: Schema[]
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  const?: unknown
}

/** What the shape allows, by names that the venue knows where it can. */
function allowed(schema: Schema, known: Known, field = ''): Arbitrary<unknown> {
  const { minimum = 0, maximum = 1_000, properties = {}, required = [] } = schema
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.anyOf !== undefined) {
    return fc.oneof(...schema.anyOf.map((each) => allowed(each, known, field)))
  }
  switch (schema.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'number':
      return fc.integer({ min: minimum, max: Math.min(maximum, minimum + 1_000) })
    case 'array':
      return fc.array(allowed(schema.items ?? {}, known, field), {
        minLength: schema.minItems ?? 0,
        maxLength: 3,
      })
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(properties).map(([name, property]) => [
            name,
            allowed(property, known, name),
          ]),
        ),
        { requiredKeys: required },
      )
    case 'string':
      if (schema.format === 'date-time') {
        return fc
          .date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true })
          .map((date) => date.toISOString())
      }
      if (schema.format === 'date') return fc.constantFrom('2026-11-20', '2026-11-21', '2026-02-29')
      return known[field] === undefined
        ? fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/)
        : fc.oneof(
            { weight: 9, arbitrary: fc.constantFrom(...known[field]) },
            { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{1,9}$/) },
          )
    default:
      return anything
  }
}

/** Something that is allowed, with one thing in it that most likely is not. */
const spoilt = (value: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.tuple(value, anything, fc.string()).map(([value, odd, name]) => {
    if (typeof value !== 'object' || value === null) return odd
    const names = Object.keys(value)
    const at = names[name.length % Math.max(1, names.length)] ?? name
    return Array.isArray(value) ? [...(value as unknown[]), odd] : { ...value, [at]: odd }
  })

interface Call {
  path: Record<string, string>
  query: string
  body: unknown
}

function callsOf(operation: Operation, known: Known, wild: boolean): Arbitrary<Call> {
  const text = (field: string): Arbitrary<string> => {
    const names = known[field]
    const ours = names === undefined ? fc.stringMatching(/^[a-z]{1,9}$/) : fc.constantFrom(...names)
    return wild ? fc.oneof({ weight: 3, arbitrary: ours }, { weight: 1, arbitrary: hostile }) : ours
  }
  const path = fc.record(
    Object.fromEntries(
      [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name!, text(name!)]),
    ),
  )
  const queryValue =
    operation.query === undefined ? fc.constant({}) : allowed(operation.query as Schema, known)
  const query = (wild ? fc.oneof(queryValue, spoilt(queryValue)) : queryValue).map((fields) =>
    new URLSearchParams(
      Object.entries(fields as object).map(([name, value]): [string, string] => [
        name,
        typeof value === 'object' ? JSON.stringify(value) : String(value),
      ]),
    ).toString(),
  )
  const bodyValue =
    operation.body === undefined ? fc.constant(undefined) : allowed(operation.body as Schema, known)
  const body =
    wild && operation.body !== undefined
      ? fc.oneof(
          { weight: 3, arbitrary: bodyValue },
          { weight: 2, arbitrary: spoilt(bodyValue) },
          { weight: 1, arbitrary: anything },
        )
      : bodyValue
  return fc.record({ path, query, body })
}

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`
const send = async (till: Till, operation: Operation, { path, query, body }: Call, options = {}) =>
  await till.call(
    query === '' ? nameOf(operation) : `${nameOf(operation)}?${query}`,
    path,
    body === undefined ? undefined : (JSON.stringify(body) ?? 'null'),
    { headers: body === undefined ? {} : { 'content-type': 'application/json' }, ...options },
  )

// --- the tests

t.test('every operation', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const theirs = await furnish(t, server, venue, 'Theirs-alone')
  const mine = await furnish(t, server, await server.newVenue('The White Hart'), 'Mine')

  t.test('answers nobody', async (t) => {
    for (const operation of operations) {
      const url = BASE + operation.path.replaceAll(/\{\w+\}/g, 'x')
      for (const authorization of [
        undefined,
        'Bearer',
        'Bearer till_wrong',
        'Basic eDp5',
        `Basic ${Buffer.from(`${venue.username}:${venue.password}`).toString('base64')}`,
      ]) {
        const response = await server.app.inject({
          method: operation.method,
          url,
          headers: authorization === undefined ? {} : { authorization },
        })
        if (![401, 429].includes(response.statusCode)) {
          t.fail(`${nameOf(operation)} answers ${response.statusCode} to ${authorization}`)
        }
      }
    }
    t.ok(operations.length > 10)
  })

  t.test('takes the roles that may, and no other', async (t) => {
    for (const role of tillRoles) {
      const till = await newTill(t, server, { role })
      for (const operation of operations.filter(({ roles }) => !roles.includes(role))) {
        isProblem(
          t,
          await till.call(
            nameOf(operation),
            { orderId: theirs.known['orderId']![0]! },
            operation.body === undefined ? undefined : {},
          ),
          403,
          'forbidden',
        )
      }
    }
  })

  t.test('shows nothing of what is not there', async (t) => {
    const requestId = '00000000-0000-4000-8000-000000000000'
    const reading = operations.filter(({ method, path }) => method === 'GET' && path.includes('{'))
    for (const operation of reading) {
      const nobody = Object.fromEntries(
        [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name!, requestId]),
      )
      // The only one that has to be asked for something.
      const query = operation.path.endsWith('/split') ? '?by=people' : ''
      const reply = await mine.till.call(nameOf(operation) + query, nobody)
      isProblem(t, reply, 404, 'not-found')
    }
    t.ok(reading.length > 10)
  })

  t.test('sees and changes nothing of another venue', async (t) => {
    const before = await dump(server, venue.locationId)
    const names = { ...mine.known, ...theirs.known }
    for (const operation of operations) {
      await fc.assert(
        fc.asyncProperty(callsOf(operation, names, false), async (call) => {
          const reply = await send(mine.till, operation, call)
          if (reply.text.includes('Theirs-alone')) {
            throw new Error(`${nameOf(operation)} shows another venue's data`)
          }
          const ids = Object.values(call.path).filter(
            (id) =>
              theirs.known['orderId']!.includes(id) ||
              theirs.known['partyId']!.includes(id) ||
              theirs.known['reservationId']!.includes(id),
          )
          if (ids.length > 0 && reply.status < 400) {
            throw new Error(`${nameOf(operation)} answers ${reply.status} for another venue's id`)
          }
        }),
        { numRuns: 6 },
      )
    }
    t.strictSame(await dump(server, venue.locationId), before)
  })

  t.test('whatever is sent is no failure, and no rule of the data breaks', async (t) => {
    const statuses = new Map<number, number>()
    const mirror = await newMirror(t, server, await server.newVenue('The Plough'))
    for (const operation of operations) {
      const till = operation.venues === 'mirrored' ? mirror : mine.till
      await fc.assert(
        fc.asyncProperty(
          callsOf(operation, mine.known, true),
          fc.option(
            fc.oneof(
              fc.constantFrom('"1"', 'W/"2"', '*', 'x', '"99999999999"'),
              fc.nat({ max: 5 }).map((version) => `"${version}"`),
            ),
            { nil: undefined, freq: 3 },
          ),
          async (call, ifMatch) => {
            const reply = await send(
              till,
              operation,
              call,
              ifMatch === undefined ? {} : { ifMatch },
            )
            statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
            if (reply.status >= 500) {
              throw new Error(`${nameOf(operation)} answered ${reply.status}: ${reply.text}`)
            }
          },
        ),
        { numRuns: 40 },
      )
    }
    t.comment(Object.fromEntries(statuses))
    for (const status of [200, 400, 404, 409, 412]) {
      t.ok((statuses.get(status) ?? 0) > 0, `some were answered ${status}`)
    }
    strictly.equal(await brokenRules(sql), [], 'every rule of the data holds')
  })
})
