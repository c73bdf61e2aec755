// PINs, with which the waiters of a venue sign in to the console.
import { Type } from 'typebox'
import { givePin, takePin } from '../../actions/access/give-pin.ts'
import { tillRoles } from '../../domain/venue/till-role.ts'
import { limits } from '../../limits.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { Fields, Id, OneOf } from '../kit/shapes.ts'

const tag = 'Floor'
const WaiterPath = Fields({ waiterId: Id })
const PinState = Fields({ waiterId: Type.String(), hasPin: Type.Boolean() }, { title: 'PinState' })

export const pinOperations = [
  operation({
    id: 'givePin',
    does: 'write',
    method: 'PUT',
    path: '/waiters/{waiterId}/pin',
    summary: 'Gives a waiter a PIN for the console, in place of the one that they had',
    description: 'With a role, up to your own. Sessions that were opened with the earlier PIN end.',
    tag,
    roles: MANAGERS,
    params: WaiterPath,
    body: Fields({
      pin: Type.String({ minLength: limits.pinDigits, maxLength: limits.pinMostDigits }),
      role: OneOf(tillRoles),
    }),
    answer: PinState,
    run: async ({ tx, caller, deps, params: { waiterId }, body: { pin, role } }) => {
      const waiter = { locationId: caller.locationId, waiterId }
      await givePin(tx, waiter, { pin, role, giver: caller.role }, deps.newId)
      return { body: { waiterId, hasPin: true } }
    },
  }),

  operation({
    id: 'takePin',
    does: 'write',
    method: 'DELETE',
    path: '/waiters/{waiterId}/pin',
    summary: 'Takes a waiter’s PIN away, and signs them out',
    tag,
    roles: MANAGERS,
    params: WaiterPath,
    answer: PinState,
    run: async ({ tx, caller, params: { waiterId } }) => {
      await takePin(tx, { locationId: caller.locationId, waiterId })
      return { body: { waiterId, hasPin: false } }
    },
  }),
]
