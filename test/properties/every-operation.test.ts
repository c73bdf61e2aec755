// Every operation of the document with generated requests: what the schemas allow, what they do
// not, and what is not even JSON. Whatever is sent, the answer is the contract's, and never a
// failure of the server.
import { createHash } from 'node:crypto'
import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import type { CapabilityName } from '../../src/contract/capabilities.ts'
import {
  document,
  operations,
  type JsonSchema,
  type Operation,
} from '../../src/contract/document.ts'
import { tolerantReader } from '../../src/contract/tolerance.ts'
import { compileSchema } from '../../src/contract/validation.ts'
import { limits } from '../../src/limits.ts'
import { checkAnswer, checkError } from '../support/contract.ts'
import { cpuMs } from '../support/cpu.ts'
import { strictly } from '../support/load.ts'
import {
  inSeconds,
  lock,
  newArea,
  newIntent,
  newOrder,
  newTables,
  newWaiter,
} from '../support/orders.ts'
import { assertRuns } from '../support/random-runs.ts'
import { basic, onInstance, startServer, type TestServer, type Venue } from '../support/server.ts'
import { newParty, newReservation, partyRequest, reservationRequest } from '../support/visits.ts'

// --- what a venue has, so that some of what is generated names something

interface Fixture {
  venue: Venue
  /** Values that mean something, by the name of the field or path parameter. */
  known: Record<string, string[]>
}

async function furnish(server: TestServer, name: CapabilityName): Promise<Fixture> {
  const venue = onInstance(strictly, server, await server.newVenue(name))
  const areaId = await newArea(server, venue, 'Garden')
  const tableIds = await newTables(server, venue, ['1', '2', '3'], areaId)
  await newWaiter(server, venue, '42', { tableIds })
  // What is deleted or canceled is gone: enough of them that it does not run out at once.
  const times = (some: CapabilityName, least: number): undefined[] =>
    Array.from({ length: name === some ? 60 : least })
  const orders = await Promise.all(
    times('CancelOrderById', 3).map(
      async () =>
        await newOrder(venue, 1_000_000, {
          details: { orderType: 'DineIn', dineIn: { tableId: tableIds[0]! } },
        }),
    ),
  )
  const party = partyRequest(tableIds)
  const reservation = reservationRequest(tableIds)
  const parties = [
    await newParty(venue, tableIds, party),
    ...(await Promise.all(
      times('DeletePartyById', 0).map(async () => await newParty(venue, tableIds)),
    )),
  ]
  const reservations = [
    await newReservation(venue, tableIds, reservation),
    ...(await Promise.all(
      times('DeleteReservationById', 0).map(async () => await newReservation(venue, tableIds)),
    )),
  ]
  if (name === 'ExtendOrderLock' || name === 'DeleteOrderLock') {
    for (const { id } of orders) await lock(venue, id, 'lock-1')
  }
  const { after } = (await venue.call('SearchOrders', { cursor: { limit: 1 } })).body
  const intents = Array.from({ length: 4 }, newIntent)
  return {
    venue,
    known: {
      areaId: [areaId],
      tableId: tableIds,
      tableIds,
      waiterId: ['42'],
      orderId: orders.map(({ id }) => id),
      partyId: parties.map(({ id }) => id),
      reservationId: reservations.map(({ id }) => id),
      dojoOrderId: ['dojo-1', 'dojo-2'],
      dojoPartyId: [party.dojoPartyId],
      dojoReservationId: [reservation.dojoReservationId],
      lockId: ['lock-1', 'lock-2'],
      paymentIntentId: intents,
      paymentIntentIds: intents,
      before: [after!],
      after: [after!],
      event: ['payment_intent.created', 'payment_intent.status_updated'],
      paymentStatus: ['Created', 'Captured', 'Reversed', 'Refunded'],
    },
  }
}

// --- values

/** That does not compress: a key as long as this does not fit into an index. */
const noise = (characters: number): Arbitrary<string> =>
  fc.nat().map((seed) => {
    let text = ''
    for (let block = 0; text.length < characters; block++) {
      text += createHash('sha512').update(`${seed} ${block}`).digest('base64')
    }
    return text.slice(0, characters)
  })

const plainText: Arbitrary<string> = fc.string({ unit: 'grapheme', maxLength: 30 })

const text: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: plainText },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '~',
      '%',
      '__proto__',
      'constructor',
      "'; DROP TABLE orders; --",
      '{table}',
      '\\u0000',
      '\u2028',
      '🍕'.repeat(30),
      '\u202e',
      '\ufeff',
      '￿',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('\0', 'a\0b') },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0xd7fe, max: 0xe001 }), { minLength: 1, maxLength: 4 })
      .map((units) => String.fromCharCode(...units)),
  }, // halves of surrogate pairs
  { weight: 1, arbitrary: fc.oneof(noise(199), noise(3_000), noise(12_000)) },
)

const wholeNumber: Arbitrary<number> = fc.oneof(
  { weight: 2, arbitrary: fc.maxSafeInteger() },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      0,
      -0,
      -1,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 53 - 1,
      2 ** 53,
      2 ** 63,
      -(2 ** 63),
      1e21,
      1e300,
    ),
  },
)

const soon: Arbitrary<string> = fc.integer({ min: 1, max: 7_200 }).map(inSeconds)

const time: Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .date({
        min: new Date('0001-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59.999Z'),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString()),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00+23:59',
      '9999-12-31T23:59:59.999-23:59',
      '2016-12-31T23:59:60Z',
      '2024-02-29T12:00:00.123456789Z',
      '2026-03-29t01:30:00z',
      '2026-03-29 01:30:00Z',
      '2026-03-29T01:30:00+0100',
      '2026-03-29T01:30:00+01',
      '1970-01-01T00:00:00-00:00',
    ),
  },
)

const anyJson: Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' })

// --- values that a schema allows

const componentOf = (reference: string): JsonSchema =>
  (document.components['schemas'] as Record<string, JsonSchema>)[reference.split('/').at(-1)!]!

/**
 * Which values to take of those that a schema allows: what an honest caller sends, or now and then
 * something odd.
 */
interface Manner {
  known: Fixture['known']
  isOdd: boolean
}

const mostly = <T>(honest: Arbitrary<T>, odd: Arbitrary<T>, { isOdd }: Manner): Arbitrary<T> =>
  isOdd ? fc.oneof({ weight: 6, arbitrary: honest }, { weight: 1, arbitrary: odd }) : honest

function allowed(schema: JsonSchema, manner: Manner, field = ''): Arbitrary<unknown> {
  if (schema['$ref'] !== undefined) {
    return allowed(componentOf(String(schema['$ref'])), manner, field)
  }
  if (schema['enum'] !== undefined) return fc.constantFrom(...(schema['enum'] as string[]))
  switch (schema['type']) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return mostly(
        fc.integer({ min: 1, max: field === 'quantity' ? 5 : 100 }),
        wholeNumber.filter((value) => value <= Number(schema['maximum'] ?? Infinity)),
        manner,
      )
    case 'string':
      return allowedText(schema, manner, field)
    case 'array':
      return fc.array(allowed(schema['items'] as JsonSchema, manner, field), {
        minLength: Number(schema['minItems'] ?? 0),
        maxLength: 3,
      })
    case 'object':
      return allowedObject(schema, manner)
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`)
  }
}

function allowedText(schema: JsonSchema, manner: Manner, field: string): Arbitrary<string> {
  if (schema['format'] === 'date-time') return mostly(soon, time, manner)
  const { minLength = 0, maxLength = Infinity } = schema as {
    minLength?: number
    maxLength?: number
  }
  const fits = (value: string): boolean =>
    [...value].length >= minLength && [...value].length <= maxLength
  const names = manner.known[field]
  const honest =
    field === 'currencyCode'
      ? fc.constant('GBP')
      : names === undefined
        ? plainText.filter(fits)
        : fc.oneof(
            { weight: 8, arbitrary: fc.constantFrom(...names) },
            {
              weight: field === 'dojoOrderId' || field.startsWith('payment') ? 8 : 1,
              arbitrary: fc.uuid(),
            },
          )
  return mostly(honest, text.filter(fits), manner)
}

function allowedObject(schema: JsonSchema, manner: Manner): Arbitrary<unknown> {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>
  if (schema['anyOf'] !== undefined && schema['properties'] === undefined) {
    // an event's data
    return fc.oneof(
      { weight: 3, arbitrary: allowed((schema['anyOf'] as JsonSchema[])[0]!, manner) },
      { weight: 1, arbitrary: fc.dictionary(fc.string(), anyJson) },
    )
  }
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, allowed(property, manner, name)]),
  )
  const required = (schema['required'] ?? []) as string[]
  const choices = ((schema['allOf'] ?? []) as { anyOf: { required: string[] }[] }[]).flatMap(
    ({ anyOf }) => anyOf.map(({ required }) => required),
  )
  const withChoice = fc
    .constantFrom(...(choices.length === 0 ? [[]] : choices))
    .chain((choice) => fc.record(fields, { requiredKeys: [...required, ...choice] }))
  const unknown = fc.dictionary(
    fc
      .oneof(
        fc.string({ minLength: 1 }),
        fc.constantFrom('__proto__', 'toString', 'orderId', 'id', '\0'),
      )
      .filter((name) => !(name in properties)),
    anyJson,
    { maxKeys: 2 },
  )
  return mostly(
    withChoice,
    fc.tuple(withChoice, unknown).map(([value, more]) => ({ ...more, ...(value as object) })),
    manner,
  )
}

// --- values that it does not allow, made of those that it does

type Path = (string | number)[]

const pathsOf = (value: unknown, path: Path = []): Path[] =>
  value === null || typeof value !== 'object'
    ? [path]
    : [
        path,
        ...Object.entries(value).flatMap(([key, below]) =>
          pathsOf(below, [...path, Array.isArray(value) ? Number(key) : key]),
        ),
      ]

function changed(
  value: unknown,
  [key, ...rest]: Path,
  change: (value: unknown) => unknown,
): unknown {
  if (key === undefined) return change(value)
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === key ? changed(item, rest, change) : item))
  }
  const entries = Object.entries(value as object).map(
    ([name, below]) => [name, name === key ? changed(below, rest, change) : below] as const,
  )
  return Object.fromEntries(entries.filter(([, below]) => below !== REMOVED))
}

const REMOVED = Symbol('removed')
const nested = (depth: number): unknown =>
  Array.from({ length: depth }).reduce<unknown>((below) => [below], 0)

const spoilt = (body: Arbitrary<unknown>): Arbitrary<unknown> =>
  body.chain((value) =>
    fc
      .tuple(
        fc.constantFrom(...pathsOf(value)),
        fc.oneof(
          {
            weight: 4,
            arbitrary: fc.constantFrom<unknown>(
              REMOVED,
              null,
              true,
              0,
              1.5,
              '',
              'x',
              [],
              {},
              [null],
              '2026-03-06',
              nested(40),
              nested(200),
            ),
          },
          { weight: 1, arbitrary: anyJson },
        ),
      )
      .map(([path, replacement]) =>
        changed(value, path, () =>
          path.length === 0 && replacement === REMOVED ? null : replacement,
        ),
      ),
  )

/** Text that is no JSON, made of one that is. */
const broken = (body: Arbitrary<unknown>): Arbitrary<string> =>
  fc
    .tuple(
      body.map((value) => JSON.stringify(value)),
      fc.nat(),
    )
    .chain(([json, at]) =>
      fc.constantFrom(
        json.slice(0, -1),
        json.slice(0, at % json.length),
        `${json},`,
        `${json}${json}`,
        `\ufeff${json}`,
        json.replaceAll('"', "'"),
        json.replace('{', '{,'),
        `/**/${json}`,
        `{"a":NaN,${json.slice(1)}`,
        `{"a":01,${json.slice(1)}`,
        `{"a":"\u0001",${json.slice(1)}`,
        `{"a":"\\x",${json.slice(1)}`,
        '['.repeat(100_000),
        '{"a":'.repeat(20_000),
        '"',
        '\0',
        '{',
        'undefined',
        ' ',
      ),
    )

// --- requests

interface Generated {
  payload?: string | undefined
  isInvalid?: boolean
  type?: string
}

const headerText = fc.oneof(
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
  fc.constantFrom('42', '', 'x'.repeat(4_000)),
)
const headers = fc.record(
  {
    'waiter-id': headerText,
    'dojo-requesting-product': headerText,
    'device-id': headerText,
    'device-type': headerText,
    traceparent: headerText,
    accept: headerText,
  },
  { requiredKeys: [] },
)

const pathValue = (known: string[]): Arbitrary<{ raw: string }> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...known).map((id) => ({ raw: id })) },
    { weight: 2, arbitrary: text.map((id) => ({ raw: encodeURIComponent(id.toWellFormed()) })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(
          '',
          '.',
          '..',
          '%',
          '%zz',
          '%ff',
          '%c0%80',
          '%00',
          '%2e%2e%2f',
          '*',
          ':orderId',
          'search',
          'a?b=%',
          '#',
          '%F0%9F',
          'a'.repeat(limits.maxPathParameterCharacters + 1),
          'a'.repeat(9_000),
        )
        .map((raw) => ({ raw })),
    },
  )

function isId(raw: string): boolean {
  try {
    return (
      /^[\w%-]+$/.test(raw) &&
      raw !== 'search' &&
      decodeURIComponent(raw).length <= limits.maxPathParameterCharacters
    )
  } catch {
    return false
  }
}

const types = fc.oneof(
  { weight: 20, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'application/json; charset=utf-8',
      'application/JSON',
      'text/plain',
      'application/xml',
      'x',
      '/',
      'application/json, text/plain',
      'multipart/form-data',
    ),
  },
)

const shared = startServer(t, { environment: { DATABASE_POOL_SIZE: '4' } })
const RUNS = { withBody: 150, withoutBody: 60 }

for (const operation of operations) {
  const { name, method, path, pathParameters, body } = operation
  t.test(name, async (t) => {
    const server = await shared
    const { venue, known } = await furnish(server, name)
    const fits = body && compileSchema(body)
    const tolerate = body && tolerantReader(body)
    const isAllowed = (value: unknown): boolean =>
      fits === undefined || fits(tolerate!(value).value)
    const requests = fc.record({
      generated: body === undefined ? withoutBody(method) : withBody(body, known),
      ids: fc.tuple(...pathParameters.map((parameter) => pathValue(known[parameter]!))),
      headers,
      credential: fc.oneof(
        { weight: 30, arbitrary: fc.constant('right') },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            '',
            'Basic',
            'Basic !',
            'Bearer x',
            'Basic AGE6Yg==',
            'Basic YQ==',
            basic(venue.username, 'wrong'),
          ),
        },
      ),
    })
    const seen: Record<string, number> = {}

    await assertRuns(
      t,
      fc.asyncProperty(
        requests,
        async ({ generated: { payload, isInvalid, type }, ids, headers, credential }) => {
          const url = ids.reduce(
            (url, { raw }, index) => url.replace(`{${pathParameters[index]}}`, () => raw),
            path,
          )
          const response = await server.app.inject({
            method,
            url,
            headers: {
              ...headers,
              ...(credential === ''
                ? {}
                : {
                    authorization:
                      credential === 'right' ? basic(venue.username, venue.password) : credential,
                  }),
              ...(type === undefined ? {} : { 'content-type': type }),
            },
            ...(payload === undefined ? {} : { payload }),
          })
          const { statusCode } = response
          seen[statusCode] = (seen[statusCode] ?? 0) + 1
          if (statusCode >= 500) throw new Error(`${statusCode} ${response.payload}`)
          if (statusCode !== 200) checkError(strictly, response)
          // What is no id may lead to another route, or nowhere, before anything else is looked at.
          const isHere = ids.every(({ raw }) => isId(raw))
          // An older guide of Dojo's sends searches to the route of new orders.
          const isPage = name === 'CreateOrder' && response.payload.startsWith('{"data":')
          const answered = isPage ? 'SearchOrders' : name
          if (statusCode === 200 && isHere) checkAnswer(strictly, answered, response)
          if (credential !== 'right') {
            if (isHere && statusCode !== 401 && statusCode !== 429) {
              throw new Error(`without a credential it is answered ${statusCode}`)
            }
            return
          }
          const isRead = type === undefined || /^application\/json(;|$)/i.test(type)
          const isWrong = isInvalid ?? (payload !== undefined && !isAllowed(JSON.parse(payload)))
          if (isHere && isRead && isWrong && !isPage && statusCode !== 400) {
            throw new Error(`it is not what the schema allows, and answered ${statusCode}`)
          }
        },
      ),
      {
        runs: body === undefined ? RUNS.withoutBody : RUNS.withBody,
        missing: () =>
          ['200', ...(body === undefined ? [] : ['400'])].filter((status) => !seen[status]),
      },
    )
  })
}

t.test('long text, in every place where text may stand, holds nobody up', async (t) => {
  const server = await shared
  const long = {
    plain: 'x'.repeat(120_000),
    mixed: 'a.b-1 @"4'.repeat(100_000),
    digits: '4'.repeat(120_000),
  }
  for (const operation of operations.filter(({ body }) => body !== undefined)) {
    const { name, method, path, pathParameters, body } = operation
    const { venue, known } = await furnish(server, name)
    const url = pathParameters.reduce(
      (url, parameter) => url.replace(`{${parameter}}`, known[parameter]![0]!),
      path,
    )
    // The fullest of some: with most of what the schema has.
    const honest = fc
      .sample(allowed(body!, { known, isOdd: false }), { numRuns: 40, seed: 1 })
      .reduce((a, b) => (pathsOf(a).length >= pathsOf(b).length ? a : b))
    const ofText = pathsOf(honest).filter((place) => typeof valueAt(honest, place) === 'string')
    const places = [
      ...new Map(
        ofText.map((place) => [place.filter((key) => typeof key === 'string').join('.'), place]),
      ).values(),
    ] // of several in a list, one
    for (const place of [[], ...places]) {
      // the first: as the name of a field that nobody knows
      for (const [kind, text] of Object.entries(long)) {
        const payload = JSON.stringify(
          place.length === 0
            ? { ...(honest as object), [text]: 1 }
            : changed(honest, place, () => text),
        )
        const startedMs = cpuMs()
        const response = await server.app.inject({
          method,
          url,
          headers: {
            authorization: basic(venue.username, venue.password),
            'content-type': 'application/json',
          },
          payload,
        })
        const tookMs = cpuMs() - startedMs
        strictly.ok(
          response.statusCode < 500,
          `${name} ${place.join('.')} ${kind}: ${response.statusCode}`,
        )
        checkAnswer(strictly, name, response)
        strictly.ok(tookMs < 1_500, `${name} ${place.join('.')} ${kind}: ${Math.round(tookMs)} ms`)
      }
    }
    t.ok(places.length > 0, `${name}: ${places.length} places`)
  }

  for (const text of ['x'.repeat(15_000), '4'.repeat(15_000), 'a@'.repeat(7_500)]) {
    const startedMs = cpuMs()
    const responses = await Promise.all([
      server.app.inject({ url: `/${text}` }),
      server.app.inject({ url: '/v1/areas', headers: { authorization: text } }),
      ...['waiter-id', 'dojo-requesting-product', 'device-id', 'device-type'].map(
        async (header) =>
          await server.app.inject({
            url: '/v1/areas',
            headers: {
              authorization: basic(server.venue.username, server.venue.password),
              [header]: text,
            },
          }),
      ),
    ])
    const tookMs = cpuMs() - startedMs
    t.strictSame(
      responses.map(({ statusCode }) => statusCode),
      [404, 401, 200, 200, 200, 200],
    )
    // Strangers may send these, as many as they like.
    t.ok(tookMs < 500, `${Math.round(tookMs)} ms for six requests`)
  }
})

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], value)

function withBody(schema: JsonSchema, known: Fixture['known']): Arbitrary<Generated> {
  const honest = allowed(schema, { known, isOdd: false })
  const odd = allowed(schema, { known, isOdd: true })
  const json = (value: Arbitrary<unknown>) =>
    value.map((value) => ({ payload: JSON.stringify(value) }))
  return fc
    .tuple(
      fc.oneof(
        { weight: 4, arbitrary: json(honest) },
        { weight: 5, arbitrary: json(odd) },
        { weight: 4, arbitrary: json(spoilt(honest)) },
        { weight: 1, arbitrary: broken(honest).map((payload) => ({ payload, isInvalid: true })) },
        { weight: 1, arbitrary: json(anyJson) },
      ),
      types,
    )
    .map(([generated, type]) => ({ ...generated, type }))
}

/** A body where none is asked for is read only to be refused as no JSON. */
function withoutBody(method: Operation['method']): Arbitrary<Generated> {
  return method === 'GET'
    ? fc.constant({})
    : fc.oneof(
        { weight: 4, arbitrary: fc.constant({}) },
        {
          weight: 1,
          arbitrary: anyJson.map((value) => ({
            payload: JSON.stringify(value),
            type: 'application/json',
          })),
        },
        {
          weight: 1,
          arbitrary: fc.constant({ payload: '{', type: 'application/json', isInvalid: true }),
        },
      )
}
