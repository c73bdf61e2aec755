// Card machines: which there are, and what each does with a card.
import type { Simulation } from './simulation.ts'
import { notFound } from './problem.ts'
import type { Account, Terminal } from './state.ts'

type Outcome = 'sign' | 'decline' | 'expire' | 'approve'

/**
 * What a virtual machine does, by the last four characters of its TID; all others approve. `SIS0`
 * is the guide's spelling for refunds.
 */
const OUTCOMES: Record<string, Outcome> = {
  SIP0: 'sign',
  SIS0: 'sign',
  DIP0: 'decline',
  TIP0: 'expire',
}

/** Not one of Dojo's: on this machine the last two digits of the amount decide. */
const BY_AMOUNT = 'AMT0'
const OUTCOMES_BY_AMOUNT: Record<number, Outcome> = { 51: 'decline', 52: 'sign', 53: 'expire' }

export function outcomeOf(tid: string, amountMinor: number): Outcome {
  const outcome = tid.endsWith(BY_AMOUNT)
    ? OUTCOMES_BY_AMOUNT[amountMinor % 100]
    : OUTCOMES[tid.slice(-4)]
  return outcome ?? 'approve'
}

/** @throws Problem 404 */
export function terminalOf(account: Account, terminalId: string): Terminal {
  const terminal = account.terminals.get(terminalId)
  if (terminal === undefined) throw notFound('terminal', terminalId)
  return terminal
}

export function listTerminals(
  account: Account,
  statuses: ReadonlyArray<Terminal['status']> = [],
): Terminal[] {
  return [...account.terminals.values()].filter(
    ({ status }) => statuses.length === 0 || statuses.includes(status),
  )
}

export function setTerminal(
  simulation: Simulation,
  terminal: Terminal,
  status: Terminal['status'],
): void {
  Object.assign(terminal, { status, updatedAt: simulation.clock.now() })
}

/** Somebody uses the machine, switches it off, or has finished with it. */
export function setTerminalStatus(
  simulation: Simulation,
  account: Account,
  terminalId: string,
  status: Terminal['status'],
): Terminal {
  const terminal = terminalOf(account, terminalId)
  setTerminal(simulation, terminal, status)
  return terminal
}
