// PINs for the console: who may give one, and which can be guessed too easily.
import { limits } from '../../limits.ts'
import { invalid, Refusal } from '../errors.ts'
import { tillRoles, type TillRole } from '../venue/till-role.ts'

/** @throws Refusal InvalidRequest */
export function checkPin(pin: string): void {
  const { pinDigits, pinMostDigits } = limits
  if (!/^\d+$/.test(pin) || pin.length < pinDigits || pin.length > pinMostDigits) {
    throw invalid(`The field pin must have ${pinDigits} to ${pinMostDigits} digits.`)
  }
  const steps = new Set([...pin].slice(1).map((digit, index) => Number(digit) - Number(pin[index])))
  const [only] = steps
  if (steps.size === 1 && (only === 0 || only === 1 || only === -1)) {
    throw invalid(
      'The field pin is too easy to guess. Choose digits that are neither the same nor in a row.',
    )
  }
}

/**
 * Nobody gives more than they have.
 * @throws Refusal `forbidden`
 */
export function checkMayGive(giver: TillRole, role: TillRole): void {
  if (tillRoles.indexOf(role) <= tillRoles.indexOf(giver)) return
  throw new Refusal(
    'Conflict',
    'forbidden',
    `A PIN of the role ${role} can only be given by an ${role}; you are a ${giver}.`,
    { roles: [role] },
  )
}
