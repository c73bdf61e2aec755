// The operator who is signed in, and their calls. They may be in a venue at the same time, which
// has a session of its own.
import { signal } from '@preact/signals'
import type { Static } from 'typebox'
import { createApi } from '../../../page/browser/api.ts'
import { createFormats } from '../../../page/browser/formats.ts'
import { asProblem, type Problem } from '../../../page/browser/problem.ts'
import type { VenueLine, VenueShape } from '../../../operator/api/venues.ts'
import { base, headers, own } from '../session.ts'

export type Line = Static<typeof VenueLine>
export type Settings = Static<typeof VenueShape>

/** A name, in browsers where an operator signed in: others are not asked for. */
const REMEMBERED = 'epos-operator'

/** Undefined while none is signed in. */
export const operator = signal<string | undefined>(undefined)
export const api = createApi(base.replace(/\/console$/, '/operator/v1'), headers)
export const venuesPath = `${base}/venues`

/** Operators read the clock of no venue. */
export const utc = createFormats('GBP', 'UTC')

export async function findOperator(): Promise<void> {
  if (localStorage.getItem(REMEMBERED) === null) return
  try {
    operator.value = (await api.call<{ name: string }>('GET', '/me')).name
  } catch {
    forget()
  }
}

/** @returns why not, when it did not work */
export async function signInOperator(name: string, password: string): Promise<Problem | undefined> {
  try {
    await own.call('POST', '/session/operator', { name, password })
  } catch (error) {
    return asProblem(error)
  }
  localStorage.setItem(REMEMBERED, 'yes')
  operator.value = name
  return undefined
}

/** Signs out of the venue as well. */
export async function leave(): Promise<void> {
  await own.call('DELETE', '/session').catch(() => {})
  await own.call('DELETE', '/session/operator').catch(() => {})
  forget()
  location.assign(base)
}

/** Ends it on the page when it has ended on the server. */
export function operatorEnded(problem: Problem | undefined): void {
  if (problem?.status === 401) forget()
}

function forget(): void {
  localStorage.removeItem(REMEMBERED)
  operator.value = undefined
}

/** Opens the venue's own console. @throws Problem */
export async function enter(venueId: string): Promise<void> {
  await own.call('POST', '/session', { locationId: venueId })
  location.assign(base)
}
