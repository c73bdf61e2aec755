// Which account of the stand-in the page looks at, and the calls of its API.
import { signal } from '@preact/signals'
import { createApi } from '../../page/browser/api.ts'
import type { Problem } from '../../page/browser/problem.ts'

const REMEMBERED = 'sandbox-key'

/** Undefined until somebody has said whose account it is. */
export const key = signal<string | undefined>(sessionStorage.getItem(REMEMBERED) ?? undefined)
/** Why the last key was not taken. */
export const keyProblem = signal<Problem | undefined>(undefined)

export const sandbox = createApi('/sandbox', () => headersOf(key.value))
/** Dojo's own API, as the stand-in has it. */
export const dojo = createApi('', () => headersOf(key.value))

function headersOf(value = ''): Record<string, string> {
  return { authorization: `Basic ${value}`, version: '2026-02-27' }
}

/** An address may carry the key behind its #, which no browser sends to a server. */
export function watchAddress(): void {
  takeKeyFromAddress()
  addEventListener('hashchange', takeKeyFromAddress)
}

function takeKeyFromAddress(): void {
  const found = /^#(sk_sandbox_[\w-]+)$/.exec(location.hash)?.[1]
  if (found === undefined) return
  history.replaceState(history.state, '', location.pathname + location.search)
  openAccount(found)
}

export function openAccount(value: string): void {
  sessionStorage.setItem(REMEMBERED, value)
  keyProblem.value = undefined
  key.value = value
}

export function leaveAccount(problem?: Problem): void {
  sessionStorage.removeItem(REMEMBERED)
  keyProblem.value = problem
  key.value = undefined
}
