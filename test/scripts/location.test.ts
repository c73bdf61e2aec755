import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { limits } from '../../src/limits.ts'
import { findCredential, opens } from '../../src/store/venue/credentials.ts'
import { createStore } from '../../src/store/index.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { createLocation, showLocation } from '../../src/operator/locations.ts'
import { readDojoKey, setDojoKey } from '../../src/operator/dojo-keys.ts'
import { rotateCredential } from '../../src/operator/credentials.ts'
import { freshDatabase } from '../support/database.ts'
import { checkFailure, databaseNote, hostAndName, runEpos, type Ran } from '../support/scripts.ts'

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
    await runEpos(['location', ...args], {
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
      stderr: 'There is no venue yet. Create one with: npx epos location create\n',
    })
  })

  t.test('create', async (t) => {
    const ran = await run(['create', '--name', 'The Red Lion', '--currency', 'GBP'])
    t.equal(ran.code, 0)
    const [, locationId, username, password] = new RegExp(
      `^location {2}(\\S+)\\nusername {2}(\\S+)\\npassword {2}(\\S+)\\n${databaseNote(databaseUrl)}$`,
    ).exec(ran.stdout)!
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
      database: string
    }
    t.same(Object.keys(made), ['locationId', 'username', 'password', 'database'])
    t.equal(made.database, hostAndName(databaseUrl))
    t.equal(other.stderr, '')
    t.ok(opens(await findCredential(database, made.username), made.password))
    t.match(await showLocation(prisma, made.locationId), {
      name: 'Der Hirsch',
      currency: 'EUR',
      timeZone: 'Europe/Berlin',
    })

    const list = await run(['list'])
    const [header, ...rows] = list.stdout.trimEnd().split('\n')
    t.match(header, /^LOCATION +CURRENCY +TIMEZONE +NAME$/)
    t.same(
      rows.map((row) => row.split(/ {2,}/)).sort(),
      [
        [locationId, 'GBP', 'Europe/London', 'The Red Lion'],
        [made.locationId, 'EUR', 'Europe/Berlin', 'Der Hirsch'],
      ].sort(),
    )
    t.notMatch(list.stdout + list.stderr, password!)
    checkFailure(
      t,
      await run(['create', '--name', 'x', '--currency', 'GBP', '--timezone', 'Mars/Olympus']),
      { code: 1, message: 'Mars/Olympus is not a time zone. Use a name such as Europe/London.' },
    )
  })

  t.test('one venue', async (t) => {
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
        new RegExp(`^CREDENTIAL +CREATED +REVOKED\n${credential.username} +\\S+Z$`, 'm'),
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
        {
          code: 1,
          message: 'The field name has nothing in it that can be seen; give it a readable name.',
        },
      )
      t.equal((await showLocation(prisma, locationId)).waiterAccess, true)
    })

    t.test('what is allowed at the counter', async (t) => {
      const set = ['set', '--location', locationId]
      const most = ['--cashback-most', '5000', '--unlinked-refund-most', '2500']
      const { code, stdout } = await run([
        ...set,
        '--card-tips',
        'off',
        '--locked-then',
        'wait',
        ...most,
      ])
      t.equal(code, 0)
      t.match(await showLocation(prisma, locationId), {
        cardTips: false,
        cashbackMostMinor: 5_000,
        unlinkedRefundMostMinor: 2_500,
      })
      t.match(stdout, /^locked-then +wait$/m)
      t.match(stdout, /^card-tips +off\ncashback-most +50\.00 GBP\nunlinked-refund-most +25\.00/m)
      const none = await run([...set, '--cashback-most', 'off', '--card-tips', 'on'])
      t.match(none.stdout, /^card-tips +on\ncashback-most +off\nunlinked-refund-most +25\.00/m)
    })

    t.test('card machines over the socket', async (t) => {
      const set = ['set', '--location', locationId]
      const without = await run([...set, '--counter-transport', 'socket'])
      t.equal(without.code, 1)
      t.match(without.stderr, /need the account that Dojo gave .* set counterAccount too/)
      const spaces = await run([...set, '--counter-account', 'a b'])
      t.match(spaces.stderr, /counterAccount must have 1 to 100 visible ASCII characters/)
      const way = ['--counter-transport', 'socket', '--counter-account', 'abc', '--epos-id', 'bar']
      const { stdout } = await run([...set, ...way])
      t.match(stdout, /^counter-transport +socket\ncounter-account +abc\nepos-id +bar$/m)
      const back = await run([...set, '--counter-transport', 'rest', '--epos-id', 'default'])
      t.match(back.stdout, /^counter-transport +rest\ncounter-account +abc\nepos-id +loc_/m)
    })

    t.test('cash in 5 cents, and the tax of the service charge', async (t) => {
      const venue = ['--name', 'Zum Ochsen', '--currency', 'EUR', '--json']
      const tax = '--service-charge-tax-rate-hundredths'
      const made = await run(['create', ...venue, '--cash-rounding-minor', '5', tax, '1900'])
      const { locationId: ochsen } = JSON.parse(made.stdout) as { locationId: string }
      const settings = { cashRoundingMinor: 5, serviceChargeTaxRateHundredths: 1_900 }
      t.match(await showLocation(prisma, ochsen), settings)
      const changed = await run(['set', '--location', ochsen, '--cash-rounding-minor', 'off'])
      t.match(
        changed.stdout,
        /^cash-rounding-minor +off\nservice-charge-tax-rate-hundredths +1900$/m,
      )
      t.match(await showLocation(prisma, ochsen), { cashRoundingMinor: undefined })
      await run(['set', '--location', ochsen, tax, 'off'])
      t.match(await showLocation(prisma, ochsen), { serviceChargeTaxRateHundredths: undefined })
      const refusals: [args: string[], code: number, message: RegExp | string][] = [
        [['--cash-rounding-minor', '5'], 1, /cash is only rounded in EUR/],
        [['--cash-rounding-minor', '10'], 2, /is 5, or off, not 10\./],
        [[tax, '20%'], 2, /is a whole number from 0 to 10000, or off, not 20%\./],
        [[tax, '10001'], 2, /not 10001\./],
      ]
      for (const [args, code, message] of refusals) {
        const refused = await run(['set', '--location', locationId, ...args])
        t.equal(refused.code, code, args.join(' '))
        t.match(refused.stderr, message)
      }
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
        stdout: `${credential.username} no longer works.\n${databaseNote(databaseUrl)}`,
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
        `${rotated.username} no longer works.\n${databaseNote(databaseUrl)}`,
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
        {
          code: 0,
          stdout: `The Dojo API key of ${locationId} is stored.\n${databaseNote(databaseUrl)}`,
          stderr: '',
        },
        'the key is not printed',
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
        'neither another key nor one that cannot be decrypted causes a warning',
      )
      await setDojoKey(prisma, second, 'sk_sandbox_secret', SECRETS_KEY)
      t.same(await set('sk_sandbox_secret'), {
        code: 0,
        stdout: `The Dojo API key of ${locationId} is stored.\n${databaseNote(databaseUrl)}`,
        stderr:
          `${second} (The Grey Hart) already has this Dojo API key. Dojo calls only the venue ` +
          'that was registered last with a key, so registering one cuts off the others. Ask ' +
          'Dojo for a key for each venue.\n',
      })
    })
  })

  t.test('set --dojo-account-id checks the payments whose events had no effect', async (t) => {
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
    t.same(await queued(), [], 'there is no key to check with')
    await setDojoKey(prisma, locationId, 'sk_sandbox_swan', SECRETS_KEY)
    t.match(await set('acc_wrong'), { code: 0, stderr: '' })
    t.match(await set('acc_right'), {
      code: 0,
      stdout: /^dojo-account-id +acc_right$/m,
      stderr:
        'The server checks 2 payments with Dojo, whose events from acc_right were ignored ' +
        'in the last 7 days.\n',
    })
    t.same(await queued(), ['pi_kept', 'pi_young'])
  })

  t.test('an unknown venue', async (t) => {
    const message = 'There is no venue with the id loc_nobody. See: npx epos location list'
    checkFailure(t, await run(['show', '--location', 'loc_nobody']), { code: 1, message })
    checkFailure(
      t,
      await run(['set-dojo-key', '--location', 'loc_nobody'], 'sk_prod_key', { SECRETS_KEY }),
      { code: 1, message },
    )
  })
})
