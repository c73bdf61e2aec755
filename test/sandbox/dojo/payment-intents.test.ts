// Payment intents: each state against each move, the amounts that they show, idempotency, and
// pages.
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { startSandbox, type Answer, type Body, type StartedSandbox } from '../support/dojo.ts'

type Place = Pick<StartedSandbox, 'call' | 'sandbox' | 'key'>

const gbp = (value: number): { value: number; currencyCode: string } => ({
  value,
  currencyCode: 'GBP',
})
const changeable = { config: { payment: { customAmountAllowed: true, tipsAllowed: true } } }
const AMOUNT = 1000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What may be done on the day itself must not depend on how soon the day is over. */
async function startAtNoon(t: Test): Promise<StartedSandbox> {
  const started = await startSandbox(t)
  const { clock } = started.sandbox.simulation
  await clock.advance(DAY_MS - (clock.nowMs() % DAY_MS) + 12 * HOUR_MS)
  return started
}

async function create({ call }: Place, more: object = {}): Promise<Body> {
  const { status, body } = await call('POST', '/payment-intents', {
    amount: gbp(AMOUNT),
    reference: 'Order 1',
    ...more,
  })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body
}
const read = async ({ call }: Place, id: string): Promise<Body> =>
  (await call('GET', `/payment-intents/${id}?returnCanceled=true`)).body

let keys = 0
const newKey = (): string => `key-${++keys}`

// --- moves

const moves = {
  amount: async ({ call }: Place, id: string) =>
    await call('POST', `/payment-intents/${id}/amount`, { amount: gbp(900) }),
  tips: async ({ call }: Place, id: string) =>
    await call('POST', `/payment-intents/${id}/tips-amount`, { tipsAmount: gbp(100) }),
  capture: async ({ call }: Place, id: string, amount = 100) =>
    await call('POST', `/payment-intents/${id}/captures`, { amount }),
  cancel: async ({ call }: Place, id: string) => await call('DELETE', `/payment-intents/${id}`),
  refund: async ({ call }: Place, id: string, amount = 1, idempotencyKey = newKey()) =>
    await call(
      'POST',
      `/payment-intents/${id}/refunds`,
      { amount },
      { IdempotencyKey: idempotencyKey },
    ),
  reverse: async ({ call }: Place, id: string) =>
    await call('POST', `/payment-intents/${id}/reversal`),
  receipt: async ({ call }: Place, id: string) =>
    await call('POST', `/payment-intents/${id}/receipt`, { emails: ['guest@example.com'] }),
  pay: async ({ call }: Place, id: string) =>
    await call('POST', `/sandbox/payment-intents/${id}/pay`),
} satisfies Record<string, (place: Place, id: string) => Promise<Answer>>

type Move = keyof typeof moves

async function must(answer: Promise<Answer>): Promise<Answer> {
  const { status, body } = await answer
  if (status >= 300) throw new Error(JSON.stringify(body))
  return await answer
}

/** A sale on a card machine that approves. */
async function payOnTerminal(place: Place, id: string): Promise<void> {
  const { call, sandbox } = place
  const { body: terminals } = await call('GET', '/terminals')
  const { id: terminalId } = terminals.find(({ properties }: Body) =>
    properties.tid.endsWith('AIP0'),
  )
  await must(
    call('POST', '/terminal-sessions', {
      terminalId,
      details: { sessionType: 'Sale', sale: { paymentIntentId: id } },
    }),
  )
  await sandbox.simulation.clock.advance(10_000)
}

const ways = {
  none: async () => {},
  cancel: async (place: Place, id: string) => {
    await must(moves.cancel(place, id))
  },
  pay: async (place: Place, id: string) => {
    await must(moves.pay(place, id))
  },
  payOnTerminal,
  capturePart: async (place: Place, id: string) => {
    await must(moves.capture(place, id, 400))
  },
  captureAll: async (place: Place, id: string) => {
    await must(moves.capture(place, id, AMOUNT))
  },
  refundAll: async (place: Place, id: string) => {
    await must(moves.refund(place, id, AMOUNT))
  },
  reverse: async (place: Place, id: string) => {
    await must(moves.reverse(place, id))
  },
  reverseByDojo: async ({ call }: Place, id: string) => {
    await must(call('POST', `/sandbox/payment-intents/${id}/reverse`))
  },
  waitAWeek: async ({ sandbox }: Place) => {
    await sandbox.simulation.clock.advance(7 * DAY_MS)
  },
  waitADay: async ({ sandbox }: Place) => {
    await sandbox.simulation.clock.advance(DAY_MS)
  },
  waitSixDays: async ({ sandbox }: Place) => {
    await sandbox.simulation.clock.advance(6 * DAY_MS)
  },
}

type Status = 'Created' | 'Authorized' | 'Captured' | 'Reversed' | 'Refunded' | 'Canceled'
/**
 * The state that follows; or how it is refused: for its state, for what is left, or because a
 * terminal took it.
 */
type Outcome = Status | 400 | 409 | 'left' | 'terminal 409'
interface Row {
  captureMode: 'Auto' | 'Manual'
  way: Array<keyof typeof ways>
  status: Status
  outcomes: Record<Move, Outcome>
}

const outcomes = (
  amount: Outcome,
  tips: Outcome,
  capture: Outcome,
  cancel: Outcome,
  refund: Outcome,
  reverse: Outcome,
  receipt: Outcome,
  pay: Outcome,
): Record<Move, Outcome> => ({ amount, tips, capture, cancel, refund, reverse, receipt, pay })

const rows: Row[] = [
  {
    captureMode: 'Auto',
    way: ['none'],
    status: 'Created',
    outcomes: outcomes('Created', 'Created', 409, 'Canceled', 400, 409, 400, 'Captured'),
  },
  {
    captureMode: 'Auto',
    way: ['cancel'],
    status: 'Canceled',
    outcomes: outcomes(400, 400, 409, 400, 400, 409, 400, 400),
  },
  {
    captureMode: 'Auto',
    way: ['pay'],
    status: 'Captured',
    outcomes: outcomes(400, 400, 409, 400, 'Refunded', 'Reversed', 'Captured', 400),
  },
  {
    captureMode: 'Auto',
    way: ['pay', 'waitADay'],
    status: 'Captured',
    outcomes: outcomes(400, 400, 409, 400, 'Refunded', 409, 'Captured', 400),
  },
  {
    captureMode: 'Auto',
    way: ['payOnTerminal'],
    status: 'Captured',
    outcomes: outcomes(400, 400, 409, 400, 'Refunded', 'terminal 409', 'Captured', 400),
  },
  {
    captureMode: 'Auto',
    way: ['pay', 'reverse'],
    status: 'Reversed',
    outcomes: outcomes(400, 400, 409, 400, 400, 409, 'Reversed', 400),
  },
  {
    captureMode: 'Auto',
    way: ['payOnTerminal', 'reverseByDojo'],
    status: 'Reversed',
    outcomes: outcomes(400, 400, 409, 400, 400, 409, 'Reversed', 400),
  },
  {
    captureMode: 'Auto',
    way: ['pay', 'refundAll'],
    status: 'Refunded',
    outcomes: outcomes(400, 400, 409, 400, 'left', 409, 'Refunded', 400),
  },
  {
    captureMode: 'Manual',
    way: ['none'],
    status: 'Created',
    outcomes: outcomes('Created', 'Created', 409, 'Canceled', 400, 409, 400, 'Authorized'),
  },
  {
    captureMode: 'Manual',
    way: ['cancel'],
    status: 'Canceled',
    outcomes: outcomes(400, 400, 409, 400, 400, 409, 400, 400),
  },
  {
    captureMode: 'Manual',
    way: ['pay'],
    status: 'Authorized',
    outcomes: outcomes(
      'Authorized',
      'Authorized',
      'Captured',
      400,
      400,
      'Reversed',
      'Authorized',
      400,
    ),
  },
  {
    captureMode: 'Manual',
    way: ['pay', 'waitSixDays'],
    status: 'Authorized',
    outcomes: outcomes(
      'Authorized',
      'Authorized',
      'Captured',
      400,
      400,
      'Reversed',
      'Authorized',
      400,
    ),
  },
  {
    captureMode: 'Manual',
    way: ['pay', 'waitAWeek'],
    status: 'Reversed',
    outcomes: outcomes(400, 400, 409, 400, 400, 409, 'Reversed', 400),
  },
  {
    captureMode: 'Manual',
    way: ['pay', 'capturePart'],
    status: 'Captured',
    outcomes: outcomes(400, 400, 'Captured', 400, 'Refunded', 409, 'Captured', 400),
  },
  {
    captureMode: 'Manual',
    way: ['pay', 'captureAll'],
    status: 'Captured',
    outcomes: outcomes(400, 400, 409, 400, 'Refunded', 409, 'Captured', 400),
  },
  {
    captureMode: 'Manual',
    way: ['pay', 'captureAll', 'waitAWeek'],
    status: 'Captured',
    outcomes: outcomes(400, 400, 409, 400, 'Refunded', 409, 'Captured', 400),
  },
  {
    captureMode: 'Manual',
    way: ['payOnTerminal'],
    status: 'Authorized',
    outcomes: outcomes(
      'Authorized',
      'Authorized',
      'Captured',
      400,
      400,
      'Reversed',
      'Authorized',
      400,
    ),
  },
  {
    captureMode: 'Manual',
    way: ['payOnTerminal', 'captureAll'],
    status: 'Captured',
    outcomes: outcomes(400, 400, 409, 400, 'Refunded', 409, 'Captured', 400),
  },
  {
    captureMode: 'Manual',
    way: ['pay', 'reverse'],
    status: 'Reversed',
    outcomes: outcomes(400, 400, 409, 400, 400, 409, 'Reversed', 400),
  },
  {
    captureMode: 'Manual',
    way: ['pay', 'captureAll', 'refundAll'],
    status: 'Refunded',
    outcomes: outcomes(400, 400, 409, 400, 'left', 409, 'Refunded', 400),
  },
]

/** A refund of everything; of an intent that has nothing to give back it is one of a penny. */
const capturedMinor = ({ captures }: Body): number =>
  captures.reduce((sum: number, { amount }: { amount: number }) => sum + amount, 0) || 1

const words = (id: string, status: string): string =>
  `Invalid request for payment with id \`${id}\`. The status \`${status}\` does not allow this change.`

for (const { captureMode, way, status, outcomes } of rows) {
  t.test(`${captureMode}, after ${way.join(', ')}: ${status}`, async (t) => {
    const place = await startAtNoon(t)
    for (const [move, outcome] of Object.entries(outcomes) as Array<[Move, Outcome]>) {
      const { id } = await create(place, { captureMode, ...changeable })
      for (const step of way) await ways[step](place, id)
      const before = await read(place, id)
      t.match(before, { status, captureMode }, `${move}: it was ${status}`)
      const { status: code, body } =
        move === 'refund'
          ? await moves.refund(place, id, capturedMinor(before))
          : await moves[move](place, id)
      const after = await read(place, id)
      if (typeof outcome === 'string' && !/^(left|terminal)/.test(outcome)) {
        t.match(
          { code, status: after.status },
          { code: move === 'receipt' ? 204 : 200, status: outcome },
          `${move}: ${outcome}`,
          { body },
        )
        continue
      }
      const refusal =
        outcome === 'left'
          ? { code: 400, detail: /^Only 0 can still be refunded |`Refunded` does not allow/ }
          : typeof outcome === 'string'
            ? { code: Number(outcome.split(' ')[1]), detail: /terminal/ }
            : { code: outcome, detail: words(id, status) }
      t.match({ code, detail: body.detail }, refusal, `${move}: refused`)
      t.strictSame(after, before, `${move}: nothing changed`)
    }
  })
}

t.test('an intent whose config forbids changes is not changed', async (t) => {
  const place = await startSandbox(t)
  const cases: Array<[object, Move[], Move[]]> = [
    [{}, [], ['amount', 'tips']],
    [{ config: { payment: { customAmountAllowed: true } } }, ['amount'], ['tips']],
    [
      { config: { payment: { tipsAllowed: true, customAmountAllowed: false } } },
      ['tips'],
      ['amount'],
    ],
    [{ config: null }, [], ['amount', 'tips']],
  ]
  for (const [more, allowed, refused] of cases) {
    for (const move of [...allowed, ...refused]) {
      t.equal(
        (await moves[move](place, (await create(place, more)).id)).status,
        allowed.includes(move) ? 200 : 405,
        `${JSON.stringify(more)}: ${move}`,
      )
    }
  }
})

t.test('a canceled intent is shown on request only', async (t) => {
  const place = await startSandbox(t)
  const { id } = await create(place)
  t.match(await moves.cancel(place, id), { status: 200, body: { id, status: 'Canceled' } })
  for (const [query, status] of [
    ['', 404],
    ['?returnCanceled=false', 404],
    ['?returnCanceled=true', 200],
  ] as const) {
    t.equal((await place.call('GET', `/payment-intents/${id}${query}`)).status, status, query)
  }
})

t.test('a payment can be reversed on its day, an authorisation for a week', async (t) => {
  const place = await startAtNoon(t)
  const { clock } = place.sandbox.simulation
  const late = await create(place)
  const held = await create(place, { captureMode: 'Manual' })
  for (const { id } of [late, held]) await must(moves.pay(place, id))
  await clock.advance(11 * HOUR_MS)
  const evening = await create(place)
  await must(moves.pay(place, evening.id))
  t.equal((await moves.reverse(place, late.id)).status, 200, 'eleven hours later, on the day')
  await clock.advance(2 * HOUR_MS)
  t.equal((await moves.reverse(place, evening.id)).status, 409, 'two hours later, on the next day')
  await clock.advance(7 * DAY_MS - 14 * HOUR_MS)
  t.match(await read(place, held.id), { status: 'Authorized' }, 'an hour before the week is over')
  await clock.advance(2 * HOUR_MS)
  t.match(await read(place, held.id), { status: 'Reversed' }, 'an hour after')
})

// --- what is shown

t.test('an intent shows what it was created with', async (t) => {
  const place = await startSandbox(t)
  const more = {
    orderDetails: { externalId: 'ord-1' },
    metadata: { waiterId: 'W1', 'a.b': '', __proto__x: 'kept' },
    description: 'Two coffees',
    paymentMethods: ['Card', 'Wallet'],
  }
  const intent = await create(place, more)
  t.match(intent, {
    id: /^pi_sandbox_[\w-]{22}$/,
    status: 'Created',
    captureMode: 'Auto',
    amount: gbp(AMOUNT),
    totalAmount: gbp(AMOUNT),
    refundedAmount: 0,
    captures: [],
    terminalSessionHistory: [],
    reference: 'Order 1',
    ...more,
  })
  t.strictSame(await read(place, intent.id), intent, 'read by its id')
  t.strictSame(
    (await place.call('POST', '/payment-intents/search', {})).body.data,
    [intent],
    'found',
  )
  await must(moves.pay(place, intent.id))
  t.match(
    await read(place, intent.id),
    {
      ...more,
      status: 'Captured',
      captures: [{ amount: AMOUNT, status: 'Successful' }],
      paymentDetails: { card: {} },
    },
    'and after it was paid',
  )
})

t.test('the total is the amount with tips, cashback and service charge', async (t) => {
  const place = await startSandbox(t)
  const cases: Array<[object, number]> = [
    [{}, 1000],
    [{ tipsAmount: gbp(150) }, 1150],
    [{ tipsAmount: gbp(0) }, 1000],
    [{ tipsAmount: null, cashbackAmount: null, serviceChargeAmount: null }, 1000],
    [{ tipsAmount: gbp(150), cashbackAmount: gbp(2000), serviceChargeAmount: gbp(125) }, 3275],
  ]
  for (const [more, totalMinor] of cases) {
    const { id, totalAmount } = await create(place, more)
    t.strictSame(totalAmount, gbp(totalMinor), JSON.stringify(more))
    await must(moves.pay(place, id))
    t.match(
      await read(place, id),
      { amount: gbp(1000), totalAmount: gbp(totalMinor), captures: [{ amount: totalMinor }] },
      'all of it is captured',
    )
  }
})

t.test('the total follows a changed amount and a changed tip', async (t) => {
  const place = await startSandbox(t)
  for (const captureMode of ['Auto', 'Manual']) {
    const { id } = await create(place, {
      captureMode,
      tipsAmount: gbp(100),
      serviceChargeAmount: gbp(50),
      ...changeable,
    })
    t.match(
      (await place.call('POST', `/payment-intents/${id}/amount`, { amount: gbp(2000) })).body,
      { amount: gbp(2000), tipsAmount: gbp(100), totalAmount: gbp(2150) },
    )
    t.match(
      (await place.call('POST', `/payment-intents/${id}/tips-amount`, { tipsAmount: gbp(300) }))
        .body,
      { amount: gbp(2000), tipsAmount: gbp(300), totalAmount: gbp(2350) },
    )
    t.match(
      (await place.call('POST', `/payment-intents/${id}/tips-amount`, { tipsAmount: gbp(0) })).body,
      { totalAmount: gbp(2050) },
    )
    await must(moves.pay(place, id))
  }
})

t.test('an authorised amount can be raised and lowered, and limits what is captured', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place, { captureMode: 'Manual', ...changeable })
  await must(moves.pay(place, id))
  t.match((await place.call('POST', `/payment-intents/${id}/amount`, { amount: gbp(1500) })).body, {
    status: 'Authorized',
    totalAmount: gbp(1500),
  })
  t.equal((await moves.capture(place, id, 1501)).status, 400)
  t.equal((await moves.capture(place, id, 1500)).status, 200)
})

const wrongAmounts: Array<[string, object, RegExp]> = [
  ['nothing', { amount: gbp(0) }, /amount must be higher than `0`/],
  ['less than nothing', { amount: gbp(-1) }, /amount must be higher than `0`/],
  ['a part of a penny', { amount: gbp(1.5) }, /amount\.value/],
  ['a text', { amount: { value: '1000', currencyCode: 'GBP' } }, /amount\.value/],
  ['no currency', { amount: { value: 1000 } }, /currencyCode/],
]

for (const [what, more, detail] of wrongAmounts) {
  t.test(`an intent of ${what} is refused`, async (t) => {
    const { call } = await startSandbox(t)
    t.match(
      await call('POST', '/payment-intents', {
        amount: gbp(AMOUNT),
        reference: 'Order 1',
        ...more,
      }),
      { status: 400, body: { detail } },
    )
    t.strictSame((await call('POST', '/payment-intents/search', {})).body.data, [])
  })
}

t.test('changes, captures and refunds of wrong amounts are refused', async (t) => {
  const place = await startAtNoon(t)
  const { call } = place
  const open = await create(place, changeable)
  const held = await create(place, { captureMode: 'Manual' })
  const taken = await create(place)
  for (const { id } of [held, taken]) await must(moves.pay(place, id))
  const cases: Array<[string, object, RegExp]> = [
    [`${open.id}/amount`, { amount: gbp(0) }, /^The amount must be higher than `0`\.$/],
    [`${open.id}/amount`, { amount: gbp(-5) }, /^The amount must be higher than `0`\.$/],
    [`${open.id}/amount`, { amount: { value: 900, currencyCode: 'EUR' } }, /GBP/],
    [`${open.id}/tips-amount`, { tipsAmount: gbp(-1) }, /0/],
    [`${open.id}/tips-amount`, { tipsAmount: { value: 1, currencyCode: 'EUR' } }, /GBP/],
    [`${held.id}/captures`, { amount: 0 }, /^The amount must be higher than `0`\.$/],
    [`${held.id}/captures`, { amount: -1 }, /^The amount must be higher than `0`\.$/],
    [`${held.id}/captures`, { amount: 500, tipsAmount: -500 }, /0/],
    [
      `${held.id}/captures`,
      { amount: AMOUNT + 1 },
      /^Only 1000 can still be captured .*, not 1001\.$/,
    ],
    [`${held.id}/captures`, { amount: AMOUNT, tipsAmount: 1 }, /^Only 1000 can still be captured /],
    [`${taken.id}/refunds`, { amount: 0 }, /^The amount must be higher than `0`\.$/],
    [`${taken.id}/refunds`, { amount: -1 }, /^The amount must be higher than `0`\.$/],
    [
      `${taken.id}/refunds`,
      { amount: AMOUNT + 1 },
      /^Only 1000 can still be refunded .*, not 1001\.$/,
    ],
    [`${taken.id}/refunds`, { amount: 0.5 }, /amount/],
  ]
  for (const [path, body, detail] of cases) {
    t.match(
      await call('POST', `/payment-intents/${path}`, body, { IdempotencyKey: newKey() }),
      { status: 400, body: { detail } },
      `${path.split('/')[1]} ${JSON.stringify(body)}`,
    )
  }
  for (const intent of [open, held, taken]) {
    t.match(await read(place, intent.id), { totalAmount: gbp(AMOUNT), refundedAmount: 0 })
  }
})

// --- refunds

t.test('refunds add up, and each can be read', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place)
  await must(moves.pay(place, id))
  const { body: first } = await place.call(
    'POST',
    `/payment-intents/${id}/refunds`,
    { amount: 400, refundReason: 'Cold', notes: 'Sorry' },
    { IdempotencyKey: newKey() },
  )
  t.match(first, { paymentIntentId: id, refundId: /^rfnd_/, refundReason: 'Cold', notes: 'Sorry' })
  t.match(await read(place, id), { refundedAmount: 400, totalAmount: gbp(AMOUNT) })
  const { body: second } = await moves.refund(place, id, 600)
  t.not(second.refundId, first.refundId)
  t.match(await read(place, id), { status: 'Refunded', refundedAmount: AMOUNT })
  t.equal((await moves.refund(place, id, 1)).status, 400, 'no more is left')
  t.strictSame((await place.call('GET', `/payment-intents/refunds/${first.refundId}`)).body, first)
})

t.test('refunds are limited by the captured amount, not the authorised one', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place, { captureMode: 'Manual' })
  await must(moves.pay(place, id))
  await must(moves.capture(place, id, 300))
  t.match(await moves.refund(place, id, 301), {
    status: 400,
    body: { detail: /^Only 300 can still be refunded .*, not 301\.$/ },
  })
  t.equal((await moves.refund(place, id, 300)).status, 200)
})

t.test('the same idempotency key is the same refund', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place)
  await must(moves.pay(place, id))
  const first = await moves.refund(place, id, 400, 'one')
  const again = await moves.refund(place, id, 400, 'one')
  t.equal(again.status, 200)
  t.strictSame(again.body, first.body)
  t.match(await read(place, id), { refundedAmount: 400 })
  t.equal((await moves.refund(place, id, 300, 'one')).status, 400, 'another amount under it')
  t.match(await read(place, id), { refundedAmount: 400 })
  t.equal((await moves.refund(place, id, 400, 'two')).status, 200, 'another key')
  t.match(await read(place, id), { refundedAmount: 800 })
  const onceMore = await moves.refund(place, id, 400, 'one')
  t.strictSame(onceMore.body, first.body, 'even when no more is left')
  t.equal((await moves.refund(place, id, 400, 'three')).status, 400, 'a new refund is refused')
  t.equal(
    (await moves.refund(place, id, 200, 'three')).status,
    200,
    'whose key was not used up by that',
  )
})

t.test('a request sent many times at once is one refund', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place)
  await must(moves.pay(place, id))
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => await moves.refund(place, id, 250, 'storm')),
  )
  t.strictSame(new Set(answers.map(({ body }) => body.refundId)).size, 1)
  t.match(await read(place, id), { refundedAmount: 250 })
})

t.test('a refund needs an idempotency key', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place)
  await must(moves.pay(place, id))
  t.match(
    await place.call('POST', `/payment-intents/${id}/refunds`, { amount: 100 }),
    { status: 400, body: { detail: /idempotencyKey/i } },
    'none',
  )
  t.equal(
    (await moves.refund(place, id, 100, 'k'.repeat(100))).status,
    200,
    'as long as one may be',
  )
})

t.test('receipts need e-mail addresses', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place)
  await must(moves.pay(place, id))
  for (const [emails, status] of [
    [['a@example.com', 'b@example.com'], 204],
    [[], 400],
    [['nobody'], 400],
    [['a@example.com', 'a b@example.com'], 400],
  ] as const) {
    t.equal(
      (await place.call('POST', `/payment-intents/${id}/receipt`, { emails })).status,
      status,
      JSON.stringify(emails),
    )
  }
})

// --- any sequence

type Step =
  | { move: 'capture' | 'refund'; amount: number; key: number }
  | { move: 'reverse' }
  | { move: 'pay' }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      move: fc.constantFrom('capture' as const, 'refund' as const),
      amount: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: -1, max: 1200 })),
      key: fc.nat({ max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ move: 'reverse' }, { move: 'pay' }) },
)

t.test('no sequence of captures and refunds takes or returns more than was paid', async (t) => {
  const place = await startAtNoon(t)
  const { app } = place.sandbox
  const inject: Place['call'] = async (method, path, body, headers = {}) => {
    const response = await app.inject({
      method: method as 'GET',
      url: path,
      headers: {
        authorization: `Basic ${place.key}`,
        version: '2026-02-27',
        ...(headers as Record<string, string>),
      },
      ...(body === undefined ? {} : { payload: body as object }),
    })
    return {
      status: response.statusCode,
      body: response.body === '' ? '' : response.json(),
      headers: new Headers(),
    }
  }
  const fast: Place = { ...place, call: inject }
  let took = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('Auto', 'Manual'),
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: 200 }),
      fc.array(anyStep, { maxLength: 12 }),
      async (captureMode, amount, tip, steps) => {
        const { id } = await create(fast, {
          captureMode,
          amount: gbp(amount),
          tipsAmount: gbp(tip),
        })
        await must(moves.pay(fast, id))
        const totalMinor = amount + tip
        let capturedMinor = captureMode === 'Auto' ? totalMinor : 0
        let refundedMinor = 0
        const used = new Map<number, number>()
        for (const step of steps) {
          const before = await read(fast, id)
          const { status } =
            step.move === 'capture'
              ? await moves.capture(fast, id, step.amount)
              : step.move === 'refund'
                ? await moves.refund(fast, id, step.amount, `${id} ${step.key}`)
                : await moves[step.move](fast, id)
          if (step.move === 'capture' && status === 200) capturedMinor += step.amount
          if (step.move === 'refund' && status === 200) {
            if (!used.has(step.key)) refundedMinor += step.amount
            else if (used.get(step.key) !== step.amount) return false
            used.set(step.key, step.amount)
          }
          if (status === 200) took++
          const after = await read(fast, id)
          const shownMinor = after.captures.reduce(
            (sum: number, { amount }: { amount: number }) => sum + amount,
            0,
          )
          const agrees =
            shownMinor === capturedMinor &&
            after.refundedAmount === refundedMinor &&
            after.totalAmount.value === totalMinor
          const bounded = capturedMinor <= totalMinor && refundedMinor <= capturedMinor
          const unchanged = status === 200 || JSON.stringify(after) === JSON.stringify(before)
          if (
            !agrees ||
            !bounded ||
            !unchanged ||
            (refundedMinor === totalMinor && after.status !== 'Refunded')
          ) {
            return false
          }
        }
        return true
      },
    ),
    { numRuns: 80 },
  )
  t.ok(took > 20, 'and many of them did something', { took })
})

// --- pages

const search = async ({ call }: Place, body: object): Promise<Answer> =>
  await call('POST', '/payment-intents/search', body)
const idsOf = ({ body }: Answer): string[] => body.data.map(({ id }: { id: string }) => id)

async function createMany(place: Place, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) ids.unshift((await create(place, { reference: `Order ${i}` })).id)
  return ids
}

t.test('pages go forward to the oldest and back to the newest', async (t) => {
  const place = await startSandbox(t)
  const newestFirst = await createMany(place, 7)
  for (const limit of [1, 2, 3, 6, 7, 8, 100]) {
    let page = await search(place, { cursor: { limit } })
    t.equal(page.body.before, null, `${limit} a page: nothing before the first`)
    const forward = [idsOf(page)]
    while (page.body.after !== null) {
      page = await search(place, { cursor: { limit, after: page.body.after } })
      forward.push(idsOf(page))
    }
    t.strictSame(forward.flat(), newestFirst, `${limit} a page: all of them, newest first`)
    t.ok(
      forward.every((ids, index) => ids.length === limit || index === forward.length - 1),
      `${limit} a page: full pages`,
    )
    const backward = [idsOf(page)]
    while (page.body.before !== null) {
      page = await search(place, { cursor: { limit, before: page.body.before } })
      backward.unshift(idsOf(page))
    }
    t.strictSame(backward, forward, `${limit} a page: the same pages on the way back`)
  }
})

t.test('a page holds fifty intents by default', async (t) => {
  const place = await startSandbox(t)
  await createMany(place, 51)
  for (const body of [{}, { cursor: null }, { cursor: {} }]) {
    t.equal(idsOf(await search(place, body)).length, 50, JSON.stringify(body))
  }
})

t.test('a search without matches is an empty page', async (t) => {
  t.strictSame((await search(await startSandbox(t), {})).body, {
    data: [],
    before: null,
    after: null,
  })
})

t.test('new intents do not shift the following pages', async (t) => {
  const place = await startSandbox(t)
  const ids = await createMany(place, 4)
  const first = await search(place, { cursor: { limit: 2 } })
  const [newest] = await createMany(place, 1)
  t.strictSame(
    idsOf(await search(place, { cursor: { limit: 2, after: first.body.after } })),
    ids.slice(2),
  )
  t.strictSame(idsOf(await search(place, { cursor: { limit: 2, before: ids[0] } })), [newest])
})

t.test('searches filter by status and time', async (t) => {
  const place = await startAtNoon(t)
  const { clock } = place.sandbox.simulation
  const canceled = await create(place)
  await must(moves.cancel(place, canceled.id))
  await clock.advance(HOUR_MS)
  const paid = await create(place)
  await must(moves.pay(place, paid.id))
  await clock.advance(HOUR_MS)
  const open = await create(place)
  const at = (hours: number): string =>
    new Date(Date.parse(paid.createdAt) + hours * HOUR_MS).toISOString()
  const cases: Array<[object, Body[]]> = [
    [{}, [open, paid, canceled]],
    [{ statuses: null, startDate: null, endDate: null }, [open, paid, canceled]],
    [{ statuses: [] }, [open, paid, canceled]],
    [{ statuses: ['Canceled'] }, [canceled]],
    [{ statuses: ['Created', 'Captured'] }, [open, paid]],
    [{ statuses: ['Reversed'] }, []],
    [{ startDate: at(-0.5) }, [open, paid]],
    [{ endDate: at(0.5) }, [paid, canceled]],
    [{ startDate: at(-0.5), endDate: at(0.5) }, [paid]],
    [{ startDate: paid.createdAt, endDate: paid.createdAt }, [paid]],
    [{ startDate: at(0.5), endDate: at(-0.5) }, []],
    [{ startDate: at(-0.5).replace('Z', '+00:00'), statuses: ['Created'] }, [open]],
  ]
  for (const [body, expected] of cases) {
    t.strictSame(
      idsOf(await search(place, body)),
      expected.map(({ id }) => id),
      JSON.stringify(body),
    )
  }
})

t.test('an invalid cursor or filter is refused', async (t) => {
  const place = await startSandbox(t)
  await createMany(place, 1)
  const bodies = [
    { cursor: { after: 'pi_sandbox_nobody' } },
    { cursor: { before: '' } },
    { cursor: { limit: 0 } },
    { cursor: { limit: 101 } },
    { cursor: { limit: 1.5 } },
    { cursor: { limit: '2' } },
    { cursor: { page: 2 } },
    { statuses: ['Paid'] },
    { statuses: 'Created' },
    { startDate: 'yesterday' },
    { endDate: '2026-02-30T00:00:00Z' },
    { reference: 'Order 1' },
  ]
  for (const body of bodies) t.equal((await search(place, body)).status, 400, JSON.stringify(body))
})
