// The command : what it prints, and its exit codes.
import t from 'tap'
import { refund } from '../../src/sandbox/dojo/refunds.ts'
import {
  accountOf,
  giveKey,
  keyOf,
  makeIntent,
  payAt,
  recordPayment,
  SECRETS_KEY,
} from '../support/evening.ts'
import { newWaiter } from '../support/orders.ts'
import { checkFailure, runEpos, type Ran } from '../support/scripts.ts'
import { startServer } from '../support/server.ts'
import { startSandbox } from '../sandbox/support/dojo.ts'

t.test('audit', async (t) => {
  const dojo = await startSandbox(t)
  const server = await startServer(t)
  const { venue, databaseUrl, sql } = server
  const environment = {
    DATABASE_URL: databaseUrl,
    DOJO_API_URL: dojo.url,
    SOFTWARE_HOUSE_ID: 'house',
    SECRETS_KEY,
  }
  const audit = async (args: string[], more: Record<string, string> = {}): Promise<Ran> => {
    const ran = await runEpos(['audit', ...args], { environment: { ...environment, ...more } })
    for (const secret of [keyOf(venue), SECRETS_KEY]) {
      t.notOk(`${ran.stdout}${ran.stderr}`.includes(secret), 'no secret is printed')
    }
    return ran
  }
  const ofVenue = ['--location', venue.locationId, '--date', '2026-11-20']

  await t.test('without a key', async (t) => {
    checkFailure(t, await audit(ofVenue, { SECRETS_KEY: '' }), {
      code: 1,
      message:
        `The venue ${venue.locationId} has no Dojo API key yet. ` +
        `Set it with: npx epos location set-dojo-key --location ${venue.locationId}`,
    })
    checkFailure(t, await audit(['--location', 'loc_none', '--date', '2026-11-20']), {
      code: 1,
      message: /^There is no venue with the id loc_none\./,
    })
  })

  const at = (time: string): string => `2026-11-20T${time}:00.000Z`
  await newWaiter(server, venue, '1', { name: 'Becky' })
  await payAt(
    server,
    venue,
    dojo,
    { at: at('19:00'), amountMinor: 2_000, tipsMinor: 200 },
    { name: 'Table 9', headers: { 'waiter-id': '1' } },
  )
  await giveKey(server, venue)

  await t.test('all agrees', async (t) => {
    t.same(await audit(ofVenue), {
      code: 0,
      stderr: '',
      stdout: `The Red Lion on 2026-11-20, from 2026-11-20T00:00:00.000Z until 2026-11-21T00:00:00.000Z (Europe/London)

RESULT  PAYMENTS       HERE    AT DOJO
agree          1  22.00 GBP  22.00 GBP
all            1  22.00 GBP  22.00 GBP

WAITER      TIPS
Becky   2.00 GBP

Everything agrees.
`,
    })
    t.match(
      await audit(['--location', venue.locationId, '--date', '2026-11-19']),
      { code: 0, stdout: /^all +0 +0\.00 GBP +0\.00 GBP$/m },
      'a day without a payment',
    )
  })

  await t.test('a day that is not over says what is left out', async (t) => {
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London' }).format()
    t.match(await audit(['--location', venue.locationId, '--date', today]), {
      code: 0,
      stdout: new RegExp(
        '^The Red Lion on .*\\n\\nPayments of the last 30 seconds are left out: ' +
          'they may still be in progress\\.\\n\\nRESULT +PAYMENTS',
      ),
    })
  })

  await t.test('some payments differ', async (t) => {
    const { shown } = await payAt(
      server,
      venue,
      dojo,
      { at: at('19:30'), amountMinor: 1_500, tipsMinor: 150 },
      { name: 'Bar\u001b[31m' },
    )
    refund(
      dojo.sandbox.simulation,
      accountOf(dojo, venue),
      accountOf(dojo, venue).intents.get(shown.id)!,
      { amount: 500 },
    )
    const orderId = await recordPayment(
      server,
      venue,
      { paymentIntentId: 'pi_unknown', at: at('20:00'), amountMinor: 99_999 },
      { name: 'Table 3' },
    )
    const {
      shown: { id: missing },
    } = makeIntent(dojo, accountOf(dojo, venue), {
      at: at('20:00'),
      amountMinor: 1_970,
      tipsMinor: 30,
      orderId,
    })
    await sql('DELETE FROM jobs')
    const [{ order_id: barId } = {}] = await sql(
      'SELECT order_id FROM payments WHERE payment_intent_id = $1',
      [shown.id],
    )
    t.same(await audit(ofVenue), {
      code: 1,
      stderr: '',
      stdout: `The Red Lion on 2026-11-20, from 2026-11-20T00:00:00.000Z until 2026-11-21T00:00:00.000Z (Europe/London)

RESULT                PAYMENTS         HERE    AT DOJO
agree                        1    22.00 GBP  22.00 GBP
missing here                 1     0.00 GBP  20.00 GBP
missing at Dojo              1   999.99 GBP   0.00 GBP
refunded differently         1    16.50 GBP  11.50 GBP
all                          4  1038.49 GBP  53.50 GBP

missing here: Table 3 (${orderId}), ${missing}
  here     nothing
  at Dojo  19.70 GBP, tip 0.30 GBP, Captured
  It was taken for Table 3, which does not have it: record it there or refund it.

missing at Dojo: Table 3 (${orderId}), pi_unknown
  here     999.99 GBP
  at Dojo  nothing
  Dojo has no such payment: ask the person who took it how it was paid, and check that the API key belongs to the right Dojo account.

refunded differently: Bar [31m (${String(barId)}), ${shown.id}
  here     15.00 GBP, tip 1.50 GBP
  at Dojo  15.00 GBP, tip 1.50 GBP, 5.00 GBP refunded, Captured
  Dojo refunded 5.00 GBP more than is recorded here: record it on the bill.

WAITER         TIPS
Becky      2.00 GBP
no waiter  1.50 GBP

3 of 4 do not agree.
`,
    })

    const { code, stdout, stderr } = await audit([...ofVenue, '--json'])
    t.same({ code, stderr }, { code: 1, stderr: '' })
    t.match(JSON.parse(stdout), {
      locationId: venue.locationId,
      day: '2026-11-20',
      currency: 'GBP',
      from: at('00:00'),
      matched: { count: 1, hereMinor: 2_200, thereMinor: 2_200 },
      different: { missingThere: { count: 1, hereMinor: 99_999, thereMinor: 0 } },
      total: { count: 4, hereMinor: 103_849, thereMinor: 5_350 },
      differences: [
        {
          kind: 'missingHere',
          paymentIntentId: missing,
          orderId,
          orderName: 'Table 3',
          there: { status: 'Captured' },
        },
        { kind: 'missingThere' },
        { kind: 'refunded' },
      ],
      tips: [{ waiterName: 'Becky', tipsMinor: 200 }, { tipsMinor: 150 }],
    })
    t.same(
      [await sql('SELECT 1 FROM jobs'), await sql('SELECT 1 FROM day_audits')],
      [[], []],
      'it changes nothing',
    )
  })

  await t.test('what cannot be audited', async (t) => {
    checkFailure(t, await audit(['--location', venue.locationId, '--date', '2099-01-01']), {
      code: 1,
      message:
        'The day 2099-01-01 has not begun at The Red Lion (Europe/London): ' +
        'choose one that is over, or today.',
    })
    checkFailure(t, await audit(ofVenue, { SOFTWARE_HOUSE_ID: '' }), {
      code: 1,
      message: 'SOFTWARE_HOUSE_ID is not set. Dojo gives every EPOS company one.',
    })
    dojo.sandbox.simulation.faultsOf(accountOf(dojo, venue)).add({ kind: 'api-401', times: 1 })
    checkFailure(t, await audit(ofVenue), {
      code: 1,
      message: /^Dojo answered POST \/payment-intents\/search with 401/,
    })
  })
})
