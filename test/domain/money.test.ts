import fc from 'fast-check'
import t from 'tap'
import { decimal, hundredthsOf, minorOf, printed, spoken } from '../../src/domain/money.ts'

t.test('an amount in minor units', async (t) => {
  t.equal(minorOf({ value: 1250, currencyCode: 'GBP' }, 'GBP', 'totalAmount'), 1250)
  t.throws(() => minorOf({ value: 1, currencyCode: 'EUR' }, 'GBP', 'totalAmount'), {
    type: 'InvalidRequest',
    message: /totalAmount\.currencyCode is EUR/,
  })
  t.throws(() => minorOf({ value: -1, currencyCode: 'GBP' }, 'GBP', 'totalAmount'), {
    type: 'InvalidRequest',
    message: /totalAmount\.value is -1/,
  })
  t.throws(() => minorOf({ value: 2 ** 53, currencyCode: 'GBP' }, 'GBP', 'totalAmount'), {
    type: 'InvalidRequest',
    message: /larger than 9007199254740991/,
  })
})

t.test('as people say it', async (t) => {
  t.equal(spoken(1250, 'GBP'), '12.50 GBP')
  t.equal(spoken(5, 'EUR'), '0.05 EUR')
  t.equal(spoken(-105, 'GBP'), '-1.05 GBP')
})

t.test('as it stands on paper', async (t) => {
  t.equal(printed(1250, 'GBP'), '£12.50')
  t.equal(printed(5, 'EUR'), '€0.05')
  t.equal(printed(-105, 'GBP'), '-£1.05')
  t.equal(printed(-0, 'GBP'), '£0.00', 'nothing has no sign')
  t.equal(printed(99, 'SEK'), 'SEK 0.99')
  t.equal(printed(Number.MAX_SAFE_INTEGER, 'GBP'), '£90071992547409.91')
})

t.test('as people type it', async (t) => {
  for (const [text, hundredths] of [
    ['14.95', 1495],
    ['0.07', 7],
    ['1.1', 110],
    ['20', 2000],
    ['007', 700],
    ['99999999.99', 9_999_999_999],
  ] as const) {
    t.equal(hundredthsOf(text), hundredths, text)
  }
  for (const text of [
    '',
    '.5',
    '5.',
    '1.005',
    '-1',
    '+1',
    '1,50',
    '1e3',
    '£5',
    '0x10',
    '100000000',
    ' 1',
    'NaN',
    '1.5.0',
    '١',
  ]) {
    t.equal(hundredthsOf(text), undefined, text)
  }
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9_999_999_999 }),
      (minor) => hundredthsOf(decimal(minor)) === minor,
    ),
  )
})
