import { randomBytes } from 'node:crypto'
import t from 'tap'
import { seedVenue } from '../../scripts/seed-demo.ts'
import { createLocation } from '../../src/operator/locations.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { createStore } from '../../src/store/index.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { readNamedOrders } from '../../src/store/payments/audits.ts'
import { orderNamesOf } from '../../src/domain/payments/audit.ts'
import { writeUnmatched } from '../../src/store/payments/intents.ts'
import { readUnmatchedPayments } from '../../src/store/payments/unmatched.ts'
import { freshDatabase } from '../support/database.ts'
import { checkFailure, databaseNote, hostAndName, runEpos, type Ran } from '../support/scripts.ts'

const SECRETS_KEY = randomBytes(32).toString('hex')

t.test('payment', async (t) => {
  const databaseUrl = await freshDatabase(t)
  const pool = createPool({ databaseUrl, poolSize: 2 })
  t.teardown(async () => {
    await pool.end()
  })
  const { prisma, database } = createStore(pool)
  const since = new Date('2026-02-27T20:14:05.000Z')

  t.test('unmatched', async (t) => {
    const { locationId } = await createLocation(prisma, { name: 'The White Hart', currency: 'GBP' })
    const unmatched = async (...args: string[]): Promise<Ran> =>
      await runEpos(['payment', 'unmatched', '--location', locationId, ...args], {
        environment: { DATABASE_URL: databaseUrl },
      })
    t.same(await unmatched(), { code: 0, stdout: '', stderr: 'Every payment matches.\n' })
    await prisma.paymentIntent.createMany({
      data: [
        {
          locationId,
          paymentIntentId: 'pi_captured',
          dojoStatus: 'Captured',
          unmatchedAt: since,
          unmatchedReason: 'Dojo captured it, and it names no order.',
        },
        { locationId, paymentIntentId: 'pi_refunded', dojoStatus: 'Refunded', dojoStatusAt: since },
      ],
    })
    t.same(await unmatched(), {
      code: 0,
      stdout: `PAYMENT      AMOUNT   TIP      STATUS    SINCE                     ORDER  REASON
pi_captured  unknown  unknown  Captured  2026-02-27T20:14:05.000Z         Dojo captured it, and it names no order.
`,
      stderr:
        'Give the money back at Dojo, or put right what the reason says. ' +
        `Then run: npx epos payment check --location ${locationId} --payment-intent ID\n` +
        'Where there is nothing to do: ' +
        `npx epos payment dismiss --location ${locationId} --payment-intent ID --reason TEXT\n`,
    })
    t.same(JSON.parse((await unmatched('--json')).stdout), [
      {
        paymentIntentId: 'pi_captured',
        since: since.toISOString(),
        reason: 'Dojo captured it, and it names no order.',
        status: 'Captured',
        amountMinor: null,
        tipsMinor: null,
        refundedMinor: 0,
        externalId: null,
        refund: null,
        orderId: null,
      },
    ])

    const {
      orderIds: [named, has],
    } = await seedVenue(databaseUrl, locationId)
    const name = async (orderId: string): Promise<string> =>
      orderNamesOf(await readNamedOrders(database, locationId, [orderId])).get(orderId)!
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
      locationId,
      dojoStatus: 'Captured',
      unmatchedAt: new Date(since.getTime() + 1_000),
      unmatchedReason: 'It does\u001b[31m not fit.',
    }
    await prisma.paymentIntent.createMany({
      data: [
        { ...later, paymentIntentId: 'pi_gone', amountMinor: 5, externalId: 'ord_gone' },
        { ...later, paymentIntentId: 'pi_mismatch', amountMinor: 1_970, tipsMinor: 30 },
        {
          ...later,
          paymentIntentId: 'pi_names',
          amountMinor: 1_970,
          tipsMinor: 0,
          externalId: named!,
        },
      ],
    })
    const [, , ...rows] = (await unmatched()).stdout.trimEnd().split('\n')
    const [status, at, reason] = ['Captured', '2026-02-27T20:14:06.000Z', 'It does [31m not fit.']
    t.same(
      rows.map((row) => row.split(/ {2,}/)),
      [
        ['pi_gone', '0.05 GBP', 'unknown', status, at, 'ord_gone, not here', reason],
        [
          'pi_mismatch',
          '19.70 GBP',
          '0.30 GBP',
          status,
          at,
          `${await name(has!)} (${has})`,
          reason,
        ],
        ['pi_names', '19.70 GBP', status, at, `${await name(named!)} (${named})`, reason],
      ],
    )
  })

  t.test('check', async (t) => {
    const { locationId } = await createLocation(prisma, { name: 'The Green Man', currency: 'GBP' })
    const check = async (
      more: Record<string, string> = {},
      args: string[] = [],
      at = locationId,
    ): Promise<Ran> =>
      await runEpos(['payment', 'check', '--location', at, '--payment-intent', 'pi_1', ...args], {
        environment: {
          DATABASE_URL: databaseUrl,
          SECRETS_KEY,
          SOFTWARE_HOUSE_ID: 'house',
          ...more,
        },
      })
    const queued = async (): Promise<unknown[]> =>
      (
        await pool.query(
          `SELECT location_id, kind, entity_id, next_attempt_at <= clock_timestamp() AS due
          FROM jobs WHERE location_id = $1`,
          [locationId],
        )
      ).rows as unknown[]
    checkFailure(t, await check(), {
      code: 1,
      message:
        `The venue ${locationId} has no Dojo API key yet. ` +
        `Set it with: npx epos location set-dojo-key --location ${locationId}`,
    })
    checkFailure(t, await check({}, [], 'loc_nobody'), {
      code: 1,
      message: /^There is no venue with the id loc_nobody/,
    })
    await setDojoKey(prisma, locationId, 'sk_sandbox_green', SECRETS_KEY)
    checkFailure(t, await check({ SOFTWARE_HOUSE_ID: '' }), {
      code: 1,
      message: 'SOFTWARE_HOUSE_ID is not set. Dojo gives every EPOS company one.',
    })
    t.same(await queued(), [])
    t.same(await check(), {
      code: 0,
      stdout:
        'The check of pi_1 is queued. The running server makes it and logs the result. ' +
        `Until then: npx epos jobs list --location ${locationId}\n${databaseNote(databaseUrl)}`,
      stderr: '',
    })
    t.same(await queued(), [
      { location_id: locationId, kind: 'PaymentCheck', entity_id: 'pi_1', due: true },
    ])
    await prisma.dojoKeyRefusal.create({ data: { locationId, refusedAt: since } })
    t.match(await check(), {
      code: 0,
      stderr: new RegExp(
        "^Dojo rejected the venue's API key at 2026-02-27T20:14:05\\.000Z\\. " +
          'Calls to Dojo are paused for 15 minutes',
      ),
    })
    t.same(JSON.parse((await check({}, ['--json'])).stdout), {
      locationId,
      paymentIntentId: 'pi_1',
      dojoKeyRefusedAt: since.toISOString(),
      database: hostAndName(databaseUrl),
    })
  })

  t.test('dismiss', async (t) => {
    const { locationId } = await createLocation(prisma, { name: 'The Swan', currency: 'GBP' })
    const { locationId: other } = await createLocation(prisma, { name: 'Other', currency: 'GBP' })
    const epos = async (command: string, ...args: string[]): Promise<Ran> =>
      await runEpos(['payment', command, '--location', locationId, ...args], {
        environment: { DATABASE_URL: databaseUrl },
      })
    const dismiss = async (paymentIntentId: string, reason: string, ...args: string[]) =>
      await epos('dismiss', '--payment-intent', paymentIntentId, '--reason', reason, ...args)
    const why = 'Dojo captured it, but no order has it.'
    const listed = async (id = locationId): Promise<string[]> =>
      (await readUnmatchedPayments(database, id)).map(({ paymentIntentId }) => paymentIntentId)
    const settle = async (reason: string | undefined): Promise<void> => {
      await database.transaction(async (tx) => {
        writeUnmatched(tx, locationId, 'pi_1', reason)
      })
    }
    for (const id of [locationId, other]) {
      await prisma.paymentIntent.createMany({
        data: [
          { paymentIntentId: 'pi_1', unmatchedAt: since, unmatchedReason: why },
          { paymentIntentId: 'pi_2', unmatchedAt: since, unmatchedReason: why },
          { paymentIntentId: 'pi_matched' },
        ].map((intent) => ({ locationId: id, ...intent })),
      })
    }

    t.match(await epos('unmatched', '--dismissed'), { stderr: 'No payment was dismissed.\n' })
    t.same(await dismiss('pi_1', ' a test card '), {
      code: 0,
      stdout:
        `pi_1 is off the list of unmatched payments. It was there because: ${why}\n` +
        databaseNote(databaseUrl),
      stderr: '',
    })
    t.same(await listed(), ['pi_2'])
    t.same(await listed(other), ['pi_1', 'pi_2'], 'another venue keeps its own')
    const shown = JSON.parse((await epos('unmatched', '--dismissed', '--json')).stdout) as unknown
    t.match(shown, [{ paymentIntentId: 'pi_1', dismissedReason: 'a test card', reason: why }])
    t.match((await epos('unmatched', '--dismissed')).stdout, /^PAYMENT .*\npi_1 .* a test card /)

    for (const id of ['pi_1', 'pi_matched', 'pi_nobody']) {
      checkFailure(t, await dismiss(id, 'again'), {
        code: 1,
        message: `There is no unmatched payment with the id ${id} in this venue.`,
      })
    }
    checkFailure(t, await dismiss('pi_2', ' \u200b '), {
      code: 1,
      message: 'The reason is empty; say why nobody needs to look into it.',
    })
    checkFailure(t, await dismiss('pi_2', 'x'.repeat(301)), {
      code: 1,
      message: 'The reason has 301 characters; shorten it to 300.',
    })
    checkFailure(
      t,
      await runEpos(
        ['payment', 'dismiss', '--location', 'loc_x', '--payment-intent', 'pi_1', '--reason', 'x'],
        { environment: { DATABASE_URL: databaseUrl } },
      ),
      { code: 1, message: /^There is no venue with the id loc_x/ },
    )

    await settle(why)
    t.same(await listed(), ['pi_2'], 'the same reason again is no news')
    await settle('Dojo captured it, and it names no order.')
    t.same(await listed(), ['pi_1', 'pi_2'], 'another reason is')
    t.equal((await dismiss('pi_1', 'seen', '--json')).code, 0)
    await settle(undefined)
    await settle('Dojo captured it, and it names no order.')
    t.same(await listed(), ['pi_2', 'pi_1'], 'a matter that was over and returns is a new one')
  })

  t.test('an unknown venue', async (t) => {
    checkFailure(
      t,
      await runEpos(['payment', 'unmatched', '--location', 'loc_nobody'], {
        environment: { DATABASE_URL: databaseUrl },
      }),
      { code: 1, message: 'There is no venue with the id loc_nobody. See: npx epos location list' },
    )
  })
})
