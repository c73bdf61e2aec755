// The tester tool: plays scenarios one by one against the EPOS of an account, and says what came of
// each step.
import { randomUUID } from 'node:crypto'
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import { runScenario, type ScenarioRun } from './scenario-run.ts'
import { badRequest, notFound } from '../dojo/problem.ts'
import { scenarios, type Scenario } from '../scenarios/index.ts'
import { methodName, type Step } from '../products/runner.ts'
import { randomOf, type Account } from '../dojo/state.ts'
import type { Simulation } from '../dojo/simulation.ts'

type FlowResult = DojoSchemas['FlowResult']
type StepResult = DojoSchemas['StepResult']

export interface Tester {
  list: () => DojoSchemas['FlowDescription'][]
  /** Starts a flow and returns the id of its run. @throws Problem 400 */
  start: (account: Account, flow: string, params: Record<string, unknown>) => string
  /** @throws Problem 404 */
  result: (account: Account, flowId: string) => FlowResult
  /** Resolves once a run is over. */
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
    list: () =>
      scenarios.map(({ name, parameters = [] }) => ({
        name,
        params: parameters.map((parameter) => ({ ...parameter })),
      })),
    start: (account, flow, params) => {
      const scenario = scenarios.find(({ name }) => name.toLowerCase() === flow.toLowerCase())
      if (scenario === undefined) {
        throw badRequest(`There is no flow ${flow}. GET /epos-tester-tool/flows lists them.`, {
          flow: ['must be the name of a flow'],
        })
      }
      const parameters = textParameters(scenario, params)
      const flowId = randomUUID()
      const result: FlowResult = {
        flowID: flowId,
        flowName: `${scenario.name} through EPOS Data API`,
        status: 'IN_PROGRESS',
        startedAt: simulation.clock.now(),
        steps: [],
      }
      runs.set(flowId, {
        key: account.key,
        result,
        over: playFlow(simulation, account, scenario, parameters, result),
      })
      if (runs.size > limits.maxTesterRuns) runs.delete(runs.keys().next().value!)
      return flowId
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

/** @throws Problem 400 for what is no text, or is missing */
function textParameters(
  { name, parameters = [] }: Scenario,
  params: Record<string, unknown>,
): Record<string, string> {
  const wrong = Object.entries(params).find(([, value]) => typeof value !== 'string')
  if (wrong !== undefined) {
    throw badRequest(`The parameter ${wrong[0]} is no text.`, {
      params: [`${wrong[0]} must be a string`],
    })
  }
  const unknown = Object.keys(params).find(
    (name) => !parameters.some((parameter) => parameter.name === name) && name !== 'currencyCode',
  )
  if (unknown !== undefined) {
    throw badRequest(`The flow ${name} has no parameter ${unknown}.`, {
      params: [
        `${unknown} is none of ${[...parameters.map((parameter) => parameter.name), 'currencyCode'].join(', ')}`,
      ],
    })
  }
  const missing = parameters.find(
    (parameter) => parameter.required && (params[parameter.name] ?? '') === '',
  )
  if (missing !== undefined) {
    throw badRequest(
      `The flow ${name} needs the parameter ${missing.name}: ${missing.description}`,
      { params: [`${missing.name} is missing`] },
    )
  }
  return Object.fromEntries(
    Object.entries(params as Record<string, string>).filter(([, value]) => value !== ''),
  )
}

async function playFlow(
  simulation: Simulation,
  account: Account,
  scenario: Scenario,
  parameters: Record<string, string>,
  result: FlowResult,
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
    // Of the account's own chance: the same flow again is another order, and the same sandbox again
    // the same.
    seed: randomOf(account).uuid(),
    onStep: (step, isOver) => {
      if (isOver) steps[steps.length - 1] = resultOf(step)
      else steps.push({ name: step.name, status: 'IN_PROGRESS', startedAt: step.startedAt })
    },
  })
  end(simulation, result, statusOf(run))
}

/** A step of its own for each capability, so that whoever forgot one reads which. */
function registrationStep(
  simulation: Simulation,
  account: Account,
  name: Scenario['needs'][number],
): StepResult {
  const now = simulation.clock.now()
  const method = methodName(name)
  const registered = [...simulation.registered(account)].some(
    (each) => each === name || each.startsWith(`${name}:`),
  )
  return {
    name: `Check whether ${method} has been registered`,
    status: registered ? 'SUCCESS' : 'FAILURE',
    additionalInformation: registered
      ? []
      : [
          `${method} method not found`,
          `Please register the ${method} method on an EPOS Data API adapter`,
        ],
    startedAt: now,
    finishedAt: now,
  }
}

/** A flow that could not be played did not succeed. */
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

/**
 * What a newcomer reads: each call with what was sent and what came back, then what was expected
 * and what to mend.
 */
function resultOf({
  name,
  status,
  information,
  exchanges,
  startedAt,
  finishedAt,
}: Step): StepResult {
  return {
    name,
    status: status === 'SUCCESS' ? 'SUCCESS' : 'FAILURE',
    additionalInformation: [
      ...exchanges.flatMap((exchange) => [
        `Sent ${exchange.method} ${exchange.path}${exchange.sent === undefined ? '' : ` ${cut(JSON.stringify(exchange.sent))}`}`,
        exchange.noAnswer === undefined
          ? `Received ${exchange.status} ${cut(JSON.stringify(exchange.received) ?? '')}`.trim()
          : `Received no answer: ${exchange.noAnswer}`,
      ]),
      ...information,
    ],
    startedAt,
    finishedAt,
  }
}

const cut = (text: string): string =>
  text.length <= limits.maxShownCharacters
    ? text
    : `${text.slice(0, limits.maxShownCharacters)}… (cut)`
