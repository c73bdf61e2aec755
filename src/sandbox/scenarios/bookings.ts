// Bookings: areas and tables, guests to come, guests at tables, and whole evenings.
import type { Schemas } from '../../contract/capabilities.ts'
import { bookSeatAndLeave, cancelBooking, bookingsAfterEvent } from '../products/bookings.ts'
import { expectRefusal, type Scenario } from './scenario.ts'
import { booking, caller, createReservation, seat } from './booking-parts.ts'
import { partyScenarios } from './parties.ts'
import { reservationScenarios } from './reservations.ts'

export const bookingScenarios: readonly Scenario[] = [
  {
    ...booking,
    name: 'List Areas',
    needs: ['ListAreas'],
    expected: 'Every area is listed with its own id.',
    run: async (runner) => {
      await runner.step('List the areas', async () => {
        const areas = await runner.callOk('ListAreas', {}, caller)
        runner.expect(
          'each area has its own id',
          new Set(areas.map(({ id }) => id)).size === areas.length,
          areas.map(({ id }) => id),
        )
        runner.note(`There are ${areas.length} areas.`)
      })
    },
  },
  {
    ...booking,
    name: 'Search Tables',
    needs: ['SearchTables'],
    expected: 'Every table is listed once, even in small pages, and can be searched by area.',
    run: async (runner) => {
      const tables = await runner.step('Page through the tables', async () => {
        const all: Schemas['Table'][] = []
        for (let after: string | undefined; ;) {
          const page = await runner.callOk('SearchTables', { cursor: { limit: 2, after } }, caller)
          all.push(...(page.data ?? []))
          after = page.after
          if (after === undefined || all.length > 2_000) break
        }
        runner.expect(
          'no table is listed twice',
          new Set(all.map(({ id }) => id)).size === all.length,
          all.map(({ id }) => id),
        )
        runner.expect('there are tables', all.length > 0, 'none')
        return all
      })
      const areaId = tables.find((table) => table.areaId !== undefined)?.areaId
      if (areaId === undefined) return
      await runner.step('Search in one area', async () => {
        const { data = [] } = await runner.callOk('SearchTables', { areaId }, caller)
        runner.expect(
          `every table is in the area ${areaId}`,
          data.length > 0 && data.every((table) => table.areaId === areaId),
          data.map(({ id }) => id),
        )
      })
    },
  },
  ...reservationScenarios,
  ...partyScenarios,
  {
    ...booking,
    name: 'Bookings from Dojo',
    needs: [
      'SearchTables',
      'CreateReservation',
      'UpdateReservation',
      'CreateParty',
      'UpdateParty',
      'GetPartyById',
      'DeleteReservationById',
    ],
    expected:
      'Bookings books a table, changes the booking, seats the party, changes it ' +
      'and lets it leave.',
    run: async (runner) => {
      const { party, reservation, left } = await bookSeatAndLeave(runner)
      await runner.step('Read the party', async () => {
        const read = await runner.callOk('GetPartyById', { partyId: party.id }, caller)
        runner.expect('it has left', read.endTime !== undefined, read)
        runner.expect(
          'it belongs to the reservation',
          read.reservationId === reservation.id && left.id === party.id,
          read.reservationId,
          'Keep reservationId with the party: Bookings finds the reservation by it.',
        )
      })
      await cancelBooking(runner, reservation.id)
    },
  },
  {
    ...booking,
    name: 'Bookings from the POS',
    needs: [
      'SearchTables',
      'CreateReservation',
      'UpdateReservation',
      'GetReservationById',
      'DeleteReservationById',
      'CreateParty',
      'GetPartyById',
    ],
    expected:
      'After an event of the POS, Bookings reads the reservation or the party again, ' +
      'and forgets a deleted one.',
    run: async (runner) => {
      const { request, reservation } = await runner.step(
        'Create a reservation',
        async () => await createReservation(runner),
      )
      await runner.step('Follow ReservationUpdated', async () => {
        await runner.callOk(
          'UpdateReservation',
          { reservationId: reservation.id, ...request, covers: 9 },
          caller,
        )
        const known = (await bookingsAfterEvent(runner, 'ReservationUpdated', reservation.id)) as
          Schemas['Reservation'] | undefined
        runner.expect('Bookings has the changed reservation', known?.covers === 9, known)
      })
      const { party } = await runner.step('Seat a party', async () => await seat(runner))
      await runner.step('Follow PartyUpdated', async () => {
        const known = await bookingsAfterEvent(runner, 'PartyUpdated', party.id)
        runner.expect('Bookings has the party', known?.id === party.id, known)
      })
      await runner.step('Follow the deletion of the reservation', async () => {
        await runner.callOk('DeleteReservationById', { reservationId: reservation.id }, caller)
        const known = await bookingsAfterEvent(runner, 'ReservationUpdated', reservation.id)
        runner.expect(
          'Bookings has forgotten the reservation',
          known === undefined,
          known,
          'Answer GetReservationById with 404 NotFound once a reservation is gone.',
        )
      })
    },
  },
  {
    ...booking,
    name: 'Unknown Parties and Reservations',
    section: 'Error handling',
    needs: [
      'SearchTables',
      'CreateParty',
      'CreateReservation',
      'GetPartyById',
      'GetReservationById',
    ],
    expected: 'Unknown ids are refused with 404 NotFound, and existing ones are not.',
    run: async (runner) => {
      // Without this, a server that refuses every id would pass.
      await runner.step('Read existing ones', async () => {
        await runner.callOk(
          'GetReservationById',
          { reservationId: (await createReservation(runner)).reservation.id },
          caller,
        )
        await runner.callOk('GetPartyById', { partyId: (await seat(runner)).party.id }, caller)
      })
      await runner.step('Read an unknown party', async () => {
        expectRefusal(
          runner,
          'the party',
          await runner.call(
            'GetPartyById',
            { partyId: `no-such-party-${runner.random.text(8)}` },
            caller,
          ),
          'NotFound',
        )
      })
      await runner.step('Read an unknown reservation', async () => {
        expectRefusal(
          runner,
          'the reservation',
          await runner.call(
            'GetReservationById',
            { reservationId: `no-such-reservation-${runner.random.text(8)}` },
            caller,
          ),
          'NotFound',
        )
      })
    },
  },
]
