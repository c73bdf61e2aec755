// A party leaves: its tables are free, its orders stay as they are.
import {
  checkForce,
  finishParty as decide,
  owing,
  type Party,
} from '../../domain/bookings/party.ts'
import type { Caller } from '../../domain/caller.ts'
import type { TillRole } from '../../domain/venue/till-role.ts'
import { mustMatch } from '../../domain/version.ts'
import { readPartyAndOrdersForUpdate } from '../../store/bookings/parties.ts'
import { writeParty } from '../../store/bookings/write-party.ts'
import type { Transaction } from '../../store/database/database.ts'

export interface Finish {
  ifMatch: number | undefined
  /** Lets the party go although it has not paid. */
  isForced: boolean
  reason: string | undefined
}

/** @throws Refusal NotFound; Conflict `stale`; what domain/bookings/party.ts refuses */
export async function finishParty(
  tx: Transaction,
  caller: Caller & { role: TillRole },
  partyId: string,
  { ifMatch, isForced, reason }: Finish,
): Promise<Party> {
  if (isForced) checkForce(caller.role, reason)
  const { currency, locationId } = caller
  const { party, nowMs, orders } = await readPartyAndOrdersForUpdate(tx, locationId, partyId)
  mustMatch(ifMatch, party.version, 'party')
  const after = decide(party, { orders, isForced, currency, nowMs })
  const detail = isForced ? { reason, owing: owing(orders) } : {}
  return writeParty(tx, caller, [party, after], { action: 'Finished', detail, alone: false })
}
