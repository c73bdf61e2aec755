// This server at Dojo's gateway: it opens WebSockets to the stand-in, and every scenario goes
// through them.
import t, { type Test } from 'tap'
import type { Account } from '../../../src/sandbox/dojo/state.ts'
import { runScenario } from '../../../src/sandbox/runs/scenario-run.ts'
import { scenarios, type Scenario } from '../../../src/sandbox/scenarios/index.ts'
import { seedDemo } from '../../../src/operator/demo.ts'
import { changeSettings } from '../../../src/operator/settings.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { registerVenue } from '../../../src/operator/register.ts'
import { startServer, type Venue } from '../../support/server.ts'
import { SECRETS_KEY, SOFTWARE_HOUSE_ID } from '../../support/with-dojo.ts'
import { startSandbox } from '../support/dojo.ts'

const { sandbox, url } = await startSandbox(t, { seed: 12 })
const { simulation } = sandbox
const server = await startServer(t, {
  environment: {
    DOJO_API_URL: url,
    DOJO_SOCKET_URL: `${url.replace('http', 'ws')}/epos`,
    SOFTWARE_HOUSE_ID,
    SECRETS_KEY,
  },
})

/** Registers the venue for the WebSocket, and waits until the server has connected it. */
async function connect({ locationId }: Venue): Promise<Account> {
  const { store } = server
  const key = `sk_sandbox_${locationId}`
  const account = simulation.account(key)
  const opening = simulation.gateway.lineOf(account).nextConnection(10_000)
  await server.asOwner(locationId, seedDemo)
  await setDojoKey(store.prisma, locationId, key, SECRETS_KEY)
  await changeSettings(store, locationId, { transport: 'socket' })
  await registerVenue(
    {
      store,
      config: {
        publicUrl: undefined,
        routePrefix: '',
        softwareHouseId: SOFTWARE_HOUSE_ID,
        resellerId: undefined,
        dojoApiUrl: url,
      },
      secretsKey: () => SECRETS_KEY,
    },
    { locationId },
  )
  if ((await opening) === undefined) throw new Error('The server did not connect.')
  return account
}

async function play(t: Test, account: Account, chosen: readonly Scenario[]): Promise<void> {
  for (const scenario of chosen) {
    const { outcome, reason } = await runScenario(scenario, {
      simulation,
      account,
      seed: scenario.name,
    })
    t.equal(outcome, 'passed', `${scenario.name}${reason === undefined ? '' : `: ${reason}`}`)
  }
}

t.test('every scenario passes over a WebSocket', async (t) => {
  const isPatient = ({ name }: Scenario): boolean => /Keepalive|Half-open/.test(name)
  const played = scenarios.filter(({ transport }) => transport !== 'rest')
  const [one, other] = [server.venue, await server.newVenue('The White Hart')]
  const accounts = [await connect(one), await connect(other)] as const
  // Those that wait for the server's timers have a venue of their own meanwhile. The server pings
  // a WebSocket more often once it has been used, which `Get Order` is for.
  await Promise.all([
    play(
      t,
      accounts[0],
      played.filter((each) => !isPatient(each)),
    ),
    play(
      t,
      accounts[1],
      played.filter((each) => each.name === 'Get Order' || isPatient(each)),
    ),
  ])
  const differing = await server.sql(
    `SELECT detail->>'reason' AS reason FROM order_history
      WHERE action = 'PaymentVoided' AND detail->>'reason' LIKE '% but the payment is %'`,
  )
  t.same(differing, [], 'what the server asked Dojo about agrees with what was recorded')
})
