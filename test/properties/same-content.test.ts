// What Dojo names by an id of its own is the same thing when it is sent again, and a Conflict when
// anything of it has changed.
import fc from 'fast-check'
import t from 'tap'
import type { Input } from '../../src/contract/capabilities.ts'
import { strictly } from '../support/load.ts'
import { gbp, newIntent, newTables, orderRequest } from '../support/orders.ts'
import { onInstance, startServer, type Reply } from '../support/server.ts'
import {
  newParty,
  newReservation,
  NINE,
  partyRequest,
  reservationRequest,
  SEVEN,
} from '../support/visits.ts'

type Name = 'CreateOrder' | 'CreateParty' | 'CreateReservation'
type Path = (string | number)[]
type Fields = Record<string, unknown>

const pathsOf = (value: unknown, path: Path = []): Path[] => [
  path,
  ...(value !== null && typeof value === 'object'
    ? Object.keys(value).flatMap((name) =>
        pathsOf((value as Fields)[name], [...path, Array.isArray(value) ? Number(name) : name]),
      )
    : []),
]
const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, name) => (value as Fields)[name], value)

function without(value: unknown, [name, ...rest]: Path): unknown {
  if (Array.isArray(value)) {
    return rest.length === 0
      ? value.filter((_, index) => index !== name)
      : value.map((item, index) => (index === name ? without(item, rest) : item))
  }
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([each, field]) =>
      each !== name ? [[each, field]] : rest.length === 0 ? [] : [[each, without(field, rest)]],
    ),
  )
}

const put = (
  value: unknown,
  [name, ...rest]: Path,
  change: (value: unknown) => unknown,
): unknown =>
  name === undefined
    ? change(value)
    : Array.isArray(value)
      ? value.map((item, index) => (index === name ? put(item, rest, change) : item))
      : { ...(value as object), [name]: put((value as Fields)[name], rest, change) }

/** The same fields in another order. */
const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, field]) => [name, reversed(field)]),
        )
      : value

/** The same instants, as a clock in Rome shows them. */
const inRome = (value: unknown): unknown => {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) {
    return new Date(Date.parse(value) + 3_600_000).toISOString().replace('Z', '+01:00')
  }
  return Array.isArray(value)
    ? value.map(inRome)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(Object.entries(value).map(([name, field]) => [name, inRome(field)]))
      : value
}

t.test('what is created by an id of Dojo', async (t) => {
  const server = await startServer(t)
  const venue = onInstance(strictly, server, server.venue)
  const [one, other] = await newTables(server, venue, ['1', '2'])
  const parties = [await newParty(venue, [one!]), await newParty(venue, [one!])].map(({ id }) => id)
  const reservations = [
    await newReservation(venue, [one!]),
    await newReservation(venue, [one!]),
  ].map(({ id }) => id)
  /** What a reference may become: something else that the venue has. */
  const alternatives: Record<string, string> = {
    [one!]: other!,
    [parties[0]!]: parties[1]!,
    [reservations[0]!]: reservations[1]!,
  }
  const modifier = { name: 'Cheese', plu: '2', quantity: 2, amountPerModifier: gbp(50) }

  const full: { [Each in Name]: { idField: string; request: Input<Each> } } = {
    CreateOrder: {
      idField: 'dojoOrderId',
      request: orderRequest(10_000, {
        items: [
          {
            name: 'Burger',
            plu: '1',
            quantity: 2,
            amountPerItem: gbp(1_000),
            note: 'rare',
            modifiers: [modifier],
            subItems: [
              {
                name: 'Chips',
                plu: '3',
                quantity: 1,
                amountPerItem: gbp(300),
                note: 'hot',
                modifiers: [modifier],
              },
            ],
          },
          { name: 'Bitter', plu: '4', quantity: 1, amountPerItem: gbp(520) },
        ],
        note: 'by the window',
        customer: {
          id: 'c1',
          name: 'Ada',
          emailAddress: 'ada@example.com',
          phoneNumber: '07000 000000',
        },
        discounts: [
          {
            name: 'Happy hour',
            affectedPlu: '4',
            discountReference: 'hh',
            code: 'HAPPY',
            amountTotal: gbp(100),
            amountPercentage: 1_000,
          },
        ],
        taxLines: [
          {
            id: 'vat',
            name: 'VAT',
            affectedPlu: '1',
            amountPercentage: 2_000,
            amountTotal: gbp(200),
          },
        ],
        serviceChargeAmount: gbp(300),
        reference: 'R1',
        displayName: 'Window',
        payments: [
          { paymentIntentId: newIntent(), paidAmount: gbp(100), tipsAmount: gbp(10) },
          { paymentIntentId: newIntent(), paidAmount: gbp(200) },
        ],
        details: {
          orderType: 'DineIn',
          dineIn: {
            tableId: one!,
            waiterId: '42',
            partyId: parties[0]!,
            reservationId: reservations[0]!,
            readyAt: SEVEN,
          },
          collection: { asap: true, collectAt: NINE },
        },
      }),
    },
    CreateParty: {
      idField: 'dojoPartyId',
      request: partyRequest([one!, other!], {
        name: 'Ada',
        covers: 4,
        status: 'Drinks',
        expectedEndTime: NINE,
        hostNotes: 'regular',
        guestRequests: 'no nuts',
        reservationId: reservations[0]!,
        dojoReservationId: 'dojo-rsv',
        deposit: {
          totalAmount: gbp(500),
          description: 'deposit',
          paymentIntentIds: ['pi-1', 'pi-2'],
        },
      }),
    },
    CreateReservation: {
      idField: 'dojoReservationId',
      request: reservationRequest([one!, other!], {
        hostNotes: 'regular',
        guestRequests: 'no nuts',
      }),
    },
  }

  for (const name of Object.keys(full) as Name[]) {
    t.test(name, async (t) => {
      const { idField, request } = full[name]
      const call = async (body: unknown): Promise<Reply<{ id: string }>> =>
        (await venue.call(name, body as never)) as Reply<{ id: string }>
      const { status, body: created, error } = await call(request)
      t.equal(status, 200, error?.debugMessage)

      t.test('the same in other words is the same', async (t) => {
        const again = [
          request,
          reversed(request),
          inRome(request),
          { ...request, unknown: { to: 'the contract' }, id: 'x', lockId: 'x' },
        ]
        for (const body of again) {
          const reply = await call(body)
          t.equal(reply.status, 200)
          t.strictSame(reply.body, created)
        }
      })

      t.test('with anything changed it is a Conflict, and nothing changes', async () => {
        const paths = pathsOf(request).filter((path) => path.length > 0 && path[0] !== idField)
        const change = (value: unknown): unknown => {
          if (typeof value === 'number') return value + 1
          if (typeof value === 'boolean') return !value
          if (Array.isArray(value)) return value.toReversed()
          if (typeof value !== 'string') return value
          if (value === 'GBP' || value === 'DineIn') {
            return value === 'DineIn' ? 'Collection' : 'EUR'
          }
          if (/^\d{4}-\d\d-\d\dT/.test(value)) return new Date(Date.parse(value) + 1).toISOString()
          return alternatives[value] ?? `${value}x`
        }
        const seen = new Set<string>()
        await fc.assert(
          fc.asyncProperty(fc.constantFrom(...paths), fc.boolean(), async (path, isRemoved) => {
            const body = isRemoved ? without(request, path) : put(request, path, change)
            if (JSON.stringify(body) === JSON.stringify(request)) return // nothing in it to reverse
            const { status, error } = await call(body)
            // Without what is required, or in another currency, it is not even a request.
            const isRequired = isRemoved || at(request, path) === 'GBP'
            strictly.ok(
              status === 409 || (status === 400 && isRequired),
              `${isRemoved ? 'without' : 'with another'} ${path.join('.')}: ${status} ${error?.debugMessage}`,
            )
            if (status === 409) {
              strictly.ok(
                error.debugMessage.includes(String((request as unknown as Fields)[idField])),
                'it says which',
              )
              seen.add(path.join('.'))
            }
          }),
          { numRuns: 4 * paths.length },
        )
        t.ok(seen.size > paths.length / 3, `${seen.size} parts of it`)
        t.strictSame((await call(request)).body, created)
      })
    })
  }
})
