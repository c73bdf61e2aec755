import { randomBytes } from 'node:crypto'
import t from 'tap'
import { seal, unseal } from '../../src/operator/secrets.ts'

const secretsKey = randomBytes(32).toString('hex')
const secret = 'sk_sandbox_ŷ€s and a tab\t'

t.test('what was sealed opens again', async (t) => {
  t.equal(unseal(seal(secret, secretsKey, 'loc_1'), secretsKey, 'loc_1'), secret)
  t.equal(
    unseal(new Uint8Array(seal(secret, secretsKey, 'loc_1')), secretsKey, 'loc_1'),
    secret,
    'as the database returns it',
  )
  t.equal(unseal(seal('', secretsKey, 'loc_1'), secretsKey, 'loc_1'), '')
})

t.test('the sealed value shows nothing', async (t) => {
  const sealed = seal(secret, secretsKey, 'loc_1')
  t.notOk(sealed.includes(Buffer.from('sk_sandbox_')))
  t.notSame(seal(secret, secretsKey, 'loc_1'), sealed, 'and is another one each time')
})

t.test('it cannot be decrypted', async (t) => {
  const refusal = {
    message:
      'The Dojo key of loc_1 cannot be decrypted: it was stored under another SECRETS_KEY. ' +
      'Set it again with: npx epos location set-dojo-key',
  }
  const sealed = seal(secret, secretsKey, 'loc_1')
  t.throws(
    () => unseal(sealed, randomBytes(32).toString('hex'), 'loc_1'),
    refusal,
    'with another key',
  )
  t.throws(
    () => unseal(seal(secret, secretsKey, 'loc_2'), secretsKey, 'loc_1'),
    refusal,
    'in another venue',
  )
  for (let position = 0; position < sealed.length; position++) {
    const altered = Buffer.from(sealed)
    altered[position]! ^= 1
    t.throws(() => unseal(altered, secretsKey, 'loc_1'), refusal, `with byte ${position} altered`)
  }
  t.throws(() => unseal(sealed, randomBytes(32).toString('hex'), 'loc_1', 'webhook secret'), {
    message:
      'The webhook secret of loc_1 cannot be decrypted: it was stored under another SECRETS_KEY. ' +
      'Fetch it from Dojo again with: npx epos webhooks subscribe',
  })
  for (const length of [0, 1, 12, 13, 28, sealed.length - 1]) {
    t.throws(
      () => unseal(sealed.subarray(0, length), secretsKey, 'loc_1'),
      refusal,
      `cut after ${length} bytes`,
    )
  }
})
