// How many venues a server takes, and how many move when another joins.
import t from 'tap'
import { wishesOf } from '../../../src/dojo/held-sockets/shares.ts'
import type { SocketVenue } from '../../../src/store/venue/socket-leases.ts'

/** `a: 3, '-': 2`: three venues that a holds, and two that are free. */
function venuesOf(held: Record<string, number>, applications: Record<string, string> = {}) {
  const holders = Object.entries(held).flatMap(([holder, count]) =>
    Array.from({ length: count }, () => (holder === '-' ? undefined : holder)),
  )
  return holders.map((holder, at): SocketVenue => {
    const locationId = `loc_${at}`
    const venue = { locationId } as SocketVenue['venue']
    const applicant = applications[locationId]
    return { venue, holder, applicant, keyFingerprint: '', term: 1, refusedKey: undefined }
  })
}

t.test('what a server claims and applies for', async (t) => {
  const cases: Array<[what: string, SocketVenue[], claims: number, applies: number]> = [
    ['nothing of nothing', venuesOf({}), 0, 0],
    ['alone, all that are free', venuesOf({ '-': 10 }), 10, 0],
    ['but fifty at once', venuesOf({ '-': 1_000 }), 50, 0],
    ['its share, where others hold some', venuesOf({ other: 2, '-': 8 }), 5, 0],
    ['its share, rounded up', venuesOf({ other: 2, third: 1, '-': 7 }), 4, 0],
    ['less what it has', venuesOf({ me: 3, other: 2, '-': 5 }), 2, 0],
    ['nothing with its share', venuesOf({ me: 5, other: 1, '-': 4 }), 0, 0],
    ['nothing of others while one is free', venuesOf({ other: 9, '-': 1 }), 1, 0],
    ['its share of those of another', venuesOf({ other: 2 }), 0, 1],
    ['rounded down', venuesOf({ other: 3 }), 0, 1],
    ['not the only one', venuesOf({ other: 1 }), 0, 0],
    ['not for one more', venuesOf({ me: 2, other: 3 }), 0, 0],
    ['a quarter of five that connect at once, rounded up', venuesOf({ other: 50 }), 0, 2],
    ['a quarter of twenty', venuesOf({ other: 200 }), 0, 5],
    ['a quarter of fifty', venuesOf({ other: 1_000 }), 0, 13],
    ['less what is promised', venuesOf({ other: 4 }, { loc_2: 'me', loc_3: 'me' }), 0, 0],
    ['not less for what another asks', venuesOf({ other: 4 }, { loc_3: 'third' }), 0, 2],
  ]
  for (const [what, venues, claims, applies] of cases) {
    const { claim, applyFor } = wishesOf('me', venues)
    t.same([claim.length, applyFor.length], [claims, applies], what)
    const holderOf = new Map(venues.map(({ venue, holder }) => [venue.locationId, holder]))
    t.ok(
      claim.every((each) => holderOf.get(each) === undefined),
      `${what}: claims what is free`,
    )
    t.ok(
      applyFor.every((each) => holderOf.get(each) === 'other'),
      `${what}: asks for what others have`,
    )
  }
})

t.test(
  'a third server joins two with 1,000 venues: few move at a time, and then none',
  async (t) => {
    let venues = venuesOf({ a: 500, b: 500 })
    const moves: number[] = []
    for (let look = 0; look < 100; look++) {
      const { claim, applyFor } = wishesOf('c', venues)
      t.same(claim, [])
      moves.push(applyFor.length)
      if (applyFor.length === 0) break
      const moving = new Set(applyFor)
      venues = venues.map((each) =>
        moving.has(each.venue.locationId) ? { ...each, holder: 'c' } : each,
      )
    }
    t.ok(Math.max(...moves) <= 13, 'a quarter of the fifty that may connect at once')
    const has = (server: string): number => venues.filter(({ holder }) => holder === server).length
    // The others keep a share rounded up.
    t.same(['a', 'b', 'c'].map(has), [334, 334, 332])
    for (const server of ['a', 'b']) {
      t.same(wishesOf(server, venues), { claim: [], applyFor: [] }, 'nothing moves back')
    }
  },
)
