// A party in Dojo's terms.
import type { Schemas } from '../../contract/capabilities.ts'
import { SEATED, type Party, type PartyContent } from '../../domain/bookings/party.ts'
import { foreignIds } from '../../domain/ids.ts'
import { minorOf, money } from '../../domain/money.ts'
import { optionalName } from '../../domain/names.ts'
import { isoTime, optionalIsoTime } from '../../domain/time.ts'

export function partyView(
  { partyId, dojoPartyId: _, version: __, deposit, ...party }: Party,
  currency: string,
): Schemas['Party'] {
  return {
    id: partyId,
    ...party,
    deposit: deposit && {
      totalAmount: money(deposit.totalMinor, currency),
      description: deposit.description,
      paymentIntentIds: deposit.paymentIntentIds,
    },
  }
}

/**
 * @param endTime only an update has one
 * @throws Refusal InvalidRequest naming the field
 */
export function partyContentOf(
  request: Schemas['CreatePartyRequest'] | Schemas['UpdatePartyRequest'],
  currency: string,
  endTime?: string,
): PartyContent {
  const { name, covers, tableIds, status, hostNotes, guestRequests, deposit } = request
  return {
    name: optionalName(name, 'name'),
    covers,
    tableIds: foreignIds(tableIds, 'tableIds'),
    status: status || SEATED,
    startTime: isoTime(request.startTime, 'startTime'),
    expectedEndTime: optionalIsoTime(request.expectedEndTime, 'expectedEndTime'),
    endTime: optionalIsoTime(endTime, 'endTime'),
    hostNotes,
    guestRequests,
    deposit: deposit && {
      totalMinor: minorOf(deposit.totalAmount, currency, 'deposit.totalAmount'),
      description: deposit.description,
      paymentIntentIds: foreignIds(deposit.paymentIntentIds, 'deposit.paymentIntentIds'),
    },
  }
}
