import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { limits } from '../../src/limits.ts'
import { findCredential, opens } from '../../src/store/venue/credentials.ts'
import { readOrderNames } from '../../src/store/payments/audits.ts'
import { createStore } from '../../src/store/index.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { seedVenue } from '../../scripts/seed-demo.ts'
import {
  createLocation,
  readDojoKey,
  rotateCredential,
  setDojoKey,
  showLocation,
} from '../../src/operator/locations.ts'
import { freshDatabase } from '../support/database.ts'
import { checkFailure, runScript, type Ran } from '../support/scripts.ts'

const SECRETS_KEY = randomBytes(32).toString('hex')

t.test('location', async (t) => {
  const databaseUrl = await freshDatabase(t)
  const pool = createPool({ databaseUrl, poolSize: 2 })
  t.teardown(async () => {
    await pool.end()
  })
  const { prisma, database } = createStore(pool)
  const run = async (
    args: string[],
    input = '',
    environment: Record<string, string> = {},
  ): Promise<Ran> =>
    await runScript('location', args, {
      environment: { DATABASE_URL: databaseUrl, ...environment },
      input,
    })
  const working = async (locationId: string): Promise<string[]> =>
    (await showLocation(prisma, locationId)).credentials
      .filter(({ revokedAt }) => revokedAt === null)
      .map(({ username }) => username)

  t.test('without a venue', async (t) => {
    t.same(await run(['list']), {
      code: 0,
      stdout: '',
      stderr: 'There is no venue yet. Make one with: npm run location -- create\n',
    })
  })

  t.test('create', async (t) => {
    const ran = await run(['create', '--name', 'The Red Lion', '--currency', 'GBP'])
    t.equal(ran.code, 0)
    const [, locationId, username, password] =
      /^location {2}(\S+)\nusername {2}(\S+)\npassword {2}(\S+)\n$/.exec(ran.stdout)!
    const entry = await findCredential(database, username!)
    t.ok(opens(entry, password!), 'the credential is right')
    t.equal(entry!.venue.locationId, locationId)
    t.match(ran.stderr, /not shown again/)

    const other = await run([
      'create',
      '--name',
      'Der Hirsch',
      '--currency',
      'EUR',
      '--timezone',
      'Europe/Berlin',
      '--json',
    ])
    const made = JSON.parse(other.stdout) as {
      locationId: string
      username: string
      password: string
    }
    t.same(Object.keys(made), ['locationId', 'username', 'password'])
    t.equal(other.stderr, '')
    t.ok(opens(await findCredential(database, made.username), made.password))
    t.match(await showLocation(prisma, made.locationId), {
      name: 'Der Hirsch',
      currency: 'EUR',
      timeZone: 'Europe/Berlin',
    })

    const list = await run(['list'])
    t.same(
      list.stdout.trimEnd().split('\n').sort(),
      [`${locationId}  GBP  The Red Lion`, `${made.locationId}  EUR  Der Hirsch`].sort(),
    )
    t.notMatch(list.stdout + list.stderr, password!)
    checkFailure(
      t,
      await run(['create', '--name', 'x', '--currency', 'GBP', '--timezone', 'Mars/Olympus']),
      { code: 1, message: 'Mars/Olympus is not a time zone; use a name such as Europe/London.' },
    )
  })

  t.test('of one venue', async (t) => {
    const { locationId, credential } = await createLocation(prisma, {
      name: 'The White Hart',
      currency: 'GBP',
    })

    t.test('show', async (t) => {
      const { stdout } = await run(['show', '--location', locationId])
      for (const line of [
        /^name +The White Hart$/m,
        /^currency +GBP$/m,
        /^timezone +Europe\/London$/m,
        /^waiter-access +off$/m,
        /^Dojo API key +none$/m,
        new RegExp(`^credential +${credential.username} +made \\S+Z$`, 'm'),
      ]) {
        t.match(stdout, line)
      }
      const shown = await run(['show', '--location', locationId, '--json'])
      t.same(
        JSON.parse(shown.stdout),
        JSON.parse(JSON.stringify(await showLocation(prisma, locationId))),
      )
    })

    t.test('set', async (t) => {
      const { code, stdout } = await run([
        'set',
        '--location',
        locationId,
        '--name',
        'The Black Hart',
        '--waiter-access',
        'on',
        '--one-party-per-table',
        'on',
        '--refuse-overlapping-reservations',
        'off',
      ])
      t.equal(code, 0)
      t.match(await showLocation(prisma, locationId), {
        name: 'The Black Hart',
        timeZone: 'Europe/London',
        waiterAccess: true,
        onePartyPerTable: true,
        refuseOverlappingReservations: false,
      })
      for (const line of [
        /^name +The Black Hart$/m,
        /^waiter-access +on$/m,
        /^one-party-per-table +on$/m,
        /^refuse-overlapping-reservations +off$/m,
      ]) {
        t.match(stdout, line)
      }
      checkFailure(
        t,
        await run(['set', '--location', locationId, '--waiter-access', 'off', '--name', ' ']),
        { code: 1, message: 'The name of a venue is not empty.' },
      )
      t.equal((await showLocation(prisma, locationId)).waiterAccess, true)
    })

    t.test('rotate-credential and revoke-credential', async (t) => {
      const rotated = JSON.parse(
        (await run(['rotate-credential', '--location', locationId, '--json'])).stdout,
      ) as { username: string; password: string }
      t.ok(opens(await findCredential(database, rotated.username), rotated.password))
      t.ok(
        opens(await findCredential(database, credential.username), credential.password),
        'the old one works as well',
      )
      t.same(await run(['revoke-credential', '--location', locationId]), {
        code: 0,
        stdout: `${credential.username} no longer works.\n`,
        stderr: '',
      })
      t.same(await working(locationId), [rotated.username])
      t.same(await run(['revoke-credential', '--location', locationId]), {
        code: 0,
        stdout: '',
        stderr: 'There is nothing to revoke: only the newest credential works.\n',
      })
      await rotateCredential(prisma, locationId)
      t.equal(
        (await run(['revoke-credential', '--location', locationId, '--username', rotated.username]))
          .stdout,
        `${rotated.username} no longer works.\n`,
      )
      t.notOk((await working(locationId)).includes(rotated.username))
      checkFailure(
        t,
        await run(['revoke-credential', '--location', locationId, '--username', 'nobody']),
        { code: 1, message: 'There is no credential with the id nobody in this venue.' },
      )
    })

    t.test('set-bill-template', async (t) => {
      const template = (value: string): object => ({
        header: [],
        footer: [{ lineType: 'Text', text: { value, size: 'Body' } }],
      })
      const stored = async (): Promise<unknown> =>
        (await prisma.location.findUniqueOrThrow({ where: { locationId } })).billTemplate
      const folder = t.testdir({
        'bill.json': JSON.stringify(template('from a file')),
        'broken.json': '{"header":',
      })
      t.equal(
        (
          await run([
            'set-bill-template',
            '--location',
            locationId,
            '--file',
            join(folder, 'bill.json'),
          ])
        ).code,
        0,
      )
      t.same(await stored(), template('from a file'))
      t.equal(
        (
          await run(
            ['set-bill-template', '--location', locationId, '--file', '-'],
            JSON.stringify(template('from a pipe')),
          )
        ).code,
        0,
      )
      t.same(await stored(), template('from a pipe'))
      checkFailure(
        t,
        await run([
          'set-bill-template',
          '--location',
          locationId,
          '--file',
          join(folder, 'none.json'),
        ]),
        { code: 1, message: /none\.json cannot be read: ENOENT/ },
      )
      checkFailure(
        t,
        await run([
          'set-bill-template',
          '--location',
          locationId,
          '--file',
          join(folder, 'broken.json'),
        ]),
        { code: 1, message: /broken\.json is not JSON: / },
      )
      checkFailure(
        t,
        await run(['set-bill-template', '--location', locationId, '--file', '-'], '{"header":[]}'),
        { code: 1, message: 'The field footer is missing.' },
      )
      t.same(await stored(), template('from a pipe'))
    })

    t.test('set-dojo-key', async (t) => {
      const set = async (
        input: string,
        environment: Record<string, string> = { SECRETS_KEY },
      ): Promise<Ran> => await run(['set-dojo-key', '--location', locationId], input, environment)
      checkFailure(t, await set('sk_sandbox_unsealed', {}), {
        code: 1,
        message: /SECRETS_KEY is not set.*openssl rand -hex 32/,
      })
      checkFailure(t, await set('secret\n'), {
        code: 1,
        message: 'A Dojo API key begins with sk_sandbox_ or sk_prod_.',
      })
      t.equal((await showLocation(prisma, locationId)).hasDojoKey, false)
      t.same(
        await set('sk_sandbox_secret\r\n'),
        { code: 0, stdout: `The Dojo API key of ${locationId} is stored.\n`, stderr: '' },
        'the key is not shown',
      )
      t.equal(await readDojoKey(prisma, locationId, SECRETS_KEY), 'sk_sandbox_secret')

      const { locationId: second } = await createLocation(prisma, {
        name: 'The Grey Hart',
        currency: 'GBP',
      })
      const { locationId: unreadable } = await createLocation(prisma, {
        name: 'The Brown Hart',
        currency: 'GBP',
      })
      await setDojoKey(prisma, unreadable, 'sk_sandbox_secret', 'a1'.repeat(32))
      await setDojoKey(prisma, second, 'sk_sandbox_other', SECRETS_KEY)
      t.equal(
        (await set('sk_sandbox_secret')).stderr,
        '',
        'another key is no reason to warn, nor is one that does not open',
      )
      await setDojoKey(prisma, second, 'sk_sandbox_secret', SECRETS_KEY)
      t.same(await set('sk_sandbox_secret'), {
        code: 0,
        stdout: `The Dojo API key of ${locationId} is stored.\n`,
        stderr: `The same Dojo API key is that of ${second} (The Grey Hart). Dojo calls only the venue of a key that was registered last, so that the registration of one cuts off the others: ask Dojo for a key for each venue.\n`,
      })
    })

    t.test('unmatched-payments', async (t) => {
      t.same(await run(['unmatched-payments', '--location', locationId]), {
        code: 0,
        stdout: '',
        stderr: 'There are none.\n',
      })
      const since = new Date('2026-02-27T20:14:05.000Z')
      await prisma.paymentIntent.createMany({
        data: [
          {
            locationId,
            paymentIntentId: 'pi_captured',
            dojoStatus: 'Captured',
            unmatchedAt: since,
            unmatchedReason: 'Dojo captured it, and it names no order.',
          },
          {
            locationId,
            paymentIntentId: 'pi_refunded',
            dojoStatus: 'Refunded',
            dojoStatusAt: since,
          },
        ],
      })
      const before = await run(['unmatched-payments', '--location', locationId])
      t.same(before, {
        code: 0,
        stdout: `pi_captured  an amount that is not known in GBP, Captured, since 2026-02-27T20:14:05.000Z
  for no order
  Dojo captured it, and it names no order.
`,
        stderr: `Give the money back at Dojo, or set right what the reason says; then have it looked at with: npm run location -- check-payment --location ${locationId} --payment-intent PI\n`,
      })
      t.same(
        JSON.parse((await run(['unmatched-payments', '--location', locationId, '--json'])).stdout),
        [
          {
            paymentIntentId: 'pi_captured',
            since: since.toISOString(),
            reason: 'Dojo captured it, and it names no order.',
            status: 'Captured',
            amountMinor: null,
            tipsMinor: null,
            externalId: null,
            orderId: null,
          },
        ],
      )

      const {
        orderIds: [named, has],
      } = await seedVenue(databaseUrl, locationId)
      const name = async (orderId: string): Promise<string> =>
        (await readOrderNames(database, locationId, [orderId])).get(orderId)!
      await prisma.payment.create({
        data: {
          locationId,
          paymentId: 'pay_1',
          orderId: has!,
          paymentIntentId: 'pi_mismatch',
          amountMinor: 1,
          voidedAt: since,
          voidReason: 'a test',
        },
      })
      const later = {
        dojoStatus: 'Captured',
        unmatchedAt: new Date(since.getTime() + 1_000),
        unmatchedReason: 'It does\u001b[31m not fit.',
      }
      await prisma.paymentIntent.createMany({
        data: [
          {
            locationId,
            paymentIntentId: 'pi_gone',
            amountMinor: 5,
            externalId: 'ord_gone',
            ...later,
          },
          {
            locationId,
            paymentIntentId: 'pi_mismatch',
            amountMinor: 1_970,
            tipsMinor: 30,
            ...later,
          },
          {
            locationId,
            paymentIntentId: 'pi_names',
            amountMinor: 1_970,
            tipsMinor: 0,
            externalId: named!,
            ...later,
          },
        ],
      })
      t.equal(
        (await run(['unmatched-payments', '--location', locationId])).stdout.slice(
          before.stdout.length,
        ),
        `pi_gone  0.05 GBP, Captured, since 2026-02-27T20:14:06.000Z
  for the order ord_gone, which is not here
  It does [31m not fit.
pi_mismatch  19.70 GBP, tip 0.30 GBP, Captured, since 2026-02-27T20:14:06.000Z
  for ${await name(has!)} (${has})
  It does [31m not fit.
pi_names  19.70 GBP, Captured, since 2026-02-27T20:14:06.000Z
  for ${await name(named!)} (${named})
  It does [31m not fit.
`,
      )
    })
  })

  t.test('check-payment', async (t) => {
    const { locationId } = await createLocation(prisma, { name: 'The Green Man', currency: 'GBP' })
    const environment = { SECRETS_KEY, SOFTWARE_HOUSE_ID: 'house' }
    const check = async (more: Record<string, string> = {}, at = locationId): Promise<Ran> =>
      await run(['check-payment', '--location', at, '--payment-intent', 'pi_1'], '', {
        ...environment,
        ...more,
      })
    const queued = async (): Promise<unknown[]> =>
      (
        await pool.query(
          'SELECT location_id, kind, entity_id, next_attempt_at <= clock_timestamp() AS due FROM jobs WHERE location_id = $1',
          [locationId],
        )
      ).rows as unknown[]
    checkFailure(t, await check(), {
      code: 1,
      message: `The venue ${locationId} has no Dojo API key yet. Set it with: npm run location -- set-dojo-key --location ${locationId}`,
    })
    checkFailure(t, await check({}, 'loc_nobody'), {
      code: 1,
      message: /^There is no venue with the id loc_nobody/,
    })
    await setDojoKey(prisma, locationId, 'sk_sandbox_green', SECRETS_KEY)
    checkFailure(t, await check({ SOFTWARE_HOUSE_ID: '' }), {
      code: 1,
      message: 'SOFTWARE_HOUSE_ID is not set: Dojo gives every EPOS company one.',
    })
    t.same(await queued(), [])
    t.match(await check(), {
      code: 0,
      stdout:
        /^The server asks Dojo about pi_1 as soon as it runs.*outbox -- list --location loc_\w+\n$/,
      stderr: '',
    })
    t.same(await queued(), [
      { location_id: locationId, kind: 'PaymentCheck', entity_id: 'pi_1', due: true },
    ])
    await prisma.location.update({
      where: { locationId },
      data: { dojoKeyRefusedAt: new Date('2026-02-27T20:14:05.000Z') },
    })
    t.match(await check(), {
      code: 0,
      stderr:
        /^Dojo refused the key of the venue at 2026-02-27T20:14:05\.000Z, so it is asked only 15 minutes after that/,
    })
  })

  t.test('set --dojo-account-id looks at the payments of events that had no effect', async (t) => {
    const { locationId } = await createLocation(prisma, { name: 'The Swan', currency: 'GBP' })
    const set = async (accountId: string): Promise<Ran> =>
      await run(['set', '--location', locationId, '--dojo-account-id', accountId])
    const day = 86_400_000
    const event = (eventId: string, more: object): object => ({
      locationId,
      eventId,
      accountId: 'acc_right',
      eventType: 'payment_intent.status_updated',
      createdAt: new Date(),
      data: {},
      flag: 'foreign-account',
      ...more,
    })
    await prisma.dojoEvent.createMany({
      data: [
        event('evt_1', { paymentIntentId: 'pi_kept' }),
        event('evt_2', { paymentIntentId: 'pi_kept' }),
        event('evt_3', {
          paymentIntentId: 'pi_young',
          receivedAt: new Date(Date.now() - (limits.keptEventsCheckDays - 0.5) * day),
        }),
        event('evt_4', {
          paymentIntentId: 'pi_old',
          receivedAt: new Date(Date.now() - (limits.keptEventsCheckDays + 0.5) * day),
        }),
        event('evt_5', { paymentIntentId: 'pi_others', accountId: 'acc_other' }),
        event('evt_6', { paymentIntentId: 'pi_known', flag: null }),
        event('evt_7', {}),
      ] as never,
    })
    const queued = async (): Promise<string[]> =>
      (await prisma.job.findMany({ where: { locationId, kind: 'PaymentCheck' } }))
        .map(({ entityId }) => entityId)
        .sort()
    t.match(await set('acc_right'), {
      code: 0,
      stdout: /^dojo-account-id +acc_right$/m,
      stderr: '',
    })
    t.same(await queued(), [], 'there is no key to ask with')
    await setDojoKey(prisma, locationId, 'sk_sandbox_swan', SECRETS_KEY)
    t.match(await set('acc_wrong'), { code: 0, stderr: '' })
    t.match(await set('acc_right'), {
      code: 0,
      stdout: /^dojo-account-id +acc_right$/m,
      stderr:
        'Dojo is asked about the 2 payments of which events of acc_right told in the last 7 days without effect.\n',
    })
    t.same(await queued(), ['pi_kept', 'pi_young'])
  })

  t.test('an unknown venue', async (t) => {
    const message = 'There is no venue with the id loc_nobody. See: npm run location -- list'
    for (const subcommand of ['show', 'unmatched-payments']) {
      checkFailure(t, await run([subcommand, '--location', 'loc_nobody']), { code: 1, message })
    }
    checkFailure(
      t,
      await run(['set-dojo-key', '--location', 'loc_nobody'], 'sk_prod_key', { SECRETS_KEY }),
      { code: 1, message },
    )
  })
})
