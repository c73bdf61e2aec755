// The evening of the demo goes on by itself, slowly enough to follow in the console and on a card
// machine of the stand-in: guests come, order, pay at the table and leave, until somebody ends it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineView, Touch } from '../src/sandbox/bench/views.ts'
import type { TillBody, TillCalls } from '../src/till-client/index.ts'

/** Between two things that happen. */
const PACE_MS = 3_000
const TIPS_MINOR = 300
const WAITER_ID = '1'

const NAMES = ['Hughes', 'Kaur', 'Rossi', 'Lindqvist', 'Okafor', 'Baker', 'Silva', 'Ng'] as const
const ROUNDS: TillBody<'post', '/orders/{orderId}/lines'>['lines'][] = [
  [
    { plu: '1001', quantity: 2 },
    { plu: '3001', quantity: 2 },
  ],
  [{ plu: '1002' }, { plu: '1003' }, { plu: '3003', quantity: 2 }],
  [
    { plu: '1003', quantity: 3 },
    { plu: '2001', quantity: 2 },
    { plu: '3002', quantity: 3 },
  ],
]

interface Evening {
  till: TillCalls
  /** A hand at a card machine. @throws Error when the machine does not take the touch */
  touch: (touch: Touch) => Promise<MachineView>
  /** Says what happens. */
  tell: (text: string) => void
  signal: AbortSignal
}

/** Resolves when `signal` is aborted. */
export async function watchEvening(evening: Evening): Promise<void> {
  for (let turn = 0; !evening.signal.aborted; turn++) {
    try {
      await serveGuests(evening, turn)
    } catch (error) {
      // Whatever fails because the demo is being ended is no news.
      if (!evening.signal.aborted) throw error
    }
  }
}

async function serveGuests(evening: Evening, turn: number): Promise<void> {
  const { till, tell, signal } = evening
  const pause = async (): Promise<void> => {
    await sleep(PACE_MS, undefined, { signal })
  }
  const tableId = await freeTable(till)
  if (tableId === undefined) {
    await pause()
    return
  }
  const name = NAMES[turn % NAMES.length]!
  const lines = ROUNDS[turn % ROUNDS.length]!
  const { id: partyId } = await till.post('/parties', {
    name,
    covers: lines.length + 1,
    tableIds: [tableId],
  })
  tell(`${name} sits down.`)
  await pause()
  const { id: orderId } = await till.post('/orders', {
    orderType: 'DineIn',
    partyId,
    waiterId: WAITER_ID,
  })
  await till.post('/orders/{orderId}/lines', { orderId }, { lines })
  tell(`${name} orders.`)
  await pause()
  await till.post('/orders/{orderId}/bump', { orderId }, {})
  await pause()
  tell(`${name} pays by card: ${await pay(evening, orderId, pause)}.`)
  await pause()
  await till.post('/parties/{partyId}/finish', { partyId }, {})
  tell(`${name} leaves.`)
  await pause()
}

async function freeTable(till: TillCalls): Promise<string | undefined> {
  const { tables } = await till.get('/tables/occupancy')
  return tables.find(({ status }) => status === 'free')?.tableId
}

/** @returns how it ended, in words */
async function pay(
  { touch }: Evening,
  orderId: string,
  pause: () => Promise<void>,
): Promise<string> {
  const touches: Touch[] = [
    { key: 'choose', orderId },
    { key: 'bill' },
    { key: 'pay' },
    { key: 'tip', tipMinor: TIPS_MINOR },
    { key: 'card' },
  ]
  let view = await touch({ key: 'waiter', waiterId: WAITER_ID })
  for (const next of touches) {
    if (view.problem !== undefined) break
    await pause()
    view = await touch(next)
  }
  const ending = view.problem ?? view.result?.title ?? 'not at all'
  await pause()
  if (view.screen === 'result') view = await touch({ key: 'next' })
  while (view.screen !== 'waiter') view = await touch({ key: 'back' })
  return ending.toLowerCase()
}
