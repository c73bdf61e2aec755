// tap follows every promise with an async hook, to know which test an error belongs to; it costs a
// tenth of the suite's time. In a process of many files an error belongs to the file that runs.
import asyncHooks from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import type { TAP } from 'tap'

const { createHook } = asyncHooks

function useCreateHook(create: typeof createHook): void {
  asyncHooks.createHook = create
  syncBuiltinESMExports()
}

useCreateHook(() => createHook({}))
const tap = await import('tap')
useCreateHook(createHook)

export const root: TAP = tap.t
