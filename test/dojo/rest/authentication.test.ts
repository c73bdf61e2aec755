import t from 'tap'
import type { InjectOptions } from 'fastify'
import { newId } from '../../../src/domain/ids.ts'
import { operations } from '../../../src/contract/document.ts'
import { createAuthenticate } from '../../../src/dojo/rest/credential-cache.ts'
import { limits } from '../../../src/limits.ts'
import { hashPassword } from '../../../src/store/venue/credentials.ts'
import { revokeCredentials, rotateCredential } from '../../../src/operator/credentials.ts'
import { newOrder } from '../../support/orders.ts'
import { basic, startServer, type TestServer, type Venue } from '../../support/server.ts'
import { answerOf, checkRefused, json, until, type RawAnswer } from '../../support/visits.ts'

/** A request with this Authorization, or without any. */
async function knock(
  { app }: TestServer,
  authorization: string | undefined,
  options: InjectOptions = {},
): Promise<RawAnswer> {
  return answerOf(
    await app.inject({
      url: '/v1/areas',
      ...options,
      headers: { ...options.headers, ...(authorization === undefined ? {} : { authorization }) },
    }),
  )
}

const addCredential = async (
  { store: { prisma } }: TestServer,
  { locationId }: Venue,
  username: string,
  password: string,
): Promise<void> => {
  await prisma.credential.create({
    data: {
      locationId,
      credentialId: newId('cred'),
      username,
      passwordHash: new Uint8Array(hashPassword(password)),
    },
  })
}

t.test('who asks for one username at the same time shares the answer', async (t) => {
  const { store, venue } = await startServer(t)
  let [asked, nowMs] = [0, 0]
  const authenticate = createAuthenticate(
    {
      ...store.database,
      rows: async (statement, values) => {
        if (statement.name === 'credential_find') asked++
        return await store.database.rows(statement, values)
      },
    },
    () => nowMs,
  )
  const tenAtOnce = async (): Promise<(string | undefined)[]> =>
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        return (await authenticate(venue.username, venue.password))?.locationId
      }),
    )
  t.strictSame(new Set(await tenAtOnce()), new Set([venue.locationId]))
  t.equal(asked, 1)
  nowMs = limits.credentialCacheMs
  await tenAtOnce()
  t.equal(asked, 2, 'and asks anew once it is too old')
})

t.test('what is no credential', async (t) => {
  const server = await startServer(t)
  const {
    venue: { username, password },
  } = server
  const base64 = (text: string | Buffer): string => `Basic ${Buffer.from(text).toString('base64')}`

  t.test('a right one answers', async (t) => {
    t.equal((await knock(server, basic(username, password))).status, 200)
    t.equal(
      (await knock(server, basic(username, password).replace('Basic', 'bASIC'))).status,
      200,
      'the scheme in any case',
    )
  })

  const refused: { name: string; authorization: string | undefined }[] = [
    { name: 'none', authorization: undefined },
    { name: 'an empty header', authorization: '' },
    { name: 'another scheme', authorization: `Bearer ${password}` },
    { name: 'the scheme alone', authorization: 'Basic' },
    { name: 'no base64', authorization: 'Basic ???' },
    { name: 'no colon', authorization: base64(username + password) },
    { name: 'the password in plain text', authorization: `Basic ${username}:${password}` },
    { name: 'nothing on either side of the colon', authorization: base64(':') },
    { name: 'no password', authorization: base64(`${username}:`) },
    { name: 'no username', authorization: base64(`:${password}`) },
    { name: 'a wrong user', authorization: basic('nobody', password) },
    { name: 'a wrong password', authorization: basic(username, 'wrong') },
    { name: 'the password and more', authorization: basic(username, `${password}x`) },
    { name: 'less than the password', authorization: basic(username, password.slice(0, -1)) },
    { name: 'the username in capitals', authorization: basic(username.toUpperCase(), password) },
    {
      name: 'the id of the venue as the user',
      authorization: basic(server.venue.locationId, password),
    },
    { name: 'a username with NUL', authorization: basic(`${username}\0`, password) },
    { name: 'a password with NUL', authorization: basic(username, `${password}\0`) },
    { name: 'a username with a quote', authorization: basic("' OR 1=1 --", password) },
    {
      name: 'bytes that are no UTF-8',
      authorization: base64(Buffer.from([0xff, 0xfe, 0x3a, 0xff])),
    },
    { name: 'a very long one', authorization: basic('x'.repeat(5000), password) },
  ]
  for (const { name, authorization } of refused) {
    t.test(`refuses ${name}`, async (t) => {
      const answer = await knock(server, authorization)
      checkRefused(t, answer, { status: 401, errorType: 'InvalidRequest' })
      t.match(String(answer.headers['www-authenticate']), /^Basic realm="[^"]+"/)
      t.notMatch(answer.payload, password)
    })
  }

  t.test('a wrong user and a wrong password look alike', async (t) => {
    const [user, word] = await Promise.all([
      knock(server, basic('nobody', password)),
      knock(server, basic(username, 'wrong')),
    ])
    const looks = ({ status, headers, error: { errorType, debugMessage } }: RawAnswer) => ({
      status,
      errorType,
      debugMessage,
      headers: { ...headers, 'trace-id': '', date: '' },
    })
    t.strictSame(looks(user), looks(word))
  })

  t.test('a credential in UTF-8', async (t) => {
    await addCredential(server, server.venue, 'zoë-🦁', 'pässwörd:ключ')
    t.equal(
      (await knock(server, basic('zoë-🦁', 'pässwörd:ключ'))).status,
      200,
      'with a colon in the password too',
    )
    t.equal(
      (await knock(server, `Basic ${Buffer.from('zoë-🦁:pässwörd', 'latin1').toString('base64')}`))
        .status,
      401,
    )
  })

  t.test('the credential finds the venue', async (t) => {
    const other = await server.newVenue('The White Hart')
    const order = await newOrder(server.venue, 100)
    t.equal(
      (await knock(server, basic(username, password), { url: `/v1/orders/${order.id}` })).status,
      200,
    )
    t.equal(
      (
        await knock(server, basic(other.username, other.password), {
          url: `/v1/orders/${order.id}`,
        })
      ).status,
      404,
    )
    t.equal(
      (await knock(server, basic(other.username, password))).status,
      401,
      "another venue's password",
    )
    t.equal((await knock(server, basic(username, other.password))).status, 401)
  })
})

t.test('what needs a credential', async (t) => {
  const server = await startServer(t, { environment: { DOCS: 'true' } })

  for (const { name, method, path } of operations) {
    t.test(`${name} does, before anything else is looked at`, async (t) => {
      const url = path.replaceAll(/\{\w+\}/g, 'x')
      checkRefused(t, await knock(server, undefined, { method, url }), {
        status: 401,
        errorType: 'InvalidRequest',
      })
      checkRefused(
        t,
        await knock(server, undefined, {
          method,
          url,
          headers: { 'content-type': 'application/json' },
          payload: '{not json',
        }),
        { status: 401, errorType: 'InvalidRequest' },
      )
      checkRefused(
        t,
        await knock(server, undefined, {
          method,
          url,
          headers: { 'content-type': 'text/xml' },
          payload: '<a/>',
        }),
        { status: 401, errorType: 'InvalidRequest' },
      )
    })
  }

  const unknown: InjectOptions[] = [
    { url: '/v1' },
    { url: '/v1/' },
    { url: '/v1/nothing' },
    { url: '/v1/orders/x/y/z' },
    { method: 'POST', url: '/v1/nothing', ...json({}) },
    { method: 'PATCH', url: '/v1/orders/x' },
    { method: 'PUT', url: '/v1/areas' },
    { method: 'OPTIONS', url: '/v1/areas' },
    { method: 'HEAD', url: '/v1/orders/x' },
  ]
  for (const options of unknown) {
    t.test(
      `${options.method ?? 'GET'} ${String(options.url)}, which is nothing or takes another method, does`,
      async (t) => {
        const { status, headers } = await knock(server, undefined, options)
        t.equal(status, 401)
        t.ok(headers['www-authenticate'])
      },
    )
  }

  for (const url of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs/']) {
    t.test(`${url} does not`, async (t) => {
      t.equal((await knock(server, undefined, { url })).status, 200)
      t.equal(
        (await knock(server, basic('nobody', 'wrong'), { url })).status,
        200,
        'nor does a wrong one harm',
      )
    })
  }

  t.test('what is nowhere does not, and says NotFound', async (t) => {
    checkRefused(t, await knock(server, undefined, { url: '/nothing' }), {
      status: 404,
      errorType: 'NotFound',
    })
    checkRefused(t, await knock(server, undefined, { url: '/v1x/areas' }), {
      status: 404,
      errorType: 'NotFound',
    })
  })
})

t.test('credentials that change', async (t) => {
  let nowMs = Date.parse('2026-03-06T19:00:00Z')
  const server = await startServer(t, { overrides: { nowMs: () => nowMs } })
  const {
    venue,
    store: { prisma },
  } = server

  t.test('rotated: the new one works at once and the old one still', async (t) => {
    t.equal((await knock(server, basic(venue.username, venue.password))).status, 200)
    const rotated = await rotateCredential(prisma, venue.locationId)
    t.equal((await knock(server, basic(rotated.username, rotated.password))).status, 200)
    nowMs += limits.credentialCacheMs
    t.equal((await knock(server, basic(venue.username, venue.password))).status, 200)
    t.equal(
      (await knock(server, basic(venue.username, rotated.password))).status,
      401,
      'they do not mix',
    )
    t.equal((await knock(server, basic(rotated.username, venue.password))).status, 401)

    t.test(
      'the old one revoked: it works for as long as it is remembered, and no longer',
      async (t) => {
        nowMs += limits.credentialCacheMs
        t.equal((await knock(server, basic(venue.username, venue.password))).status, 200)
        t.strictSame(await revokeCredentials(server.store.database, venue.locationId), [
          venue.username,
        ])
        nowMs += limits.credentialCacheMs - 1
        t.equal(
          (await knock(server, basic(venue.username, venue.password))).status,
          200,
          'two instances may know later',
        )
        nowMs += 1
        checkRefused(t, await knock(server, basic(venue.username, venue.password)), {
          status: 401,
          errorType: 'InvalidRequest',
        })
        nowMs += limits.credentialCacheMs
        t.equal(
          (await knock(server, basic(venue.username, venue.password))).status,
          401,
          'asking does not make it be remembered',
        )
        t.equal((await knock(server, basic(rotated.username, rotated.password))).status, 200)
      },
    )
  })

  t.test('one that was not remembered stops working at once', async (t) => {
    const other = await server.newVenue('The White Hart')
    await revokeCredentials(server.store.database, other.locationId, other.username)
    t.equal((await knock(server, basic(other.username, other.password))).status, 401)
  })

  t.test('a wrong password is wrong while the right one is remembered', async (t) => {
    const other = await server.newVenue('The Plough')
    t.equal((await knock(server, basic(other.username, other.password))).status, 200)
    t.equal((await knock(server, basic(other.username, 'wrong'))).status, 401)
  })

  t.test('one that was wrong before works a second after it exists', async (t) => {
    t.equal((await knock(server, basic('later', 'word'))).status, 401)
    await addCredential(server, venue, 'later', 'word')
    nowMs += limits.unknownCredentialMs
    t.equal((await knock(server, basic('later', 'word'))).status, 200)
  })

  t.test('on a distributed database those in use are asked about again together', async (t) => {
    const venues: Venue[] = [await server.newVenue('The Swan'), await server.newVenue('The Crown')]
    const gone = await server.newVenue('The Bell')
    const idle = await server.newVenue('The Anchor')
    const asked: unknown[] = []
    const { database } = server.store
    const authenticate = createAuthenticate(
      {
        isDistributed: true,
        rows: async (statement, values) => {
          asked.push(values[0])
          return await database.rows(statement, values)
        },
      },
      () => nowMs,
    )
    const enter = async ({ username, password }: Venue): Promise<boolean> =>
      (await authenticate(username, password)) !== undefined
    const revoke = async ({ locationId, username }: Venue): Promise<void> => {
      await revokeCredentials(database, locationId, username)
    }
    t.equal(await enter(idle), true)
    nowMs += limits.credentialInUseMs
    for (const each of [...venues, gone]) t.equal(await enter(each), true)
    await revoke(gone)

    asked.length = 0
    nowMs += limits.credentialCacheMs / 2
    t.equal(await enter(venues[0]!), true, 'which nobody waits for')
    await until('the one that was revoked is found out', async () => !(await enter(gone)))
    const used = [...venues, gone].map(({ username }) => username)
    t.strictSame(asked.toSorted(), used.toSorted(), 'all three were asked about')

    nowMs += limits.credentialCacheMs - 1
    await revoke(venues[1]!)
    t.equal(await enter(venues[1]!), true, 'another is remembered from then')
    nowMs += 1
    t.equal(await enter(venues[1]!), false)
  })

  t.test('one whose password changed under it is asked for again', async (t) => {
    await addCredential(server, venue, 'changing', 'before')
    t.equal((await knock(server, basic('changing', 'before'))).status, 200)
    await prisma.credential.update({
      where: { username: 'changing' },
      data: { passwordHash: new Uint8Array(hashPassword('after')) },
    })
    t.equal(
      (await knock(server, basic('changing', 'after'))).status,
      200,
      'the new password works at once',
    )
    t.equal(
      (await knock(server, basic('changing', 'before'))).status,
      401,
      'and the old one no longer',
    )
  })
})

t.test('too many failures', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const right = basic(venue.username, venue.password)
  const checkTooMany = (t: Parameters<typeof checkRefused>[0], answer: RawAnswer): void => {
    checkRefused(t, answer, { status: 429, errorType: 'InvalidRequest' })
    const seconds = Number(answer.headers['retry-after'])
    t.ok(
      Number.isInteger(seconds) && seconds >= 1 && seconds <= limits.authFailureWindowMs / 1000,
      `Retry-After ${seconds}`,
    )
  }

  t.test('from one address, for many usernames', async (t) => {
    const from = (address: string, authorization: string): Promise<RawAnswer> =>
      knock(server, authorization, { remoteAddress: address })
    for (let index = 0; index < limits.authFailuresPerAddress; index++) {
      const { status } = await from('192.0.2.1', basic(`guess-${index}`, 'wrong'))
      if (status !== 401) t.equal(status, 401, `failure ${index + 1}`)
    }
    checkTooMany(t, await from('192.0.2.1', basic('guess-more', 'wrong')))
    checkTooMany(t, await from('192.0.2.1', basic(venue.username, 'wrong')))
    t.equal(
      (await from('192.0.2.2', basic('guess-more', 'wrong'))).status,
      401,
      'another address is not counted with it',
    )
    t.equal(
      (await from('192.0.2.1', right)).status,
      200,
      'a right credential from the same address is not slowed',
    )
    checkTooMany(t, await from('192.0.2.1', basic('guess-more', 'wrong')))
  })

  t.test('for one username, from many addresses', async (t) => {
    const other = await server.newVenue('The White Hart')
    const from = (index: number, password: string): Promise<RawAnswer> =>
      knock(server, basic(other.username, password), { remoteAddress: `198.51.100.${index}` })
    for (let index = 0; index < limits.authFailuresPerUsername; index++) {
      const { status } = await from(index, `wrong-${index}`)
      if (status !== 401) t.equal(status, 401, `failure ${index + 1}`)
    }
    checkTooMany(t, await from(200, 'wrong'))
    t.equal(
      (await from(201, other.password)).status,
      200,
      'the right password for the same username is not slowed',
    )
    t.equal((await from(1, other.password)).status, 200)
    t.equal(
      (await knock(server, basic('somebody-else', 'wrong'), { remoteAddress: '198.51.100.202' }))
        .status,
      401,
      'another username is not counted with it',
    )
  })

  t.test('successes are no failures, however many', async (t) => {
    const other = await server.newVenue('The Plough')
    const replies = await Promise.all(
      Array.from(
        { length: limits.authFailuresPerAddress + 10 },
        async () =>
          await knock(server, basic(other.username, other.password), {
            remoteAddress: '203.0.113.1',
          }),
      ),
    )
    t.ok(replies.every(({ status }) => status === 200))
    t.equal(
      (await knock(server, basic(other.username, 'wrong'), { remoteAddress: '203.0.113.1' }))
        .status,
      401,
    )
  })
})

t.test(
  'a failure of the server while it looks for the credential is no wrong credential',
  async (t) => {
    const server = await startServer(t)
    await server.sql('ALTER TABLE credentials RENAME COLUMN revoked_at TO something_else')
    const answer = await knock(server, basic(server.venue.username, server.venue.password))
    checkRefused(t, answer, { status: 503, errorType: 'UnexpectedError' })
    t.notOk(answer.headers['www-authenticate'])
  },
)
