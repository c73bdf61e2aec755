// `Row` derives a column's name from its field's name; the schema has to keep to that.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const schema = readFileSync(join(import.meta.dirname, '../../prisma/schema.prisma'), 'utf8')

const FIELD = /^ {2}(?<field>\w+) +[A-Z]\w*\??(?:\[\])?(?<attributes>.*)$/gm

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

t.test("every column is its field's name in snake case", async (t) => {
  const columns = [...schema.matchAll(FIELD)].flatMap(({ groups }) => {
    const { field = '', attributes = '' } = groups ?? {}
    const column = /@map\("(\w+)"\)/.exec(attributes)?.[1]
    return column === undefined ? [] : [{ field, column }]
  })
  t.ok(columns.length > 150, 'the schema was read')
  for (const { field, column } of columns) t.equal(column, snakeCase(field), field)
})

t.test('a field without a column of its own name is one lower-case word', async (t) => {
  const scalar =
    /^ {2}(\w*[A-Z]\w*) +(?:String|Int|BigInt|Boolean|Bytes|DateTime|Json)\b(?!.*@map)/gm
  t.strictSame(
    [...schema.matchAll(scalar)].map(([, field]) => field),
    [],
  )
})
