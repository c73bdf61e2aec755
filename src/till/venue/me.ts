// Who is calling, and at which venue.
import { Type } from 'typebox'
import { tillRoles } from '../../domain/venue/till-role.ts'
import { readVenue } from '../../store/venue/venue.ts'
import { readBillFacts } from '../../store/venue/bills.ts'
import { EVERYBODY, operation } from '../kit/operation.ts'
import { Fields, OneOf } from '../kit/shapes.ts'

const Text = Type.Optional(Type.String())

export const meOperations = [
  operation({
    id: 'readMe',
    does: 'read',
    method: 'GET',
    path: '/me',
    summary: 'Whose token it is, what it may do, and at which venue',
    tag: 'Venue',
    roles: EVERYBODY,
    answer: Fields(
      {
        role: OneOf(tillRoles),
        waiterId: Text,
        waiterName: Text,
        till: Text,
        venue: Fields({
          id: Type.String(),
          name: Type.String(),
          currency: Type.String(),
          timeZone: Type.String(),
        }),
      },
      { title: 'Me' },
    ),
    run: async ({ database, deps, caller }) => {
      const { locationId, role, waiterId, tillName, currency, timeZone } = caller
      const { name } = await readVenue(deps.store.prisma, locationId)
      const { waiterName } = await readBillFacts(database, locationId, waiterId)
      return {
        body: {
          role,
          waiterId,
          waiterName,
          till: tillName,
          venue: { id: locationId, name, currency, timeZone },
        },
      }
    },
  }),
]
