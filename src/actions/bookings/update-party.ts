// Changes what is said of a party: Dojo replaces all of it, the venue changes its own part.
import {
  describeParty as described,
  isSeated,
  replaceParty,
  type Party,
  type PartyContent,
  type PartyDetails,
} from '../../domain/bookings/party.ts'
import { checkTimesAndCovers } from '../../domain/bookings/visit.ts'
import type { Caller } from '../../domain/caller.ts'
import { mustMatch } from '../../domain/version.ts'
import { findExistingParty, readPartyForUpdate } from '../../store/bookings/parties.ts'
import { findTakenTable, lockTables, readWantedTables } from '../../store/bookings/tables.ts'
import { writeParty } from '../../store/bookings/write-party.ts'
import type { Transaction } from '../../store/database/database.ts'

/**
 * Dojo's update.
 * @throws Refusal InvalidRequest: times or covers. NotFound. What domain/bookings/party.ts refuses
 */
export async function updateParty(
  tx: Transaction,
  caller: Caller,
  partyId: string,
  update: { dojoPartyId: string; content: PartyContent },
): Promise<Party> {
  const { locationId } = caller
  const { dojoPartyId, content } = update
  const { tableIds } = content
  checkTimesAndCovers(content)
  const takesTables = isSeated(content)
  const [{ party }, owner, tables, , taken] = await Promise.all([
    readPartyForUpdate(tx, locationId, partyId),
    findExistingParty(tx, locationId, { dojoPartyId }),
    readWantedTables(tx, locationId, tableIds),
    takesTables && lockTables(tx, 'seat', locationId, tableIds),
    takesTables ? findTakenTable(tx, locationId, tableIds, partyId) : undefined,
  ])
  const after = replaceParty(party, update, { tables, taken, owner })
  const alone = tables.rules.onePartyPerTable && takesTables
  return writeParty(tx, caller, [party, after], { action: 'Updated', alone })
}

/** The venue's change. @throws Refusal NotFound; Conflict `stale` */
export async function describeParty(
  tx: Transaction,
  caller: Caller,
  partyId: string,
  { details, ifMatch }: { details: PartyDetails; ifMatch: number | undefined },
): Promise<Party> {
  const { party } = await readPartyForUpdate(tx, caller.locationId, partyId)
  mustMatch(ifMatch, party.version, 'party')
  return writeParty(tx, caller, [party, described(party, details)], { action: 'Described' })
}
