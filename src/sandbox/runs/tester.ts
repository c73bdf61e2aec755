// The tester tool: runs one scenario at a time against the EPOS of an account, and reports what
// each step did.
import { randomUUID } from 'node:crypto'
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import type { FlowTester } from '../api/handlers.ts'
import { badRequest, notFound } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import { randomOf, type Account } from '../dojo/state.ts'
import type { ShownExchange } from '../epos/exchange.ts'
import { limits } from '../limits.ts'
import { methodName, whyNotCalled, type Step } from '../products/runner.ts'
import { scenarios, type Scenario } from '../scenarios/index.ts'
import { runScenario, type ScenarioRun } from './scenario-run.ts'
import { cut } from './shown.ts'

type FlowResult = DojoSchemas['FlowResult']
type StepResult = DojoSchemas['StepResult']

export interface Tester extends FlowTester {
  /** Resolves when a run is over. */
  finished: (flowId: string) => Promise<void>
}

interface Run {
  key: string
  result: FlowResult
  over: Promise<void>
}

export function createTester(simulation: Simulation): Tester {
  const runs = new Map<string, Run>()
  return {
    list: ({ rest, ws }) => {
      const isPlayed = ({ transport }: Scenario): boolean =>
        transport === undefined ||
        (transport === 'socket' ? ws !== undefined : rest !== undefined || ws === undefined)
      return scenarios
        .filter(isPlayed)
        .map(({ name, parameters = [] }) => ({
          name,
          params: parameters.map((parameter) => ({ ...parameter })),
        }))
    },
    start: (account, flow, params) => {
      const scenario = scenarioOf(flow)
      const parameters = checkedParameters(scenario, params)
      const result: FlowResult = {
        flowID: randomUUID(),
        flowName: `${scenario.name} through EPOS Data API`,
        status: 'IN_PROGRESS',
        startedAt: simulation.clock.now(),
        steps: [],
      }
      const over = runFlow(simulation, { account, scenario, parameters, result })
      runs.set(result.flowID, { key: account.key, result, over })
      if (runs.size > limits.maxTesterRuns) runs.delete(runs.keys().next().value!)
      return result.flowID
    },
    result: (account, flowId) => {
      const run = runs.get(flowId)
      if (run?.key !== account.key) throw notFound('flow', flowId)
      return run.result
    },
    finished: async (flowId) => {
      await runs.get(flowId)?.over
    },
  }
}

/** @throws Problem 400 */
function scenarioOf(flow: string): Scenario {
  const scenario = scenarios.find(({ name }) => name.toLowerCase() === flow.toLowerCase())
  if (scenario !== undefined) return scenario
  throw badRequest(`There is no flow ${flow}. GET /epos-tester-tool/flows lists them.`, {
    flow: ['must be the name of a flow'],
  })
}

/** @throws Problem 400 for a parameter that is no string, unknown or missing */
function checkedParameters(
  { name: flow, parameters = [] }: Scenario,
  params: Record<string, unknown>,
): Record<string, string> {
  const known = [...parameters.map(({ name }) => name), 'currencyCode']
  const given: Record<string, string> = {}
  for (const [name, value] of Object.entries(params)) {
    if (typeof value !== 'string') {
      throw badRequest(`The parameter ${name} must be a string.`, {
        params: [`${name} must be a string`],
      })
    }
    if (!known.includes(name)) {
      throw badRequest(`The flow ${flow} has no parameter ${name}.`, {
        params: [`${name} is not one of ${known.join(', ')}`],
      })
    }
    if (value !== '') given[name] = value
  }
  const missing = parameters.find(({ name, required }) => required && given[name] === undefined)
  if (missing !== undefined) {
    const { name, description } = missing
    throw badRequest(`The flow ${flow} needs the parameter ${name}: ${description}`, {
      params: [`${name} is missing`],
    })
  }
  return given
}

async function runFlow(
  simulation: Simulation,
  {
    account,
    scenario,
    parameters,
    result,
  }: {
    account: Account
    scenario: Scenario
    parameters: Record<string, string>
    result: FlowResult
  },
): Promise<void> {
  const steps = result.steps!
  for (const name of scenario.needs) steps.push(registrationStep(simulation, account, name))
  if (steps.some(({ status }) => status === 'FAILURE')) {
    end(simulation, result, 'FAILURE')
    return
  }
  const run = await runScenario(scenario, {
    simulation,
    account,
    parameters,
    // Each run has its own ids, and a sandbox with the same seed repeats them.
    seed: randomOf(account).uuid(),
    onStep: (step, isOver) => {
      if (isOver) steps[steps.length - 1] = stepResult(step)
      else steps.push({ name: step.name, status: 'IN_PROGRESS', startedAt: step.startedAt })
    },
  })
  end(simulation, result, statusOf(run))
}

/** One step for each capability, so that a missing one is named. */
function registrationStep(
  simulation: Simulation,
  account: Account,
  name: Scenario['needs'][number],
): StepResult {
  const now = simulation.clock.now()
  const method = methodName(name)
  const reason = whyNotCalled(simulation, account, name)
  return {
    name: `Check whether ${method} has been registered`,
    status: reason === undefined ? 'SUCCESS' : 'FAILURE',
    additionalInformation: reason ?? [],
    startedAt: now,
    finishedAt: now,
  }
}

/** A flow that could not run did not succeed. */
function statusOf({ outcome, steps }: ScenarioRun): FlowResult['status'] {
  if (outcome === 'passed') return 'SUCCESS'
  const last = steps.at(-1)?.exchanges.at(-1)
  return outcome === 'failed' && last?.noAnswer !== undefined && /time/.test(last.noAnswer)
    ? 'TIMED_OUT'
    : 'FAILURE'
}

function end(simulation: Simulation, result: FlowResult, status: FlowResult['status']): void {
  result.status = status
  result.finishedAt = simulation.clock.now()
}

/** Each call with its request and its answer, then what was expected and what to fix. */
function stepResult(step: Step): StepResult {
  const { name, status, information, exchanges, startedAt, finishedAt } = step
  return {
    name,
    status: status === 'SUCCESS' ? 'SUCCESS' : 'FAILURE',
    additionalInformation: [...exchanges.flatMap(exchangeLines), ...information],
    startedAt,
    finishedAt,
  }
}

function exchangeLines({
  method,
  path,
  sent,
  noAnswer,
  status,
  received,
}: ShownExchange): string[] {
  const request = sent === undefined ? '' : ` ${cut(JSON.stringify(sent))}`
  return [
    `Sent ${method} ${path}${request}`,
    noAnswer === undefined
      ? `Received ${status} ${cut(JSON.stringify(received) ?? '')}`.trim()
      : `Received no answer: ${noAnswer}`,
  ]
}
