import t from 'tap'
import { isSignature, isSignedWith } from '../../../src/dojo/webhooks/signature.ts'

/** The example in Dojo's documentation. */
const BODY =
  '{"id":"evt_hnnHxIKR_Uy6bhZCusCltw","event":"payment_intent.created","accountId":"acc_test",' +
  '"createdAt":"2022-02-01T13:07:41.8667859Z","data":{"paymentIntentId":' +
  '"pi_vpwd4ooAPEqyNAQe4z89WQ","paymentStatus":"Created","captureMode":"Auto"}}'
const SECRET = 'PDYkJQq6sESYHp_zJuTTBQ'
const SIGNATURE =
  'sha256=4B-49-F8-FE-25-A7-E6-7D-00-4F-A7-9C-F8-0B-63-00-' +
  'C7-77-B4-F2-2D-E5-E1-22-84-FA-04-18-50-A1-76-FD'

t.test('the example of the documentation', async (t) => {
  t.ok(isSignature(SIGNATURE))
  t.ok(isSignedWith(SIGNATURE, Buffer.from(BODY), SECRET))
})

t.test('what it is not the signature of', async (t) => {
  const bytes = Buffer.from(BODY)
  const fooledAt = [...bytes.keys()].filter((position) => {
    const altered = Buffer.from(bytes)
    altered[position]! ^= 1
    return isSignedWith(SIGNATURE, altered, SECRET)
  })
  t.same(fooledAt, [], 'a body with one bit altered')
  t.notOk(isSignedWith(SIGNATURE, Buffer.from(`${BODY}\n`), SECRET), 'the body and a line break')
  t.notOk(
    isSignedWith(SIGNATURE, Buffer.from(JSON.stringify(JSON.parse(BODY), null, 1)), SECRET),
    'the body with spaces',
  )
  for (const secret of ['', SECRET.toLowerCase(), `${SECRET} `, SECRET.slice(1)]) {
    t.notOk(isSignedWith(SIGNATURE, bytes, secret), `under ${secret}`)
  }
  t.notOk(isSignedWith(SIGNATURE.replace(/FD$/, 'FC'), bytes, SECRET), 'another last byte')
  t.notOk(isSignedWith(SIGNATURE.replace('4B', '4A'), bytes, SECRET), 'another first byte')
})

t.test('secrets and bodies are UTF-8', async (t) => {
  // echo -n '{"a":"é"}' | openssl dgst -sha256 -hmac 'schlüssel'
  t.ok(
    isSignedWith(
      'sha256=88-63-44-9E-23-FA-2D-56-69-D6-31-3D-70-19-28-F3-' +
        '9B-4E-43-81-58-67-49-BD-27-12-42-7C-85-E6-C0-F1',
      Buffer.from('{"a":"é"}'),
      'schlüssel',
    ),
  )
})

t.test('what could be no signature', async (t) => {
  const cases: [name: string, header: unknown][] = [
    ['none', undefined],
    ['an empty one', ''],
    ['two', [SIGNATURE, SIGNATURE]],
    ['two in one', `${SIGNATURE}, ${SIGNATURE}`],
    ['lower case', SIGNATURE.toLowerCase()],
    ['without its scheme', SIGNATURE.slice('sha256='.length)],
    ['another scheme', SIGNATURE.replace('256', '512')],
    ['one byte less', SIGNATURE.slice(0, -3)],
    ['half a byte less', SIGNATURE.slice(0, -1)],
    ['one byte more', `${SIGNATURE}-00`],
    ['a line break after it', `${SIGNATURE}\n`],
    ['no dashes', SIGNATURE.replaceAll('-', '')],
    ['no hexadecimal', SIGNATURE.replace('FD', 'XY')],
    ['spaces', SIGNATURE.replaceAll('-', ' ')],
  ]
  for (const [name, header] of cases) t.notOk(isSignature(header), name)
})
