import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { runGenerate } from '../support/scripts.ts'

const STALE =
  'src/contract/generated/epos-data.ts, src/store/generated/client.ts, ' +
  'src/store/generated/models/Old.ts'
const UP_TO_DATE = { code: 0, stdout: 'The generated files are up to date.\n', stderr: '' }

const document = (head: string, name: string): string => `${head}
info: { title: Small, version: '1' }
paths: {}
components:
  schemas:
    ${name}: { type: object, properties: { id: { type: string } } }
`

/** A small tree: what is made of the real documents, a build checks with `generate --check`. */
const SOURCES: Record<string, string> = {
  'openapi/epos-data.yaml': document('openapi: 3.1.0', 'Order'),
  'openapi/epos-data-ws.yaml': document('asyncapi: 3.0.0', 'Envelope'),
  'openapi/dojo-api.yaml': document('openapi: 3.1.0', 'PaymentIntent'),
  'openapi/pac-websockets.yaml': document('asyncapi: 3.0.0', 'Handshake'),
  'prisma/schema.prisma': `generator client {
  provider     = "prisma-client"
  output       = "../src/store/generated"
  importFileExtension = "ts"
}
datasource db {
  provider = "postgresql"
}
model Table {
  id String @id
}
`,
}

t.test('generate, in a tree of its own', async (t) => {
  const root = t.testdir()
  for (const [path, text] of Object.entries(SOURCES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const types = join(root, 'src/contract/generated/epos-data.ts')
  const client = join(root, 'src/store/generated/client.ts')
  const stray = join(root, 'src/store/generated/models/Old.ts')

  const first = await runGenerate([], root)
  t.equal(first.code, 0, 'makes everything where nothing is', first)
  t.match(first.stdout, /^Generated .*\n$/)
  t.match(readFileSync(types, 'utf8'), /Order: \{\s+id\?: string/)
  t.match(readFileSync(join(dirname(types), 'epos-data-ws.ts'), 'utf8'), /Envelope: \{/)
  t.match(readFileSync(client, 'utf8'), /PrismaClient/)

  const good = readFileSync(types, 'utf8')
  writeFileSync(types, `${good}// by hand\n`)
  writeFileSync(stray, '')
  rmSync(client)
  t.same(await runGenerate(['--check'], root), {
    code: 1,
    stdout: '',
    stderr: `Stale: ${STALE}. Make them with: npm run generate\n`,
  })
  t.equal(readFileSync(types, 'utf8'), `${good}// by hand\n`, '--check changes nothing')
  t.same([existsSync(stray), existsSync(client)], [true, false])

  t.same(await runGenerate([], root), { code: 0, stdout: `Generated ${STALE}.\n`, stderr: '' })
  t.equal(readFileSync(types, 'utf8'), good)
  t.same([existsSync(stray), existsSync(client)], [false, true])
  t.same(await runGenerate(['--check'], root), UP_TO_DATE)

  writeFileSync(join(root, 'prisma/schema.prisma'), 'model {')
  const broken = await runGenerate(['--check'], root)
  t.equal(broken.code, 1)
  t.match(broken.stderr, /^prisma generate failed: /)
  t.notMatch(broken.stderr, /^\s+at /m, 'no stack trace')
})
