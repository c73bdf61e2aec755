import { parse } from 'csv-parse/sync'
import t from 'tap'
import { csvOf, unguarded } from '../../src/lib/csv.ts'

t.test('a row a line, with an empty cell where there is nothing', async (t) => {
  t.equal(
    csvOf([
      ['name', 'count', 'amount'],
      ['Soup', 2, { number: '-12.34' }],
      ['', undefined, 0],
    ]),
    '\uFEFFname,count,amount\r\nSoup,2,-12.34\r\n,,0\r\n',
  )
})

t.test('cells with commas, quotes and any line break are quoted', async (t) => {
  t.equal(
    csvOf([['a,b', 'say "x"', 'one\ntwo', 'one\rtwo', 'one\r\ntwo']]),
    '\uFEFF"a,b","say ""x""","one\ntwo","one\rtwo","one\r\ntwo"\r\n',
  )
})

t.test('no text starts a formula', async (t) => {
  for (const sign of [
    '=',
    '+',
    '-',
    '@',
    '\t',
    '\r',
    '\n',
    '\uFF1D',
    '\uFF0B',
    '\uFF0D',
    '\uFF20',
  ]) {
    const text = `${sign}SUM(A1)`
    const [[cell]] = parse(csvOf([[text]]), { bom: true }) as unknown as [[string]]
    t.equal(cell, `'${text}`, JSON.stringify(sign))
    t.equal(unguarded(cell), text, 'and it comes back as it was')
  }
})

t.test('text that already starts with quotes comes back as it was', async (t) => {
  for (const text of ["'", "'tis", "'=1", "''=1", "'\t=1", 'a=1', '']) {
    const [[cell]] = parse(csvOf([[text, 'x']]), { bom: true }) as unknown as [[string]]
    t.equal(unguarded(cell), text, text)
  }
})
