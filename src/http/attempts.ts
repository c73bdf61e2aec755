// How often something may be tried from one address, or for one name.
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'
import { tooManyFailures } from './errors.ts'

export interface AttemptLimit {
  most: number
  withinMs: number
  /** Attempts with the same key count together; those without one do not count here. */
  keyOf: (request: FastifyRequest) => string | undefined
}

/** @param face whose attempts they are, as `till` */
export function byAddress(face: string): AttemptLimit {
  return {
    most: limits.authFailuresPerAddress,
    withinMs: limits.authFailureWindowMs,
    keyOf: ({ ip }) => `${face} ${ip}`,
  }
}

/**
 * @param attempts which they are, as `with a wrong token`
 * @returns what counts an attempt, and throws 429 once there were too many by one of the limits
 */
export async function limitAttempts(
  app: FastifyInstance,
  attempts: string,
  attemptLimits: readonly AttemptLimit[],
): Promise<(request: FastifyRequest) => Promise<void>> {
  await app.register(rateLimit, { global: false })
  const counters = attemptLimits.map(({ most, withinMs, keyOf }) => ({
    keyOf,
    count: app.createRateLimit({
      max: most,
      timeWindow: withinMs,
      keyGenerator: (request) => keyOf(request)!,
    }),
  }))
  return async (request) => {
    for (const { keyOf, count } of counters) {
      if (keyOf(request) === undefined) continue
      const found = await count(request)
      if (!found.isAllowed && found.isExceeded) {
        throw tooManyFailures(
          `There have been too many attempts ${attempts}; wait before the next one.`,
          found.ttlInSeconds,
        )
      }
    }
  }
}
