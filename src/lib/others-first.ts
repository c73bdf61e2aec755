import { setImmediate } from 'node:timers/promises'

/**
 * Between two pieces of work that each take a millisecond or more: whoever waits for this process
 * is served before the next one begins.
 */
export async function othersFirst(): Promise<void> {
  await setImmediate()
}
