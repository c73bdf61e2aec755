import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { signatureOf } from '../../../src/sandbox/dojo/signature.ts'

const SECRET = 'PDYkJQq6sESYHp_zJuTTBQ'
const EVENT = {
  id: 'evt_hnnHxIKR_Uy6bhZCusCltw',
  event: 'payment_intent.created',
  accountId: 'acc_test',
  createdAt: '2022-02-01T13:07:41.8667859Z',
  data: {
    paymentIntentId: 'pi_vpwd4ooAPEqyNAQe4z89WQ',
    paymentStatus: 'Created',
    captureMode: 'Auto',
  },
}

t.test('the example that Dojo documents', async (t) => {
  t.equal(
    signatureOf(JSON.stringify(EVENT), SECRET),
    'sha256=4B-49-F8-FE-25-A7-E6-7D-00-4F-A7-9C-F8-0B-63-00-' +
      'C7-77-B4-F2-2D-E5-E1-22-84-FA-04-18-50-A1-76-FD',
  )
})

t.test('another byte or another secret makes another signature', async (t) => {
  const body = JSON.stringify(EVENT)
  const signatures = [
    signatureOf(body, SECRET),
    signatureOf(`${body}\n`, SECRET),
    signatureOf(JSON.stringify(EVENT, null, 1), SECRET),
    signatureOf(body, `${SECRET}=`),
  ]
  t.equal(new Set(signatures).size, signatures.length)
})

t.test('a receiver can verify the HMAC of the bytes', async (t) => {
  let tried = 0
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ minLength: 1, unit: 'binary' }),
      (body, secret) => {
        tried++
        const [scheme, digest] = signatureOf(body, secret).split('=')
        const expected = createHmac('sha256', Buffer.from(secret, 'utf8'))
          .update(Buffer.from(body, 'utf8'))
          .digest()
        return (
          scheme === 'sha256' &&
          digest!.split('-').length === 32 &&
          digest === digest!.toUpperCase() &&
          Buffer.from(digest.replaceAll('-', ''), 'hex').equals(expected)
        )
      },
    ),
    { numRuns: 100 },
  )
  t.ok(tried >= 100)
})
