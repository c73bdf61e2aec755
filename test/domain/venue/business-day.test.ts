import t from 'tap'
import {
  checkClosable,
  checkCountable,
  checkNewDay,
  isClosed,
  openedAlready,
  type BusinessDay,
} from '../../../src/domain/venue/business-day.ts'
import { limits } from '../../../src/limits.ts'
import { isRefused, verdict } from '../../support/bookings.ts'

const open: BusinessDay = {
  dayId: 'day_1',
  day: '2026-03-06',
  openedAt: '2026-03-06T08:00:00.000Z',
  floatMinor: 10_000,
  version: 1,
}
const closed: BusinessDay = { ...open, closedAt: '2026-03-07T01:00:00.000Z' }
const other: BusinessDay = { ...open, dayId: 'day_2', day: '2026-03-05' }
const wanted = { dayId: 'day_1', openedBy: 'w', floatMinor: 10_000 }

t.test('which day can be opened', async (t) => {
  for (const [day, expected] of [
    [undefined, 'ok'],
    ['2026-03-06', 'ok'],
    ['2028-02-29', 'ok'],
    ['2026-02-29', 'InvalidRequest invalid'],
    ['6 March', 'InvalidRequest invalid'],
  ] as const) {
    t.equal(
      verdict(() => {
        checkNewDay({ day })
      }),
      expected,
      day ?? 'today',
    )
  }
})

t.test('opening a day that cannot be new', async (t) => {
  for (const [name, request, existing, now, expected] of [
    ['the same again', wanted, open, open, 'ok'],
    ['the same again, with its date', { ...wanted, day: '2026-03-06' }, open, open, 'ok'],
    ['another float', { ...wanted, floatMinor: 0 }, open, open, 'Conflict content-differs'],
    ['another date', { ...wanted, day: '2026-03-07' }, open, open, 'Conflict content-differs'],
    ['its id is that of a closed day', wanted, closed, undefined, 'Conflict day-closed'],
    [
      'its id is that of a closed day, and one is open',
      wanted,
      closed,
      other,
      'Conflict day-closed',
    ],
    ['another day is open', wanted, undefined, other, 'Conflict day-open'],
    ['another day was open a moment ago', wanted, undefined, undefined, 'Conflict day-open'],
  ] as const) {
    t.equal(
      verdict(() => openedAlready(request, existing, now)),
      expected,
      name,
    )
  }
  t.equal(openedAlready(wanted, open, open), open)
  isRefused(t, () => openedAlready(wanted, undefined, other), {
    message: /^The day day_2 \(2026-03-05\) is open\./,
    facts: { dayId: 'day_2', day: '2026-03-05' },
  })
})

t.test('a closed day is not counted again', async (t) => {
  t.strictSame([isClosed(open), isClosed(closed)], [false, true])
  checkCountable(open)
  isRefused(
    t,
    () => {
      checkCountable(closed)
    },
    { type: 'Conflict', reason: 'day-closed', facts: { closedAt: closed.closedAt } },
  )
})

t.test('closing with open orders', async (t) => {
  const orders = (count: number) => ({
    count,
    totalMinor: count * 100,
    paidMinor: 0,
    orders: Array.from({ length: count }, (_, index) => ({
      orderId: `ord_${index + 1}`,
      displayName: `Table ${index + 1}`,
      totalMinor: 100,
      paidMinor: 0,
    })),
  })
  for (const [count, carry, expected] of [
    [0, false, 'ok'],
    [0, true, 'ok'],
    [1, true, 'ok'],
    [1, false, 'Conflict open-orders'],
  ] as const) {
    t.equal(
      verdict(() => {
        checkClosable(orders(count), carry)
      }),
      expected,
      `${count} open, carried over: ${carry}`,
    )
  }
  for (const [count, message] of [
    [1, /^One order is open: Table 1\. Finalize or cancel it, or carry it over/],
    [2, /^2 orders are open: Table 1, Table 2\. Finalize or cancel them, or carry them/],
    [limits.maxListedFaults + 1, new RegExp(`Table ${limits.maxListedFaults} and more\\. `)],
  ] as const) {
    isRefused(
      t,
      () => {
        checkClosable(orders(count), false)
      },
      { message, facts: { count } },
    )
  }
})
