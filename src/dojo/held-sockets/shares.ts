// How many venues each server has, decided by each one for itself from what all of them see.
import { limits } from '../../limits.ts'
import type { SocketVenue } from '../../store/venue/socket-leases.ts'
import { mostConnects } from './connect-budget.ts'

export interface Wishes {
  /** Free, to be claimed now. */
  claim: string[]
  /** Held by servers that have more than their share. */
  applyFor: string[]
}

/**
 * Free venues up to this server's share; and where none is free, some of the venues of others that
 * have more than theirs. A share is rounded up for what is free, so that nothing is left over, and
 * down for what is not, so that no venue moves for nothing.
 */
export function wishesOf(me: string, venues: readonly SocketVenue[]): Wishes {
  const held = new Map<string, string[]>([[me, []]])
  const free: string[] = []
  let promised = 0
  for (const { venue, holder, applicant } of venues) {
    if (holder === undefined) {
      free.push(venue.locationId)
      continue
    }
    const ofHolder = held.get(holder) ?? []
    held.set(holder, [...ofHolder, venue.locationId])
    if (applicant === me && holder !== me) promised++
  }
  const share = venues.length / held.size
  const mine = held.get(me)!.length
  const mostFree = Math.min(Math.ceil(share) - mine, limits.socketClaimsAtOnce)
  if (free.length > 0) return { claim: free.slice(0, Math.max(0, mostFree)), applyFor: [] }

  const lacking = Math.floor(share) - mine - promised
  const mostMoves = Math.ceil(mostConnects(venues.length) * limits.socketMovesShare)
  const most = Math.min(lacking, mostMoves)
  const applyFor: string[] = []
  for (const [holder, locationIds] of held) {
    if (holder === me) continue
    const surplus = Math.min(locationIds.length - Math.ceil(share), most - applyFor.length)
    if (surplus > 0) applyFor.push(...locationIds.slice(-surplus))
  }
  return { claim: [], applyFor }
}
