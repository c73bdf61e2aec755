import type { AddressInfo } from 'node:net'
import t from 'tap'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { gbp } from '../support/orders.ts'
import { checkFailure, databaseNote, hostAndName, runEpos, type Ran } from '../support/scripts.ts'
import { startServer } from '../support/server.ts'
import { SECRETS_KEY } from '../support/webhooks.ts'
import { startSandbox } from '../sandbox/support/dojo.ts'

interface Subscription {
  id: string
  accountId: string
  secrets: { id: string; value: string }[]
}

const EVENTS = ['payment_intent.created', 'payment_intent.status_updated']

t.test('webhooks', async (t) => {
  const server = await startServer(t, { environment: { SECRETS_KEY } })
  const {
    databaseUrl,
    sql,
    store,
    venue: { locationId },
  } = server
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const dojo = await startSandbox(t)
  await setDojoKey(store.prisma, locationId, dojo.key, SECRETS_KEY)
  const publicUrl = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`
  const url = `${publicUrl}/webhooks/dojo/${locationId}`
  const environment = {
    DATABASE_URL: databaseUrl,
    SECRETS_KEY,
    DOJO_API_URL: dojo.url,
    PUBLIC_URL: publicUrl,
    SOFTWARE_HOUSE_ID: 'house',
  }
  const subscriptions = async (): Promise<Subscription[]> =>
    (await dojo.call('GET', '/webhooks')).body
  const secretValues = async (): Promise<string[]> =>
    (await subscriptions()).flatMap(({ secrets }) => secrets.map(({ value }) => value))
  const webhooks = async (subcommand: string, ...args: string[]): Promise<Ran> => {
    const before = await secretValues()
    const ran = await runEpos(['webhooks', subcommand, '--location', locationId, ...args], {
      environment,
    })
    for (const secret of [dojo.key, SECRETS_KEY, ...before, ...(await secretValues())]) {
      t.notOk(`${ran.stdout}${ran.stderr}`.includes(secret), 'no secret is printed')
    }
    return ran
  }
  const heard = async (): Promise<number> => {
    await dojo.call('POST', '/payment-intents', {
      amount: gbp(100),
      reference: 'Order 1',
      captureMode: 'Auto',
    })
    await dojo.sandbox.simulation.clock.idle()
    return (await sql('SELECT 1 FROM dojo_events')).length
  }

  checkFailure(t, await webhooks('subscribe'), {
    code: 1,
    message: /^PUBLIC_URL=http:\/\/127\.0\.0\.1:\d+ is not HTTPS.*--allow-insecure\.$/,
  })

  const hint = `Dojo has no subscription for this account. Create one with: npx epos webhooks subscribe --location ${locationId}`
  t.same(await webhooks('list'), { code: 0, stdout: '', stderr: `${hint} --allow-insecure\n` })
  t.same(
    await runEpos(['webhooks', 'list', '--location', locationId], {
      environment: { ...environment, PUBLIC_URL: 'https://epos.example.com' },
    }),
    { code: 0, stdout: '', stderr: `${hint}\n` },
  )

  const done = await webhooks('subscribe', '--allow-insecure')
  const {
    id,
    accountId,
    secrets: [old],
  } = (await subscriptions())[0]!
  t.same(done, {
    code: 0,
    stdout: `Dojo sends ${EVENTS.join(', ')} for the account ${accountId} to ${url} (${id}).\n${databaseNote(databaseUrl)}`,
    stderr: '',
  })
  t.equal(await heard(), 1)

  const { body: other } = await dojo.call('POST', '/webhooks', {
    url: 'https://till.example.com/',
    events: ['payment_intent.send-receipt'],
  })
  t.same(
    (await webhooks('list')).stdout.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['SUBSCRIPTION', 'URL', 'EVENTS', 'WHOSE'],
      [id, url, EVENTS.join(', '), 'this venue, secret known'],
      [other.id, 'https://till.example.com/', 'payment_intent.send-receipt', 'another URL'],
      [''],
    ],
  )

  const rotated = await webhooks('rotate-secret', '--json')
  t.equal(rotated.code, 0)
  const { secrets } = (await subscriptions())[0]!
  t.same(JSON.parse(rotated.stdout), {
    locationId,
    url,
    secretIds: secrets.map((secret) => secret.id),
    database: hostAndName(databaseUrl),
  })
  t.not(secrets[0]!.id, old!.id)
  t.equal(await heard(), 2)

  await sql('DELETE FROM webhook_secrets')
  t.match(await webhooks('list', '--json'), {
    code: 0,
    stdout: /"isAccepted": false/,
    stderr: /^The secret that Dojo signs with is unknown here.* --allow-insecure\n$/,
  })
  t.match(
    JSON.parse(
      (await webhooks('subscribe', '--events', ` ${EVENTS[0]!} ,`, '--allow-insecure', '--json'))
        .stdout,
    ),
    { locationId, subscriptionIds: [id], events: [EVENTS[0]], accountId, unlisted: [] },
  )
  t.equal(await heard(), 3)

  t.same(await webhooks('unsubscribe'), {
    code: 0,
    stdout: `Dojo sends no more webhooks of ${locationId} to this server (${id}).\n${databaseNote(databaseUrl)}`,
    stderr: '',
  })
  t.same(
    (await subscriptions()).map((subscription) => subscription.id),
    [other.id],
  )
})
