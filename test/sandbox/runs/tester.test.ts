import t, { type Test } from 'tap'
import { registerableNames } from '../../../src/contract/capabilities.ts'
import { scenarios as all } from '../../../src/sandbox/scenarios/index.ts'
import { startSandbox, type Body, type StartedSandbox } from '../support/dojo.ts'
import { ageLocks, startEpos, type InMemoryEpos } from '../support/epos.ts'

/** Those for a WebSocket have a test of their own. */
const scenarios = all.filter(({ transport }) => transport !== 'socket')

interface Flow {
  flowID: string
  flowName: string
  status: string
  startedAt: string
  finishedAt?: string
  steps: Array<{
    name: string
    status: string
    additionalInformation?: string[]
    startedAt: string
    finishedAt?: string
  }>
}

async function register(
  { call }: StartedSandbox,
  { url, username, password }: Pick<InMemoryEpos, 'url' | 'username' | 'password'>,
  names: readonly string[] = registerableNames,
): Promise<void> {
  const { status } = await call('PUT', '/epos/integrations/rest', {
    url,
    auth: { authType: 'basic', basic: { username, password } },
    capabilities: names.map((name) => ({ name, version: 'v1' })),
  })
  if (status !== 200) throw new Error(`The registration was answered with ${status}.`)
}

/** Starts a flow as a partner does, and reads it once it is over. */
async function flow(
  stood: StartedSandbox,
  name: string,
  params?: Record<string, string>,
): Promise<Flow> {
  const { status, body } = await stood.call(
    'POST',
    '/epos-tester-tool/flows',
    { flow: name, ...(params === undefined ? {} : { params }) },
    { version: undefined },
  )
  if (status !== 200) throw new Error(body.detail)
  await stood.sandbox.tester.finished(body as string)
  return (
    await stood.call('GET', `/epos-tester-tool/flows/${body}`, undefined, { version: undefined })
  ).body as Flow
}

async function stand(
  t: Test,
  options: Parameters<typeof startEpos>[0] = {},
  names?: readonly string[],
): Promise<StartedSandbox & { epos: InMemoryEpos }> {
  const epos = await startEpos(options)
  t.teardown(epos.close)
  const stood = await startSandbox(t, { wait: ageLocks(epos) })
  await register(stood, epos, names)
  return { ...stood, epos }
}

t.test('flows are listed with their parameters', async (t) => {
  const { call } = await startSandbox(t)
  const { body } = await call('GET', '/epos-tester-tool/flows')
  t.same(
    body.map(({ name }: { name: string }) => name),
    scenarios.map(({ name }) => name),
  )
  t.match(
    body.find(({ name }: { name: string }) => name === 'Get Order'),
    { params: [{ name: 'orderId', type: 'string', required: true, description: String }] },
  )
})

t.test('every flow succeeds at an EPOS without a fault', async (t) => {
  const stood = await stand(t)
  const orderId = stood.epos.addOrder()
  for (const { name } of scenarios) {
    const result = await flow(stood, name, name === 'Get Order' ? { orderId } : {})
    t.equal(
      result.status,
      'SUCCESS',
      `${name}: ${result.steps.at(-1)?.additionalInformation?.join(' ')}`,
    )
    t.match(result, {
      flowName: `${name} through EPOS Data API`,
      startedAt: /Z$/,
      finishedAt: /Z$/,
    })
    t.ok(
      result.steps.every(
        ({ status, finishedAt }) => status === 'SUCCESS' && finishedAt !== undefined,
      ),
    )
  }
})

t.test('a missing registration is reported first, and nothing is called', async (t) => {
  const stood = await stand(t, {}, ['SearchOrders'])
  const result = await flow(stood, 'Get Order', { orderId: 'testOrderID' })
  t.match(result, {
    flowName: 'Get Order through EPOS Data API',
    status: 'FAILURE',
    steps: [
      {
        name: 'Check whether GetOrder has been registered',
        status: 'FAILURE',
        additionalInformation: [
          'GetOrder method not found',
          'Please register the GetOrder method on an EPOS Data API adapter',
        ],
      },
    ],
  })
  t.equal(result.steps.length, 1)
  t.same(stood.epos.seen, [])
})

t.test('nothing is registered', async (t) => {
  const stood = await startSandbox(t)
  for (const { name, needs } of scenarios) {
    const { status, steps } = await flow(stood, name, name === 'Get Order' ? { orderId: 'x' } : {})
    t.equal(status, 'FAILURE', name)
    if (needs.length > 0) {
      t.match(steps[0]!.additionalInformation, [/method not found/, /Please register/])
    } else {
      t.match(
        steps.flatMap(({ additionalInformation = [] }) => additionalInformation).join(' '),
        /regist/i,
      )
    }
  }
})

t.test(
  'an EPOS that is registered for a WebSocket and not connected is asked to connect',
  async (t) => {
    const stood = await startSandbox(t)
    await stood.call('PUT', '/epos/integrations/ws', {
      capabilities: registerableNames.map((name) => ({ name, version: 'v1' })),
    })
    for (const { name } of scenarios) {
      const { status, steps } = await flow(
        stood,
        name,
        name === 'Get Order' ? { orderId: 'x' } : {},
      )
      t.equal(status, 'FAILURE', name)
      const said = steps
        .flatMap(({ additionalInformation = [] }) => additionalInformation)
        .join(' ')
      t.match(said, /registered over a WebSocket, (and no EPOS is connected|which it opens)/, name)
      t.notMatch(said, /method not found|Please register/, name)
    }
  },
)

t.test('a failed step shows the request, the answer and what to fix', async (t) => {
  const stood = await stand(t)
  const { status, steps } = await flow(stood, 'Get Order', { orderId: 'nobody' })
  t.equal(status, 'FAILURE')
  const failed = steps.at(-1)!
  t.equal(failed.status, 'FAILURE')
  t.match(failed.additionalInformation, [
    'Sent GET /v1/orders/nobody',
    /^Received 404 \{"errorType":"NotFound"/,
    'Expected: GetOrderById succeeds. Got: 404.',
    'Check that the id belongs to this venue.',
  ])
})

t.test('an EPOS that is unreachable, answers nonsense, or rejects the credential', async (t) => {
  const cases = [
    {
      what: 'connection refused',
      mend: /got no answer: connection refused.*Check that the server is running/,
      spoil: async (epos: InMemoryEpos) => {
        await epos.close()
      },
    },
    {
      what: 'a wrong shape',
      mend: /breaks the contract: The field totalAmount/,
      spoil: async (epos: InMemoryEpos) => {
        epos.faults.add('wrong-shape')
      },
    },
  ]
  for (const { what, mend, spoil } of cases) {
    const stood = await stand(t)
    const orderId = stood.epos.addOrder()
    await spoil(stood.epos)
    const { status, steps } = await flow(stood, 'Get Order', { orderId })
    t.equal(status, 'FAILURE', what)
    t.match(steps.at(-1)!.additionalInformation!.join(' '), mend, what)
  }
  const stood = await stand(t)
  await register(stood, { ...stood.epos, password: 'another' })
  t.match(
    (await flow(stood, 'Get Order', { orderId: 'x' })).steps
      .at(-1)!
      .additionalInformation!.join(' '),
    /Check that the server accepts the username and password that are registered/,
  )
  await register(stood, { ...stood.epos, url: `${stood.epos.url}/v1/orders/{orderID}` })
  t.match(
    (await flow(stood, 'Get Order', { orderId: stood.epos.addOrder() })).steps
      .at(-1)!
      .additionalInformation!.join(' '),
    /the registered url is the base to which/,
    'a template where a base is wanted',
  )
})

t.test('an EPOS that does not answer in time', async (t) => {
  const epos = await startEpos({
    onRequest: async () => {
      await new Promise(() => {})
    },
  })
  t.teardown(epos.close)
  const stood = await startSandbox(t, { eposTimeoutMs: 200 })
  await register(stood, epos)
  const { status, steps } = await flow(stood, 'Get Order', { orderId: 'x' })
  t.equal(status, 'TIMED_OUT')
  t.match(steps.at(-1)!.additionalInformation!.join(' '), /no answer in time/)
})

t.test('a running flow is IN_PROGRESS', async (t) => {
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>()
  const epos = await startEpos({
    onRequest: async () => {
      await mayGoOn
    },
  })
  t.teardown(epos.close)
  const stood = await startSandbox(t)
  await register(stood, epos)
  const { body: flowId } = await stood.call('POST', '/epos-tester-tool/flows', {
    flow: 'Get Order',
    params: { orderId: epos.addOrder() },
  })
  const underWay = await stood.call('GET', `/epos-tester-tool/flows/${flowId}`)
  t.match(underWay.body, { status: 'IN_PROGRESS' })
  t.notOk('finishedAt' in underWay.body)
  goOn()
  await stood.sandbox.tester.finished(flowId)
  t.match((await stood.call('GET', `/epos-tester-tool/flows/${flowId}`)).body, {
    status: 'SUCCESS',
    finishedAt: String,
  })
})

const EVENT_FLOWS = scenarios.filter(
  ({ section, name }) => section === 'Events' && name !== 'Handle Event',
)

t.test('event flows pass after the clock was moved', async (t) => {
  const stood = await stand(t)
  await stood.call('POST', '/sandbox/clock', { advanceSeconds: 86_400 })
  for (const { name } of EVENT_FLOWS) {
    const { status, steps } = await flow(stood, name)
    t.equal(status, 'SUCCESS', `${name}: ${steps.at(-1)?.additionalInformation?.join(' ')}`)
  }
})

t.test('an EPOS that asks Dojo during an event flow finds the payment reversed', async (t) => {
  const statuses: unknown[] = []
  const stood: StartedSandbox & { epos: InMemoryEpos } = await stand(t, {
    onRequest: async ({ capability, body }) => {
      const { data, event } = (body ?? {}) as { event?: string; data?: Body }
      if (capability !== 'HandleEvent' || data.paymentStatus !== 'Reversed') return
      t.equal(event, 'payment_intent.status_updated')
      const answer = await stood.call('GET', `/payment-intents/${data.paymentIntentId}`)
      statuses.push(answer.body.status)
    },
  })
  for (const { name } of EVENT_FLOWS) {
    statuses.length = 0
    t.equal((await flow(stood, name)).status, 'SUCCESS', name)
    t.same(new Set(statuses), new Set(['Reversed']), name)
  }
})

t.test('bad requests', async (t) => {
  const stood = await stand(t)
  const cases: Array<[unknown, number, RegExp]> = [
    [{ flow: 'Fly' }, 400, /There is no flow Fly/],
    [{ flow: 'Get Order' }, 400, /needs the parameter orderId/],
    [{ flow: 'Get Order', params: { orderId: 7 } }, 400, /orderId must be a string/],
    [{}, 400, /flow is missing/],
    ['{', 400, /not JSON/],
  ]
  for (const [body, status, detail] of cases) {
    t.match(await stood.call('POST', '/epos-tester-tool/flows', body), { status, body: { detail } })
  }
  const { body: flowId } = await stood.call('POST', '/epos-tester-tool/flows', {
    flow: 'Search Tables',
  })
  t.equal(
    (
      await stood.call('GET', `/epos-tester-tool/flows/${flowId}`, undefined, {
        authorization: 'Basic sk_sandbox_other',
      })
    ).status,
    404,
    "another account's run",
  )
  t.equal(
    (await stood.call('GET', '/epos-tester-tool/flows/d00aa12a-7fb8-46a2-a22d-f4b560298353'))
      .status,
    404,
  )
  await stood.sandbox.tester.finished(flowId)
})
