import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { secretsKeyOf } from '../../src/operator/secrets-key.ts'

const KEY = '0123456789abcdef'.repeat(4)

t.test('SECRETS_KEY is the key', async (t) => {
  const dataDir = join(t.testdir(), 'data')
  for (const embedded of [true, false]) {
    t.equal(secretsKeyOf({ secretsKey: KEY, dataDir, embedded }), KEY)
  }
  t.notOk(existsSync(dataDir), 'no file is made')
})

t.test('the embedded database gets one of its own', async (t) => {
  const dir = t.testdir()
  const dataDir = join(dir, 'data')
  const place = { secretsKey: undefined, dataDir, embedded: true }
  const made = secretsKeyOf(place)
  t.match(made, /^[0-9a-f]{64}$/)
  t.same(readdirSync(dataDir), ['secrets-key'])
  const file = join(dataDir, 'secrets-key')
  t.equal(readFileSync(file, 'utf8').trim(), made)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(secretsKeyOf(place), made, 'the same from then on')
  t.not(secretsKeyOf({ ...place, dataDir: join(dir, 'other') }), made)
})

t.test('a caller that must change nothing makes none', async (t) => {
  const dataDir = t.testdir()
  const place = { secretsKey: undefined, dataDir, embedded: true }
  t.throws(() => secretsKeyOf(place, { mayMake: false }), /secrets-key is missing.*Restore it/)
  t.same(readdirSync(dataDir), [])
  t.equal(
    secretsKeyOf(place, { mayMake: true }),
    secretsKeyOf(place, { mayMake: false }),
    'and reads one that is there',
  )
})

t.test('a file that holds something else is not a key', async (t) => {
  const dataDir = t.testdir()
  for (const content of ['', KEY.slice(1), `${KEY}0`, KEY.replace('0', 'x')]) {
    writeFileSync(join(dataDir, 'secrets-key'), content)
    t.throws(
      () => secretsKeyOf({ secretsKey: undefined, dataDir, embedded: true }),
      /secrets-key does not contain 64 hexadecimal digits/,
    )
    t.equal(readFileSync(join(dataDir, 'secrets-key'), 'utf8'), content, 'and stays as it is')
  }
})

t.test('another database needs SECRETS_KEY', async (t) => {
  const dataDir = join(t.testdir(), 'data')
  t.throws(
    () => secretsKeyOf({ secretsKey: undefined, dataDir, embedded: false }),
    /SECRETS_KEY is not set.*openssl rand -hex 32/,
  )
  t.notOk(existsSync(dataDir))
})
