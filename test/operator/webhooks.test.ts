// What the command does at Dojo and here, with the stand-in for Dojo on the other side and webhooks
// that really arrive.
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createDojoClient } from '../../src/dojo/client/index.ts'
import { limits } from '../../src/limits.ts'
import type { Fault } from '../../src/sandbox/kit/faults.ts'
import { limits as dojoLimits } from '../../src/sandbox/limits.ts'
import type { DojoDeps } from '../../src/operator/dojo.ts'
import { createLocation, showLocation } from '../../src/operator/locations.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import {
  listSubscriptions,
  rotateSecret,
  subscribe,
  unsubscribe,
} from '../../src/operator/webhooks.ts'
import { startFakeDojo } from '../support/fake-dojo.ts'
import { actionsOf, gbp, newIntent, newOrder, pay, read, statusUpdated } from '../support/orders.ts'
import { startServer, type TestServer, type Venue } from '../support/server.ts'
import { deliver, SECRETS_KEY } from '../support/webhooks.ts'
import { startSandbox, type Body, type StartedSandbox } from '../sandbox/support/dojo.ts'

const CREATED = 'payment_intent.created'
const UPDATED = 'payment_intent.status_updated'
const RECEIPT = 'payment_intent.send-receipt'

/** A venue of a server that listens, and an account of its own at Dojo. */
interface Setting {
  server: TestServer
  venue: Venue
  dojo: StartedSandbox
  /** Where Dojo is to send the venue's webhooks. */
  url: string
  deps: DojoDeps
  /** Called after each call that came back, before its caller goes on. */
  hear: ((name: string) => void | Promise<void>)[]
}

let accounts = 0

async function setUp(server: TestServer, sandbox: StartedSandbox): Promise<Setting> {
  const venue = await server.newVenue('The Red Lion')
  const dojo = accountOf(sandbox, `sk_sandbox_${++accounts}`)
  await setDojoKey(server.store.prisma, venue.locationId, dojo.key, SECRETS_KEY)
  const publicUrl = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`
  const hear: Setting['hear'] = []
  const connect: typeof createDojoClient = (options) => {
    const client = createDojoClient({ ...options, delay: async () => {} })
    return {
      ...client,
      call: async (name, ...given) => {
        const answer = await client.call(name, ...given)
        for (const tell of hear) await tell(name)
        return answer
      },
    }
  }
  const deps = {
    store: server.store,
    config: {
      publicUrl,
      routePrefix: '',
      softwareHouseId: 'house',
      resellerId: undefined,
      dojoApiUrl: dojo.url,
    },
    secretsKey: () => SECRETS_KEY,
    connect,
  }
  return { server, venue, dojo, url: `${publicUrl}/webhooks/dojo/${venue.locationId}`, deps, hear }
}

const accountOf = (sandbox: StartedSandbox, key: string): StartedSandbox => ({
  ...sandbox,
  key,
  call: async (method, path, body, headers) =>
    await sandbox.call(method, path, body, { authorization: `Basic ${key}`, ...headers }),
})

const subscriptionsOf = async ({ dojo }: Setting): Promise<Body[]> =>
  (await dojo.call('GET', '/webhooks')).body
const secretsOf = async (setting: Setting): Promise<Body[]> =>
  (await subscriptionsOf(setting)).flatMap(({ secrets }) => secrets)
/** The secrets that are kept here and were not replaced, by their ids at Dojo. */
const keptOf = async ({ server, venue }: Setting): Promise<string[]> =>
  (
    await server.sql<{ secret_id: string }>(
      'SELECT secret_id FROM webhook_secrets WHERE location_id = $1 AND retired_at IS NULL ORDER BY created_at',
      [venue.locationId],
    )
  ).map(({ secret_id: id }) => id)
const heard = async ({ server, venue }: Setting): Promise<number> =>
  (await server.sql('SELECT 1 FROM dojo_events WHERE location_id = $1', [venue.locationId])).length

const newDojoIntent = async ({ dojo }: Setting): Promise<string> =>
  (
    await dojo.call('POST', '/payment-intents', {
      amount: gbp(1_000),
      reference: 'Order 1',
      captureMode: 'Auto',
    })
  ).body.id
const arrived = async ({ dojo }: Setting): Promise<void> => {
  await dojo.sandbox.simulation.clock.idle()
}

/** Whether the server takes what Dojo sends now. */
async function isHeard(setting: Setting): Promise<boolean> {
  const before = await heard(setting)
  await newDojoIntent(setting)
  await arrived(setting)
  return (await heard(setting)) === before + 1
}

const breakDojo = ({ dojo }: Setting, fault: Fault): void => {
  dojo.sandbox.simulation.faultsOf(dojo.sandbox.simulation.account(dojo.key)).add(fault)
}
const mendDojo = ({ dojo }: Setting): void => {
  dojo.sandbox.simulation.faultsOf(dojo.sandbox.simulation.account(dojo.key)).clear()
}

t.test('webhooks of a venue', async (t) => {
  const server = await startServer(t, { environment: { SECRETS_KEY } })
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const sandbox = await startSandbox(t)
  const { sql } = server
  const subscribed = async (events?: string[]): Promise<Setting> => {
    const setting = await setUp(server, sandbox)
    await subscribe(setting.deps, {
      locationId: setting.venue.locationId,
      events,
      allowInsecure: true,
    })
    return setting
  }

  t.test('a reversal that Dojo tells by webhook opens the bill', async (t) => {
    const setting = await subscribed()
    const { venue, dojo } = setting
    const order = await newOrder(venue, 1_000)
    const paymentIntentId = await newDojoIntent(setting)
    await dojo.call('POST', `/sandbox/payment-intents/${paymentIntentId}/pay`)
    await arrived(setting)
    t.equal((await pay(venue, order.id, 1_000, { paymentIntentId })).status, 200)
    t.match(await read(venue, order.id), { status: 'Finalized', paidAmount: gbp(1_000) })

    await dojo.call('POST', `/sandbox/payment-intents/${paymentIntentId}/reverse`)
    await arrived(setting)
    t.match(await read(venue, order.id), { payable: true, paidAmount: gbp(0), payments: [] })
    t.strictSame(await actionsOf(server, order.id), ['Created', 'PaymentRecorded', 'PaymentVoided'])
    t.equal(await heard(setting), 3, 'created, captured and reversed')
  })

  t.test('subscribe', async (t) => {
    t.test('makes one subscription, and learns what it needs to know of it', async (t) => {
      const setting = await setUp(server, sandbox)
      const {
        deps,
        url,
        venue: { locationId },
      } = setting
      t.equal(await isHeard(setting), false, 'nothing arrives before')
      const done = await subscribe(deps, { locationId, allowInsecure: true })
      const [subscription, ...more] = await subscriptionsOf(setting)
      t.same(more, [])
      t.match(subscription, { url, events: [CREATED, UPDATED] })
      t.same(done, {
        url,
        subscriptionIds: [subscription.id],
        events: [CREATED, UPDATED],
        accountId: subscription.accountId,
        unlisted: [],
      })
      t.equal(
        (await showLocation(server.store.prisma, locationId)).dojoAccountId,
        subscription.accountId,
      )
      t.same(await keptOf(setting), [subscription.secrets[0].id])
      const [{ sealed }] = (await sql<{ sealed: Buffer }>(
        'SELECT sealed FROM webhook_secrets WHERE location_id = $1',
        [locationId],
      )) as [{ sealed: Buffer }]
      t.notOk(sealed.includes(subscription.secrets[0].value), 'it is kept sealed')
      t.equal(await isHeard(setting), true)

      t.same(await subscribe(deps, { locationId, allowInsecure: true }), done, 'once more')
      t.same(await subscriptionsOf(setting), [subscription], 'changes nothing')
      t.equal(await isHeard(setting), true)
    })

    t.test(
      'changes the subscription that is there, with a URL that is written in another way',
      async (t) => {
        const setting = await subscribed([UPDATED])
        const {
          deps,
          venue: { locationId },
        } = setting
        const [before] = await subscriptionsOf(setting)
        const config = { ...deps.config, publicUrl: deps.config.publicUrl!.replace('http', 'HTTP') }
        const done = await subscribe(
          { ...deps, config },
          { locationId, events: [RECEIPT, UPDATED, RECEIPT], allowInsecure: true },
        )
        t.same(
          (await subscriptionsOf(setting)).map(({ id, events }) => ({ id, events })),
          [{ id: before.id, events: [UPDATED, RECEIPT] }],
        )
        t.same(done.events, [UPDATED, RECEIPT])
        await subscribe(deps, { locationId, events: [CREATED], allowInsecure: true })
        t.same(
          (await subscriptionsOf(setting)).map(({ id, events }) => ({ id, events })),
          [{ id: before.id, events: [CREATED] }],
        )
        t.equal(await isHeard(setting), true)
      },
    )

    t.test('several that somebody has made: each event stays where it is', async (t) => {
      const setting = await setUp(server, sandbox)
      const {
        deps,
        dojo,
        url,
        venue: { locationId },
      } = setting
      const ids: string[] = []
      for (const events of [[RECEIPT], [UPDATED]]) {
        ids.push((await dojo.call('POST', '/webhooks', { url, events })).body.id)
      }
      await subscribe(deps, { locationId, allowInsecure: true })
      t.same(
        (await subscriptionsOf(setting)).map(({ id, events }) => ({ id, events })),
        [
          { id: ids[0], events: [CREATED] },
          { id: ids[1], events: [UPDATED] },
        ],
      )
      t.equal((await keptOf(setting)).length, 2)
      t.equal(await isHeard(setting), true)
      await dojo.call('DELETE', `/payment-intents/${await newDojoIntent(setting)}`)
      await arrived(setting)
      t.equal(await heard(setting), 3, 'those of the other as well')
      await subscribe(deps, { locationId, events: [UPDATED], allowInsecure: true })
      t.same(
        (await subscriptionsOf(setting)).map(({ id, events }) => ({ id, events })),
        [{ id: ids[1], events: [UPDATED] }],
        'what has no event left is ended',
      )
      t.equal((await keptOf(setting)).length, 1)
      t.equal((await rotateSecret(deps, locationId)).secretIds.length, 1)
    })

    t.test(
      'learns a secret that was changed at Dojo, and replaces what is no longer there',
      async (t) => {
        const setting = await subscribed()
        const {
          deps,
          dojo,
          venue: { locationId },
        } = setting
        const [
          {
            id,
            secrets: [old],
          },
        ] = await subscriptionsOf(setting)
        const {
          body: {
            secrets: [, fresh],
          },
        } = await dojo.call('POST', `/webhooks/${id}/secrets`)
        await dojo.call('PUT', `/webhooks/${id}/secrets/${fresh.id}/activate`)
        await dojo.call('DELETE', `/webhooks/${id}/secrets/${old.id}`)
        t.equal(await isHeard(setting), false)
        t.match(await listSubscriptions(deps, locationId), [{ isOurs: true, isAccepted: false }])
        await subscribe(deps, { locationId, allowInsecure: true })
        t.same(await keptOf(setting), [fresh.id])
        t.match(await listSubscriptions(deps, locationId), [{ isOurs: true, isAccepted: true }])
        t.equal(await isHeard(setting), true)
      },
    )

    t.test('seals the secrets anew once SECRETS_KEY is another one', async (t) => {
      const setting = await subscribed()
      const {
        deps,
        venue: { locationId },
      } = setting
      const otherKey = 'b7'.repeat(32)
      await setDojoKey(server.store.prisma, locationId, setting.dojo.key, otherKey)
      t.match(await listSubscriptions({ ...deps, secretsKey: () => otherKey }, locationId), [
        { isAccepted: false },
      ])
      await subscribe({ ...deps, secretsKey: () => otherKey }, { locationId, allowInsecure: true })
      t.match(await listSubscriptions({ ...deps, secretsKey: () => otherKey }, locationId), [
        { isAccepted: true },
      ])
    })

    t.test('what breaks off is finished by the same again', async (t) => {
      for (const on of [
        'Webhooks_GetAllWebhooks',
        'Webhooks_GetAlSubscriptions',
        'Webhooks_Subscribe',
        'Webhooks_GetSecrets',
      ]) {
        const setting = await setUp(server, sandbox)
        const {
          deps,
          venue: { locationId },
        } = setting
        breakDojo(setting, { kind: 'api-500', on })
        await t.rejects(
          subscribe(deps, { locationId, allowInsecure: true }),
          { name: 'DojoRefusal', status: 500 },
          on,
        )
        mendDojo(setting)
        setting.hear.push((name) => {
          if (name === on) throw new Error('It was done, and nobody heard of it.')
        })
        await t.rejects(
          subscribe(deps, { locationId, allowInsecure: true }),
          { message: /nobody heard/ },
          on,
        )
        setting.hear.length = 0
        await subscribe(deps, { locationId, allowInsecure: true })
        t.equal((await subscriptionsOf(setting)).length, 1)
        t.equal(await isHeard(setting), true)
      }
    })
  })

  t.test('what is refused before anything is changed', async (t) => {
    const setting = await subscribed([CREATED])
    const {
      deps,
      venue: { locationId },
      dojo,
    } = setting
    const other = 'https://till.example.com/hooks'
    await dojo.call('POST', '/webhooks', { url: other, events: [UPDATED] })
    const { locationId: keyless } = await createLocation(server.store.prisma, {
      name: 'The Plough',
      currency: 'GBP',
    })
    const before = await subscriptionsOf(setting)
    const given = { locationId, allowInsecure: true, events: [CREATED] }
    const withConfig = (config: Partial<DojoDeps['config']>): DojoDeps => ({
      ...deps,
      config: { ...deps.config, ...config },
    })
    const cases: { name: string; run: () => Promise<unknown>; message: RegExp }[] = [
      {
        name: 'an event that Dojo does not list',
        run: () => subscribe(deps, { ...given, events: [CREATED, 'payment_intent.unknown'] }),
        message: /^Dojo has no event payment_intent\.unknown\. It has payment_intent\.created, /,
      },
      {
        name: 'an event by the name of its capability',
        run: () => subscribe(deps, { ...given, events: [`HandleEvent:${CREATED}`] }),
        message: /^Dojo has no event HandleEvent/,
      },
      {
        name: 'no event',
        run: () => subscribe(deps, { ...given, events: [] }),
        message: /^Choose at least one event\.$/,
      },
      {
        name: 'an event of another URL',
        run: () => subscribe(deps, { locationId, allowInsecure: true }),
        message:
          /^Dojo already sends \S+\.status_updated to https:\/\/till\S+ \(subscription ws_\w+\)/,
      },
      {
        name: 'a URL that Dojo cannot reach',
        run: () => subscribe(deps, { locationId, events: [CREATED] }),
        message: /^PUBLIC_URL=http:\/\/127\.0\.0\.1:\d+ is not HTTPS/,
      },
      ...(
        [
          (deps) => subscribe(deps, given),
          (deps) => listSubscriptions(deps, locationId),
          (deps) => rotateSecret(deps, locationId),
          (deps) => unsubscribe(deps, locationId),
        ] as ((deps: DojoDeps) => Promise<unknown>)[]
      ).flatMap((run) => [
        {
          name: 'no URL',
          run: () => run(withConfig({ publicUrl: undefined })),
          message: /^PUBLIC_URL is not set/,
        },
        {
          name: 'no id of the company',
          run: () => run(withConfig({ softwareHouseId: undefined })),
          message: /^SOFTWARE_HOUSE_ID is not set/,
        },
        {
          name: 'another SECRETS_KEY',
          run: () => run({ ...deps, secretsKey: () => 'cc'.repeat(32) }),
          message: /another SECRETS_KEY/,
        },
      ]),
      {
        name: 'an unknown venue',
        run: () => subscribe(deps, { ...given, locationId: 'loc_nobody' }),
        message: /^There is no venue with the id loc_nobody/,
      },
      {
        name: 'a venue without a key',
        run: () => rotateSecret(deps, keyless),
        message: /has no Dojo API key yet/,
      },
    ]
    for (const { name, run, message } of cases) {
      await t.test(name, async (t) => {
        await t.rejects(run(), { message })
        t.same(await subscriptionsOf(setting), before)
      })
    }
    t.equal(await isHeard(setting), true)

    await unsubscribe(deps, locationId)
    await t.rejects(rotateSecret(deps, locationId), {
      message:
        /^Dojo has no subscription for http:.* with: npx epos webhooks subscribe --location loc_/,
    })
    t.same(
      (await subscriptionsOf(setting)).map(({ url }) => url),
      [other],
      'that of another is left alone',
    )
  })

  t.test('of two runs at once, one is refused', async (t) => {
    const setting = await subscribed()
    const {
      deps,
      hear,
      venue: { locationId },
    } = setting
    let other: Promise<unknown> | undefined
    hear.push((name) => {
      if (name === 'Webhooks_GenerateSecret') {
        other ??= unsubscribe({ ...deps, connect: createDojoClient }, locationId).catch(
          (error: unknown) => error,
        )
      }
    })
    hear.push(async () => {
      await other
    })
    await rotateSecret(deps, locationId)
    t.match(await other, {
      message:
        /^Another change of the webhooks of this venue is running\. Wait for it to finish\.$/,
    })
    t.equal((await subscriptionsOf(setting)).length, 1)
  })

  t.test('rotate-secret', async (t) => {
    t.test('loses no webhook, before, between any two of its steps, or after', async (t) => {
      const setting = await subscribed()
      const { deps, hear, venue } = setting
      const [old] = await secretsOf(setting)
      const steps: string[] = []
      const missed: string[] = []
      hear.push(async (name) => {
        steps.push(name)
        if (!(await isHeard(setting))) missed.push(name)
      })
      t.equal(await isHeard(setting), true)
      const { secretIds } = await rotateSecret(deps, venue.locationId)
      t.same(steps, [
        'Webhooks_GetAlSubscriptions',
        'Webhooks_GetSecrets',
        'Webhooks_GenerateSecret',
        'Webhooks_ActivateSecret',
        'Webhooks_DeleteSecret',
      ])
      t.same(missed, [])
      t.equal(await isHeard(setting), true)

      const secrets = await secretsOf(setting)
      t.match(secrets, [{ id: secretIds[0], isActive: true }])
      t.equal(secrets.length, 1)
      t.not(secrets[0].value, old.value)
      t.same(await keptOf(setting), secretIds)

      const late = async (): Promise<number> =>
        (
          await deliver(server, venue, {
            body: statusUpdated(newIntent(), 'Created'),
            secret: old.value,
          })
        ).status
      t.equal(await late(), 200, 'what the old one signed may be late')
      await sql(
        'UPDATE webhook_secrets SET retired_at = retired_at - make_interval(secs => $2) WHERE secret_id = $1',
        [old.id, limits.webhookSecretGraceSeconds],
      )
      t.equal(await late(), 401, 'but not for ever')
      t.equal(await isHeard(setting), true)
    })

    /** There is one secret: it signs, it is accepted, and it is a new one. */
    async function isFinished(t: Test, setting: Setting, before: string): Promise<void> {
      const secrets = await secretsOf(setting)
      t.match(secrets, [{ isActive: true }])
      t.equal(secrets.length, 1, 'Dojo has one')
      t.not(secrets[0].id, before)
      t.same(await keptOf(setting), [secrets[0].id], 'and it is the one that is kept here')
      t.equal(await isHeard(setting), true)
    }

    const steps = [
      'Webhooks_GetAlSubscriptions',
      'Webhooks_GetSecrets',
      'Webhooks_GenerateSecret',
      'Webhooks_ActivateSecret',
      'Webhooks_DeleteSecret',
    ] as const
    for (const step of steps) {
      for (const kind of ['api-500', 'api-401', 'api-cut', 'answer lost'] as const) {
        t.test(`${step} fails: ${kind}`, async (t) => {
          const setting = await subscribed()
          const {
            deps,
            hear,
            venue: { locationId },
          } = setting
          const [{ id: old, value }] = await secretsOf(setting)
          if (kind === 'answer lost') {
            hear.push((name) => {
              if (name === step) throw new Error('It was done, and nobody heard of it.')
            })
          } else breakDojo(setting, { kind, on: step })
          const error: Error = await rotateSecret(deps, locationId).then(
            () => {
              throw new Error('it did not fail')
            },
            (error: Error) => error,
          )
          if (step !== 'Webhooks_GetAlSubscriptions') {
            t.match(
              error.message,
              /^The rotation failed halfway\. Webhooks are still accepted; run it again to /,
            )
          }
          t.notOk(error.message.includes(value))
          t.equal(await isHeard(setting), true, 'what is left works')

          hear.length = 0
          mendDojo(setting)
          await rotateSecret(deps, locationId)
          await isFinished(t, setting, old)
        })
      }
    }

    t.test('a database that fails, at each of its steps', async (t) => {
      const faults = [
        {
          name: 'when the new one is to be kept',
          constraint: (old: string) => `secret_id = '${old}' OR location_id <> `,
        },
        {
          name: 'when the old one is to be replaced',
          constraint: () => 'retired_at IS NULL OR location_id <> ',
        },
      ]
      for (const { name, constraint } of faults) {
        const setting = await subscribed()
        const {
          deps,
          venue: { locationId },
        } = setting
        const [{ id: old }] = await secretsOf(setting)
        await sql(
          `ALTER TABLE webhook_secrets ADD CONSTRAINT broken CHECK (${constraint(old)}'${locationId}')`,
        )
        await t.rejects(
          rotateSecret(deps, locationId),
          { message: /^The rotation failed halfway/ },
          name,
        )
        t.equal(await isHeard(setting), true)
        await sql('ALTER TABLE webhook_secrets DROP CONSTRAINT broken')
        await rotateSecret(deps, locationId)
        await isFinished(t, setting, old)
      }
    })

    t.test('broken off more often than Dojo keeps secrets', async (t) => {
      const setting = await subscribed()
      const {
        deps,
        venue: { locationId },
      } = setting
      const [{ id: old }] = await secretsOf(setting)
      breakDojo(setting, { kind: 'api-500', on: 'Webhooks_ActivateSecret' })
      for (let run = 0; run <= dojoLimits.webhookSecrets; run++) {
        await t.rejects(rotateSecret(deps, locationId), { message: /activate with 500/ })
      }
      mendDojo(setting)
      await rotateSecret(deps, locationId)
      await isFinished(t, setting, old)
    })
  })

  t.test('unsubscribe', async (t) => {
    t.test('ends what Dojo sends, and what is accepted, at once', async (t) => {
      const setting = await subscribed()
      const { deps, venue } = setting
      const [{ id }] = await subscriptionsOf(setting)
      const [{ value }] = await secretsOf(setting)
      t.same(await unsubscribe(deps, venue.locationId), [id])
      t.same(await subscriptionsOf(setting), [])
      t.same(await keptOf(setting), [])
      t.equal(
        (
          await deliver(server, venue, {
            body: statusUpdated(newIntent(), 'Created'),
            secret: value,
          })
        ).status,
        401,
      )
      t.same(await unsubscribe(deps, venue.locationId), [], 'again')
      await subscribe(deps, { locationId: venue.locationId, allowInsecure: true })
      t.equal(await isHeard(setting), true, 'and it can begin anew')
    })

    for (const kind of ['api-500', 'answer lost'] as const) {
      t.test(`fails: ${kind}`, async (t) => {
        const setting = await subscribed()
        const { deps, hear, venue } = setting
        const [{ value }] = await secretsOf(setting)
        if (kind === 'answer lost') {
          hear.push((name) => {
            if (name === 'Webhooks_DeleteSubscriptions') {
              throw new Error('It was done, and nobody heard of it.')
            }
          })
        } else breakDojo(setting, { kind, on: 'Webhooks_DeleteSubscriptions' })
        await t.rejects(unsubscribe(deps, venue.locationId))
        t.equal(
          (
            await deliver(server, venue, {
              body: statusUpdated(newIntent(), 'Created'),
              secret: value,
            })
          ).status,
          200,
          'while Dojo may send',
        )
        hear.length = 0
        mendDojo(setting)
        await unsubscribe(deps, venue.locationId)
        t.same(await subscriptionsOf(setting), [])
        t.equal(
          (
            await deliver(server, venue, {
              body: statusUpdated(newIntent(), 'Created'),
              secret: value,
            })
          ).status,
          401,
        )
      })
    }
  })

  t.test('list', async (t) => {
    const setting = await subscribed([UPDATED])
    const {
      deps,
      dojo,
      url,
      venue: { locationId },
    } = setting
    const {
      body: { id: theirs },
    } = await dojo.call('POST', '/webhooks', {
      url: 'https://till.example.com/hooks',
      events: [CREATED],
    })
    const [{ id: ours }] = await subscriptionsOf(setting)
    t.same(await listSubscriptions(deps, locationId), [
      { subscriptionId: ours, url, events: [UPDATED], isOurs: true, isAccepted: true },
      {
        subscriptionId: theirs,
        url: 'https://till.example.com/hooks',
        events: [CREATED],
        isOurs: false,
        isAccepted: undefined,
      },
    ])
  })

  t.test('a Dojo that shows less than it should', async (t) => {
    const subscription = {
      id: 'ws_1',
      url: 'https://epos.example.com/webhooks/dojo/',
      events: [CREATED],
    }
    const secret = { id: 'sc_1', value: 'value', isActive: true }
    const cases: {
      name: string
      events?: object[]
      subscriptions?: object[]
      secrets?: object[]
      message: RegExp
    }[] = [
      {
        name: 'no events',
        events: [],
        message:
          /^Dojo has none of .* are payment_intent\.created, payment_intent\.status_updated\./,
      },
      {
        name: 'events of other kinds',
        events: [{ model: 'card' }, { model: 'refund', events: ['refund.made'] }],
        message: /It has refund\.made: choose from those with --events\.$/,
      },
      {
        name: 'a subscription without an id',
        subscriptions: [{ ...subscription, id: undefined }],
        message: /^Dojo returned a subscription without id or URL\./,
      },
      {
        name: 'a secret without a value',
        secrets: [{ ...secret, value: undefined }],
        message: /^Dojo returned a secret of the subscription without id or value\./,
      },
      {
        name: 'an empty secret',
        secrets: [{ ...secret, value: '' }],
        message: /without id or value/,
      },
    ]
    for (const {
      name,
      events = [{ model: 'payment_intent', events: [CREATED] }],
      subscriptions = [subscription],
      secrets = [secret],
      message,
    } of cases) {
      const {
        venue: { locationId },
        deps,
      } = await setUp(server, sandbox)
      const fake = await startFakeDojo(t, ({ path }) => ({
        status: 200,
        json:
          path === '/webhooks/events'
            ? events
            : path === '/webhooks'
              ? subscriptions.map((each) => ({ ...each, url: subscription.url + locationId }))
              : { id: 'ws_1', secrets },
      }))
      await t.rejects(
        subscribe(
          {
            ...deps,
            config: { ...deps.config, publicUrl: 'https://epos.example.com', dojoApiUrl: fake.url },
          },
          { locationId },
        ),
        { message },
        name,
      )
      t.same(
        await sql('SELECT 1 FROM webhook_secrets WHERE location_id = $1', [locationId]),
        [],
        'nothing is accepted',
      )
    }

    const {
      venue: { locationId },
      deps,
    } = await setUp(server, sandbox)
    const fake = await startFakeDojo(t, ({ path }) => ({
      status: 200,
      json:
        path === '/webhooks/events'
          ? [{ events: [CREATED] }]
          : path === '/webhooks'
            ? [{ ...subscription, url: subscription.url + locationId, accountId: null }]
            : { secrets: [secret] },
    }))
    const done = await subscribe(
      {
        ...deps,
        config: { ...deps.config, publicUrl: 'https://epos.example.com', dojoApiUrl: fake.url },
      },
      { locationId },
    )
    t.match(
      done,
      { events: [CREATED], unlisted: [UPDATED], accountId: undefined },
      'one event of two, and no account',
    )
    t.equal((await showLocation(server.store.prisma, locationId)).dojoAccountId, undefined)
    t.same(
      fake.asked.map(({ method }) => method),
      ['GET', 'GET', 'GET'],
      'nothing was to be changed',
    )
  })
})
