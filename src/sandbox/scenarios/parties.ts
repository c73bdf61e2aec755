// Bookings: guests at tables.
import type { Schemas } from '../../contract/capabilities.ts'
import { expectRefusal, inParallel, type Scenario } from './scenario.ts'
import { booking, caller, seat } from './booking-parts.ts'

export const partyScenarios: readonly Scenario[] = [
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
]
