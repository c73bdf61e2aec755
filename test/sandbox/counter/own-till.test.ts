// Our own till API passes the certification of Pay at Counter, driven by the example program.
// In `npm test` only a part is played: all of it takes a minute, most of it waiting. CERTIFY_ALL=1
// plays all of it.
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { certifyCounter } from '../../../src/sandbox/counter/certifier.ts'
import { driveProgram } from '../../../src/sandbox/counter/lines.ts'
import type { Till } from '../../../src/sandbox/counter/till.ts'
import { changeSettings } from '../../../src/operator/settings.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { atLength } from '../../support/random-runs.ts'
import { startServer } from '../../support/server.ts'
import { newTill } from '../../support/till.ts'

const key = 'sk_sandbox_certify'
const SECRETS_KEY = '00'.repeat(32)
const PROGRAM = join(import.meta.dirname, '../../../examples/counter.ts')

async function openTill(t: Test, dojoApiUrl: string): Promise<Till> {
  const environment = { DOJO_API_URL: dojoApiUrl, SOFTWARE_HOUSE_ID: 'house', SECRETS_KEY }
  const server = await startServer(t, { environment, overrides: { cardPauseMs: 5 } })
  const { databaseUrl, store, venue } = server
  await setDojoKey(store.prisma, venue.locationId, key, SECRETS_KEY)
  await changeSettings(store, venue.locationId, {
    ...{ cashbackMostMinor: 5_000, unlinkedRefundMostMinor: 5_000 },
  })
  const { token } = await newTill(t, server, { role: 'manager' })
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`
  return driveProgram({
    command: `${process.execPath} ${PROGRAM}`,
    environment: {
      ...{ PATH: process.env['PATH'], ...environment, DATABASE_URL: databaseUrl },
      ...{ PUBLIC_URL: url, TILL_URL: url, TILL_TOKEN: token, LOCATION: venue.locationId },
    },
    onRemark: (text) => {
      t.comment(text)
    },
  })
}

const SOME = [
  'Terminals',
  'Item Lines',
  'Cashback',
  'Declined',
  'Signature Rejected',
  'Matched Refund, Successful',
  'Matched Refund, Expired',
  'Captured after Expired',
  'Lost Answer to the Session',
]
const isAll = atLength(process.env['CERTIFY_ALL'] === '1', true)

t.setTimeout(240_000)

t.test('our own till passes what it can play', async (t) => {
  const { runs, verdict } = await certifyCounter({
    ...{ port: 0, key, seed: 1 },
    ...(isAll ? {} : { only: SOME }),
    times: { pollMs: 3_000, showMs: 30_000, lookEveryMs: 10, watchMs: 50, quietMs: 50 },
    openTill: async (url) => await openTill(t, url),
  })
  const notPassed = runs.filter(({ outcome }) => outcome !== 'passed')
  t.strictSame(
    notPassed.map(({ scenario: { name }, outcome }) => `${outcome} ${name}`),
    [],
  )
  t.equal(verdict, 'passed')
})
