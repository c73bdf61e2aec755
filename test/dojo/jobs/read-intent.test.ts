import t from 'tap'
import type { DojoSchemas } from '../../../src/contract/dojo-api.ts'
import { DojoUnreadable } from '../../../src/dojo/client/errors.ts'
import { intentFactsOf } from '../../../src/dojo/jobs/read-intent.ts'

type PaymentIntent = DojoSchemas['PaymentIntent']

const whole: PaymentIntent = {
  id: 'pi_1',
  status: 'Captured',
  amount: { value: 1_970, currencyCode: 'GBP' },
  tipsAmount: { value: 200, currencyCode: 'GBP' },
  refundedAmount: 500,
  createdAt: '2026-11-20T20:00:00.6050276Z',
  updatedAt: '2026-11-20T20:05:00Z',
  orderDetails: { externalId: 'ord_1' },
}

t.test('what is read', async (t) => {
  t.same(intentFactsOf('GET /x', whole), {
    paymentIntentId: 'pi_1',
    status: 'Captured',
    atMs: Date.UTC(2026, 10, 20, 20, 5),
    createdAtMs: Date.UTC(2026, 10, 20, 20, 0, 0, 605),
    amountMinor: 1_970,
    tipsMinor: 200,
    serviceChargeMinor: 0,
    currency: 'GBP',
    refundedMinor: 500,
    externalId: 'ord_1',
  })
  const bare = {
    ...whole,
    tipsAmount: null,
    refundedAmount: null,
    updatedAt: undefined,
    orderDetails: null,
  }
  t.match(
    intentFactsOf('GET /x', bare),
    {
      atMs: Date.UTC(2026, 10, 20, 20, 0, 0, 605),
      tipsMinor: 0,
      refundedMinor: 0,
      externalId: undefined,
    },
    'what may be missing',
  )
  t.equal(
    intentFactsOf('GET /x', { ...whole, status: 'Disputed' as 'Captured' }).status,
    'Disputed',
    'a status that Dojo has not used before',
  )
  t.equal(
    intentFactsOf('GET /x', { ...whole, tipsAmount: { value: 0, currencyCode: 'string' } })
      .tipsMinor,
    0,
    'a zero tip needs no currency',
  )
})

t.test('what was captured of an authorised amount', async (t) => {
  const money = (value: number) => ({ value, currencyCode: 'GBP' })
  const authorised: PaymentIntent = { ...whole, captureMode: 'Manual', amount: money(3_123) }
  type Captures = NonNullable<PaymentIntent['captures']>
  const cases: [string, Partial<PaymentIntent>, Captures, expected: number[]][] = [
    ['nothing yet', { tipsAmount: money(250) }, [], [3_123, 250, 0]],
    [
      'all at once, the tip in it',
      { tipsAmount: money(250) },
      [{ amount: 3_373 }],
      [3_123, 250, 0],
    ],
    [
      'all in two steps, the tip in them',
      { tipsAmount: money(250) },
      [{ amount: 3_000 }, { amount: 9_999, status: 'Failed' }, { amount: 373 }],
      [3_123, 250, 0],
    ],
    [
      'all at once, with a service charge',
      { tipsAmount: null, serviceChargeAmount: money(312) },
      [{ amount: 3_435 }],
      [3_123, 0, 312],
    ],
    ['the tip named', { tipsAmount: null }, [{ amount: 2_900, tipsAmount: 223 }], [2_900, 223, 0]],
    ['a part of it', { tipsAmount: money(250) }, [{ amount: 2_000 }], [2_000, 0, 0]],
  ]
  for (const [name, fields, captures, expected] of cases) {
    const facts = intentFactsOf('GET /x', { ...authorised, ...fields, captures })
    const { amountMinor, tipsMinor, serviceChargeMinor } = facts
    t.same([amountMinor, tipsMinor, serviceChargeMinor], expected, name)
  }
})

t.test('what makes no sense', async (t) => {
  const cases: { name: string; fields: Record<string, unknown>; fault: string }[] = [
    { name: 'no id', fields: { id: null }, fault: 'has no id' },
    { name: 'an empty id', fields: { id: '' }, fault: 'has no id' },
    { name: 'no status', fields: { status: undefined }, fault: 'has no status' },
    { name: 'no amount', fields: { amount: null }, fault: 'has no amount' },
    {
      name: 'an amount without a currency',
      fields: { amount: { value: 1_970 } },
      fault: 'has no currency',
    },
    {
      name: 'an amount without a value',
      fields: { amount: { currencyCode: 'GBP' } },
      fault: 'has an amount that is not a whole number of minor units',
    },
    {
      name: 'part of a penny',
      fields: { amount: { value: 19.7, currencyCode: 'GBP' } },
      fault: 'has an amount that is not a whole number of minor units',
    },
    {
      name: 'an amount that is not exact',
      fields: { amount: { value: 2 ** 53, currencyCode: 'GBP' } },
      fault: 'has an amount that is not a whole number of minor units',
    },
    {
      name: 'a negative amount',
      fields: { amount: { value: -1, currencyCode: 'GBP' } },
      fault: 'has an amount that is not a whole number of minor units',
    },
    {
      name: 'an amount as text',
      fields: { amount: { value: '1970', currencyCode: 'GBP' } },
      fault: 'has an amount that is not a whole number of minor units',
    },
    {
      name: 'a tip that is not exact',
      fields: { tipsAmount: { value: 2 ** 60, currencyCode: 'GBP' } },
      fault: 'has a tip that is not a whole number of minor units',
    },
    {
      name: 'a tip in another currency',
      fields: { tipsAmount: { value: 1, currencyCode: 'EUR' } },
      fault: 'has a tip in another currency than its amount',
    },
    {
      name: 'a negative refund',
      fields: { refundedAmount: -5 },
      fault: 'has a refunded amount that is not a whole number of minor units',
    },
    { name: 'no time', fields: { createdAt: undefined }, fault: 'has no createdAt' },
    {
      name: 'a time that is not one',
      fields: { createdAt: 'yesterday' },
      fault: 'has createdAt that is not a time',
    },
  ]
  for (const { name, fields, fault } of cases) {
    t.throws(
      () => intentFactsOf('GET /x', { ...whole, ...fields } as PaymentIntent),
      {
        name: 'DojoUnreadable',
        message: `Dojo answered GET /x with 200, but a payment intent ${fault}. Check that DOJO_API_URL is the Dojo API.`,
      },
      name,
    )
  }
  t.throws(() => intentFactsOf('GET /x', {}), DojoUnreadable)
})
