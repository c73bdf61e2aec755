// Who is signed in, and the calls that they may make. The session itself is a cookie that no script
// can read.
import { computed, signal } from '@preact/signals'
import { createApi, pageBase } from '../../page/browser/api.ts'
import { createFormats, type Formats } from '../../page/browser/formats.ts'
import { asProblem, type Problem } from '../../page/browser/problem.ts'

export interface Me {
  role: 'kitchen' | 'waiter' | 'manager' | 'owner'
  waiterId?: string
  waiterName?: string
  till?: string
  venue: { id: string; name: string; currency: string; timeZone: string }
}

/** As long as the server waits, see limits.sessionIdleSeconds. */
const IDLE_MS = 15 * 60_000
/** A call within this time of a touch is a person's; any other is made by the page itself. */
const TOUCHED_MS = 20_000
const IDLE_CHECK_MS = 10_000
const REMEMBERED = 'epos-venue'

export type State = 'asking' | 'out' | 'in'
export const me = signal<Me | undefined>(undefined)
export const state = signal<State>('asking')
/** Why the page is signed out, when nobody signed out. */
export const whySignedOut = signal<string | undefined>(undefined)

export const formats = computed<Formats>(() => {
  const { currency = 'GBP', timeZone = 'Europe/London' } = me.value?.venue ?? {}
  return createFormats(currency, timeZone)
})

let touchedAtMs = Date.now()
export const headers = (): Record<string, string> => ({
  'epos-console': Date.now() - touchedAtMs < TOUCHED_MS ? 'person' : 'page',
})

export const base = pageBase()
/** Signing in and out. */
export const own = createApi(base, headers)
/** The till API of the same server, for those who are signed in. */
export const till = createApi(base.replace(/\/console$/, '/till/v1'), headers)

/** The venue that somebody last signed in to on this device, for the next who has a PIN. */
export function rememberedVenue(): { id: string; name: string } | undefined {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) ?? '') as { id: string; name: string }
  } catch {
    return undefined
  }
}

/** Finds out who is signed in. */
export async function findOut(): Promise<void> {
  try {
    me.value = await till.call<Me>('GET', '/me')
    const { id, name } = me.value.venue
    localStorage.setItem(REMEMBERED, JSON.stringify({ id, name }))
    whySignedOut.value = undefined
    state.value = 'in'
  } catch (error) {
    const problem = asProblem(error)
    me.value = undefined
    state.value = 'out'
    whySignedOut.value = problem.status === 401 ? undefined : problem.message
  }
}

export type Proof = { token: string } | { locationId: string; waiterId: string; pin: string }

/** @returns why not, when it did not work */
export async function signIn(proof: Proof): Promise<Problem | undefined> {
  try {
    touchedAtMs = Date.now()
    await own.call('POST', '/session', proof)
  } catch (error) {
    return asProblem(error)
  }
  await findOut()
  return undefined
}

export async function signOut(why?: string): Promise<void> {
  await own.call('DELETE', '/session').catch(() => {})
  me.value = undefined
  state.value = 'out'
  whySignedOut.value = why
}

/** Ends the session on the page when it has ended on the server. */
export function sessionEnded(problem: Problem): void {
  if (problem.status !== 401 || state.value !== 'in') return
  me.value = undefined
  state.value = 'out'
  whySignedOut.value = problem.message
}

/** Signs out when nobody touches the page for a while. */
export function watchTouches(): void {
  const touched = (): void => {
    touchedAtMs = Date.now()
  }
  for (const event of ['pointerdown', 'keydown', 'wheel']) {
    addEventListener(event, touched, { passive: true, capture: true })
  }
  setInterval(() => {
    if (state.value === 'in' && Date.now() - touchedAtMs > IDLE_MS) {
      void signOut('Nobody touched the page for 15 minutes, so it signed out.')
    }
  }, IDLE_CHECK_MS)
}

export function mayManage(): boolean {
  return me.value?.role === 'manager' || me.value?.role === 'owner'
}

/** Whether they serve guests, and so may see what was paid. */
export function mayServe(): boolean {
  return me.value !== undefined && me.value.role !== 'kitchen'
}
