// Who signed in to the console.
import { Type } from 'typebox'
import { tillRoles } from '../../domain/venue/till-role.ts'
import { limits } from '../../limits.ts'
import { readSignIns, type SignIn } from '../../store/access/sign-ins.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { Fields, OneOf, Time } from '../kit/shapes.ts'

const Text = Type.Optional(Type.String())

export const SignInShape = Fields(
  {
    at: Time,
    with: OneOf(['Token', 'Pin', 'Operator'], {
      description: 'Operator: an operator of the server went into the venue.',
    }),
    role: OneOf(tillRoles),
    till: Text,
    waiterId: Text,
    waiterName: Text,
    operator: Text,
    address: Type.String({ description: 'From where.' }),
    lastUsedAt: Time,
    endedAt: Type.Optional(Time),
  },
  { title: 'SignIn' },
)

function signInView({ withPin, tillName, operatorName, ...signIn }: SignIn): object {
  const { at, role, waiterId, waiterName, address, lastUsedAt, endedAt } = signIn
  const byStaff = withPin ? 'Pin' : 'Token'
  return {
    at: at.toISOString(),
    with: operatorName === undefined ? byStaff : 'Operator',
    role,
    till: tillName,
    waiterId,
    waiterName,
    operator: operatorName,
    address,
    lastUsedAt: lastUsedAt.toISOString(),
    endedAt: endedAt?.toISOString(),
  }
}

export const signInOperations = [
  operation({
    id: 'listSignIns',
    does: 'read',
    method: 'GET',
    path: '/sign-ins',
    summary: 'Who signed in to the console of the venue, newest first',
    description: `The newest ${limits.signInRows}.`,
    tag: 'Venue',
    roles: MANAGERS,
    answer: Fields({ rows: Type.Array(SignInShape) }),
    run: async ({ database, caller }) => {
      const signIns = await readSignIns(database, caller.locationId, limits.signInRows)
      return { body: { rows: signIns.map(signInView) } }
    },
  }),
]
