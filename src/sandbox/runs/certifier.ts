// The certifier: plays every scenario of a product against an EPOS Data server, and says whether it
// can go live.
import {
  CAPABILITY_VERSION,
  lockCapabilities,
  registerableNames,
  registeredNames,
  type CapabilityName,
  type Product,
} from '../../contract/capabilities.ts'
import { limits } from '../limits.ts'
import { runScenario, type ScenarioRun } from './scenario-run.ts'
import { CONNECTION_REFUSED } from '../epos/transport.ts'
import type { EposAddress } from '../epos/client.ts'
import { scenarios, type Scenario } from '../scenarios/index.ts'
import { createSimulation } from '../dojo/simulation.ts'

export interface CertifyOptions extends EposAddress {
  product: Product | 'all'
  /** Open orders that may be paid; each is used up by one scenario at most. */
  orderIds?: readonly string[]
  /** Capabilities that the server does not offer. */
  without?: readonly CapabilityName[]
  currencyCode?: string
  /**
   * The same seed sends the same ids, which a server that has seen them answers as repetitions; a
   * new one each time unless given.
   */
  seed?: number
  eposTimeoutMs?: number
  /** Only these, for tests and for whoever mends one thing. */
  only?: readonly string[]
  /** Hears of a run once it is over. */
  onRun?: (run: ScenarioRun, played: number, total: number) => void
  onStart?: (scenario: Scenario, played: number, total: number) => void
  /** Asked before each scenario; what is left is not played then. */
  isInterrupted?: () => boolean
}

/** `incomplete`: nothing mandatory failed, and something mandatory could not be played. */
export type Verdict = 'passed' | 'failed' | 'incomplete'

export interface Certificate {
  verdict: Verdict
  url: string
  product: Product | 'all'
  /** True when only some of the product's scenarios were played. */
  isSelection: boolean
  startedAt: string
  milliseconds: number
  runs: ScenarioRun[]
  /** Of the go-live checklist, what nobody can try over the EPOS Data API alone. */
  notCovered: readonly string[]
}

const NOT_COVERED: readonly string[] = [
  'The POS reports an invalid Dojo API key clearly.',
  'The version header is fixed in the code, and the least version of the POS that supports the integration is on record.',
  'The POS can read and change the registered capabilities (GET and PUT /epos/integrations).',
  'Matched refunds on a terminal, and their failure, are shown to the user.',
  'A WebSocket that breaks is opened again, where that transport is used.',
]

const ACCOUNT_KEY = 'sk_sandbox_certify'

/**
 * Whatever the server does is told and not thrown.
 * @throws Error when no scenario is chosen, nobody answers at the url, or the credential is refused
 */
export async function certify(options: CertifyOptions): Promise<Certificate> {
  const {
    url,
    username,
    password,
    product,
    orderIds = [],
    without = [],
    currencyCode,
    seed = Math.floor(Math.random() * 0x7fff_ffff),
    eposTimeoutMs = limits.eposTimeoutMs,
    only,
    onRun,
    onStart,
    isInterrupted,
  } = options
  const simulation = createSimulation({
    seed,
    keys: [ACCOUNT_KEY],
    faults: [],
    eposTimeoutMs,
    perform: async () => {},
  })
  const account = simulation.account(ACCOUNT_KEY)
  const now = simulation.clock.now()
  const left = new Set(without.flatMap((name) => registeredNames(name)))
  account.rest = {
    url,
    username,
    password,
    createdAt: now,
    capabilities: registerableNames
      .filter((name) => !left.has(name))
      .map((name) => ({ name, version: CAPABILITY_VERSION, updatedAt: now })),
  }
  const startedMs = performance.now()
  const orders = createOrderSupply(orderIds)
  const played = scenarios.filter(
    (scenario) =>
      (product === 'all' || scenario.products.includes(product)) &&
      (only === undefined || only.includes(scenario.name)),
  )
  if (played.length === 0) {
    throw new Error('No scenario is chosen: those that are named are none of the product.')
  }
  const runs: ScenarioRun[] = []
  try {
    const { noAnswer, status } = await simulation
      .eposClientOf(account)!
      .call('GetOrderById', { orderId: 'none' }, { product: 'PayAtTable' })
    if (noAnswer !== undefined) throw new Error(`No EPOS answers at ${url}: ${noAnswer}.`)
    if (status === 401) throw new Error(`The EPOS at ${url} refuses this username and password.`)
    for (const [index, scenario] of played.entries()) {
      if (isInterrupted?.() === true) break
      onStart?.(scenario, index, played.length)
      const missing = scenario.needs.find((name) => without.includes(name))
      const run =
        missing === undefined
          ? await runScenario(scenario, {
              simulation,
              account,
              seed: scenario.name,
              parameters: {
                ...(currencyCode === undefined ? {} : { currencyCode }),
                ...orders(scenario),
              },
            })
          : skippedRun(scenario, missing)
      runs.push(run)
      onRun?.(run, index + 1, played.length)
    }
  } finally {
    await simulation.close()
  }
  return {
    verdict: runs.length < played.length ? 'incomplete' : verdictOn(runs),
    url,
    product,
    isSelection: only !== undefined || runs.length < played.length,
    startedAt: now,
    milliseconds: performance.now() - startedMs,
    runs,
    notCovered: NOT_COVERED,
  }
}

/**
 * A scenario that leaves its order as it was has the next one, and leaves it to the one that pays
 * it.
 */
function createOrderSupply(
  orderIds: readonly string[],
): (scenario: Scenario) => Record<string, string> {
  const unused = [...orderIds]
  return ({ parameters = [], usesUpOrder = false }) => {
    const names = parameters
      .map(({ name }) => name)
      .filter((name) => name === 'orderId' || name === 'otherOrderId')
    if (unused.length < names.length) return {}
    const ids = usesUpOrder ? unused.splice(0, names.length) : unused.slice(0, names.length)
    return Object.fromEntries(names.map((name, index) => [name, ids[index]!]))
  }
}

/** Where a server that answered before was gone; what follows says nothing of it. */
export function unreachableSince({ runs }: Certificate): string | undefined {
  const isGone = ({ steps }: ScenarioRun): boolean =>
    steps.some(({ exchanges }) => exchanges.some(({ noAnswer }) => noAnswer === CONNECTION_REFUSED))
  return runs.find(isGone)?.scenario.name
}

/** Locking is optional; whatever else is left out leaves a hole in the certificate. */
function skippedRun(scenario: Scenario, missing: CapabilityName): ScenarioRun {
  const optional = lockCapabilities.includes(missing)
  return {
    scenario: optional ? { ...scenario, mandatory: false } : scenario,
    outcome: 'skipped',
    steps: [],
    reason: `It needs ${missing}, which the server does not offer (--without).`,
    milliseconds: 0,
  }
}

function verdictOn(runs: readonly ScenarioRun[]): Verdict {
  const mandatory = runs.filter(({ scenario }) => scenario.mandatory)
  if (mandatory.some(({ outcome }) => outcome === 'failed')) return 'failed'
  return mandatory.some(({ outcome }) => outcome === 'skipped') ? 'incomplete' : 'passed'
}
