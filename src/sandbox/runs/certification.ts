// A certification that somebody starts on the page: the checklist against the EPOS of an account,
// scenario by scenario, while others watch. One at a time per account.
import { capabilityNames, products, type Product } from '../../contract/capabilities.ts'
import { Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import { whyNotCalled } from '../products/runner.ts'
import type { Live } from '../wire/live.ts'
import { chosenScenarios, playChecklist, type Certificate, type Verdict } from './certifier.ts'
import {
  createKeyRedactor,
  createRedactor,
  reportAsJson,
  reportAsMarkdown,
  verdictSentence,
} from './report.ts'
import type { Outcome, ReportedScenario, ScenarioRun } from './scenario-run.ts'

export type CertifiedProduct = Product | 'all'

export interface CertificationRow {
  name: string
  section: string
  mandatory: boolean
  /** What a passing EPOS does. */
  expected: string
  state: Outcome | 'running' | 'to come'
  milliseconds?: number
  /** What was seen instead, and what to do. */
  reason?: string
}

export interface CertificationView {
  product: CertifiedProduct
  startedAt: string
  isRunning: boolean
  /** Whether somebody asked it to end early. */
  isStopping: boolean
  milliseconds: number
  rows: CertificationRow[]
  verdict?: Verdict
  /** The verdict in words. */
  sentence?: string
}

export interface Certifications {
  isRunning: (account: Account) => boolean
  /** The newest. @throws Problem 404 when there was none */
  view: (account: Account) => CertificationView
  /** @throws Problem 409 when one runs or a fault is on, 422 when no EPOS can be called */
  start: (account: Account, product: CertifiedProduct) => CertificationView
  /** It ends after the scenario that runs. @throws Problem 404 */
  stop: (account: Account) => CertificationView
  /** @throws Problem 404, 409 while it runs */
  report: (account: Account, format: 'markdown' | 'json') => string
  /** Resolves when the newest is over. */
  finished: (account: Account) => Promise<void>
}

interface Certification {
  view: CertificationView
  startedMs: number
  over: Promise<void>
  certificate?: Certificate
}

export const certifiedProducts: readonly CertifiedProduct[] = [...products, 'all']

export function createCertifications(simulation: Simulation, live: Live): Certifications {
  const newest = new Map<string, Certification>()
  const of = ({ key }: Account): Certification => {
    const known = newest.get(key)
    if (known !== undefined) return known
    throw new Problem(404, 'No certification was started. POST /sandbox/certification starts one.')
  }
  const isRunning = ({ key }: Account): boolean => newest.get(key)?.view.isRunning === true
  return {
    isRunning,
    view: (account) => of(account).view,
    start: (account, product) => {
      if (isRunning(account)) {
        throw new Problem(409, 'A certification runs. Wait until it ends, or stop it.')
      }
      mustBeReady(simulation, account)
      const certification = begun(simulation, account, product)
      newest.set(account.key, certification)
      certification.over = run(simulation, account, certification, live)
      return certification.view
    },
    stop: (account) => {
      const { view } = of(account)
      view.isStopping = view.isRunning
      return view
    },
    report: (account, format) => {
      const { certificate } = of(account)
      if (certificate === undefined) {
        throw new Problem(409, 'The report is written when the certification ends. Wait for it.')
      }
      const redact = redactorFor(account)
      return format === 'json'
        ? reportAsJson(certificate, redact)
        : reportAsMarkdown(certificate, redact)
    },
    finished: async (account) => {
      await of(account).over
    },
  }
}

/** @throws Problem 409, 422 */
function mustBeReady(simulation: Simulation, account: Account): void {
  const reason = whyNotCalled(simulation, account, 'GetOrderById')
  if (reason !== undefined) throw new Problem(422, reason.join('. '))
  if (simulation.faultsOf(account).list().length > 0) {
    throw new Problem(
      409,
      'Faults are switched on, and would fail scenarios that ask for none. Switch them off first.',
    )
  }
}

const transportOf = ({ rest }: Account): 'rest' | 'socket' =>
  rest === undefined ? 'socket' : 'rest'

function begun(simulation: Simulation, account: Account, product: CertifiedProduct): Certification {
  const rows = chosenScenarios({ product }, transportOf(account)).map(rowOf)
  return {
    view: {
      product,
      startedAt: simulation.clock.now(),
      isRunning: true,
      isStopping: false,
      milliseconds: 0,
      rows,
    },
    startedMs: performance.now(),
    over: Promise.resolve(),
  }
}

function rowOf({ name, section, mandatory, expected }: ReportedScenario): CertificationRow {
  return { name, section, mandatory, expected, state: 'to come' }
}

/** Never throws: what goes wrong is shown. */
async function run(
  simulation: Simulation,
  account: Account,
  certification: Certification,
  live: Live,
): Promise<void> {
  const { view, startedMs } = certification
  const changed = (): void => {
    view.milliseconds = performance.now() - startedMs
    live.publish(account.key, 'certification', view)
  }
  try {
    const certificate = await playChecklist({
      chosen: chosenScenarios(view, transportOf(account)),
      simulation,
      account,
      url: account.rest?.url ?? 'a WebSocket',
      options: {
        product: view.product,
        accountId: account.accountId,
        without: capabilityNames.filter((name) => !isOffered(simulation, account, name)),
        isInterrupted: () => view.isStopping,
        onStart: (_scenario, index) => {
          view.rows[index]!.state = 'running'
          changed()
        },
        onRun: (scenarioRun, finished) => {
          Object.assign(view.rows[finished - 1]!, endOf(scenarioRun))
          changed()
        },
      },
    })
    certification.certificate = certificate
    Object.assign(view, { verdict: certificate.verdict, sentence: verdictSentence(certificate) })
  } catch (error) {
    view.verdict = 'incomplete'
    view.sentence = (error as Error).message
  }
  view.isRunning = false
  changed()
}

function isOffered(
  simulation: Simulation,
  account: Account,
  name: (typeof capabilityNames)[number],
): boolean {
  return whyNotCalled(simulation, account, name) === undefined
}

/** Without the steps: the report has them. */
function endOf({ scenario, outcome, reason, milliseconds, steps }: ScenarioRun): CertificationRow {
  const advice = steps
    .filter(({ status }) => status === 'FAILURE')
    .flatMap(({ information }) => information)
    .filter((text) => text !== reason && !text.startsWith('As expected'))
  const why = reason === undefined ? undefined : [reason, ...advice].join(' ')
  return { ...rowOf(scenario), state: outcome, milliseconds, reason: why }
}

function redactorFor({ key, rest }: Account): (text: string) => string {
  const redactKey = createKeyRedactor(key)
  if (rest === undefined) return redactKey
  const redactCredential = createRedactor(rest.username, rest.password)
  return (text) => redactKey(redactCredential(text))
}
