import { setImmediate } from 'node:timers/promises'

/**
 * Between two pieces of work that each take a millisecond or more: requests that wait for this
 * process are served before the next one begins.
 */
export async function othersFirst(): Promise<void> {
  await setImmediate()
}
