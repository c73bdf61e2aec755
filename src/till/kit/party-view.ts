// A party in the till's terms.
import { Type } from 'typebox'
import type { Party } from '../../domain/bookings/party.ts'
import type { Answered } from './operation.ts'
import { Fields, Sum, Time, Version } from './shapes.ts'

const Text = Type.Optional(Type.String())

export const PartyShape = Fields(
  {
    id: Type.String(),
    version: Version,
    name: Text,
    covers: Type.Optional(Type.Integer()),
    tableIds: Type.Array(Type.String()),
    status: Type.String({
      description: 'How far into their evening they are, in the venue’s words or Dojo’s.',
    }),
    startTime: Time,
    expectedEndTime: Type.Optional(Time),
    endTime: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'When they left; absent while they are seated.',
      }),
    ),
    hostNotes: Text,
    guestRequests: Type.Optional(
      Type.String({ description: 'Written by the guests; the venue cannot change it.' }),
    ),
    reservationId: Text,
    dojoPartyId: Text,
    deposit: Type.Optional(
      Fields({ totalMinor: Sum, description: Text, paymentIntentIds: Type.Array(Type.String()) }),
    ),
  },
  { title: 'Party' },
)

export function partyView({ partyId: id, version, ...content }: Party): object {
  return { id, version, ...content }
}

export function answerParty(party: Party, status = 200): Answered {
  return { body: partyView(party), version: party.version, status }
}
