// A reservation in the till's terms.
import { Type } from 'typebox'
import type { Reservation } from '../../domain/bookings/reservation.ts'
import type { Answered } from './operation.ts'
import { Fields, Time, Version } from './shapes.ts'

const Text = Type.Optional(Type.String())

export const ReservationShape = Fields(
  {
    id: Type.String(),
    version: Version,
    name: Type.String(),
    covers: Type.Integer(),
    tableIds: Type.Array(Type.String()),
    startTime: Time,
    endTime: Time,
    hostNotes: Text,
    guestRequests: Type.Optional(
      Type.String({ description: 'Written by the guests; the venue cannot change it.' }),
    ),
    dojoReservationId: Text,
    seated: Type.Boolean({ description: 'Whether its guests have been seated.' }),
    parties: Type.Array(
      Fields({ id: Type.String(), startTime: Time, endTime: Type.Optional(Time) }),
      { description: 'The parties that its guests were seated as.' },
    ),
  },
  { title: 'Reservation' },
)

export function reservationView({ reservationId: id, version, ...content }: Reservation): object {
  return { id, version, ...content, seated: content.parties.length > 0 }
}

export function answerReservation(reservation: Reservation, status = 200): Answered {
  return { body: reservationView(reservation), version: reservation.version, status }
}
