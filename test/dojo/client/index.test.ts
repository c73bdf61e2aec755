import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import {
  DojoRefusal,
  DojoUnreachable,
  DojoUnreadable,
  type DojoFault,
} from '../../../src/dojo/client/errors.ts'
import {
  createDojoClient,
  type DojoClient,
  type DojoClientOptions,
} from '../../../src/dojo/client/index.ts'
import { limits } from '../../../src/limits.ts'
import { deadUrl, startFakeDojo, type Play } from '../../support/fake-dojo.ts'

const KEY = 'sk_sandbox_c2VjcmV0'
const PASSWORD = 'hunter2hunter2'
const registration = {
  capabilities: [{ name: 'SearchOrders', version: 'v1' }],
  auth: { authType: 'basic' as const, basic: { username: 'dojo-1', password: PASSWORD } },
  url: 'https://epos.example.com',
}
const integration = {
  url: 'https://epos.example.com',
  createdAt: '2026-04-27T10:08:46.421Z',
  auth: { authType: 'basic', basic: { username: 'dojo-1' } },
  capabilities: [{ name: 'SearchOrders', version: 'v1', updatedAt: '2026-04-27T10:08:46.421Z' }],
}

function connect(
  t: Test,
  apiUrl: string,
  more: Partial<DojoClientOptions> = {},
): { client: DojoClient; waitsMs: number[] } {
  const waitsMs: number[] = []
  const client = createDojoClient({
    apiUrl,
    key: KEY,
    softwareHouseId: 'acme',
    delay: async (ms) => {
      waitsMs.push(ms)
    },
    ...more,
  })
  t.teardown(async () => {
    await client.close()
  })
  return { client, waitsMs }
}

/** What the call fails with, which never has a secret in it. */
async function failure(t: Test, call: Promise<unknown>): Promise<DojoFault> {
  const error = await call.then(
    () => {
      throw new Error('the call did not fail')
    },
    (error: DojoFault) => error,
  )
  for (const secret of [KEY, PASSWORD]) {
    t.notOk(`${error.message} ${JSON.stringify(error)}`.includes(secret), 'no secret in the error')
  }
  t.notMatch(error.message, /\n/, 'one line')
  return error
}

/** A whole sentence, or a part of it. */
function isSentence(t: Test, found: string, wanted: RegExp | string): void {
  if (typeof wanted === 'string') t.equal(found, wanted)
  else t.match(found, wanted)
}

t.test('registers', async (t) => {
  const dojo = await startFakeDojo(t, () => ({ status: 200, json: [integration] }))
  const { client } = connect(t, dojo.url, { resellerId: 'acme-resale' })
  t.same(await client.call('EposIntegrations_PutRest', registration, { secrets: [PASSWORD] }), [
    integration,
  ])
  t.same(
    dojo.asked.map(({ method, path }) => `${method} ${path}`),
    ['PUT /epos/integrations/rest'],
  )
  const body = JSON.stringify(registration)
  t.same(JSON.parse(dojo.asked[0]!.body), registration)
  t.same(dojo.asked[0]!.headers, {
    host: new URL(dojo.url).host,
    connection: 'keep-alive',
    authorization: `Basic ${KEY}`,
    version: '2026-02-27',
    'software-house-id': 'acme',
    'reseller-id': 'acme-resale',
    accept: 'application/json',
    'content-type': 'application/json',
    'content-length': String(body.length),
  })
})

t.test('reads the integrations', async (t) => {
  const dojo = await startFakeDojo(t, () => ({
    status: 200,
    json: { restIntegrations: [integration], wsIntegrations: [], soon: 1 },
  }))
  const { client } = connect(t, `${dojo.url}/below`)
  t.same((await client.call('EposIntegrations_List', {})).restIntegrations, [integration])
  t.same(
    dojo.asked.map(({ method, path, body }) => ({ method, path, body })),
    [{ method: 'GET', path: '/below/epos/integrations', body: '' }],
  )
  t.same(
    dojo.asked[0]!.headers,
    {
      host: new URL(dojo.url).host,
      connection: 'keep-alive',
      authorization: `Basic ${KEY}`,
      version: '2026-02-27',
      'software-house-id': 'acme',
      accept: 'application/json',
    },
    'no reseller where there is none, no type where there is no body',
  )
})

t.test('the headers of every answer can be read, those of refusals too', async (t) => {
  const date = 'Fri, 20 Nov 2026 20:00:00 GMT'
  const dojo = await startFakeDojo(t, (_, count) => ({
    status: count === 1 ? 503 : 401,
    json: {},
    headers: { date },
  }))
  const dates: (string | undefined)[] = []
  const { client } = connect(t, dojo.url, {
    onAnswer: (headers) => {
      dates.push(headers.date)
    },
  })
  await failure(t, client.call('EposIntegrations_List', {}))
  t.same(dates, [date, date])
})

const comesBack = [429, 500, 502, 503, 504]

t.test('refusals', async (t) => {
  const cases: {
    name: string
    play: Play
    expected: {
      status: number
      title?: string
      detail?: string
      traceId?: string
      mayBeDone?: boolean
    }
    message: RegExp | string
  }[] = [
    {
      name: 'a key that Dojo does not know',
      play: { status: 401, json: { title: 'Unauthorized', status: 401, traceId: 'trace-1' } },
      expected: { status: 401, title: 'Unauthorized', traceId: 'trace-1' },
      message:
        'Dojo answered PUT /epos/integrations/rest with 401 Unauthorized (trace id trace-1). ' +
        'Dojo rejected the key: replace it with npx epos location set-dojo-key.',
    },
    {
      name: 'a body that Dojo refuses',
      play: { status: 400, json: { title: 'Bad request', detail: 'The name Foo is not known.' } },
      expected: { status: 400, title: 'Bad request', detail: 'The name Foo is not known.' },
      message: /400 Bad request: The name Foo is not known\. Correct what it names/,
    },
    {
      name: 'a conflict, in capitals',
      play: {
        status: 409,
        json: { Title: 'Conflict', Detail: 'Registered\n already.', TraceId: 'trace-2' },
      },
      expected: {
        status: 409,
        title: 'Conflict',
        detail: 'Registered already.',
        traceId: 'trace-2',
      },
      message: /409 Conflict: Registered already \(trace id trace-2\)\./,
    },
    {
      name: 'faults listed by field',
      play: {
        status: 400,
        json: { title: 'Invalid', errors: { url: ['is not HTTPS', 'is too long'] } },
      },
      expected: { status: 400, title: 'Invalid', detail: 'url: is not HTTPS is too long' },
      message: /400 Invalid: url: is not HTTPS is too long\./,
    },
    {
      name: 'secrets said back',
      play: { status: 400, json: { title: 'Invalid', detail: `No: Basic ${KEY} and ${PASSWORD}` } },
      expected: { status: 400, title: 'Invalid', detail: 'No: Basic (hidden) and (hidden)' },
      message: /\(hidden\)/,
    },
    {
      name: 'a detail that is not text',
      play: { status: 403, json: { title: null, detail: { a: 1 } } },
      expected: { status: 403 },
      message: /403 Forbidden\. The key lacks this permission/,
    },
    {
      name: 'a page of HTML',
      play: { status: 404, text: '<html>not here</html>' },
      expected: { status: 404 },
      message: /404 Not Found\. Check that DOJO_API_URL is the Dojo API\./,
    },
    {
      name: 'a redirection, which is not followed',
      play: { status: 302, text: '' },
      expected: { status: 302 },
      message: /302 Found\. Check that DOJO_API_URL/,
    },
    {
      name: 'a choice, which is none of ours',
      play: { status: 300, text: '' },
      expected: { status: 300 },
      message: /300 Multiple Choices\. Check that DOJO_API_URL/,
    },
    {
      name: 'too many calls',
      play: { status: 429, text: '' },
      expected: { status: 429 },
      message: /429 Too Many Requests\. Wait a while/,
    },
    {
      name: 'a fault at Dojo',
      play: { status: 500, json: { title: 'Oops' } },
      expected: { status: 500, title: 'Oops', mayBeDone: true },
      message: /500 Oops\. The fault is at Dojo: try again later\./,
    },
  ]
  for (const { name, play, expected, message } of cases) {
    t.test(name, async (t) => {
      const dojo = await startFakeDojo(t, () => play)
      const { client, waitsMs } = connect(t, dojo.url)
      const error = await failure(
        t,
        client.call('EposIntegrations_PutRest', registration, { secrets: [PASSWORD] }),
      )
      t.type(error, DojoRefusal)
      const { call, status, title, detail, traceId, mayBeDone } = error as DojoRefusal
      t.same(
        { call, status, title, detail, traceId, mayBeDone },
        {
          call: 'PUT /epos/integrations/rest',
          title: undefined,
          detail: undefined,
          traceId: undefined,
          mayBeDone: false,
          ...expected,
        },
      )
      isSentence(t, error.message, message)
      t.equal(error.message, `${error.finding} ${error.advice}`, 'which is in two parts')
      const tries = comesBack.includes(status) ? limits.dojoAttempts : 1
      t.equal(dojo.asked.length, tries, 'an answer is an answer, unless it is to come back later')
      t.equal(waitsMs.length, tries - 1)
    })
  }

  t.test('a long detail is cut', async (t) => {
    const dojo = await startFakeDojo(t, () => ({
      status: 400,
      json: { detail: 'x'.repeat(100_000) },
    }))
    const error = (await failure(
      t,
      connect(t, dojo.url).client.call('EposIntegrations_List', {}),
    )) as DojoRefusal
    t.equal(error.detail, 'x'.repeat(limits.maxLoggedMessageCharacters))
    t.equal(error.call, 'GET /epos/integrations')
  })
})

t.test('answers that make no sense', async (t) => {
  const cases: { name: string; play: Play; message: RegExp | string }[] = [
    {
      name: 'HTML',
      play: { status: 200, text: '<html></html>' },
      message:
        'Dojo answered GET /epos/integrations with 200, but the answer is not JSON. ' +
        'Check that DOJO_API_URL is the Dojo API.',
    },
    { name: 'nothing', play: { status: 200, text: '' }, message: /not JSON/ },
    { name: 'an array', play: { status: 200, json: [] }, message: /does not have the shape/ },
    {
      name: 'a field missing',
      play: { status: 200, json: { wsIntegrations: [] } },
      message: /does not have the shape.*restIntegrations/,
    },
    {
      name: 'a field of another type',
      play: {
        status: 200,
        json: { restIntegrations: [{ ...integration, url: 1 }], wsIntegrations: [] },
      },
      message: /does not have the shape.*restIntegrations\[0\]\.url/,
    },
  ]
  for (const { name, play, message } of cases) {
    t.test(name, async (t) => {
      const dojo = await startFakeDojo(t, () => play)
      const error = await failure(t, connect(t, dojo.url).client.call('EposIntegrations_List', {}))
      t.type(error, DojoUnreadable)
      isSentence(t, error.message, message)
      t.equal(error.mayBeDone, true, 'somebody took the request')
      t.equal(dojo.asked.length, 1)
    })
  }
})

t.test('network failures', async (t) => {
  t.test('tries again until there is an answer', async (t) => {
    const plays: Play[] = ['cut', 'half an answer', { status: 200, json: [integration] }]
    const dojo = await startFakeDojo(t, (_, count) => plays[count - 1]!)
    const { client, waitsMs } = connect(t, dojo.url)
    t.same(await client.call('EposIntegrations_PutRest', registration, { secrets: [PASSWORD] }), [
      integration,
    ])
    t.equal(dojo.asked.length, 3)
    t.same(new Set(dojo.asked.map(({ body }) => body)).size, 1, 'the same each time')
    t.equal(waitsMs.length, 2)
  })

  t.test('a refusal after a failure leaves open what was done', async (t) => {
    const dojo = await startFakeDojo(t, (_, count) =>
      count === 1 ? 'cut' : { status: 409, json: {} },
    )
    const error = await failure(
      t,
      connect(t, dojo.url).client.call('EposIntegrations_PutRest', registration, {
        secrets: [PASSWORD],
      }),
    )
    t.type(error, DojoRefusal)
    t.equal(error.mayBeDone, true)
  })

  const cases: { name: string; play: Play; reason: RegExp }[] = [
    { name: 'cut each time', play: 'cut', reason: /the connection was cut/ },
    { name: 'half an answer each time', play: 'half an answer', reason: /the connection was cut/ },
  ]
  for (const { name, play, reason } of cases) {
    t.test(name, async (t) => {
      const dojo = await startFakeDojo(t, () => play)
      const { client, waitsMs } = connect(t, dojo.url)
      const error = await failure(t, client.call('EposIntegrations_List', {}))
      t.type(error, DojoUnreachable)
      t.equal(dojo.asked.length, limits.dojoAttempts)
      t.equal((error as DojoUnreachable).attempts, limits.dojoAttempts)
      t.equal(error.mayBeDone, true)
      t.match(error.message, reason)
      t.ok(
        error.message.startsWith(
          `Dojo did not answer GET /epos/integrations at ${dojo.url}, tried ${limits.dojoAttempts} times: `,
        ),
      )
      t.equal(waitsMs.length, limits.dojoAttempts - 1)
      for (const [index, ms] of waitsMs.entries()) {
        const longest = limits.dojoBackoffMs * 2 ** index
        t.ok(
          ms >= longest / 2 && ms <= longest,
          `wait ${index + 1} is between half of ${longest} ms and all of it`,
          { ms },
        )
      }
    })
  }

  t.test('silence is a failure too', async (t) => {
    const silences: { play: Play; reason: RegExp }[] = [
      { play: 'silence', reason: /tried 2 times: no answer within the time limit/ },
      { play: 'half an answer, then silence', reason: /tried 2 times: the answer stopped halfway/ },
    ]
    await Promise.all(
      silences.map(async ({ play, reason }) => {
        const dojo = await startFakeDojo(t, () => play)
        const error = await failure(
          t,
          connect(t, dojo.url, { replyTimeoutMs: 10, attempts: 2 }).client.call(
            'EposIntegrations_List',
            {},
          ),
        )
        t.type(error, DojoUnreachable)
        t.equal(dojo.asked.length, 2)
        t.equal(error.mayBeDone, true)
        t.match(error.message, reason)
      }),
    )
  })

  t.test('the waits are random', async (t) => {
    const { client, waitsMs } = connect(t, await deadUrl())
    for (let run = 0; run < 5; run++) await failure(t, client.call('EposIntegrations_List', {}))
    const first = waitsMs.filter((_, index) => index % (limits.dojoAttempts - 1) === 0)
    t.ok(new Set(first).size > 1)
  })

  t.test('connection refused: nothing was done', async (t) => {
    const { client, waitsMs } = connect(t, await deadUrl())
    const error = await failure(
      t,
      client.call('EposIntegrations_PutRest', registration, { secrets: [PASSWORD] }),
    )
    t.type(error, DojoUnreachable)
    t.match(error.message, /the connection was refused/)
    t.equal(error.mayBeDone, false)
    t.equal(waitsMs.length, limits.dojoAttempts - 1)
  })

  t.test('unknown host: nothing was done', async (t) => {
    const error = await failure(
      t,
      connect(t, 'http://nobody.invalid').client.call('EposIntegrations_PutRest', registration, {
        secrets: [PASSWORD],
      }),
    )
    t.type(error, DojoUnreachable)
    t.equal(error.mayBeDone, false)
  })

  t.test('an answer without an end', async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n')
      socket.write('x'.repeat(limits.maxBodyBytes * 2))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.close()
    })
    const error = await failure(
      t,
      connect(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`).client.call(
        'EposIntegrations_List',
        {},
      ),
    )
    t.type(error, DojoUnreachable)
    t.match(error.message, /too large/)
  })
})

t.test('a request that was never sent is not retried', async (t) => {
  const dojo = await startFakeDojo(t, () => ({ status: 200, json: [] }))
  const { client, waitsMs } = connect(t, dojo.url, { softwareHouseId: 'a\nb' })
  await t.rejects(
    client.call('EposIntegrations_PutRest', registration, { secrets: [PASSWORD] }),
    /software-house-id/,
  )
  t.same(waitsMs, [])
  t.same(dojo.asked, [])
})

t.test('only what is safe to repeat is retried', async (t) => {
  const amount = { amount: 500 }
  const intent = { amount: { value: 500, currencyCode: 'GBP' }, reference: 'a' }
  const cases: Array<{
    name: string
    safe: boolean
    call: (client: DojoClient) => Promise<unknown>
    sent: string
  }> = [
    {
      name: 'a read',
      safe: true,
      call: async (client) =>
        await client.call('PaymentIntents_Get', { paymentIntentId: 'pi/1', returnCanceled: true }),
      sent: 'GET /payment-intents/pi%2F1?returnCanceled=true',
    },
    {
      name: 'a search',
      safe: true,
      call: async (client) =>
        await client.call('PaymentIntents_Search', { statuses: ['Captured'] }),
      sent: 'POST /payment-intents/search',
    },
    {
      name: 'a list of several',
      safe: true,
      call: async (client) =>
        await client.call('Terminals_ListTerminals', { statuses: ['Available', 'InUse'] }),
      sent: 'GET /terminals?statuses=Available&statuses=InUse',
    },
    {
      name: 'a refund with a key',
      safe: true,
      call: async (client) =>
        await client.call(
          'Refunds_Create',
          { paymentIntentId: 'pi_1', ...amount },
          { idempotencyKey: 'once' },
        ),
      sent: 'POST /payment-intents/pi_1/refunds',
    },
    {
      name: 'a new intent',
      safe: false,
      call: async (client) => await client.call('PaymentIntents_CreatePaymentIntent', intent),
      sent: 'POST /payment-intents',
    },
    {
      name: 'an event',
      safe: false,
      call: async (client) =>
        await client.call('EposEvents_Submit', {
          eventType: 'OrderUpdated',
          event: { orderId: 'ord_1' },
        }),
      sent: 'POST /epos/events',
    },
    {
      name: 'a deletion',
      safe: false,
      call: async (client) =>
        await client.call('Webhooks_DeleteSubscriptions', { subscriptionId: 'ws_1' }),
      sent: 'DELETE /webhooks/ws_1',
    },
  ]
  for (const { name, safe, call, sent } of cases) {
    for (const play of ['cut', { status: 503, json: {} }] as const) {
      const dojo = await startFakeDojo(t, () => play)
      await failure(t, call(connect(t, dojo.url, { resellerId: 'resale' }).client))
      t.same(
        new Set(dojo.asked.map(({ method, path }) => `${method} ${path}`)),
        new Set([sent]),
        name,
      )
      t.equal(
        dojo.asked.length,
        safe ? limits.dojoAttempts : 1,
        `${name}, ${play === 'cut' ? 'cut' : 'put off'}`,
      )
      const { headers } = dojo.asked[0]!
      t.equal(headers['idempotencykey'], name === 'a refund with a key' ? 'once' : undefined)
      t.equal(headers['reseller-id'], /payment-intents/.test(sent) ? undefined : 'resale')
    }
  }
})

t.test('Retry-After is honoured', async (t) => {
  const cases: Array<{ header: string; waitedMs: RegExp | undefined }> = [
    { header: '3', waitedMs: /^3000$/ },
    { header: new Date(Date.now() + 5_000).toUTCString(), waitedMs: /^[345]\d\d\d(\.\d+)?$/ },
    { header: 'soon', waitedMs: /^\d+/ },
    { header: '3600', waitedMs: undefined },
  ]
  for (const { header, waitedMs } of cases) {
    const dojo = await startFakeDojo(t, (_, count) =>
      count === 1
        ? { status: 429, json: {}, headers: { 'retry-after': header } }
        : { status: 200, json: { restIntegrations: [], wsIntegrations: [] } },
    )
    const { client, waitsMs } = connect(t, dojo.url)
    if (waitedMs === undefined) {
      t.match(
        await failure(t, client.call('EposIntegrations_List', {})),
        { status: 429, retryAfterMs: 3_600_000 },
        'too long to wait for here',
      )
      t.equal(dojo.asked.length, 1)
    } else {
      await client.call('EposIntegrations_List', {})
      t.match(String(waitsMs[0]), waitedMs, header)
    }
  }
})

t.test('what Dojo adds to an answer is let through', async (t) => {
  const intent = {
    id: 'pi_1',
    status: 'Settled',
    captureMode: 'Auto',
    amount: { value: 500, currencyCode: 'GBP', rounded: true },
    somethingNew: [1],
  }
  const dojo = await startFakeDojo(t, () => ({ status: 200, json: intent }))
  t.same(
    await connect(t, dojo.url).client.call('PaymentIntents_Get', { paymentIntentId: 'pi_1' }),
    intent,
  )
  const wrong = await startFakeDojo(t, () => ({
    status: 200,
    json: { ...intent, amount: { value: '5.00', currencyCode: 'GBP' } },
  }))
  t.match(
    await failure(
      t,
      connect(t, wrong.url).client.call('PaymentIntents_Get', { paymentIntentId: 'pi_1' }),
    ),
    { name: 'DojoUnreadable', message: /amount/ },
  )
})

t.test('an answer without a body', async (t) => {
  const dojo = await startFakeDojo(t, () => ({ status: 204, text: '' }))
  t.equal(
    await connect(t, dojo.url).client.call('Receipt_Create', {
      paymentIntentId: 'pi_1',
      emails: ['a@example.com'],
    }),
    undefined,
  )
})

t.test('a proxy is asked where the environment names one', async (t) => {
  const proxied: string[] = []
  const proxy = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (data) => {
      proxied.push(String(data).split('\r\n')[0]!)
      socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n')
    })
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const before = process.env['http_proxy']
  process.env['http_proxy'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  t.teardown(() => {
    if (before === undefined) delete process.env['http_proxy']
    else process.env['http_proxy'] = before
    proxy.close()
  })
  await failure(t, connect(t, 'http://dojo.invalid').client.call('EposIntegrations_List', {}))
  t.match(proxied[0], /dojo\.invalid/)
})
