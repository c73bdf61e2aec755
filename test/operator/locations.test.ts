import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { findCredential, opens } from '../../src/store/venue/credentials.ts'
import { createStore, type Store } from '../../src/store/index.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { changeSettings, setBillTemplate } from '../../src/operator/settings.ts'
import { createLocation, listLocations, showLocation } from '../../src/operator/locations.ts'
import { readDojoKey, setDojoKey } from '../../src/operator/dojo-keys.ts'
import {
  revokeCredentials,
  rotateCredential,
  type IssuedCredential,
} from '../../src/operator/credentials.ts'
import { freshDatabase } from '../support/database.ts'

const SECRETS_KEY = randomBytes(32).toString('hex')
const unknownVenue = {
  name: 'Refusal',
  type: 'NotFound',
  message: 'There is no venue with the id loc_nobody. See: npx epos location list',
}

async function openStore(t: Test): Promise<Store> {
  const pool = createPool({ databaseUrl: await freshDatabase(t), poolSize: 4 })
  t.teardown(async () => {
    await pool.end()
  })
  return createStore(pool)
}

/** The venue that Dojo enters with a credential. */
async function enters(
  { database }: Store,
  { username, password }: IssuedCredential,
): Promise<string | undefined> {
  const entry = await findCredential(database, username)
  return opens(entry, password) ? entry.venue.locationId : undefined
}

t.test('venues', async (t) => {
  const store = await openStore(t)
  const { prisma } = store

  t.test(
    'a new venue has a credential that opens it, and settings that change nothing',
    async (t) => {
      const { locationId, credential } = await createLocation(prisma, {
        name: 'The Red Lion',
        currency: 'GBP',
      })
      t.equal(await enters(store, credential), locationId)
      t.equal(
        await enters(store, { ...credential, password: `${credential.password}x` }),
        undefined,
      )
      const { createdAt, credentials, ...rest } = await showLocation(prisma, locationId)
      t.same(rest, {
        locationId,
        name: 'The Red Lion',
        currency: 'GBP',
        timeZone: 'Europe/London',
        waiterAccess: false,
        onePartyPerTable: false,
        lockedThen: 'refuse',
        refuseOverlappingReservations: false,
        verifyPayments: 'off',
        cardTips: true,
        transport: 'rest',
        counterTransport: 'rest',
        counterAccount: undefined,
        eposId: locationId,
        hasDojoKey: false,
      })
      t.type(createdAt, Date)
      t.match(credentials, [{ username: credential.username, revokedAt: null }])
      t.equal(credentials.length, 1)
      const row = await prisma.credential.findFirstOrThrow({ where: { locationId } })
      t.notOk(
        Buffer.from(row.passwordHash).includes(Buffer.from(credential.password)),
        'the password is not kept',
      )
      t.equal(
        Buffer.from(credential.password, 'base64url').length,
        32,
        '256 bits that nobody guesses',
      )
    },
  )

  t.test('no two venues share a credential or a cursor key', async (t) => {
    const [one, two] = [
      await createLocation(prisma, { name: 'Same', currency: 'EUR', timeZone: 'Europe/Dublin' }),
      await createLocation(prisma, { name: 'Same', currency: 'EUR' }),
    ]
    t.not(one.locationId, two.locationId)
    t.not(one.credential.username, two.credential.username)
    t.equal(
      await enters(store, { username: one.credential.username, password: two.credential.password }),
      undefined,
    )
    const keys = await prisma.location.findMany({
      where: { name: 'Same' },
      select: { cursorKey: true },
    })
    t.equal(new Set(keys.map(({ cursorKey }) => Buffer.from(cursorKey).toString('hex'))).size, 2)
    t.equal((await showLocation(prisma, one.locationId)).timeZone, 'Europe/Dublin')
    t.ok(
      (await listLocations(prisma)).filter(({ name }) => name === 'Same').length === 2,
      'both are listed',
    )
  })

  t.test('refuses what is no venue', async (t) => {
    const before = await prisma.location.count()
    for (const name of ['', '  ', '\u200b', '\u2800\n']) {
      await t.rejects(createLocation(prisma, { name, currency: 'GBP' }), {
        name: 'Refusal',
        type: 'InvalidRequest',
        message: /^The field name has nothing in it that can be seen/,
      })
    }
    await t.rejects(
      createLocation(prisma, { name: 'x', currency: 'GBP', timeZone: 'Europe/Nowhere' }),
      {
        name: 'Refusal',
        message: 'Europe/Nowhere is not a time zone. Use a name such as Europe/London.',
      },
    )
    t.equal(await prisma.location.count(), before)
    await t.rejects(showLocation(prisma, 'loc_nobody'), unknownVenue)
  })

  t.test('settings change one by one', async (t) => {
    const { locationId } = await createLocation(prisma, { name: 'Before', currency: 'GBP' })
    t.match(await changeSettings(store, locationId, { waiterAccess: true }), {
      name: 'Before',
      timeZone: 'Europe/London',
      waiterAccess: true,
      onePartyPerTable: false,
      refuseOverlappingReservations: false,
    })
    t.match(
      await changeSettings(store, locationId, {
        name: 'After',
        timeZone: 'Europe/Paris',
        onePartyPerTable: true,
        refuseOverlappingReservations: true,
      }),
      {
        name: 'After',
        timeZone: 'Europe/Paris',
        waiterAccess: true,
        onePartyPerTable: true,
        refuseOverlappingReservations: true,
      },
    )
    const now = await changeSettings(store, locationId, { waiterAccess: false, name: undefined })
    t.match(now, {
      name: 'After',
      timeZone: 'Europe/Paris',
      waiterAccess: false,
      onePartyPerTable: true,
    })
    t.same(await changeSettings(store, locationId, {}), now)
    await t.rejects(
      changeSettings(store, locationId, { waiterAccess: true, name: ' ' }),
      /nothing in it that can be seen/,
    )
    await t.rejects(
      changeSettings(store, locationId, { waiterAccess: true, timeZone: 'GMT+25:00' }),
      /not a time zone/,
    )
    t.same(await showLocation(prisma, locationId), now, 'a refusal changes nothing')
    await t.rejects(changeSettings(store, 'loc_nobody', {}), unknownVenue)
  })

  t.test('the template of its bills', async (t) => {
    const { locationId } = await createLocation(prisma, { name: 'The Bill', currency: 'GBP' })
    const stored = async (): Promise<unknown> =>
      (await prisma.location.findUniqueOrThrow({ where: { locationId } })).billTemplate
    t.match(
      await stored(),
      { header: [{ lineType: 'MerchantName', merchantName: { name: 'The Bill' } }] },
      'begins with its name',
    )
    const template = {
      header: [],
      footer: [
        {
          lineType: 'Text',
          text: { value: 'Come again, {waiter}', size: 'Body', align: 'Center' },
        },
      ],
    }
    await setBillTemplate(store.database, locationId, template)
    t.same(await stored(), template)
    await t.rejects(
      setBillTemplate(store.database, locationId, {
        header: [],
        footer: [{ lineType: 'Text', text: { value: 'x', size: 'Huge' } }],
      }),
      { name: 'Refusal', type: 'InvalidRequest', message: /footer\[0\]\.text\.size/ },
    )
    t.same(await stored(), template, 'a refusal changes nothing')
    await t.rejects(setBillTemplate(store.database, 'loc_nobody', template), unknownVenue)
  })
})

t.test('credentials', async (t) => {
  const store = await openStore(t)
  const { prisma } = store
  const other = await createLocation(prisma, { name: 'The White Hart', currency: 'GBP' })

  /** A venue with three credentials, made on three days. */
  async function threeCredentials(): Promise<{
    locationId: string
    oldest: IssuedCredential
    middle: IssuedCredential
    newest: IssuedCredential
  }> {
    const { locationId, credential: oldest } = await createLocation(prisma, {
      name: 'The Red Lion',
      currency: 'GBP',
    })
    const [middle, newest] = [
      await rotateCredential(prisma, locationId),
      await rotateCredential(prisma, locationId),
    ]
    for (const [index, { username }] of [oldest, middle, newest].entries()) {
      await prisma.credential.update({
        where: { username },
        data: { createdAt: new Date(Date.UTC(2026, 0, index + 1)) },
      })
    }
    return { locationId, oldest, middle, newest }
  }

  t.test('rotating leaves those before it alone', async (t) => {
    const { locationId, oldest, middle, newest } = await threeCredentials()
    for (const credential of [oldest, middle, newest]) {
      t.equal(await enters(store, credential), locationId)
    }
    t.same(
      (await showLocation(prisma, locationId)).credentials.map(({ username }) => username),
      [newest, middle, oldest].map(({ username }) => username),
      'the newest first',
    )
    await t.rejects(rotateCredential(prisma, 'loc_nobody'), unknownVenue)
  })

  t.test('revoking without a name leaves the newest that works', async (t) => {
    const { locationId, oldest, middle, newest } = await threeCredentials()
    await revokeCredentials(store.database, locationId, newest.username)
    t.same(await revokeCredentials(store.database, locationId), [oldest.username])
    t.equal(await enters(store, middle), locationId)
    for (const credential of [oldest, newest]) t.equal(await enters(store, credential), undefined)
    t.same(await revokeCredentials(store.database, locationId), [], 'again changes nothing')
    t.equal(await enters(store, middle), locationId)
  })

  t.test('revoking one ends that one', async (t) => {
    const { locationId, oldest, middle, newest } = await threeCredentials()
    t.same(await revokeCredentials(store.database, locationId, middle.username), [middle.username])
    t.equal(await enters(store, middle), undefined)
    for (const credential of [oldest, newest]) t.equal(await enters(store, credential), locationId)
    const revokedAt = async (): Promise<Date | null> =>
      (await prisma.credential.findUniqueOrThrow({ where: { username: middle.username } }))
        .revokedAt
    const at = await revokedAt()
    await t.rejects(revokeCredentials(store.database, locationId, middle.username), {
      name: 'Refusal',
      type: 'NotFound',
      message: `There is no credential with the id ${middle.username} in this venue.`,
    })
    t.same(await revokedAt(), at)
  })

  t.test('a venue does not reach into another', async (t) => {
    const { locationId } = await threeCredentials()
    await t.rejects(revokeCredentials(store.database, locationId, other.credential.username), {
      name: 'Refusal',
      type: 'NotFound',
    })
    await revokeCredentials(store.database, locationId)
    t.equal(await enters(store, other.credential), other.locationId)
    await t.rejects(revokeCredentials(store.database, 'loc_nobody'), unknownVenue)
  })
})

t.test('the Dojo key', async (t) => {
  const { prisma } = await openStore(t)
  const { locationId } = await createLocation(prisma, { name: 'The Red Lion', currency: 'GBP' })
  const other = await createLocation(prisma, { name: 'The White Hart', currency: 'GBP' })

  t.test('there is none at first', async (t) => {
    await t.rejects(readDojoKey(prisma, locationId, SECRETS_KEY), {
      name: 'Refusal',
      type: 'InvalidRequest',
      message: new RegExp(
        `^The venue ${locationId} has no Dojo API key yet\\..*set-dojo-key --location ${locationId}$`,
      ),
    })
    await t.rejects(readDojoKey(prisma, 'loc_nobody', SECRETS_KEY), unknownVenue)
  })

  t.test('what is no key is refused, and not said back', async (t) => {
    for (const key of [
      '',
      'secret',
      'sk_test_abc',
      'sk_sandbox_',
      ' sk_sandbox_abc',
      'sk_prod_a b',
      'sk_prod_a\nb',
    ]) {
      await t.rejects(setDojoKey(prisma, locationId, key, SECRETS_KEY), {
        name: 'Refusal',
        type: 'InvalidRequest',
        message: 'A Dojo API key begins with sk_sandbox_ or sk_prod_.',
      })
    }
    t.equal((await showLocation(prisma, locationId)).hasDojoKey, false)
    await t.rejects(setDojoKey(prisma, 'loc_nobody', 'sk_prod_abc', SECRETS_KEY), unknownVenue)
  })

  t.test('it is sealed, for this venue, and read back', async (t) => {
    await setDojoKey(prisma, locationId, 'sk_sandbox_first', SECRETS_KEY)
    await setDojoKey(prisma, locationId, 'sk_prod_second', SECRETS_KEY)
    t.equal(await readDojoKey(prisma, locationId, SECRETS_KEY), 'sk_prod_second')
    const summary = await showLocation(prisma, locationId)
    t.equal(summary.hasDojoKey, true)
    t.notMatch(JSON.stringify(summary), /sk_prod/)
    const { dojoKeySealed } = await prisma.location.findUniqueOrThrow({ where: { locationId } })
    t.notOk(Buffer.from(dojoKeySealed!).includes(Buffer.from('sk_prod_')))
    await t.rejects(
      readDojoKey(prisma, locationId, randomBytes(32).toString('hex')),
      /another SECRETS_KEY/,
    )
    await prisma.location.update({
      where: { locationId: other.locationId },
      data: { dojoKeySealed },
    })
    await t.rejects(
      readDojoKey(prisma, other.locationId, SECRETS_KEY),
      /cannot be decrypted/,
      'a row copied to another venue',
    )
  })
})
