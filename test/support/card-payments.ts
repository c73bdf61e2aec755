// What comes of card payments, whichever way the venue reaches its card machines: the same calls of
// a till, and the same outcomes.
import type { Test } from 'tap'
import type { CounterTransport } from '../../src/domain/venue/venue.ts'
import { payByCard } from '../../src/sandbox/dojo/payment-intents.ts'
import type { Counter } from './counter.ts'
import { isProblem, type TillReply } from './till.ts'
import { until } from './visits.ts'

type Case = (t: Test, counter: Counter, over: CounterTransport) => Promise<void>

const CASES: Record<string, Case> = {
  'a declined card: the next one pays': async (t, counter, over) => {
    const { machine, bill, start, ask, becomes, orderNow } = counter
    const orderId = await bill()
    const started = await start(orderId, machine('DIP0'))
    const declined = await becomes(started, 'Declined', { chargeAgain: 'safe', canRetry: true })
    t.equal((await orderNow(orderId)).lock, undefined)
    const again = await ask('retry', started, { terminalId: machine('AIP0') })
    t.match(again.body, { attempts: 2, chargeAgain: 'notSafe' })
    const taken = await becomes(started, 'Captured')
    t.equal(taken.paymentIntentId === declined.paymentIntentId, over === 'rest')
    t.equal((await orderNow(orderId)).balanceMinor, 0)
  },

  'a signature is accepted, rejected, or left alone for 80 seconds': async (t, counter, over) => {
    const { world, till, machine, bill, start, ask, becomes, orderNow } = counter
    for (const [answer, status, balanceMinor] of [
      [true, 'Captured', 0],
      [false, 'Declined', 1_000],
      [undefined, 'Captured', 0],
    ] as const) {
      const orderId = await bill()
      const started = await start(orderId, machine('SIP0'))
      const asked = await becomes(started, 'SignatureRequired')
      t.ok(asked.secondsToSign > 0 && asked.secondsToSign <= 80)
      const { rows } = (await till.call('GET /card-payments')).body
      const { secondsToSign: _, ...listed } = rows.find(({ id }: any) => id === asked.id)
      t.match(asked, listed, 'it is among those under way')
      t.equal((await orderNow(orderId)).balanceMinor, 1_000, 'nothing is recorded before')
      if (answer !== undefined) await ask('signature', started, { accepted: answer })
      else await world.clock.advance(81_000)
      await becomes(started, status, { chargeAgain: status === 'Captured' ? 'notSafe' : 'safe' })
      t.equal((await orderNow(orderId)).balanceMinor, balanceMinor)
      if (answer === false && over === 'rest') await payAnew(t, counter, started)
      const after = (await till.call('GET /card-payments')).body.rows
      t.notOk(
        after.some(({ id }: any) => id === asked.id),
        'and no longer',
      )
      const late = await ask('signature', started, { accepted: answer === false })
      isProblem(t, late, 409, 'card-payment-over')
    }
  },

  'a capture that comes after Expired finds its bill, and the next card is refused': async (
    t,
    counter,
  ) => {
    const { world, account, machine, bill, start, ask, becomes, intentOf, orderNow } = counter
    const orderId = await bill()
    const started = await start(orderId, machine('TIP0'))
    const expired = await becomes(started, 'Expired')
    payByCard(world, account, intentOf(expired), 'terminal')
    await becomes(started, 'Captured', { chargeAgain: 'notSafe' })
    t.match(await orderNow(orderId), { balanceMinor: 0, status: 'Finalized' })
    isProblem(t, await ask('retry', started), 409, 'card-under-way')
  },

  'two tills, two machines, one bill: shares side by side, and never twice': async (t, counter) => {
    const { till, office, machine, bill, start, ask, becomes, orderNow } = counter
    const orderId = await bill(2_000)
    const anna = await start(orderId, machine('AIP0'), { amountMinor: 1_200, share: 'Anna' })
    t.equal(anna.status, 201)
    const sameMachine = await start(
      orderId,
      machine('AIP0'),
      { amountMinor: 800, share: 'Ben' },
      office,
    )
    isProblem(t, sameMachine, 409, 'terminal-busy')
    const sameShare = await start(
      orderId,
      machine('DIP0'),
      { amountMinor: 800, share: 'Anna' },
      office,
    )
    isProblem(t, sameShare, 409, 'card-under-way')
    const tooMuch = await start(
      orderId,
      machine('DIP0'),
      { amountMinor: 801, share: 'Ben' },
      office,
    )
    isProblem(t, tooMuch, 409, 'overpaid')
    t.match(tooMuch.problem, { leftMinor: 800, underWayMinor: 1_200 })
    const ben = await start(orderId, machine('SIP0'), { share: 'Ben' }, office)
    t.match(ben.body, { amountMinor: 800 })
    await becomes(ben, 'SignatureRequired')
    await becomes(anna, 'Captured')
    const line = async () =>
      await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'A' }] })
    // Ben's machine still holds the bill.
    isProblem(t, await line(), 423, 'locked')
    await ask('signature', ben, { accepted: false })
    await becomes(ben, 'Declined')
    t.match(await orderNow(orderId), { balanceMinor: 800, paidMinor: 1_200 })
    const cash = await till.call('POST /orders/{orderId}/payments', { orderId }, { tender: 'Cash' })
    t.match(cash.body, { balanceMinor: 0, status: 'Finalized' })
  },

  'recorded by hand: right, and put right where Dojo shows otherwise': async (t, counter) => {
    const {
      server,
      world,
      account,
      office,
      machine,
      bill,
      start,
      ask,
      becomes,
      intentOf,
      orderNow,
    } = counter
    for (const isCaptured of [true, false]) {
      const orderId = await bill()
      const started = await start(orderId, machine('TIP0'))
      isProblem(t, await ask('record', started, { reason: 'x' }, office), 409, 'card-payment-over')
      const expired = await becomes(started, 'Expired', { chargeAgain: 'unknown' })
      isProblem(t, await ask('record', started, { reason: 'x' }), 403, 'forbidden')
      const byHand = await ask('record', started, { reason: 'The receipt says approved' }, office)
      t.match(byHand.body, { chargeAgain: 'notSafe', recordedByHand: 'The receipt says approved' })
      t.match(await orderNow(orderId), { balanceMinor: 0, status: 'Finalized', lock: undefined })
      if (isCaptured) payByCard(world, account, intentOf(expired), 'terminal')
      else await counter.pass(started.body.id, 901)
      await becomes(started, isCaptured ? 'Captured' : 'Expired', {
        chargeAgain: isCaptured ? 'notSafe' : 'safe',
      })
      await until('the bill is right', async () => {
        return (await orderNow(orderId)).balanceMinor === (isCaptured ? 0 : 1_000)
      })
      const listed = await server.sql(
        'SELECT 1 FROM payment_intents WHERE payment_intent_id = $1 AND unmatched_at IS NOT NULL',
        [expired.paymentIntentId],
      )
      t.equal(listed.length, isCaptured ? 0 : 1, 'staff see that it was never taken')
    }
  },

  'a refund that the card machine gives': async (t, counter) => {
    const { till, office, machine, bill, start, ask, becomes, orderNow } = counter
    const orderId = await bill()
    const sale = await start(orderId, machine('AIP0'))
    await becomes(sale, 'Captured')
    const [{ id: paymentId }] = (await orderNow(orderId)).payments
    const refund = 'POST /payments/{paymentId}/refunds'
    const request = {
      id: 'rfd-1',
      reason: 'Cold soup',
      amountMinor: 400,
      terminalId: machine('DIP0'),
    }
    const declined = await office.call(refund, { paymentId }, request)
    t.match([declined.status, declined.body], [202, { status: 'CardRequired' }])
    const first = counter.refundOf(declined, orderId)
    await becomes(first, 'Declined', { kind: 'MatchedRefund', chargeAgain: 'safe' })
    t.equal((await office.call(refund, { paymentId }, request)).body.cardPaymentId, first.body.id)
    const give = 'POST /refunds/{refundId}/give'
    const refundId = 'rfd-1'
    const again = await office.call(give, { refundId }, { terminalId: machine('AIP0') })
    const twice = await office.call(give, { refundId }, { terminalId: machine('SIS0') })
    isProblem(t, twice, 409, 'card-under-way')
    await becomes(counter.refundOf(again, orderId), 'Refunded', { chargeAgain: 'notSafe' })
    const { rows } = (await till.call('GET /payments/{paymentId}/refunds', { paymentId })).body
    t.match(rows, [{ id: 'rfd-1', status: 'Done', amountMinor: 400 }])
    t.match(await orderNow(orderId), { paidMinor: 600, balanceMinor: 400 })
    const late = await office.call(give, { refundId }, { terminalId: machine('AIP0') })
    isProblem(t, late, 409, 'final')

    const all = { reason: 'All of it', terminalId: machine('SIS0') }
    const signed = await office.call(refund, { paymentId }, { id: 'rfd-2', ...all })
    const second = counter.refundOf(signed, orderId)
    await becomes(second, 'SignatureRequired')
    const withdraw = 'POST /refunds/{refundId}/withdraw'
    const withdrawn = await office.call(withdraw, { refundId: 'rfd-2' }, { reason: 'Gone home' })
    isProblem(t, withdrawn, 409, 'card-under-way', /card machine gives the refund rfd-2/)
    await ask('signature', second, { accepted: true })
    await becomes(second, 'Refunded')
    t.match(await orderNow(orderId), { paidMinor: 0, balanceMinor: 1_000 })
  },

  'a refund whose machine lost touch is recorded by hand': async (t, counter, over) => {
    const { server, world, account, office, machine, bill, start, ask, becomes, orderNow } = counter
    const orderId = await bill()
    await becomes(await start(orderId, machine('AIP0')), 'Captured')
    const [{ id: paymentId }] = (await orderNow(orderId)).payments
    const give = async (id: string, ending: string): Promise<TillReply> => {
      const request = { id, reason: 'Cold soup', amountMinor: 100, terminalId: machine(ending) }
      return await office.call('POST /payments/{paymentId}/refunds', { paymentId }, request)
    }
    const giveAgain = async (refundId: string): Promise<TillReply> =>
      await office.call(
        'POST /refunds/{refundId}/give',
        { refundId },
        { terminalId: machine('AIP0') },
      )
    const inDoubt = async (id: string, ending: string): Promise<TillReply> => {
      const card = counter.refundOf(await give(id, ending), orderId)
      await becomes(card, 'Expired', { chargeAgain: 'unknown' })
      return card
    }
    const seen = { reason: 'Seen on the machine' }

    const never = await inDoubt('hand-1', 'TIP0')
    isProblem(t, await ask('record', never, { ...seen, given: true }), 403, 'forbidden')
    isProblem(t, await ask('record', never, seen, office), 400, 'invalid', /given is missing/)
    const recorded = await ask('record', never, { ...seen, given: true }, office)
    t.match(recorded.body, { chargeAgain: 'notSafe', recordedByHand: seen.reason, canRetry: false })
    isProblem(t, await giveAgain('hand-1'), 409, 'card-under-way', /recorded by hand as given/)
    t.match(await orderNow(orderId), { paidMinor: 1_000 }, 'the bill follows Dojo')
    await counter.pass(never.body.id, 901)
    await becomes(never, 'Expired', { chargeAgain: 'safe' })
    const [listed] = await server.sql<{ reason: string }>(
      'SELECT unmatched_reason AS reason FROM payment_intents WHERE payment_intent_id = $1',
      [recorded.body.paymentIntentId],
    )
    t.match(listed?.reason, /^The refund hand-1 was recorded by hand as given/)
    const again = await giveAgain('hand-1')
    t.ok(again.status < 300, again.problem?.detail)
    await becomes(counter.refundOf(again, orderId), 'Refunded')
    t.match(await orderNow(orderId), { paidMinor: 900 })

    const not = await inDoubt('hand-2', 'TIP0')
    t.match((await ask('record', not, { ...seen, given: false }, office)).body, {
      chargeAgain: 'safe',
      canRetry: true,
    })
    await ask('retry', not, { terminalId: machine('AIP0') }, office)
    await becomes(not, 'Refunded', { recordedByHand: undefined })
    t.match(await orderNow(orderId), { paidMinor: 800 })
    // Over the socket Dojo records one outcome of a refund.
    if (over === 'socket') return

    const late = { kind: 'captured-after-expired', times: 1, delayMs: 30_000 } as const
    world.faultsOf(account).add(late)
    const given = await inDoubt('hand-3', 'AIP0')
    await ask('record', given, { ...seen, given: true }, office)
    await world.clock.advance(31_000)
    await becomes(given, 'Refunded')
    t.match(await orderNow(orderId), { paidMinor: 700 }, 'as soon as Dojo shows it')
  },
}

/** Over REST Dojo has reversed the intent, so no other card can pay it. */
async function payAnew(t: Test, counter: Counter, rejected: TillReply): Promise<void> {
  const { start, ask, becomes, machine, orderNow } = counter
  const shown = await becomes(rejected, 'Declined', { intentStatus: 'Reversed' })
  t.match(shown, { canRetry: false, message: /Start a new payment/ })
  isProblem(t, await ask('retry', rejected), 409, 'card-payment-over', /start a new one/)
  const another = await start(shown.orderId, machine('AIP0'))
  await becomes(another, 'Captured')
  t.equal((await orderNow(shown.orderId)).balanceMinor, 0)
}

export function eitherWay(t: Test, counter: Counter, over: CounterTransport): void {
  for (const [title, run] of Object.entries(CASES)) {
    t.test(`${title}, over ${over}`, async (t) => {
      await run(t, counter, over)
    })
  }
}
