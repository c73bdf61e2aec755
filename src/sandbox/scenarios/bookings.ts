// Bookings: reservations, parties and the floor they are seated on.
import type { Schemas } from '../../contract/capabilities.ts'
import {
  bookedByDojo,
  calledOff,
  followed,
  freeTable,
  partyRequest,
  quietSlot,
  reservationRequest,
} from '../products/bookings.ts'
import type { Stage } from '../products/runner.ts'
import { expectRefusal, inParallel, type Scenario } from './scenario.ts'

const booking = {
  section: 'Bookings',
  products: ['bookings'],
  mandatory: true,
} as const satisfies Partial<Scenario>
const caller = { product: 'Bookings' }

async function reserve(
  stage: Stage,
): Promise<{ request: Schemas['CreateReservationRequest']; reservation: Schemas['Reservation'] }> {
  const table = await freeTable(stage)
  const request = reservationRequest(stage, table.id)
  const reservation = await stage.ask('CreateReservation', request, caller)
  if (stage.isRegistered('DeleteReservationById')) {
    stage.afterwards(
      async () =>
        await stage.call('DeleteReservationById', { reservationId: reservation.id }, caller),
    )
  }
  return { request, reservation }
}

async function seat(
  stage: Stage,
): Promise<{ request: Schemas['CreatePartyRequest']; party: Schemas['Party'] }> {
  const table = await freeTable(stage)
  const request = partyRequest(stage, table.id)
  const party = await stage.ask('CreateParty', request, caller)
  if (stage.isRegistered('DeletePartyById')) {
    stage.afterwards(async () => await stage.call('DeletePartyById', { partyId: party.id }, caller))
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
    expected: 'Every area is listed, with its own id.',
    play: async (stage) => {
      await stage.step('List the areas', async () => {
        const areas = await stage.ask('ListAreas', {}, caller)
        stage.expect(
          'each area has its own id',
          new Set(areas.map(({ id }) => id)).size === areas.length,
          areas.map(({ id }) => id),
        )
        stage.say(`There are ${areas.length} areas.`)
      })
    },
  },
  {
    ...booking,
    name: 'Search Tables',
    needs: ['SearchTables'],
    expected: 'Every table is listed once, also in small pages, and by area where there are areas.',
    play: async (stage) => {
      const tables = await stage.step('Page through the tables', async () => {
        const all: Schemas['Table'][] = []
        for (let after: string | undefined; ;) {
          const page = await stage.ask(
            'SearchTables',
            { cursor: { limit: 2, ...(after === undefined ? {} : { after }) } },
            caller,
          )
          all.push(...(page.data ?? []))
          after = page.after
          if (after === undefined || all.length > 2_000) break
        }
        stage.expect(
          'no table is listed twice',
          new Set(all.map(({ id }) => id)).size === all.length,
          all.map(({ id }) => id),
        )
        stage.expect('there are tables', all.length > 0, 'none')
        return all
      })
      const areaId = tables.find((table) => table.areaId !== undefined)?.areaId
      if (areaId === undefined) return
      await stage.step('Search in one area', async () => {
        const { data = [] } = await stage.ask('SearchTables', { areaId }, caller)
        stage.expect(
          `every table is of the area ${areaId}`,
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
    expected:
      'A reservation is kept as it was sent, and the same sent again is the same reservation.',
    play: async (stage) => {
      const { request, reservation } = await stage.step(
        'Create a reservation',
        async () => await reserve(stage),
      )
      await stage.step('Read it', async () => {
        const read = await stage.ask(
          'GetReservationById',
          { reservationId: reservation.id },
          caller,
        )
        stage.expect(
          'it is as it was sent',
          read.name === request.name &&
            read.covers === request.covers &&
            sameTime(read.startTime, request.startTime) &&
            sameTime(read.endTime, request.endTime) &&
            read.tableIds.join() === request.tableIds.join(),
          read,
        )
      })
      await stage.step('Create it three times more, at once', async () => {
        const ids = new Set(
          (
            await inParallel(3, async () => await stage.call('CreateReservation', request, caller))
          ).map(({ output, status }) => output?.id ?? status),
        )
        stage.expect(
          `each answer has the reservation ${reservation.id}`,
          ids.size === 1 && ids.has(reservation.id),
          [...ids],
          'dojoReservationId is unique: the same again is answered with the reservation that there is.',
        )
      })
    },
  },
  {
    ...booking,
    name: 'Update Reservation',
    needs: ['SearchTables', 'CreateReservation', 'UpdateReservation', 'GetReservationById'],
    expected: 'A reservation that Dojo changes is changed.',
    play: async (stage) => {
      const { request, reservation } = await stage.step(
        'Create a reservation',
        async () => await reserve(stage),
      )
      const changed = {
        ...request,
        ...quietSlot(stage),
        covers: 7,
        guestRequests: 'A quiet corner',
      }
      await stage.step('Change it', async () => {
        await stage.ask('UpdateReservation', { reservationId: reservation.id, ...changed }, caller)
      })
      await stage.step('Read it', async () => {
        const read = await stage.ask(
          'GetReservationById',
          { reservationId: reservation.id },
          caller,
        )
        stage.expect(
          'it is as it was changed',
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
    expected: 'A reservation is found by its table and its time, and not at another time.',
    play: async (stage) => {
      const { reservation, request } = await stage.step(
        'Create a reservation',
        async () => await reserve(stage),
      )
      const hour = 3_600_000
      const around = (shiftMs: number) => ({
        tableId: request.tableIds[0]!,
        fromTime: new Date(Date.parse(request.startTime) - hour + shiftMs).toISOString(),
        toTime: new Date(Date.parse(request.startTime) + hour + shiftMs).toISOString(),
      })
      await stage.step('Search at its time', async () => {
        const { data = [] } = await stage.ask('SearchReservations', around(0), caller)
        stage.expect(
          `the reservation ${reservation.id} is listed`,
          data.some(({ id }) => id === reservation.id),
          data.map(({ id }) => id),
        )
        stage.expect(
          'all are of the table',
          data.every(({ tableIds }) => tableIds.includes(request.tableIds[0]!)),
          data.map(({ tableIds }) => tableIds),
        )
      })
      await stage.step('Search at its time at another table', async () => {
        const { data = [] } = await stage.ask(
          'SearchReservations',
          { ...around(0), tableId: `no-such-table-${stage.random.text(8)}` },
          caller,
        )
        stage.expect(
          'nothing is listed',
          data.length === 0,
          data.map(({ id }) => id),
        )
      })
      await stage.step('Search a day later', async () => {
        const { data = [] } = await stage.ask('SearchReservations', around(24 * hour), caller)
        stage.expect(
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
    expected: 'A reservation that is called off is gone.',
    play: async (stage) => {
      const { reservation } = await stage.step(
        'Create a reservation',
        async () => await reserve(stage),
      )
      await calledOff(stage, reservation.id)
      await stage.step('Read it', async () => {
        expectRefusal(
          stage,
          'what is gone',
          await stage.call('GetReservationById', { reservationId: reservation.id }, caller),
          'NotFound',
        )
      })
    },
  },
  {
    ...booking,
    name: 'Create Party',
    needs: ['SearchTables', 'CreateParty', 'GetPartyById'],
    expected: 'A party is seated as it was sent, and the same sent again is the same party.',
    play: async (stage) => {
      const { request, party } = await stage.step('Seat a party', async () => await seat(stage))
      await stage.step('Read it', async () => {
        const read = await stage.ask('GetPartyById', { partyId: party.id }, caller)
        stage.expect(
          'it is as it was sent',
          read.covers === request.covers &&
            read.status === request.status &&
            read.tableIds.join() === request.tableIds.join(),
          read,
        )
      })
      await stage.step('Seat it three times more, at once', async () => {
        const ids = new Set(
          (await inParallel(3, async () => await stage.call('CreateParty', request, caller))).map(
            ({ output, status }) => output?.id ?? status,
          ),
        )
        stage.expect(
          `each answer has the party ${party.id}`,
          ids.size === 1 && ids.has(party.id),
          [...ids],
          'dojoPartyId is unique: the same again is answered with the party that there is.',
        )
      })
    },
  },
  {
    ...booking,
    name: 'Update Party',
    needs: ['SearchTables', 'CreateParty', 'UpdateParty', 'GetPartyById'],
    expected: 'A party that Dojo changes is changed.',
    play: async (stage) => {
      const { request, party } = await stage.step('Seat a party', async () => await seat(stage))
      const { reservationId: _none, dojoReservationId: _neither, ...stay } = request
      await stage.step('Change it', async () => {
        await stage.ask(
          'UpdateParty',
          { partyId: party.id, ...stay, status: 'Desserts', covers: 6 },
          caller,
        )
      })
      await stage.step('Read it', async () => {
        const read = await stage.ask('GetPartyById', { partyId: party.id }, caller)
        stage.expect(
          'it is as it was changed',
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
      'A party is listed while it is there; once it has left, only those who ask for completed ones see it.',
    play: async (stage) => {
      const { request, party } = await stage.step('Seat a party', async () => await seat(stage))
      const lists = async (search: Schemas['SearchPartiesRequest']): Promise<boolean> => {
        for (let after: string | undefined; ;) {
          const page = await stage.ask(
            'SearchParties',
            { ...search, ...(after === undefined ? {} : { cursor: { after } }) },
            caller,
          )
          if ((page.data ?? []).some(({ id }) => id === party.id)) return true
          after = page.after
          if (after === undefined) return false
        }
      }
      const tableId = request.tableIds[0]!
      await stage.step('Search for it', async () => {
        stage.expect('it is listed at its table', await lists({ tableId }), 'it is not')
        stage.expect(
          'it is not listed at another',
          !(await lists({ tableId: `no-such-table-${stage.random.text(8)}` })),
          'it is',
        )
      })
      const { reservationId: _none, dojoReservationId: _neither, ...stay } = request
      await stage.step('Let it go', async () => {
        await stage.ask(
          'UpdateParty',
          { partyId: party.id, ...stay, status: 'Left', endTime: new Date().toISOString() },
          caller,
        )
      })
      await stage.step('Search for it again', async () => {
        stage.expect(
          'it is not listed among those who are there',
          !(await lists({ tableId })),
          'it is',
          'Leave parties with an endTime out, unless completedOnly is true.',
        )
        stage.expect(
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
    expected: 'A party that is deleted is gone.',
    play: async (stage) => {
      const { party } = await stage.step('Seat a party', async () => await seat(stage))
      await stage.step('Delete it', async () => {
        await stage.ask('DeletePartyById', { partyId: party.id }, caller)
      })
      await stage.step('Read it', async () => {
        expectRefusal(
          stage,
          'what is gone',
          await stage.call('GetPartyById', { partyId: party.id }, caller),
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
      'A table is booked, the booking changed, the party seated, changed and gone; all of it done in Bookings.',
    play: async (stage) => {
      const { party, reservation, left } = await bookedByDojo(stage)
      await stage.step('Read the party', async () => {
        const read = await stage.ask('GetPartyById', { partyId: party.id }, caller)
        stage.expect('it has left', read.endTime !== undefined, read)
        stage.expect(
          'it came from the reservation',
          read.reservationId === reservation.id && left.id === party.id,
          read.reservationId,
          'Keep reservationId with the party: it is how Bookings knows whose table it is.',
        )
      })
      await calledOff(stage, reservation.id)
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
      'After an event of the POS Bookings reads the reservation and the party as they are, and forgets what is gone.',
    play: async (stage) => {
      const { request, reservation } = await stage.step(
        'Have a reservation',
        async () => await reserve(stage),
      )
      await stage.step('Follow ReservationUpdated', async () => {
        await stage.ask(
          'UpdateReservation',
          { reservationId: reservation.id, ...request, covers: 9 },
          caller,
        )
        const known = (await followed(stage, 'ReservationUpdated', reservation.id)) as
          Schemas['Reservation'] | undefined
        stage.expect('Bookings knows the reservation as it is', known?.covers === 9, known)
      })
      const { party } = await stage.step('Have a party', async () => await seat(stage))
      await stage.step('Follow PartyUpdated', async () => {
        const known = await followed(stage, 'PartyUpdated', party.id)
        stage.expect('Bookings knows the party', known?.id === party.id, known)
      })
      await stage.step('Follow the end of the reservation', async () => {
        await stage.ask('DeleteReservationById', { reservationId: reservation.id }, caller)
        const known = await followed(stage, 'ReservationUpdated', reservation.id)
        stage.expect(
          'Bookings has forgotten the reservation',
          known === undefined,
          known,
          'GetReservationById answers 404 NotFound once a reservation is gone.',
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
    expected:
      'Ids that nobody knows are refused with 404 NotFound, and those that somebody has are not.',
    play: async (stage) => {
      // A server that knows no parties at all would refuse every id.
      await stage.step('Read those that there are', async () => {
        await stage.ask(
          'GetReservationById',
          { reservationId: (await reserve(stage)).reservation.id },
          caller,
        )
        await stage.ask('GetPartyById', { partyId: (await seat(stage)).party.id }, caller)
      })
      await stage.step('Read a party that there is not', async () => {
        expectRefusal(
          stage,
          'the party',
          await stage.call(
            'GetPartyById',
            { partyId: `no-such-party-${stage.random.text(8)}` },
            caller,
          ),
          'NotFound',
        )
      })
      await stage.step('Read a reservation that there is not', async () => {
        expectRefusal(
          stage,
          'the reservation',
          await stage.call(
            'GetReservationById',
            { reservationId: `no-such-reservation-${stage.random.text(8)}` },
            caller,
          ),
          'NotFound',
        )
      })
    },
  },
]
