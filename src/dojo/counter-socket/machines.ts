// The card machines that are connected, by Dojo's socket for the counter.
import type { TerminalShown } from '../../actions/payments/card-machines.ts'
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
  return (Array.isArray(terminals) ? terminals : []).map(
    ({ terminalId, tid = terminalId, status = 'AVAILABLE' }) => ({
      terminalId,
      tid,
      status: STATUSES[status] ?? status,
    }),
  )
}
