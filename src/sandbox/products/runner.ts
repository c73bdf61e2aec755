// What products and scenarios work with: one account, its EPOS, and a record of every step.
import {
  currentName,
  type CapabilityName,
  type Input,
  type Output,
} from '../../contract/capabilities.ts'
import type { Account } from '../dojo/state.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { EposClient } from '../epos/client.ts'
import type { Exchange, ShownExchange } from '../epos/exchange.ts'
import type { Caller } from '../epos/transport.ts'
import { transportFor } from '../dojo/registered.ts'
import { NOT_CONNECTED } from '../gateway/line.ts'
import { createRandom, seedOf, type Random } from '../kit/random.ts'

export type StepStatus = 'SUCCESS' | 'FAILURE' | 'SKIPPED'

export interface Step {
  name: string
  status: StepStatus
  /** What was expected, what came back, and what to fix. */
  information: string[]
  exchanges: ShownExchange[]
  startedAt: string
  finishedAt: string
}

/** An expectation did not hold. The message says what was expected and what came back. */
export class ExpectationFailed extends Error {
  override readonly name = 'ExpectationFailed'
  /** What to fix. */
  readonly advice: string[]

  constructor(message: string, advice: string[] = []) {
    super(message)
    this.advice = advice
  }
}

/** A scenario cannot run here. The message says what it would need. */
export class ScenarioSkipped extends Error {
  override readonly name = 'ScenarioSkipped'
}

export interface StepLog {
  steps: Step[]
  /** Runs a step. An error ends the run and is noted in the step. */
  step: <T>(name: string, work: () => Promise<T>) => Promise<T>
  /** Adds a line to the current step. */
  note: (text: string) => void
  /** Adds a call that was made elsewhere to the current step. */
  recordExchange: (exchange: ShownExchange) => void
  /** @throws ExpectationFailed when it does not hold */
  expect: (what: string, holds: boolean, got: unknown, advice?: string) => void
}

interface EposCalls {
  isRegistered: (name: CapabilityName) => boolean
  /**
   * Calls the EPOS. A missing answer is a result, too.
   * @throws ExpectationFailed when the capability is not registered, or the answer breaks the
   *   contract
   */
  send: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    caller?: Partial<Caller>,
  ) => Promise<Exchange<Name>>
  /**
   * Calls the EPOS. A refusal is a result, too.
   * @throws ExpectationFailed as `send` does, and when no answer arrives
   */
  call: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    caller?: Partial<Caller>,
  ) => Promise<Exchange<Name>>
  /** Calls the EPOS and expects a success. @throws ExpectationFailed */
  callOk: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    caller?: Partial<Caller>,
  ) => Promise<Output<Name>>
}

interface Cleanups {
  /** Runs at the end of the run, even of a failed one. Its own errors are ignored. */
  addCleanup: (work: () => Promise<unknown>) => void
  cleanUp: () => Promise<void>
}

export interface Runner extends StepLog, EposCalls, Cleanups {
  simulation: Simulation
  account: Account
  /** The run's own random numbers: the same seed repeats the run. */
  random: Random
  parameters: Readonly<Record<string, string>>
}

export interface RunnerOptions {
  simulation: Simulation
  account: Account
  /** The same seed makes the same ids, which an EPOS takes for a repetition. */
  seed: string
  parameters?: Readonly<Record<string, string>>
  product?: string
  /** The name of the scenario that is played. */
  scenario?: string
  /** Called when a step starts and again when it ends. */
  onStep?: (step: Step, isOver: boolean) => void
}

export function createRunner(options: RunnerOptions): Runner {
  const { simulation, account, seed, parameters = {} } = options
  const log = createStepLog(options)
  return {
    simulation,
    account,
    parameters,
    random: createRandom(simulation.seed ^ seedOf(seed)),
    ...log,
    ...createEposCalls(options, log.recordExchange),
    ...createCleanups(),
  }
}

// --- steps

export function createStepLog({
  simulation: { clock },
  onStep,
}: Pick<RunnerOptions, 'simulation' | 'onStep'>): StepLog {
  const steps: Step[] = []
  let current: Step | undefined
  const note = (text: string): void => {
    current?.information.push(text)
  }
  return {
    steps,
    note,
    recordExchange: (exchange) => {
      current?.exchanges.push(exchange)
    },
    expect: (what, holds, got, advice) => {
      if (!holds) {
        throw new ExpectationFailed(
          `Expected: ${what}. Got: ${shown(got)}.`,
          advice === undefined ? [] : [advice],
        )
      }
      note(`${AS_EXPECTED}${what}`)
    },
    step: async (name, work) => {
      const outer = current
      const step = newStep(name, clock.now())
      steps.push(step)
      current = step
      onStep?.(step, false)
      try {
        return await work()
      } catch (error) {
        noteError(step, error as Error)
        throw error
      } finally {
        step.finishedAt = clock.now()
        current = outer
        onStep?.(step, true)
      }
    },
  }
}

/** Opens the line of an expectation that held. */
export const AS_EXPECTED = 'As expected: '

const newStep = (name: string, startedAt: string): Step => ({
  name,
  status: 'SUCCESS',
  information: [],
  exchanges: [],
  startedAt,
  finishedAt: '',
})

function noteError(step: Step, error: Error): void {
  step.status = error instanceof ScenarioSkipped ? 'SKIPPED' : 'FAILURE'
  step.information.push(error.message)
  if (error instanceof ExpectationFailed) step.information.push(...error.advice)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

// --- calls

function createEposCalls(
  { simulation, account, product = 'PayAtTable', scenario }: RunnerOptions,
  recordExchange: (exchange: Exchange) => void,
): EposCalls {
  const epos = simulation.eposClientOf(account)
  const send: EposCalls['send'] = async (name, input, caller = {}) => {
    const target = registeredEpos(simulation, account, epos, name)
    const exchange = await target.call(name, input, { product, scenario, ...caller })
    recordExchange(exchange)
    mustFitContract(exchange)
    return exchange
  }
  const call: EposCalls['call'] = async (name, input, caller) => {
    const exchange = await send(name, input, caller)
    if (exchange.noAnswer !== undefined) {
      throw new ExpectationFailed(`${name} got no answer: ${exchange.noAnswer}.`, [
        exchange.transport === 'rest' ? REST_ADVICE : SOCKET_ADVICE,
      ])
    }
    return exchange
  }
  return {
    isRegistered: (name) => isRegistered(simulation, account, name),
    send,
    call,
    callOk: async (name, input, caller) => {
      const exchange = await call(name, input, caller)
      if (exchange.status !== 200) {
        throw new ExpectationFailed(
          `Expected: ${name} succeeds. Got: ${exchange.status}.`,
          adviceOn(name, exchange),
        )
      }
      return exchange.output as Output<typeof name>
    },
  }
}

const REST_ADVICE = 'Check that the server is running and that the registered url points at it.'
const SOCKET_ADVICE =
  'Keep one WebSocket open, answer every request on it with the id of the request as it is, ' +
  'and connect again when it breaks.'

/** @throws ExpectationFailed */
function mustFitContract({ capability, contractErrors, status }: Exchange): void {
  if (contractErrors.length === 0) return
  throw new ExpectationFailed(
    `The answer to ${capability} breaks the contract: ${contractErrors.join(' ')}`,
    status === 200
      ? [`Compare the answer with the schema of ${capability} in the EPOS Data API.`]
      : [],
  )
}

function isRegistered(simulation: Simulation, account: Account, name: CapabilityName): boolean {
  const registered = simulation.registered(account)
  return name === 'HandleEvent'
    ? registered.has('HandleEvent:payment_intent.status_updated')
    : registered.has(currentName(name))
}

function registeredEpos(
  simulation: Simulation,
  account: Account,
  epos: EposClient | undefined,
  name: CapabilityName,
): EposClient {
  if (isRegistered(simulation, account, name) && epos !== undefined) return epos
  const [message, ...advice] = methodNotFound(name)
  throw new ExpectationFailed(message, advice)
}

/** Why Dojo cannot call a capability, and what to do; undefined when it can. */
export function whyNotCalled(
  simulation: Simulation,
  account: Account,
  name: CapabilityName,
): [string, string] | undefined {
  const method = methodName(name)
  switch (transportFor(account, name)) {
    case undefined:
      return methodNotFound(name)
    case 'socket':
      return simulation.gateway.lineOf(account).routed() === undefined
        ? [
            `${method} is registered over a WebSocket, and ${NOT_CONNECTED}`,
            'Open a WebSocket to /epos of this sandbox, with the headers ' +
              '`Authorization: Basic sk_sandbox_...` (the key not encoded) and ' +
              '`software-house-id`. To be called over REST instead: PUT /epos/integrations/rest.',
          ]
        : undefined
    case 'rest':
      return undefined
  }
}

const methodNotFound = (name: CapabilityName): [string, string] => [
  `${methodName(name)} method not found`,
  `Please register the ${methodName(name)} method on an EPOS Data API adapter`,
]

/** The tester tool's name for a capability: it calls GetOrderById the GetOrder method. */
export const methodName = (name: CapabilityName): string =>
  name === 'GetOrderById' ? 'GetOrder' : name

function adviceOn(name: CapabilityName, { status, transport, path }: Exchange): string[] {
  switch (status) {
    case 400:
      return [`The request fits the schema of ${name} in the EPOS Data API. Accept it.`]
    case 401:
      return ['Check that the server accepts the username and password that are registered.']
    case 404:
      return transport === 'socket'
        ? ['Check that the id belongs to this venue.']
        : [
            'Check that the id belongs to this venue.',
            `Check that the registered url is the base to which ${path} is appended.`,
          ]
    case 409:
      return ["Check the order's lock, balance and status: a Conflict means that they forbid it."]
    default:
      return ["Look for the trace id in the server's log."]
  }
}

// --- cleaning up

function createCleanups(): Cleanups {
  const cleanups: Array<() => Promise<unknown>> = []
  return {
    addCleanup: (work) => {
      cleanups.push(work)
    },
    cleanUp: async () => {
      for (const work of cleanups.reverse()) await work().catch(() => {})
    },
  }
}
