// How people write numbers and divide cells.
import fc from 'fast-check'
import t from 'tap'
import {
  amountIn,
  isFraction,
  layoutOf,
  percentageIn,
} from '../../../src/till/venue/setup/csv-cells.ts'

t.test('amounts', async (t) => {
  for (const [cell, minor] of [
    ['14.95', 1495],
    ['14,95', 1495],
    ['14', 1400],
    ['14,5', 1450],
    ['£14.95', 1495],
    ['£ 14.95', 1495],
    ['14,95 €', 1495],
    ['14,95\u00a0€', 1495],
    ['EUR 14.95', 1495],
    ['14.95 gbp', 1495],
    ['1,234.50', 123_450],
    ['1.234,50', 123_450],
    ['1 234,5', 123_450],
    ['1\u202f234\u202f567', 123_456_700],
    ['1,234,567.89', 123_456_789],
    ['-0.50', -50],
    ['-£0.50', -50],
    ['£-0,50', -50],
    ['\u22120.50', -50],
    ['-0', 0],
    ['0', 0],
    ['1,234', undefined],
    ['1.234', undefined],
    ['1,234,56', undefined],
    ['1,23,456.00', undefined],
    ['1.234.50', undefined],
    ['14.955', undefined],
    ['--1', undefined],
    ['$1', undefined],
    ['', undefined],
    ['1e3', undefined],
    ['14.95.00', undefined],
    ['£', undefined],
  ] as const) {
    t.equal(amountIn(cell), minor, JSON.stringify(cell))
  }
})

t.test('percentages', async (t) => {
  for (const [cell, hundredths] of [
    ['20', 2000],
    ['20%', 2000],
    ['20 %', 2000],
    ['20,00 %', 2000],
    ['12.5', 1250],
    ['0.2%', 20],
    ['0', 0],
    ['-20', undefined],
    ['a fifth', undefined],
  ] as const) {
    t.equal(percentageIn(cell), hundredths, cell)
  }
  for (const cell of ['0.2', '0,2', '.2', '0.125', '0.05']) t.ok(isFraction(cell), cell)
  for (const cell of ['0', '0.0', '0,00', '20', '1.5', '0.2%', '00.2', '']) {
    t.notOk(isFraction(cell), cell)
  }
})

t.test('every amount is read as it was written, wherever that was', async () => {
  const minor = fc.integer({ min: 0, max: 99_999_999 })
  fc.assert(
    fc.property(minor, fc.constantFrom('en-GB', 'de-DE', 'fr-FR', 'de-CH'), (amount, country) => {
      const written = new Intl.NumberFormat(country, { minimumFractionDigits: 2 })
      return amountIn(written.format(amount / 100)) === amount
    }),
  )
})

t.test('what divides cells', async (t) => {
  const columns = ['type', 'id', 'name']
  for (const [text, delimiter, headLine] of [
    ['type,id,name', ',', 1],
    ['type;id;name\narea,;Bar', ';', 1],
    ['\uFEFF"type"\t"id"', '\t', 1],
    ['sep=;\ntype;id', ';', 2],
    ['\uFEFFSEP=|\r\ntype|id', '|', 2],
    ['"sep=;"\ntype;id', ';', 2],
    ['sep=,,,,\ntype,id', ',', 2],
    ['\n\nTYPE; ID', ';', 1],
    ['type', ',', 1],
    ['', ',', 1],
  ] as const) {
    t.strictSame(layoutOf(text, columns), { delimiter, headLine }, JSON.stringify(text))
  }
})
