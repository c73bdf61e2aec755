// What an EPOS has registered, and which way Dojo calls it.
import { currentName, type CapabilityName, type Input } from '../../contract/capabilities.ts'
import type { TransportName } from '../epos/transport.ts'
import type { Account } from './state.ts'

export function registeredNamesOf({ rest, ws }: Account): ReadonlySet<string> {
  return new Set(
    [...(rest?.capabilities ?? []), ...(ws?.capabilities ?? [])].map(({ name }) => name),
  )
}

/**
 * The transport of a call. If the EPOS has registered the capability over both, the later
 * registration counts: Dojo has no way to end the earlier one.
 */
export function transportFor<Name extends CapabilityName>(
  account: Account,
  name: Name,
  input?: Input<Name>,
): TransportName | undefined {
  const { rest, ws } = account
  const event = (input as { event?: unknown } | undefined)?.event
  const isIt = (each: { name: string }): boolean =>
    name === 'HandleEvent'
      ? each.name.startsWith('HandleEvent:') &&
        (event === undefined || each.name === `HandleEvent:${String(event)}`)
      : each.name === currentName(name)
  const overRest = rest?.capabilities.find(isIt)
  const overSocket = ws?.capabilities.find(isIt)
  if (overSocket === undefined) return overRest && 'rest'
  const isRestNewer =
    overRest !== undefined && (overRest.updatedAt ?? '') > (overSocket.updatedAt ?? '')
  return isRestNewer ? 'rest' : 'socket'
}
