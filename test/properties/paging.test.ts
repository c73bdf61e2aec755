// Walking through the pages of a list while it changes: what is there all the time is met once,
// going on and coming back.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { brokenRules, strictly } from '../support/load.ts'
import { newOrder, newTables, pay } from '../support/orders.ts'
import { onInstance, startServer, type Venue } from '../support/server.ts'
import { answered, newParty, NINE, partyRequest } from '../support/visits.ts'

interface Page {
  data?: { id: string }[]
  before?: string
  after?: string
}
type Search = (cursor: { limit: number; before?: string; after?: string }) => Promise<Page>

/** What happens between two pages. */
type Change =
  | { do: 'insert' }
  | { do: 'remove'; which: number }
  | { do: 'touch'; which: number }
  | { do: 'nothing' }

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ do: 'nothing' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'insert' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat({ max: 30 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('touch' as const), which: fc.nat({ max: 30 }) }),
  },
)

const walk = fc.record({
  count: fc.integer({ min: 0, max: 14 }),
  limit: fc.integer({ min: 1, max: 5 }),
  changes: fc.array(fc.array(change, { maxLength: 3 }), { minLength: 60, maxLength: 60 }),
})

interface List {
  search: Search
  insert: () => Promise<string>
  /** Takes it off the list, but not out of the data where that is not the same. */
  remove: (id: string) => Promise<void>
  /** Changes it in a way that leaves it where it is. */
  touch: (id: string) => Promise<void>
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

interface Walk {
  /** Newest first, removed ones included. */
  all: string[]
  removed: Set<string>
  /** The next of the changes. */
  happen: () => Promise<void>
}

async function startWalk(
  { insert, remove, touch }: List,
  { count, changes }: { count: number; changes: Change[][] },
): Promise<Walk> {
  const all: string[] = []
  const removed = new Set<string>()
  const insertOne = async (): Promise<void> => {
    all.unshift(await insert())
  }
  for (let i = 0; i < count; i++) await insertOne()
  let step = 0
  const happen = async (): Promise<void> => {
    for (const change of changes[step++ % changes.length]!) {
      const id = 'which' in change ? all[change.which % all.length] : undefined
      if (change.do === 'insert') await insertOne()
      else if (id !== undefined && !removed.has(id)) {
        if (change.do === 'remove') {
          removed.add(id)
          await remove(id)
        } else await touch(id)
      }
    }
  }
  return { all, removed, happen }
}

function checkSequence({ all }: Walk, ids: readonly string[]): void {
  const places = ids.map((id) => all.indexOf(id))
  must(
    places.every((place, index) => place >= 0 && (index === 0 || place > places[index - 1]!)),
    `each once, newest first: ${places.join(' ')}`,
  )
}

type Shown = Awaited<ReturnType<Search>>

/** From the first page to the last, which it returns. */
async function goOn({ search }: List, walk: Walk, limit: number): Promise<Shown> {
  const { all, removed, happen } = walk
  const thereAtFirst = [...all]
  let page = await search({ limit })
  must(page.before === undefined, 'nothing is before the first page')
  const on: string[] = []
  for (;;) {
    const ids = page.data!.map(({ id }) => id)
    must(
      ids.length <= limit && (page.after === undefined || ids.length === limit),
      'a page is full where there is another',
    )
    must(
      ids.every((id) => !removed.has(id)),
      'what is gone when a page is asked for is not on it',
    )
    on.push(...ids)
    if (page.after === undefined) break
    await happen()
    page = await search({ limit, after: page.after })
  }
  checkSequence(walk, on)
  must(
    on.every((id) => thereAtFirst.includes(id)),
    'what came later is before the first page',
  )
  must(
    thereAtFirst.every((id) => removed.has(id) || on.includes(id)),
    'going on loses nothing',
  )
  return page
}

/** And back from there, to what is now the beginning. */
async function comeBack({ search }: List, walk: Walk, last: Shown, limit: number): Promise<void> {
  const { all, removed, happen } = walk
  const thereAtLast = all.filter((id) => !removed.has(id))
  let page = last
  const back = page.data!.map(({ id }) => id).filter((id) => !removed.has(id))
  while (page.before !== undefined) {
    await happen()
    const { before } = page
    page = await search({ limit, before })
    const ids = page.data!.map(({ id }) => id)
    must(ids.length <= limit, 'no page is longer than asked for')
    back.unshift(...ids)
  }
  checkSequence(walk, back)
  must(
    thereAtLast.every((id) => removed.has(id) || back.includes(id)),
    'coming back loses nothing',
  )
}

async function walkThrough(
  list: List,
  { limit, ...given }: { count: number; limit: number; changes: Change[][] },
): Promise<void> {
  const walk = await startWalk(list, given)
  await comeBack(list, walk, await goOn(list, walk, limit), limit)
}

t.test('orders of a waiter', async (t) => {
  const server = await startServer(t)
  const venue = onInstance(strictly, server, server.venue)

  const orders = (payableOnly: boolean, waiterId = randomUUID()): List => ({
    search: async (cursor) =>
      answered(await venue.call('SearchOrders', { dineIn: { waiterId }, payableOnly, cursor })),
    insert: async () =>
      (await newOrder(venue, 1_000, { details: { orderType: 'DineIn', dineIn: { waiterId } } })).id,
    remove: async (id) => {
      if (payableOnly) answered(await pay(venue, id, await balanceOf(venue, id)))
    },
    touch: async (id) => {
      answered(await pay(venue, id, 1))
    },
  })

  t.test('that can be paid, while they are paid and new ones come', async () => {
    await fc.assert(
      fc.asyncProperty(walk, async (walk) => {
        await walkThrough(orders(true), walk)
      }),
      { numRuns: 30 },
    )
  })

  t.test('all of them, while they are paid in part and new ones come', async () => {
    const keep = (changes: Change[][]) =>
      changes.map((some) => some.filter((change) => change.do !== 'remove'))
    await fc.assert(
      fc.asyncProperty(walk, async (walk) => {
        await walkThrough(orders(false), { ...walk, changes: keep(walk.changes) })
      }),
      { numRuns: 15 },
    )
  })

  t.test('many of one millisecond', async (t) => {
    const waiterId = randomUUID()
    const ids = (
      await Promise.all(
        Array.from(
          { length: 23 },
          async () =>
            await newOrder(venue, 1_000, {
              details: { orderType: 'DineIn', dineIn: { waiterId } },
            }),
        ),
      )
    ).map(({ id }) => id)
    await server.sql(
      "UPDATE orders SET created_at = '2026-03-01T19:00:00.123Z' WHERE waiter_id = $1",
      [waiterId],
    )
    const { search } = orders(true, waiterId)
    for (const limit of [1, 4, 23]) {
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await search({ limit, ...(after === undefined ? {} : { after }) })
        seen.push(...page.data!.map(({ id }) => id))
        after = page.after
      } while (after !== undefined && seen.length <= ids.length)
      t.strictSame(seen, ids.toSorted().toReversed(), `pages of ${limit}`)
    }
  })

  t.test('the rules of the data hold', async (t) => {
    t.strictSame(await brokenRules(server.sql), [])
  })
})

const balanceOf = async (venue: Venue, orderId: string): Promise<number> => {
  const { totalAmount, paidAmount } = answered(await venue.call('GetOrderById', { orderId }))
  return totalAmount!.value - paidAmount!.value
}

t.test('parties at a table, while some leave, some are deleted and new ones come', async (t) => {
  const server = await startServer(t)
  const venue = onInstance(strictly, server, server.venue)
  let run = 0
  await fc.assert(
    fc.asyncProperty(walk, fc.boolean(), async (walk, areDeleted) => {
      const [tableId] = await newTables(server, venue, [`${++run}`])
      const requests = new Map<string, ReturnType<typeof partyRequest>>()
      const update = async (partyId: string, more: { endTime?: string }): Promise<void> => {
        answered(
          await venue.call('UpdateParty', {
            ...requests.get(partyId)!,
            partyId,
            status: 'Main course',
            ...more,
          }),
        )
      }
      await walkThrough(
        {
          search: async (cursor) =>
            answered(await venue.call('SearchParties', { tableId: tableId!, cursor })),
          insert: async () => {
            const request = partyRequest([tableId!])
            const { id } = await newParty(venue, [tableId!], request)
            requests.set(id, request)
            return id
          },
          remove: async (partyId) => {
            if (areDeleted) answered(await venue.call('DeletePartyById', { partyId }))
            else await update(partyId, { endTime: NINE })
          },
          touch: async (partyId) => {
            await update(partyId, {})
          },
        },
        walk,
      )
    }),
    { numRuns: 20 },
  )
})
