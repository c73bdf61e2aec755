// The certifier: runs every scenario of a product against an EPOS Data server, and says whether it
// is ready to go live.
import {
  CAPABILITY_VERSION,
  lockCapabilities,
  registerableNames,
  registeredNames,
  type CapabilityName,
  type Product,
} from '../../contract/capabilities.ts'
import { createSimulation, type Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import type { EposAddress, EposClient } from '../epos/client.ts'
import { limits } from '../limits.ts'
import { balanceOf } from '../products/money.ts'
import { scenarios, type Scenario } from '../scenarios/index.ts'
import { runScenario, type ScenarioRun } from './scenario-run.ts'

export interface CertifyOptions extends EposAddress {
  product: Product | 'all'
  /**
   * Open orders that may be paid. Each payment is given back after its scenario, and an order that
   * owes enough again is paid by another.
   */
  orderIds?: readonly string[]
  /** Capabilities that the server does not offer. */
  without?: readonly CapabilityName[]
  currencyCode?: string
  /** The Dojo account of the events that are sent; made up by default. */
  accountId?: string
  /**
   * The same seed sends the same ids, which a server that knows them takes for repetitions. Random
   * by default.
   */
  seed?: number
  eposTimeoutMs?: number
  /** Replaces waiting in tests. */
  wait?: (milliseconds: number) => Promise<void>
  /** Only the scenarios with these names. */
  only?: readonly string[]
  onStart?: (scenario: Scenario, finished: number, total: number) => void
  onRun?: (run: ScenarioRun, finished: number, total: number) => void
  /** Asked before each scenario; true ends the certification early. */
  isInterrupted?: () => boolean
}

/** `incomplete`: no mandatory scenario failed, but some could not run. */
export type Verdict = 'passed' | 'failed' | 'incomplete'

export interface Certificate {
  verdict: Verdict
  url: string
  product: Product | 'all'
  /** Whether only some of the product's scenarios ran. */
  isSelection: boolean
  startedAt: string
  milliseconds: number
  runs: ScenarioRun[]
  /** True when the events that were sent named a made-up Dojo account. */
  isAccountMadeUp: boolean
  /** What the go-live checklist asks besides, and the EPOS Data API alone cannot show. */
  notCovered: readonly string[]
}

const NOT_COVERED: readonly string[] = [
  'The POS reports an invalid Dojo API key clearly.',
  'The version header is fixed in the code, and the lowest version of the POS that supports ' +
    'the integration is on record.',
  'The POS can read and change the registered capabilities (GET and PUT /epos/integrations).',
  'Matched refunds on a terminal, and their failure, are shown to the user.',
  'A broken WebSocket is opened again, where that transport is used.',
]

const ACCOUNT_KEY = 'sk_sandbox_certify'

/**
 * Whatever the server does is part of the certificate.
 * @throws Error when no scenario is chosen, or when the server does not answer or rejects the
 *   credential
 */
export async function certify(options: CertifyOptions): Promise<Certificate> {
  const { url, product, only } = options
  const chosen = chosenScenarios(options)
  const simulation = createSimulation({
    seed: options.seed ?? Math.floor(Math.random() * 0x7fff_ffff),
    keys: [ACCOUNT_KEY],
    faults: [],
    eposTimeoutMs: options.eposTimeoutMs ?? limits.eposTimeoutMs,
    perform: async () => {},
    wait: options.wait,
  })
  const startedAt = simulation.clock.now()
  const startedMs = performance.now()
  try {
    const account = registeredAccount(simulation, options)
    await mustAnswer(simulation, account)
    const runs = await runAll(chosen, { simulation, account, options })
    return {
      verdict: runs.length < chosen.length ? 'incomplete' : verdictOn(runs),
      url,
      product,
      isSelection: only !== undefined || runs.length < chosen.length,
      startedAt,
      milliseconds: performance.now() - startedMs,
      runs,
      isAccountMadeUp: options.accountId === undefined,
      notCovered: NOT_COVERED,
    }
  } finally {
    await simulation.close()
  }
}

function chosenScenarios({ product, only }: CertifyOptions): Scenario[] {
  const chosen = scenarios.filter(
    ({ name, products }) =>
      (product === 'all' || products.includes(product)) &&
      (only === undefined || only.includes(name)),
  )
  if (chosen.length === 0) {
    throw new Error(`None of the chosen scenarios is about ${product}. Choose others.`)
  }
  return chosen
}

/** Registers everything that the server offers, as a till would. */
function registeredAccount(
  simulation: Simulation,
  { url, username, password, without = [], accountId }: CertifyOptions,
): Account {
  const account = simulation.account(ACCOUNT_KEY)
  account.accountId = accountId ?? account.accountId
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
  return account
}

/** @throws Error */
async function mustAnswer(simulation: Simulation, account: Account): Promise<void> {
  const { url } = account.rest!
  const { noAnswer, status } = await simulation
    .eposClientOf(account)!
    .call('GetOrderById', { orderId: 'none' }, { product: 'PayAtTable' })
  if (noAnswer !== undefined) throw new Error(`No EPOS answers at ${url}: ${noAnswer}.`)
  if (status === 401) {
    throw new Error(`The EPOS at ${url} rejects this username and password.`)
  }
}

async function runAll(
  chosen: readonly Scenario[],
  {
    simulation,
    account,
    options,
  }: { simulation: Simulation; account: Account; options: CertifyOptions },
): Promise<ScenarioRun[]> {
  const { orderIds = [], without = [], currencyCode, onStart, onRun, isInterrupted } = options
  const orders = createOrderSupply(orderIds)
  const currency: Record<string, string> = currencyCode === undefined ? {} : { currencyCode }
  const runs: ScenarioRun[] = []
  for (const scenario of chosen) {
    if (isInterrupted?.() === true) break
    onStart?.(scenario, runs.length, chosen.length)
    const missing = scenario.needs.find((name) => without.includes(name))
    if (missing === undefined) {
      const taken = orders.take(scenario)
      const run = await runScenario(scenario, {
        simulation,
        account,
        seed: scenario.name,
        parameters: { ...currency, ...taken },
        takesPaymentsBack: true,
      })
      await orders.giveBack(scenario, taken, simulation.eposClientOf(account)!)
      runs.push(run)
    } else runs.push(skippedRun(scenario, missing))
    const run = runs.at(-1)!
    onRun?.(run, runs.length, chosen.length)
  }
  return runs
}

interface OrderSupply {
  /** The orders for a scenario, by the names of their parameters; none when there are too few. */
  take: (scenario: Scenario) => Record<string, string>
  /** Orders that can be paid again serve other scenarios. */
  giveBack: (
    scenario: Scenario,
    taken: Readonly<Record<string, string>>,
    epos: EposClient,
  ) => Promise<void>
}

/** Enough for every scenario, of which some pay a tenth of the balance or 700. */
const USEFUL_BALANCE_MINOR = 1_000

/** A scenario that does not use up its order leaves it to the next one. */
function createOrderSupply(orderIds: readonly string[]): OrderSupply {
  const unused = [...orderIds]
  return {
    take: ({ parameters = [], usesUpOrder = false }) => {
      const names = parameters
        .map(({ name }) => name)
        .filter((name) => name === 'orderId' || name === 'otherOrderId')
      if (unused.length < names.length) return {}
      const ids = usesUpOrder ? unused.splice(0, names.length) : unused.slice(0, names.length)
      return Object.fromEntries(names.map((name, index) => [name, ids[index]!]))
    },
    giveBack: async ({ usesUpOrder = false }, taken, epos) => {
      if (!usesUpOrder) return
      for (const orderId of Object.values(taken)) {
        const { output } = await epos.call('GetOrderById', { orderId }, { product: 'PayAtTable' })
        if (output?.totalAmount === undefined || output.payable === false) continue
        if (balanceOf(output) >= USEFUL_BALANCE_MINOR) unused.push(orderId)
      }
    },
  }
}

/** Locking is optional. Anything else that is left out leaves a hole in the certificate. */
function skippedRun(scenario: Scenario, missing: CapabilityName): ScenarioRun {
  const isOptional = lockCapabilities.includes(missing)
  return {
    scenario: isOptional ? { ...scenario, mandatory: false } : scenario,
    outcome: 'skipped',
    steps: [],
    reason: `Needs ${missing}, which the server does not offer (--without).`,
    milliseconds: 0,
  }
}

function verdictOn(runs: readonly ScenarioRun[]): Verdict {
  const mandatory = runs.filter(({ scenario }) => scenario.mandatory)
  if (mandatory.some(({ outcome }) => outcome === 'failed')) return 'failed'
  return mandatory.some(({ outcome }) => outcome === 'skipped') ? 'incomplete' : 'passed'
}
