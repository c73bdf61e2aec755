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
import type { Account, RestIntegration } from '../dojo/state.ts'
import type { EposAddress } from '../epos/http-transport.ts'
import type { TransportName } from '../epos/transport.ts'
import type { SocketTimes } from '../gateway/connection.ts'
import { limits } from '../limits.ts'
import { scenarios, type Scenario } from '../scenarios/index.ts'
import type { ChecklistResult } from '../counter/checklist.ts'
import { createOrderSupply } from './order-supply.ts'
import { runScenario, type ScenarioRun } from './scenario-run.ts'

export interface CertifyOptions extends ChecklistOptions, EposAddress {}

export interface ChecklistOptions {
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
  product: Product | 'all' | 'pay-at-counter'
  /** Whether only some of the product's scenarios ran. */
  isSelection: boolean
  startedAt: string
  milliseconds: number
  runs: ScenarioRun[]
  /** True when the events that were sent named a made-up Dojo account. */
  isAccountMadeUp: boolean
  /** What the go-live checklist asks besides, and the EPOS Data API alone cannot show. */
  notCovered: readonly string[]
  /** Every row of Dojo's checklist for a till at the counter. */
  checklist?: readonly ChecklistResult[]
}

const NOT_COVERED: readonly string[] = [
  'The POS reports an invalid Dojo API key clearly.',
  'The version header is fixed in the code, and the lowest version of the POS that supports ' +
    'the integration is on record.',
  'The POS can read and change the registered capabilities (GET and PUT /epos/integrations).',
  'Matched refunds on a terminal, and their failure, are shown to the user.',
]
const ONLY_OVER_SOCKET =
  'A broken WebSocket is opened again, where that transport is used (--socket).'

const ACCOUNT_KEY = 'sk_sandbox_certify'

/**
 * Certifies an EPOS over REST. Whatever the server does is part of the certificate.
 * @throws Error when no scenario is chosen, or when the server does not answer or rejects the
 *   credential
 */
export async function certify(options: CertifyOptions): Promise<Certificate> {
  const { url, username, password } = options
  const chosen = chosenScenarios(options, 'rest')
  const simulation = createCertifierSimulation(options, { key: ACCOUNT_KEY })
  try {
    const account = simulation.account(ACCOUNT_KEY)
    const capabilities = offeredCapabilities(simulation, options)
    const createdAt = simulation.clock.now()
    account.rest = { url, username, password, createdAt, capabilities }
    await mustAnswer(simulation, account)
    return await playChecklist({ chosen, simulation, account, options, url })
  } finally {
    await simulation.close()
  }
}

/** A simulation whose only events are those that the scenarios send. */
export function createCertifierSimulation(
  { seed, eposTimeoutMs, wait }: ChecklistOptions,
  { key, socketTimes }: { key: string; socketTimes?: Partial<SocketTimes> },
): Simulation {
  return createSimulation({
    seed: seed ?? Math.floor(Math.random() * 0x7fff_ffff),
    keys: [key],
    faults: [],
    eposTimeoutMs: eposTimeoutMs ?? limits.eposTimeoutMs,
    perform: async () => {},
    wait,
    socketTimes,
  })
}

/** Plays the chosen scenarios against the EPOS that the account has registered. */
export async function playChecklist({
  url,
  ...checklist
}: Checklist & { url: string }): Promise<Certificate> {
  const { chosen, simulation, account, options } = checklist
  const startedAt = simulation.clock.now()
  const startedMs = performance.now()
  account.accountId = options.accountId ?? account.accountId
  const runs = await runAll(checklist)
  return {
    verdict: runs.length < chosen.length ? 'incomplete' : verdictOn(runs),
    url,
    product: options.product,
    isSelection: options.only !== undefined || runs.length < chosen.length,
    startedAt,
    milliseconds: performance.now() - startedMs,
    runs,
    isAccountMadeUp: options.accountId === undefined,
    notCovered: account.ws === undefined ? [...NOT_COVERED, ONLY_OVER_SOCKET] : NOT_COVERED,
  }
}

/** @throws Error when no scenario fits */
export function chosenScenarios(
  { product, only }: ChecklistOptions,
  transport: TransportName,
): Scenario[] {
  const chosen = scenarios.filter(
    (scenario) =>
      (product === 'all' || scenario.products.includes(product)) &&
      (scenario.transport ?? transport) === transport &&
      (only === undefined || only.includes(scenario.name)),
  )
  if (chosen.length === 0) {
    const about = product === 'all' ? '' : ` about ${product}`
    const way = transport === 'rest' ? 'REST' : 'a WebSocket'
    throw new Error(`None of the chosen scenarios is${about} over ${way}. Choose others.`)
  }
  return chosen
}

/** Everything that the server offers, as a till would register it. */
export function offeredCapabilities(
  simulation: Simulation,
  { without = [] }: ChecklistOptions,
): RestIntegration['capabilities'] {
  const updatedAt = simulation.clock.now()
  const left = new Set(without.flatMap((name) => registeredNames(name)))
  return registerableNames
    .filter((name) => !left.has(name))
    .map((name) => ({ name, version: CAPABILITY_VERSION, updatedAt }))
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

interface Checklist {
  chosen: readonly Scenario[]
  simulation: Simulation
  account: Account
  options: ChecklistOptions
}

async function runAll({ chosen, simulation, account, options }: Checklist): Promise<ScenarioRun[]> {
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

export function verdictOn(runs: readonly ScenarioRun[]): Verdict {
  const mandatory = runs.filter(({ scenario }) => scenario.mandatory)
  if (mandatory.some(({ outcome }) => outcome === 'failed')) return 'failed'
  return mandatory.some(({ outcome }) => outcome === 'skipped') ? 'incomplete' : 'passed'
}
