// The card machines, by Dojo's socket for the counter.
import type { TerminalShown } from '../../actions/payments/card-machines.ts'
import type { CounterSchemas } from '../../contract/counter-socket.ts'
import type { CounterLine } from './line.ts'

/** Other words are shown as they are. */
const STATUSES: Readonly<Record<string, string>> = {
  AVAILABLE: 'Available',
  BUSY: 'InUse',
  OFFLINE: 'Offline',
}

/** @throws CounterFault */
export async function readTerminals(line: CounterLine): Promise<TerminalShown[]> {
  const { terminals } = await line.ask('connectedTerminals', {})
  return (Array.isArray(terminals) ? terminals : []).map(shownOf)
}

/** One of them. @throws CounterFault */
export async function readTerminal(line: CounterLine, terminalId: string): Promise<TerminalShown> {
  return shownOf({ ...(await line.ask('terminalDetails', { terminalId })), terminalId })
}

function shownOf(terminal: CounterSchemas['Terminal']): TerminalShown {
  const { terminalId, tid = terminalId, status = 'AVAILABLE' } = terminal
  return { terminalId, tid, status: STATUSES[status] ?? status }
}
