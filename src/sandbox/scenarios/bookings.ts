// Bookings: reservations, parties, tables and areas.
import type { Schemas } from '../../contract/capabilities.ts'
import {
  bookSeatAndLeave,
  cancelBooking,
  bookingsAfterEvent,
  findFreeTable,
  partyRequest,
  farFutureSlot,
  reservationRequest,
} from '../products/bookings.ts'
import type { Runner } from '../products/runner.ts'
import { expectRefusal, inParallel, type Scenario } from './scenario.ts'

const booking = {
  section: 'Bookings',
  products: ['bookings'],
  mandatory: true,
} as const satisfies Partial<Scenario>
const caller = { product: 'Bookings' }

async function createReservation(
  runner: Runner,
): Promise<{ request: Schemas['CreateReservationRequest']; reservation: Schemas['Reservation'] }> {
  const table = await findFreeTable(runner)
  const request = reservationRequest(runner, table.id)
  const reservation = await runner.callOk('CreateReservation', request, caller)
  if (runner.isRegistered('DeleteReservationById')) {
    runner.addCleanup(
      async () =>
        await runner.call('DeleteReservationById', { reservationId: reservation.id }, caller),
    )
  }
  return { request, reservation }
}

async function seat(
  runner: Runner,
): Promise<{ request: Schemas['CreatePartyRequest']; party: Schemas['Party'] }> {
  const table = await findFreeTable(runner)
  const request = partyRequest(runner, table.id)
  const party = await runner.callOk('CreateParty', request, caller)
  if (runner.isRegistered('DeletePartyById')) {
    runner.addCleanup(
      async () => await runner.call('DeletePartyById', { partyId: party.id }, caller),
    )
  }
  return { request, party }
}

const sameTime = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && Date.parse(one) === Date.parse(other)

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
  {
    ...booking,
    name: 'Create Reservation',
    needs: ['SearchTables', 'CreateReservation', 'GetReservationById'],
    expected: 'A reservation is kept as it was sent, and a repetition is the same reservation.',
    run: async (runner) => {
      const { request, reservation } = await runner.step(
        'Create a reservation',
        async () => await createReservation(runner),
      )
      await runner.step('Read it', async () => {
        const read = await runner.callOk(
          'GetReservationById',
          { reservationId: reservation.id },
          caller,
        )
        runner.expect(
          'it matches what was sent',
          read.name === request.name &&
            read.covers === request.covers &&
            sameTime(read.startTime, request.startTime) &&
            sameTime(read.endTime, request.endTime) &&
            read.tableIds.join() === request.tableIds.join(),
          read,
        )
      })
      await runner.step('Create it three more times, at once', async () => {
        const ids = new Set(
          (
            await inParallel(3, async () => await runner.call('CreateReservation', request, caller))
          ).map(({ output, status }) => output?.id ?? status),
        )
        runner.expect(
          `each answer has the reservation ${reservation.id}`,
          ids.size === 1 && ids.has(reservation.id),
          [...ids],
          'Make dojoReservationId unique, ' +
            'and answer a repetition with the existing reservation.',
        )
      })
    },
  },
  {
    ...booking,
    name: 'Update Reservation',
    needs: ['SearchTables', 'CreateReservation', 'UpdateReservation', 'GetReservationById'],
    expected: 'A change by Dojo is kept.',
    run: async (runner) => {
      const { request, reservation } = await runner.step(
        'Create a reservation',
        async () => await createReservation(runner),
      )
      const changed = {
        ...request,
        ...farFutureSlot(runner),
        covers: 7,
        guestRequests: 'A quiet corner',
      }
      await runner.step('Change it', async () => {
        await runner.callOk(
          'UpdateReservation',
          { reservationId: reservation.id, ...changed },
          caller,
        )
      })
      await runner.step('Read it', async () => {
        const read = await runner.callOk(
          'GetReservationById',
          { reservationId: reservation.id },
          caller,
        )
        runner.expect(
          'it matches the change',
          read.covers === 7 &&
            read.guestRequests === 'A quiet corner' &&
            sameTime(read.startTime, changed.startTime),
          read,
        )
      })
    },
  },
  {
    ...booking,
    name: 'Search Reservations',
    needs: ['SearchTables', 'CreateReservation', 'SearchReservations'],
    expected: 'A reservation is found by its table and time, and not at another time or table.',
    run: async (runner) => {
      const { reservation, request } = await runner.step(
        'Create a reservation',
        async () => await createReservation(runner),
      )
      const hour = 3_600_000
      const around = (shiftMs: number) => ({
        tableId: request.tableIds[0]!,
        fromTime: new Date(Date.parse(request.startTime) - hour + shiftMs).toISOString(),
        toTime: new Date(Date.parse(request.startTime) + hour + shiftMs).toISOString(),
      })
      await runner.step('Search at its time', async () => {
        const { data = [] } = await runner.callOk('SearchReservations', around(0), caller)
        runner.expect(
          `the reservation ${reservation.id} is listed`,
          data.some(({ id }) => id === reservation.id),
          data.map(({ id }) => id),
        )
        runner.expect(
          'all are at the table',
          data.every(({ tableIds }) => tableIds.includes(request.tableIds[0]!)),
          data.map(({ tableIds }) => tableIds),
        )
      })
      await runner.step('Search at its time at another table', async () => {
        const { data = [] } = await runner.callOk(
          'SearchReservations',
          { ...around(0), tableId: `no-such-table-${runner.random.text(8)}` },
          caller,
        )
        runner.expect(
          'nothing is listed',
          data.length === 0,
          data.map(({ id }) => id),
        )
      })
      await runner.step('Search a day later', async () => {
        const { data = [] } = await runner.callOk('SearchReservations', around(24 * hour), caller)
        runner.expect(
          `the reservation ${reservation.id} is not listed`,
          !data.some(({ id }) => id === reservation.id),
          'it is',
        )
      })
    },
  },
  {
    ...booking,
    name: 'Delete Reservation',
    needs: ['SearchTables', 'CreateReservation', 'DeleteReservationById', 'GetReservationById'],
    expected: 'A deleted reservation is gone.',
    run: async (runner) => {
      const { reservation } = await runner.step(
        'Create a reservation',
        async () => await createReservation(runner),
      )
      await cancelBooking(runner, reservation.id)
      await runner.step('Read it', async () => {
        expectRefusal(
          runner,
          'a deleted entity',
          await runner.call('GetReservationById', { reservationId: reservation.id }, caller),
          'NotFound',
        )
      })
    },
  },
  {
    ...booking,
    name: 'Create Party',
    needs: ['SearchTables', 'CreateParty', 'GetPartyById'],
    expected: 'A party is kept as it was sent, and a repetition is the same party.',
    run: async (runner) => {
      const { request, party } = await runner.step('Seat a party', async () => await seat(runner))
      await runner.step('Read it', async () => {
        const read = await runner.callOk('GetPartyById', { partyId: party.id }, caller)
        runner.expect(
          'it matches what was sent',
          read.covers === request.covers &&
            read.status === request.status &&
            read.tableIds.join() === request.tableIds.join(),
          read,
        )
      })
      await runner.step('Seat it three more times, at once', async () => {
        const ids = new Set(
          (await inParallel(3, async () => await runner.call('CreateParty', request, caller))).map(
            ({ output, status }) => output?.id ?? status,
          ),
        )
        runner.expect(
          `each answer has the party ${party.id}`,
          ids.size === 1 && ids.has(party.id),
          [...ids],
          'Make dojoPartyId unique, and answer a repetition with the existing party.',
        )
      })
    },
  },
  {
    ...booking,
    name: 'Update Party',
    needs: ['SearchTables', 'CreateParty', 'UpdateParty', 'GetPartyById'],
    expected: 'A change by Dojo is kept.',
    run: async (runner) => {
      const { request, party } = await runner.step('Seat a party', async () => await seat(runner))
      const { reservationId: _none, dojoReservationId: _neither, ...stay } = request
      await runner.step('Change it', async () => {
        await runner.callOk(
          'UpdateParty',
          { partyId: party.id, ...stay, status: 'Desserts', covers: 6 },
          caller,
        )
      })
      await runner.step('Read it', async () => {
        const read = await runner.callOk('GetPartyById', { partyId: party.id }, caller)
        runner.expect(
          'it matches the change',
          read.covers === 6 && read.status === 'Desserts',
          read,
        )
      })
    },
  },
  {
    ...booking,
    name: 'Search Parties',
    needs: ['SearchTables', 'CreateParty', 'UpdateParty', 'SearchParties'],
    expected:
      'A party is listed while it is there. ' +
      'Once it has left, only a search with completedOnly lists it.',
    run: async (runner) => {
      const { request, party } = await runner.step('Seat a party', async () => await seat(runner))
      const lists = async (search: Schemas['SearchPartiesRequest']): Promise<boolean> => {
        for (let after: string | undefined; ;) {
          const page = await runner.callOk(
            'SearchParties',
            { ...search, cursor: after === undefined ? undefined : { after } },
            caller,
          )
          if ((page.data ?? []).some(({ id }) => id === party.id)) return true
          after = page.after
          if (after === undefined) return false
        }
      }
      const tableId = request.tableIds[0]!
      await runner.step('Search for it', async () => {
        runner.expect('it is listed at its table', await lists({ tableId }), 'it is not')
        runner.expect(
          'it is not listed at another',
          !(await lists({ tableId: `no-such-table-${runner.random.text(8)}` })),
          'it is',
        )
      })
      const { reservationId: _none, dojoReservationId: _neither, ...stay } = request
      await runner.step('Let it leave', async () => {
        await runner.callOk(
          'UpdateParty',
          { partyId: party.id, ...stay, status: 'Left', endTime: new Date().toISOString() },
          caller,
        )
      })
      await runner.step('Search for it again', async () => {
        runner.expect(
          'it is no longer listed',
          !(await lists({ tableId })),
          'it is',
          'Leave out parties with an endTime unless completedOnly is true.',
        )
        runner.expect(
          'it is listed with completedOnly',
          await lists({ tableId, completedOnly: true }),
          'it is not',
        )
      })
    },
  },
  {
    ...booking,
    name: 'Delete Party',
    needs: ['SearchTables', 'CreateParty', 'DeletePartyById', 'GetPartyById'],
    expected: 'A deleted party is gone.',
    run: async (runner) => {
      const { party } = await runner.step('Seat a party', async () => await seat(runner))
      await runner.step('Delete it', async () => {
        await runner.callOk('DeletePartyById', { partyId: party.id }, caller)
      })
      await runner.step('Read it', async () => {
        expectRefusal(
          runner,
          'a deleted entity',
          await runner.call('GetPartyById', { partyId: party.id }, caller),
          'NotFound',
        )
      })
    },
  },
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
