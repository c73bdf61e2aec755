// How much of one process a venue may have at once. A request takes its turn after its credential
// was accepted and before its body is read, so that a flood of one venue waits unread, and the
// others are answered meanwhile.
import type { FastifyRequest, preParsingHookHandler } from 'fastify'
import { Busy } from '../domain/errors.ts'
import { createTurns, type Release, type Turns } from '../lib/turns.ts'
import { limits } from '../limits.ts'

/** Hooks that let a request on once it is its turn, or refuse it as unavailable. */
export interface VenueTurns {
  take: preParsingHookHandler
  /** For what waits for Dojo, or takes long: only a large body needs a turn. */
  takeIfLarge: preParsingHookHandler
}

export function createVenueTurns(): VenueTurns {
  const shared = {
    longestWaitMs: limits.venueTurnWaitMs,
    refused: () => new Busy('The venue has too many requests in progress.'),
  }
  const ordinary = createTurns({
    ...shared,
    atOnce: limits.venueRequestsAtOnce,
    mostWaiting: limits.venueRequestsWaiting,
  })
  const large = createTurns({
    ...shared,
    atOnce: limits.venueLargeRequestsAtOnce,
    mostWaiting: limits.venueLargeRequestsWaiting,
    restMs: (tookMs) => Math.min(limits.venueLargeRestMs, limits.venueLargeRestTimes * tookMs),
  })
  return {
    take: hook((request) => (isLarge(request) ? large : ordinary)),
    takeIfLarge: hook((request) => (isLarge(request) ? large : undefined)),
  }
}

function hook(turnsFor: (request: FastifyRequest) => Turns | undefined): preParsingHookHandler {
  return (request, { raw }, _payload, done) => {
    const proceed = (release: Release): void => {
      // The caller may have left meanwhile, while its credential was checked or while it waited.
      if (raw.closed) release()
      else raw.once('close', release)
      done()
    }
    const taken = turnsFor(request)?.take(request.caller!.locationId)
    if (taken === undefined) done()
    else if (taken instanceof Promise) taken.then(proceed, done)
    else proceed(taken)
  }
}

/** A body without a length may be of any. */
function isLarge({ headers }: FastifyRequest): boolean {
  if (headers['transfer-encoding'] !== undefined) return true
  return Number(headers['content-length'] ?? 0) > limits.largeBodyBytes
}
