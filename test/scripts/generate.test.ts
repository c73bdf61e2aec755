import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runGenerate } from '../support/scripts.ts'

const ROOT = join(import.meta.dirname, '../..')
const STALE =
  'src/contract/generated/epos-data.ts, src/store/generated/client.ts, ' +
  'src/store/generated/models/Old.ts'
const UP_TO_DATE = { code: 0, stdout: 'The generated files are up to date.\n', stderr: '' }

t.test('generate, in a copy of the tree', async (t) => {
  const root = t.testdir()
  for (const path of ['openapi', 'prisma']) {
    cpSync(join(ROOT, path), join(root, path), { recursive: true })
  }
  const types = join(root, 'src/contract/generated/epos-data.ts')
  const client = join(root, 'src/store/generated/client.ts')
  const stray = join(root, 'src/store/generated/models/Old.ts')

  const first = await runGenerate([], root)
  t.equal(first.code, 0, 'makes everything where nothing is', first)
  t.match(first.stdout, /^Generated .*\n$/)
  t.match(readFileSync(types, 'utf8'), /SearchOrders/)
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
