// Bookings: guests to come.
import { cancelBooking, farFutureSlot } from '../products/bookings.ts'
import { expectRefusal, inParallel, type Scenario } from './scenario.ts'
import { booking, caller, createReservation, sameTime } from './booking-parts.ts'

export const reservationScenarios: readonly Scenario[] = [
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
]
