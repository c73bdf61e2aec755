// Where products and scenarios play: one account, its EPOS, and the account that is given of every
// step.
import {
  currentName,
  type CapabilityName,
  type Input,
  type Output,
} from '../../contract/capabilities.ts'
import type { Caller, Epos, Exchange } from '../epos/client.ts'
import { createRandom, seedOf, type Random } from '../kit/random.ts'
import type { Account } from '../dojo/state.ts'
import type { World } from '../dojo/simulation.ts'

export type StepStatus = 'SUCCESS' | 'FAILURE' | 'SKIPPED'

export interface Step {
  name: string
  status: StepStatus
  /** What was sent, what came back, what was expected, what to mend. */
  information: string[]
  exchanges: Exchange[]
  startedAt: string
  finishedAt: string
}

/** What was expected did not happen; the message says both, and what to mend. */
export class Unmet extends Error {
  override readonly name = 'Unmet'
  readonly advice: string[]

  constructor(message: string, advice: string[] = []) {
    super(message)
    this.advice = advice
  }
}

/** A scenario cannot be played here; the message says what it would need. */
export class Skipped extends Error {
  override readonly name = 'Skipped'
}

export interface Stage {
  world: World
  account: Account
  /** Chance of its own, so that a course can be repeated with its seed. */
  random: Random
  parameters: Readonly<Record<string, string>>
  steps: Step[]
  /** Plays a step; what it throws ends the course, and is told in it. */
  step: <T>(name: string, work: () => Promise<T>) => Promise<T>
  say: (text: string) => void
  /** Takes a call that was made elsewhere into the account of the step. */
  record: (exchange: Exchange) => void
  isRegistered: (name: CapabilityName) => boolean
  /**
   * Calls the EPOS, also where no answer arrives.
   * @throws Unmet where the capability is not registered, or an answer does not fit the contract
   */
  send: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    caller?: Partial<Caller>,
  ) => Promise<Exchange<Name>>
  /**
   * Calls the EPOS, and takes a refusal for an answer.
   * @throws Unmet as send, and where no answer arrives
   */
  call: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    caller?: Partial<Caller>,
  ) => Promise<Exchange<Name>>
  /** Calls the EPOS and wants a success. @throws Unmet */
  ask: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    caller?: Partial<Caller>,
  ) => Promise<Output<Name>>
  /** @throws Unmet when it does not hold */
  expect: (what: string, holds: boolean, seen: unknown, advice?: string) => void
  /** Done at the end, however it ends; nothing that goes wrong in it counts. */
  afterwards: (work: () => Promise<unknown>) => void
  /** Ends what was promised for afterwards. */
  tidyUp: () => Promise<void>
}

export interface StageOptions {
  world: World
  account: Account
  /** The same seed makes the same ids, which an EPOS takes for the same again. */
  seed: string
  parameters?: Readonly<Record<string, string>>
  product?: string
  /** Hears of a step when it begins and when it is over. */
  onStep?: (step: Step, isOver: boolean) => void
}

/** @throws Unmet when the account has registered no EPOS over REST */
export function createStage({
  world,
  account,
  seed,
  parameters = {},
  product = 'PayAtTable',
  onStep,
}: StageOptions): Stage {
  const epos = world.eposOf(account)
  const steps: Step[] = []
  const later: Array<() => Promise<unknown>> = []
  let current: Step | undefined

  const say = (text: string): void => {
    current?.information.push(text)
  }
  const record = (exchange: Exchange): void => {
    current?.exchanges.push(exchange)
  }
  const send: Stage['send'] = async (name, input, caller = {}) => {
    const target = mustBeRegistered(world, account, epos, name)
    const exchange = await target.call(name, input, { product, ...caller })
    record(exchange)
    if (exchange.faults.length > 0) {
      throw new Unmet(
        `The answer to ${name} does not fit the contract: ${exchange.faults.join(' ')}`,
        exchange.status === 200
          ? [`Compare what ${name} answers with its schema in the EPOS Data API.`]
          : [],
      )
    }
    return exchange
  }
  const call: Stage['call'] = async (name, input, caller) => {
    const exchange = await send(name, input, caller)
    if (exchange.noAnswer !== undefined) {
      throw new Unmet(`${name} got no answer: ${exchange.noAnswer}.`, [
        'Check that the server runs, and that the url of the registration leads to it.',
      ])
    }
    return exchange
  }
  const expect: Stage['expect'] = (what, holds, seen, advice) => {
    if (!holds) {
      throw new Unmet(
        `Expected: ${what}. Seen: ${shown(seen)}.`,
        advice === undefined ? [] : [advice],
      )
    }
    say(`As expected: ${what}`)
  }
  return {
    world,
    account,
    parameters,
    steps,
    say,
    record,
    send,
    call,
    expect,
    random: createRandom(world.seed ^ seedOf(seed)),
    isRegistered: (name) => isRegistered(world, account, name),
    step: async (name, work) => {
      const step: Step = {
        name,
        status: 'SUCCESS',
        information: [],
        exchanges: [],
        startedAt: world.timeline.now(),
        finishedAt: '',
      }
      const outer = current
      steps.push(step)
      current = step
      onStep?.(step, false)
      try {
        return await work()
      } catch (error) {
        step.status = error instanceof Skipped ? 'SKIPPED' : 'FAILURE'
        step.information.push(
          (error as Error).message,
          ...(error instanceof Unmet ? error.advice : []),
        )
        throw error
      } finally {
        step.finishedAt = world.timeline.now()
        current = outer
        onStep?.(step, true)
      }
    },
    ask: async (name, input, caller) => {
      const exchange = await call(name, input, caller)
      if (exchange.status !== 200) {
        throw new Unmet(
          `${name} was to succeed, and it answered ${exchange.status}.`,
          adviceOn(name, exchange),
        )
      }
      return exchange.output as Output<typeof name>
    },
    afterwards: (work) => {
      later.push(work)
    },
    tidyUp: async () => {
      for (const work of later.reverse()) await work().catch(() => {})
    },
  }
}

function isRegistered(world: World, account: Account, name: CapabilityName): boolean {
  const registered = world.registered(account)
  return name === 'HandleEvent'
    ? registered.has('HandleEvent:payment_intent.status_updated')
    : registered.has(currentName(name))
}

function mustBeRegistered(
  world: World,
  account: Account,
  epos: Epos | undefined,
  name: CapabilityName,
): Epos {
  if (isRegistered(world, account, name) && epos !== undefined) return epos
  const method = methodName(name)
  throw new Unmet(`${method} method not found`, [
    `Please register the ${method} method on an EPOS Data API adapter`,
  ])
}

/** As the tester tool calls it: GetOrderById is the GetOrder method. */
export const methodName = (name: CapabilityName): string =>
  name === 'GetOrderById' ? 'GetOrder' : name

function adviceOn(name: CapabilityName, { status, path }: Exchange): string[] {
  if (status === 401) {
    return [
      'Register the username and the password that the server accepts, or let the server accept those that are registered.',
    ]
  }
  if (status === 404) {
    return [
      `Check that the id is one of this venue, and that the url of the registration is the base to which ${path} is appended.`,
    ]
  }
  if (status === 409) {
    return [
      'Conflict means that the state of the order forbids it: look at its lock, its balance and its status.',
    ]
  }
  if (status === 400) {
    return [
      `Compare what ${name} reads with its schema in the EPOS Data API: what was sent fits it.`,
    ]
  }
  return ['Look for the trace id in the log of the server.']
}

export function shown(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
