// Card machines: which there are, and what each does with a card.
import type { Simulation } from './simulation.ts'
import { notFound } from './problem.ts'
import type { Account, Terminal } from './state.ts'

/**
 * What a virtual machine does, by the last four characters of its TID; all others approve. `SIS0`
 * is the guide's spelling for refunds.
 */
const OUTCOMES: Record<string, 'sign' | 'decline' | 'expire'> = {
  SIP0: 'sign',
  SIS0: 'sign',
  DIP0: 'decline',
  TIP0: 'expire',
}

export function outcomeOn({ properties }: Terminal): 'sign' | 'decline' | 'expire' | 'approve' {
  return OUTCOMES[properties.tid.slice(-4)] ?? 'approve'
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
