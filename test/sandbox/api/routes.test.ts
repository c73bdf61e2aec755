// Every operation of the Dojo API as the document describes it: its answers and its refusals.
import fc from 'fast-check'
import t, { type Test } from 'tap'
import {
  dojoOperations,
  type DojoOperation,
  type DojoOperationName,
} from '../../../src/contract/dojo-api.ts'
import api from '../../../src/contract/generated/dojo-api.json' with { type: 'json' }
import { absolute, type JsonSchema } from '../../../src/contract/openapi.ts'
import { compileSchema, describeFault } from '../../../src/contract/validation.ts'
import { limits as contractLimits } from '../../../src/limits.ts'
import { limits } from '../../../src/sandbox/limits.ts'
import { startSandbox, type Answer, type Body, type StartedSandbox } from '../support/dojo.ts'

const VERSION = '2026-02-27'
const gbp = (value: number): object => ({ value, currencyCode: 'GBP' })

// --- asking

interface Asked {
  path?: Record<string, string>
  query?: string
  body?: unknown
}
interface Place {
  ask: (method: string, path: string, body?: unknown) => Promise<Body>
  advance: (seconds: number) => Promise<void>
}

/** In the process, so that bodies of any size arrive whole before the answer. */
async function send(
  { sandbox: { app } }: StartedSandbox,
  key: string,
  { method, path, body }: DojoOperation,
  asked: Asked,
  headers: Record<string, string | undefined> = {},
): Promise<Answer> {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(asked.path?.[name] ?? 'missing'),
  )
  const hasBody = body !== undefined && asked.body !== undefined
  const all = {
    authorization: `Basic ${key}`,
    version: VERSION,
    'software-house-id': 'test',
    idempotencykey: 'walk-1',
    'content-type': hasBody ? 'application/json' : undefined,
    ...headers,
  }
  const response = await app.inject({
    method,
    url: filled + (asked.query ?? ''),
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    ...(hasBody
      ? { payload: typeof asked.body === 'string' ? asked.body : JSON.stringify(asked.body) }
      : {}),
  })
  const isJson = /json/.test(String(response.headers['content-type']))
  return {
    status: response.statusCode,
    body: isJson ? response.json() : response.body,
    headers: new Headers({ 'content-type': String(response.headers['content-type'] ?? '') }),
  }
}

function placeOf({ sandbox, call }: StartedSandbox, key: string): Place {
  return {
    ask: async (method, path, body) => {
      const { status, body: answer } = await call(method, path, body, {
        authorization: `Basic ${key}`,
        idempotencykey: 'place-1',
      })
      if (status >= 300) {
        throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(answer)}`)
      }
      return answer
    },
    advance: async (seconds) => {
      await sandbox.simulation.clock.advance(seconds * 1000)
    },
  }
}

// --- a right request of every operation

const intentBody = {
  amount: gbp(1000),
  reference: 'Order 1',
  config: { payment: { customAmountAllowed: true, tipsAllowed: true } },
}
const created = async ({ ask }: Place, more: object = {}): Promise<string> =>
  (await ask('POST', '/payment-intents', { ...intentBody, ...more })).id
async function paid(place: Place, more: object = {}): Promise<string> {
  const id = await created(place, more)
  await place.ask('POST', `/sandbox/payment-intents/${id}/pay`)
  return id
}
const subscribed = async ({
  ask,
}: Place): Promise<{ id: string; secrets: Array<{ id: string }> }> =>
  await ask('POST', '/webhooks', {
    events: ['payment_intent.send-receipt'],
    url: 'https://127.0.0.1:1/hooks',
  })
async function terminal({ ask }: Place, tidEnding = 'AIP0'): Promise<string> {
  const all = (await ask('GET', '/terminals')) as Array<{ id: string; properties: { tid: string } }>
  return all.find(({ properties }) => properties.tid.endsWith(tidEnding))!.id
}
const sale = async (place: Place, tidEnding?: string): Promise<object> => ({
  terminalId: await terminal(place, tidEnding),
  details: { sessionType: 'Sale', sale: { paymentIntentId: await created(place) } },
})
async function flowRequest({ ask }: Place): Promise<object> {
  const [flow] = (await ask('GET', '/epos-tester-tool/flows')) as Array<{
    name: string
    params: Array<{ name: string }>
  }>
  return {
    flow: flow!.name,
    params: Object.fromEntries(flow!.params.map(({ name }) => [name, 'one'])),
  }
}
const capabilities = [{ name: 'GetOrderById', version: 'v1' }]

const right: Record<DojoOperationName, (place: Place) => Promise<Asked>> = {
  PaymentIntents_CreatePaymentIntent: async () => ({
    body: {
      ...intentBody,
      captureMode: 'Manual',
      tipsAmount: gbp(100),
      cashbackAmount: null,
      serviceChargeAmount: gbp(50),
      description: 'Two coffees',
      billingAddress: { countryCode: 'GB', postcode: null },
      shippingDetails: { name: 'A. Guest', address: null },
      cardHolderNotPresent: null,
      requestSecurity: { ipAddress: '127.0.0.1' },
      itemLines: [
        {
          id: '1',
          quantity: 2,
          name: 'Coffee',
          amountTotal: gbp(1000),
          modifiers: [{ id: 'm', name: 'Oat', quantity: 1, amountPerModifier: gbp(0) }],
        },
      ],
      taxLines: [{ caption: 'VAT', amountTotal: gbp(167) }],
      paymentMethods: ['Card', 'Wallet'],
      actionLink: { url: 'https://example.com/', label: 'Menu', action: null },
      expireAt: '2030-01-01T00:00:00Z',
      autoExpireIn: '7.00:00:00',
      autoExpireAction: 'Release',
      metadata: { waiterId: 'W1' },
      setupIntentId: null,
      orderDetails: { externalId: 'ord-1', id: null, isUpdate: null, availabilityDate: null },
      generateRemoteToken: true,
      isNotOnlineCheckout: true,
    },
  }),
  PaymentIntents_Get: async (place) => ({
    path: { paymentIntentId: await paid(place) },
    query: '?returnCanceled=true',
  }),
  PaymentIntents_Search: async (place) => {
    await paid(place)
    await created(place)
    return {
      body: {
        statuses: ['Created', 'Captured'],
        startDate: '2020-01-01T00:00:00Z',
        endDate: null,
        cursor: { limit: 1, before: null },
      },
    }
  },
  PaymentIntents_GetRefundById: async (place) => ({
    path: {
      refundId: (
        await place.ask('POST', `/payment-intents/${await paid(place)}/refunds`, { amount: 400 })
      ).refundId,
    },
  }),
  PaymentIntents_Delete: async (place) => ({ path: { paymentIntentId: await created(place) } }),
  PaymentIntents_SetCustomAmount: async (place) => ({
    path: { paymentIntentId: await created(place) },
    body: { amount: gbp(1200), itemLines: null, taxLines: [] },
  }),
  PaymentIntents_SetTipsAmount: async (place) => ({
    path: { paymentIntentId: await created(place) },
    body: { tipsAmount: gbp(120) },
  }),
  Captures_Create: async (place) => ({
    path: { paymentIntentId: await paid(place, { captureMode: 'Manual' }) },
    body: { amount: 500, tipsAmount: null },
  }),
  Receipt_Create: async (place) => ({
    path: { paymentIntentId: await paid(place) },
    body: { emails: ['guest@example.com'] },
  }),
  Refunds_Create: async (place) => ({
    path: { paymentIntentId: await paid(place) },
    body: { amount: 400, refundReason: 'Cold', notes: null, previousTransactionId: null },
  }),
  Reversal_Create: async (place) => ({
    path: { paymentIntentId: await paid(place, { captureMode: 'Manual' }) },
  }),
  Webhooks_GetAllWebhooks: async () => ({}),
  Webhooks_GetAlSubscriptions: async (place) => {
    await subscribed(place)
    return {}
  },
  Webhooks_Subscribe: async () => ({
    body: {
      events: ['payment_intent.send-receipt'],
      url: 'https://127.0.0.1:1/hooks',
      description: null,
    },
  }),
  Webhooks_SubscribeUpdate: async (place) => ({
    path: { subscriptionId: (await subscribed(place)).id },
    body: { events: ['payment_intent.created'], url: null },
  }),
  Webhooks_DeleteSubscriptions: async (place) => ({
    path: { subscriptionId: (await subscribed(place)).id },
  }),
  Webhooks_GetSecrets: async (place) => ({
    path: { subscriptionId: (await subscribed(place)).id },
  }),
  Webhooks_GenerateSecret: async (place) => ({
    path: { subscriptionId: (await subscribed(place)).id },
  }),
  Webhooks_ActivateSecret: async (place) => ({ path: await secretPath(place) }),
  Webhooks_DeleteSecret: async (place) => ({ path: await secretPath(place) }),
  Terminals_ListTerminals: async () => ({ query: '?statuses=Available,InUse' }),
  Terminals_GetTerminal: async (place) => ({ path: { terminalId: await terminal(place) } }),
  TerminalSession_Create: async (place) => ({ body: await sale(place) }),
  TerminalSession_Get: async (place) => ({ path: await sessionPath(place) }),
  TerminalSession_Cancel: async (place) => ({ path: await sessionPath(place) }),
  TerminalSession_Signature: async (place) => {
    const path = await sessionPath(place, 'SIP0')
    await place.advance(10)
    return { path, body: { accepted: true } }
  },
  EposEvents_Submit: async () => ({
    body: { eventType: 'OrderUpdated', event: { orderId: 'ord-1' } },
  }),
  EposIntegrations_List: async (place) => {
    await place.ask('PUT', '/epos/integrations/rest', restBody)
    await place.ask('PUT', '/epos/integrations/ws', { capabilities })
    return {}
  },
  EposIntegrations_GetRest: async (place) => {
    await place.ask('PUT', '/epos/integrations/rest', restBody)
    return {}
  },
  EposIntegrations_PutRest: async () => ({ body: restBody }),
  EposIntegrations_GetDojo: async () => ({}),
  EposIntegrations_GetWs: async (place) => {
    await place.ask('PUT', '/epos/integrations/ws', { capabilities })
    return {}
  },
  EposIntegrations_PutWs: async () => ({ body: { capabilities } }),
  Flows_List: async () => ({}),
  Flows_Run: async (place) => ({ body: await flowRequest(place) }),
  Flows_Get: async (place) => ({
    path: { flowId: await place.ask('POST', '/epos-tester-tool/flows', await flowRequest(place)) },
  }),
}

const restBody = {
  url: 'http://127.0.0.1:1/epos',
  capabilities,
  auth: { authType: 'basic', basic: { username: 'dojo', password: 'secret' } },
}
const secretPath = async (place: Place): Promise<Record<string, string>> => {
  const { id } = await subscribed(place)
  const { secrets } = (await place.ask('POST', `/webhooks/${id}/secrets`)) as {
    secrets: Array<{ id: string; isActive: boolean }>
  }
  return { subscriptionId: id, secretId: secrets.find(({ isActive }) => !isActive)!.id }
}
const sessionPath = async (place: Place, tidEnding?: string): Promise<Record<string, string>> => ({
  terminalSessionId: (await place.ask('POST', '/terminal-sessions', await sale(place, tidEnding)))
    .id,
})

// --- judging

type RawResponse = { content?: Record<string, { schema: JsonSchema } | undefined> }
type RawPaths = Record<string, Record<string, { responses: Record<string, RawResponse> }>>
const paths = api.paths as unknown as RawPaths

const responsesOf = ({ path, method }: DojoOperation): Record<string, RawResponse> =>
  paths[path]![method.toLowerCase()]!.responses

/** By the schema that the document has for this status, or the general one where it names none. */
function isProblem(
  t: Test,
  operation: DojoOperation,
  { status, body, headers }: Answer,
  expected: number,
  what: string,
): void {
  const schema = responsesOf(operation)[status]?.content?.['application/problem+json']?.schema ?? {
    $ref: '#/components/schemas/ProblemDetails',
  }
  const check = compileSchema(absolute(schema, 'dojo-api'))
  t.ok(check(body), `${what}: fits its schema`, { faults: describeFault(check.errors), body })
  t.match(
    { status, type: headers.get('content-type'), body },
    {
      status: expected,
      type: /^application\/problem\+json\b/,
      body: { status: expected, title: /./, detail: /./, type: /./ },
    },
    `${what}: ${expected}, and why`,
  )
}

const byName = (name: DojoOperationName): DojoOperation =>
  dojoOperations.find((operation) => operation.name === name)!
const keyOf = (name: string): string => `sk_sandbox_${name}`

t.test('every operation answers as its schema says', async (t) => {
  const started = await startSandbox(t)
  for (const operation of dojoOperations) {
    const key = keyOf(operation.name)
    const answer = await send(
      started,
      key,
      operation,
      await right[operation.name](placeOf(started, key)),
    )
    if (operation.answer === undefined) {
      t.equal(answer.status, 204, `${operation.name} has nothing to say`)
      t.equal(answer.body, '', `${operation.name} says nothing`)
      continue
    }
    const check = compileSchema(operation.answer)
    t.equal(answer.status, 200, operation.name, { body: answer.body })
    t.match(
      answer.headers.get('content-type'),
      /^application\/json\b/,
      `${operation.name}: its type`,
    )
    t.ok(check(answer.body), `${operation.name}: fits its schema`, {
      faults: describeFault(check.errors),
      body: answer.body,
    })
  }
})

t.test('flows that the walk has started come to an end', async (t) => {
  const started = await startSandbox(t)
  const place = placeOf(started, started.key)
  const flowId = await place.ask('POST', '/epos-tester-tool/flows', await flowRequest(place))
  await started.sandbox.tester.finished(flowId)
  t.match(await place.ask('GET', `/epos-tester-tool/flows/${flowId}`), {
    flowID: flowId,
    status: 'FAILURE',
    finishedAt: String,
  })
})

// --- keys

t.test('every operation needs a key', async (t) => {
  const started = await startSandbox(t)
  for (const operation of dojoOperations) {
    const asked = await right[operation.name](placeOf(started, keyOf(operation.name)))
    isProblem(
      t,
      operation,
      await send(started, '', operation, asked, { authorization: undefined }),
      401,
      `${operation.name} without a key`,
    )
    isProblem(
      t,
      operation,
      await send(started, 'sk_prod_test', operation, asked),
      401,
      `${operation.name} with a key of production`,
    )
  }
})

const wrongKeys: Array<[string, string]> = [
  ['nothing at all', ''],
  ['another scheme', 'Bearer sk_sandbox_test'],
  ['no scheme', 'sk_sandbox_test'],
  ['encoded, as Basic usually is', `Basic ${Buffer.from('sk_sandbox_test:').toString('base64')}`],
  ['no letter after the prefix', 'Basic sk_sandbox_'],
  ['another prefix', 'Basic pk_sandbox_test'],
  ['a blank in it', 'Basic sk_sandbox_te st'],
  ['something after it', 'Basic sk_sandbox_test, sk_sandbox_test'],
  ['far too long', `Basic sk_sandbox_${'a'.repeat(5000)}`],
  ['what an attacker tries', "Basic sk_sandbox_'; DROP TABLE accounts"],
]

t.test('a malformed key is refused', async (t) => {
  const started = await startSandbox(t)
  for (const [what, authorization] of wrongKeys) {
    isProblem(
      t,
      byName('Terminals_ListTerminals'),
      await send(started, '', byName('Terminals_ListTerminals'), {}, { authorization }),
      401,
      what,
    )
  }
  t.equal(
    (
      await send(
        started,
        '',
        byName('Terminals_ListTerminals'),
        {},
        { authorization: 'basic sk_sandbox_test' },
      )
    ).status,
    200,
    'the name of a scheme has no case',
  )
})

t.test('an unknown key opens a new account', async (t) => {
  const started = await startSandbox(t)
  const one = placeOf(started, 'sk_sandbox_one')
  const other = placeOf(started, 'sk_sandbox_other')
  await paid(one)
  await subscribed(one)
  await one.ask('PUT', '/epos/integrations/rest', restBody)
  t.strictSame((await other.ask('POST', '/payment-intents/search', {})).data, [])
  t.strictSame(await other.ask('GET', '/webhooks'), [])
  t.strictSame(await other.ask('GET', '/epos/integrations'), {
    restIntegrations: [],
    wsIntegrations: [],
  })
  t.not(await terminal(one), await terminal(other))
})

// --- headers, queries, paths

t.test('a missing required header is refused by name', async (t) => {
  const started = await startSandbox(t)
  for (const operation of dojoOperations) {
    const key = keyOf(operation.name)
    const asked = await right[operation.name](placeOf(started, key))
    for (const header of operation.requiredHeaders) {
      const answer = await send(started, key, operation, asked, {
        [header.toLowerCase()]: undefined,
      })
      isProblem(t, operation, answer, 400, `${operation.name} without ${header}`)
      t.match(answer.body.detail, new RegExp(header), `${operation.name} names ${header}`)
    }
  }
})

t.test('an operation without a version header answers', async (t) => {
  const started = await startSandbox(t)
  for (const operation of dojoOperations.filter(
    ({ requiredHeaders }) => !requiredHeaders.includes('version'),
  )) {
    const key = keyOf(operation.name)
    const answer = await send(
      started,
      key,
      operation,
      await right[operation.name](placeOf(started, key)),
      { version: undefined, 'software-house-id': undefined },
    )
    t.equal(answer.status, 200, operation.name)
  }
})

for (const version of ['', 'v1', '2026', '2026-2-7', '27-02-2026', '2026-02-27T00:00:00Z']) {
  t.test(`the version ${JSON.stringify(version)} is refused, for it is no date`, async (t) => {
    const started = await startSandbox(t)
    isProblem(
      t,
      byName('Webhooks_GetAllWebhooks'),
      await send(started, started.key, byName('Webhooks_GetAllWebhooks'), {}, { version }),
      400,
      version,
    )
  })
}

t.test('an invalid query is refused', async (t) => {
  const started = await startSandbox(t)
  const paymentIntentId = await created(placeOf(started, started.key))
  for (const query of [
    '?returnCanceled=perhaps',
    '?returnCanceled=',
    '?returnCanceled=true&returnCanceled=false',
  ]) {
    isProblem(
      t,
      byName('PaymentIntents_Get'),
      await send(started, started.key, byName('PaymentIntents_Get'), {
        path: { paymentIntentId },
        query,
      }),
      400,
      query,
    )
  }
  for (const query of ['?statuses=Broken', '?statuses=', '?statuses=Available,Broken']) {
    isProblem(
      t,
      byName('Terminals_ListTerminals'),
      await send(started, started.key, byName('Terminals_ListTerminals'), { query }),
      400,
      query,
    )
  }
  t.equal(
    (
      await send(started, started.key, byName('PaymentIntents_Get'), {
        path: { paymentIntentId },
        query: '?more=1',
      })
    ).status,
    200,
    'what it does not know it does not read',
  )
})

t.test('an unknown path is answered with a problem', async (t) => {
  const { call } = await startSandbox(t)
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/payment-intent'],
    ['PUT', '/payment-intents'],
    ['POST', '/payment-intents/pi/unknown'],
    ['GET', '/payment-intents/pi/refunds'],
    ['DELETE', '/epos/integrations/rest'],
    ['POST', '/v1/orders/search'],
    ['GET', '/sandbox/unknown'],
  ] as const) {
    const { status, body, headers } = await call(method, path)
    t.equal(status, 404, `${method} ${path}`)
    t.match(headers.get('content-type'), /^application\/problem\+json\b/)
    t.match(body, { status: 404, title: 'Not found', detail: new RegExp(method) })
  }
})

/** The document gives this one operation no 404. */
const missing = ({ name }: DojoOperation): number =>
  name === 'PaymentIntents_GetRefundById' ? 400 : 404

t.test('unknown ids are not found', async (t) => {
  const started = await startSandbox(t)
  for (const operation of dojoOperations) {
    const key = keyOf(operation.name)
    const asked = await right[operation.name](placeOf(started, key))
    for (const name of operation.pathParameters) {
      isProblem(
        t,
        operation,
        await send(started, key, operation, {
          ...asked,
          path: { ...asked.path, [name]: 'nobody' },
        }),
        missing(operation),
        `${operation.name} of an unknown ${name}`,
      )
    }
  }
})

t.test('ids of another account are not found, and their entities stay as they are', async (t) => {
  const started = await startSandbox(t)
  for (const operation of dojoOperations.filter(
    ({ pathParameters }) => pathParameters.length > 0,
  )) {
    const key = keyOf(operation.name)
    const asked = await right[operation.name](placeOf(started, key))
    isProblem(
      t,
      operation,
      await send(started, 'sk_sandbox_thief', operation, asked),
      missing(operation),
      `${operation.name} from another account`,
    )
    t.ok(
      (await send(started, key, operation, asked)).status < 300,
      `${operation.name} from its own account, afterwards`,
    )
  }
})

t.test('a body cannot name an entity of another account', async (t) => {
  const started = await startSandbox(t)
  const mine = placeOf(started, started.key)
  const theirs = placeOf(started, 'sk_sandbox_other')
  const [terminalId, theirTerminal] = [await terminal(mine), await terminal(theirs)]
  const [paymentIntentId, theirIntent] = [await created(mine), await created(theirs)]
  const theirPaid = await paid(theirs)
  const operation = byName('TerminalSession_Create')
  const bodies = {
    'a sale on their machine': {
      terminalId: theirTerminal,
      details: { sessionType: 'Sale', sale: { paymentIntentId } },
    },
    'a sale of their intent': {
      terminalId,
      details: { sessionType: 'Sale', sale: { paymentIntentId: theirIntent } },
    },
    'a refund of their payment': {
      terminalId,
      details: { sessionType: 'MatchedRefund', matchedRefund: { paymentIntentId: theirPaid } },
    },
  }
  for (const [what, body] of Object.entries(bodies)) {
    isProblem(t, operation, await send(started, started.key, operation, { body }), 404, what)
  }
  isProblem(
    t,
    byName('PaymentIntents_Search'),
    await send(started, started.key, byName('PaymentIntents_Search'), {
      body: { cursor: { after: theirIntent } },
    }),
    400,
    'a page of theirs',
  )
})

t.test('an id in the body or the query does not replace the one in the path', async (t) => {
  const started = await startSandbox(t)
  const place = placeOf(started, started.key)
  const [first, second] = [await paid(place), await paid(place)]
  const { call } = started
  t.equal(
    (
      await call('POST', `/payment-intents/${first}/reversal?paymentIntentId=${second}`, {
        paymentIntentId: second,
      })
    ).status,
    200,
  )
  t.match(await place.ask('GET', `/payment-intents/${first}`), { status: 'Reversed' })
  t.match(await place.ask('GET', `/payment-intents/${second}`), { status: 'Captured' })
})

// --- hostile ids

const hostileIds = [
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  '0',
  '-1',
  '*',
  '%',
  '%00',
  '\0',
  '\n',
  '\r\nset-cookie: a=b',
  '../../secrets',
  '\\..\\..',
  "'; DROP TABLE intents; --",
  '<script>alert(1)</script>',
  '{{7*7}}',
  '\u202Egpj.exe',
  '💳',
  'ａｂｃ',
  ' '.repeat(20),
  'a'.repeat(limits.maxPathParameterCharacters),
]

t.test('hostile ids are refused like any other', async (t) => {
  const started = await startSandbox(t)
  for (const operation of dojoOperations.filter(
    ({ pathParameters }) => pathParameters.length > 0,
  )) {
    const key = keyOf(operation.name)
    const asked = await right[operation.name](placeOf(started, key))
    for (const id of hostileIds) {
      const answer = await send(started, key, operation, {
        ...asked,
        path: { ...asked.path, [operation.pathParameters.at(-1)!]: id },
      })
      const { status, body } = answer
      if (status < 400 || status >= 500 || typeof body !== 'object' || body.status !== status) {
        t.fail(`${operation.name} of ${JSON.stringify(id.slice(0, 40))}`, { status, body })
      }
    }
    t.pass(`${operation.name} refuses them all`)
  }
})

// --- hostile bodies

const withBodies = dojoOperations.filter(({ body }) => body !== undefined)
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

t.test('a body that is not JSON is refused', async (t) => {
  const started = await startSandbox(t)
  for (const operation of withBodies) {
    const key = keyOf(operation.name)
    const asked = await right[operation.name](placeOf(started, key))
    for (const body of [
      '{',
      '{"a":1,}',
      'null,',
      "'{}'",
      '{"a":NaN}',
      '<amount>1</amount>',
      '\u0000',
      '{"a":"\\u0000"}',
      deep(contractLimits.maxJsonDepth + 1),
      '['.repeat(100_000),
    ]) {
      isProblem(
        t,
        operation,
        await send(started, key, operation, { ...asked, body }),
        400,
        `${operation.name} with ${JSON.stringify(body.slice(0, 20))}`,
      )
    }
    isProblem(
      t,
      operation,
      await send(started, key, operation, { ...asked, body: '' }),
      400,
      `${operation.name} with an empty body`,
    )
    isProblem(
      t,
      operation,
      await send(started, key, operation, asked, { 'content-type': 'text/plain' }),
      415,
      `${operation.name} with text`,
    )
    isProblem(
      t,
      operation,
      await send(started, key, operation, {
        ...asked,
        body: JSON.stringify({ a: 'a'.repeat(limits.maxBodyBytes) }),
      }),
      413,
      `${operation.name} with far too much`,
    )
  }
})

t.test(
  'a body that does not fit its schema is refused with 400, and nothing is answered with 500',
  async (t) => {
    const started = await startSandbox(t)
    const wrong = [
      null,
      true,
      -1,
      1.5,
      1e300,
      '',
      'x'.repeat(5000),
      [],
      [null],
      {},
      { value: 1 },
      { value: '1', currencyCode: 'GBP' },
      { value: Number.MAX_SAFE_INTEGER, currencyCode: 'GBP' },
    ]
    for (const operation of withBodies) {
      const key = keyOf(operation.name)
      const asked = await right[operation.name](placeOf(started, key))
      const fits = compileSchema(operation.body!)
      const whole = asked.body as Record<string, unknown>
      const bodies: unknown[] = [
        null,
        [],
        'text',
        5,
        true,
        {},
        [whole],
        JSON.parse('{"__proto__":{"amount":1}}'),
        { ...whole, constructor: { prototype: {} } },
      ]
      for (const field of Object.keys(whole)) {
        const { [field]: _, ...without } = whole
        bodies.push(without, ...wrong.map((value) => ({ ...whole, [field]: value })))
      }
      for (const body of bodies) {
        const answer = await send(started, key, operation, { ...asked, body: JSON.stringify(body) })
        const allowed = fits(body) ? answer.status < 500 : answer.status === 400
        if (!allowed || (answer.status >= 400 && answer.body.status !== answer.status)) {
          t.fail(`${operation.name} with ${JSON.stringify(body).slice(0, 200)}`, {
            fits: fits(body),
            status: answer.status,
            body: answer.body,
          })
        }
      }
      t.pass(`${operation.name}: ${bodies.length} bodies`)
    }
  },
)

t.test('no body at all is answered with 500', async (t) => {
  const started = await startSandbox(t)
  for (const operation of withBodies) {
    const key = keyOf(operation.name)
    const asked = await right[operation.name](placeOf(started, key))
    const whole = asked.body as Record<string, unknown>
    const anyBody = fc.oneof(
      fc.jsonValue(),
      fc.record(
        Object.fromEntries(
          Object.entries(whole).map(([field, value]) => [
            field,
            fc.oneof(fc.constant(value), fc.jsonValue()),
          ]),
        ),
        { requiredKeys: [] },
      ),
    )
    await fc.assert(
      fc.asyncProperty(anyBody, async (body) => {
        const { status } = await send(started, key, operation, {
          ...asked,
          body: JSON.stringify(body),
        })
        return status < 500
      }),
      { numRuns: 20, seed: 20260227 },
    )
    t.pass(operation.name)
  }
})

t.test('an operation without a body ignores one', async (t) => {
  const started = await startSandbox(t)
  const { id } = await subscribed(placeOf(started, started.key))
  for (const body of ['null', '[]', '5', '"text"', '{"subscriptionId":"another"}']) {
    t.match(
      await started.call('POST', `/webhooks/${id}/secrets`, body),
      { status: 200, body: { id } },
      body,
    )
  }
  t.equal(
    (await started.call('DELETE', `/webhooks/${id}`, '{"subscriptionId":"another"}')).status,
    204,
  )
})

t.test(
  'a body that is too large is refused over the wire, and the next request is served',
  async (t) => {
    const { call } = await startSandbox(t)
    const outcome = await call(
      'POST',
      '/payment-intents',
      JSON.stringify({ reference: 'a'.repeat(2 * limits.maxBodyBytes) }),
    ).then(
      ({ status }) => status,
      () => 413,
    )
    t.equal(outcome, 413)
    t.equal((await call('POST', '/payment-intents', intentBody)).status, 200)
  },
)
