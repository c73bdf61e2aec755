// Evenings at a counter, at the level of the rules: two tills and four card machines; answers,
// webhooks and processes get lost; captures are reported minutes after a session was canceled or
// has expired. The tills do what `chargeAgain` allows. Nobody is charged twice, no captured penny
// is without its bill or its place on the list, no payment stays under way, and all are served.
import t from 'tap'
import { Refusal } from '../../src/domain/errors.ts'
import type { Order } from '../../src/domain/orders/order.ts'
import { isNewerReport, newestStatus, type IntentFacts } from '../../src/domain/payments/intent.ts'
import {
  awaitsSignature,
  doubtOf,
  judge,
  lastAttempt,
  withEnd,
  type CardPayment,
} from '../../src/domain/payments/card-payment.ts'
import {
  markAsked,
  withFinding,
  withIntentRead,
  type Finding,
} from '../../src/domain/payments/card-payment-findings.ts'
import {
  answerSignature,
  startCardPayment,
  wantCancel,
} from '../../src/domain/payments/card-payment-requests.ts'
import { canTryAgain, tryAgain } from '../../src/domain/payments/card-payment-retry.ts'
import { nextStep, type CardStep } from '../../src/domain/payments/card-payment-steps.ts'
import { isVoid } from '../../src/domain/payments/payment.ts'
import { settle } from '../../src/domain/payments/settlement.ts'
import { takeTender } from '../../src/domain/payments/tender.ts'
import { limits } from '../../src/limits.ts'
import { CardWorld, Lost, Refused } from '../support/card-world.ts'
import { chance, chanceOf, type Chance } from '../support/load.ts'
import { runsOf } from '../support/random-runs.ts'
import { orderOfTill } from '../support/till-orders.ts'

const EVENINGS = runsOf(Number(process.env['CARD_EVENINGS'] ?? 10_000))
const GUESTS = 3
const MACHINES = ['m1', 'm2', 'm3', 'm4']
const TICK_MS = 1_000
const LEASE_MS = limits.terminalLeaseSeconds * 1000

/** One guest with a bill, and the cashier who serves them. */
interface Guest {
  order: Order
  payments: CardPayment[]
  paidInCash: boolean
  /** The cashier is patient until then. */
  actsAtMs: number
}

interface Driven {
  /** When the process may look again: after its pause, or after its lease when it died. */
  dueMs: number
  planned: CardStep | undefined
}

class Evening {
  readonly world: CardWorld
  readonly guests: Guest[]
  readonly #chance: Chance
  readonly #driven = new Map<string, Driven>()
  readonly listed = new Set<string>()
  #ids = 0

  constructor(chance: Chance) {
    this.#chance = chance
    this.world = new CardWorld(chance)
    this.guests = Array.from({ length: GUESTS }, (_, index) => ({
      order: orderOfTill({ orderId: `ord_${index}`, totalMinor: chance.whole(100, 9_000) }),
      payments: [],
      paidInCash: false,
      actsAtMs: this.world.nowMs + chance.whole(0, 120) * TICK_MS,
    }))
  }

  /** Two hours: far longer than anything is unknown. */
  run(): void {
    const endMs = this.world.nowMs + 7_200_000
    while (this.world.nowMs < endMs && !this.#isOver()) {
      const isQuiet = this.#isQuiet()
      this.world.passTo(this.world.nowMs + (isQuiet ? 30 * TICK_MS : TICK_MS))
      this.#deliver()
      for (const guest of this.guests) {
        this.#actAtTill(guest)
        for (const [index, payment] of guest.payments.entries()) {
          guest.payments[index] = this.#drive(guest, payment)
        }
      }
    }
  }

  /** Everybody is served, and nothing can happen any more. */
  #isOver(): boolean {
    const { nowMs } = this.world
    return (
      this.world.isOver() &&
      this.guests.every(
        (guest) =>
          isServed(guest) &&
          guest.payments.every((payment) => nextStep(payment, nowMs) === undefined),
      )
    )
  }

  /** Nobody waits for anything within the next half minute. */
  #isQuiet(): boolean {
    return this.guests.every(
      (guest) =>
        guest.payments.every(({ cardPaymentId }) => {
          const { dueMs = 0 } = this.#driven.get(cardPaymentId) ?? {}
          return dueMs > this.world.nowMs + 30_000
        }) &&
        (isServed(guest) || guest.actsAtMs > this.world.nowMs + 30_000),
    )
  }

  // --- the tills

  /** What a cashier may do by what the payments say; a refusal leaves everything as it is. */
  #actAtTill(guest: Guest): void {
    const { nowMs } = this.world
    if (guest.actsAtMs > nowMs || isServed(guest)) return
    guest.actsAtMs = nowMs + this.#chance.whole(1, 90) * TICK_MS
    // The second till presses the same button.
    const times = this.#chance.percent(10) ? 2 : 1
    for (let time = 0; time < times; time++) {
      try {
        this.#act(guest)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
      }
    }
  }

  #act(guest: Guest): void {
    const { percent, pick } = this.#chance
    const { nowMs } = this.world
    const terminalId = pick(MACHINES)
    const till = { nowMs, holder: 'Bar', currency: 'GBP' }
    const index = guest.payments.length - 1
    const last = guest.payments[index]
    if (last === undefined) {
      this.#start(guest, terminalId)
      return
    }
    const others = this.#underWay().filter((each) => each !== last)
    const { status, chargeAgain } = judge(last, nowMs)
    if (status === 'SignatureRequired') {
      if (percent(30)) return
      guest.payments[index] = answerSignature(last, percent(60), nowMs) ?? last
    } else if (chargeAgain === 'safe' && percent(30)) {
      this.#takeCash(guest)
    } else if (canTryAgain(last, nowMs) && (chargeAgain === 'unknown' || percent(70))) {
      guest.payments[index] = tryAgain(last, guest.order, {
        ...till,
        terminalId,
        isConfirmed: percent(50),
        underWay: others,
      })
      this.#driven.delete(last.cardPaymentId)
    } else if (chargeAgain === 'safe') this.#start(guest, terminalId)
    else if (percent(30)) guest.payments[index] = wantCancel(last, nowMs) ?? last
  }

  /** As for every till, the order is held while a card payment of it is under way. */
  #takeCash(guest: Guest): void {
    const { order } = guest
    if (isServed(guest) || this.#underWay().some(({ orderId }) => orderId === order.orderId)) return
    guest.paidInCash = true
    const cash = takeTender(
      order,
      { tender: 'Cash' },
      {
        paymentId: `cash_${order.orderId}`,
        nowMs: this.world.nowMs,
        holder: 'Bar',
        caller: { currency: 'GBP' },
      },
    )
    guest.order = cash!.order
  }

  #start(guest: Guest, terminalId: string): void {
    const request = {
      cardPaymentId: `crd_${++this.#ids}`,
      ...{
        share: '',
        tipsMinor: 0,
        terminalId,
        captureMode: 'Auto' as const,
        cardNotPresent: false,
        cashbackMinor: 0,
      },
    }
    const till = { nowMs: this.world.nowMs, holder: 'Bar', currency: 'GBP' }
    const started = startCardPayment(guest.order, request, {
      ...till,
      underWay: this.#underWay(),
      by: {},
      rules: { cardTips: true, cashbackMostMinor: undefined, unlinkedRefundMostMinor: undefined },
    })
    guest.payments.push(started)
  }

  #underWay(): CardPayment[] {
    return this.guests.flatMap(({ payments }) =>
      payments.filter(({ endedAtMs }) => endedAtMs === undefined),
    )
  }

  // --- the processes

  #drive(guest: Guest, payment: CardPayment): CardPayment {
    const { nowMs } = this.world
    const next = nextStep(payment, nowMs)
    if (next === undefined) return payment
    const known = this.#driven.get(payment.cardPaymentId)
    const isPlanned = known?.planned === next.step
    if (!isPlanned && next.afterMs > 0) {
      this.#driven.set(payment.cardPaymentId, { dueMs: nowMs + next.afterMs, planned: next.step })
      return payment
    }
    if (known !== undefined && isPlanned && known.dueMs > nowMs) return payment
    this.#driven.delete(payment.cardPaymentId)
    return this.#take(guest, payment, next.step)
  }

  #take(guest: Guest, payment: CardPayment, step: CardStep): CardPayment {
    const { nowMs } = this.world
    if (step === 'end') return { ...payment, endedAtMs: nowMs }
    const marked =
      step === 'ask-for-intent' || step === 'ask-for-session'
        ? markAsked(payment, step, nowMs)
        : payment
    if (this.#dies(marked)) return marked
    const found = this.#ask(marked, step)
    // Dies between Dojo's answer and writing it down.
    if (this.#dies(marked)) return marked
    if (found.found === 'shown') return this.#settle(guest, marked, found.report)
    return withEnd(withFinding(marked, found, nowMs), nowMs)
  }

  /** Another process takes it up once the lease has lapsed. */
  #dies({ cardPaymentId }: CardPayment): boolean {
    if (!this.#chance.percent(2)) return false
    const dueMs = this.world.nowMs + LEASE_MS
    this.#driven.set(cardPaymentId, { dueMs, planned: undefined })
    return true
  }

  #ask(payment: CardPayment, step: Exclude<CardStep, 'end'>): Finding | Shown {
    try {
      return this.#called(payment, step)
    } catch (error) {
      if (error instanceof Lost) return { found: 'nothing' }
      if (!(error instanceof Refused)) throw error
      if (step === 'ask-for-session') return { found: 'session-refused', problem: error.message }
      if (step === 'cancel-session') return { found: 'cancel-sent', problem: error.message }
      return { found: 'signature-sent', problem: error.message }
    }
  }

  #called(payment: CardPayment, step: Exclude<CardStep, 'end'>): Finding | Shown {
    const { world } = this
    const { cardPaymentId, amountMinor, paymentIntentId = '' } = payment
    const { terminalId, sessionId = '', signature } = lastAttempt(payment)!
    switch (step) {
      case 'ask-for-intent':
        return { found: 'intent', paymentIntentId: world.createIntent(cardPaymentId, amountMinor) }
      case 'find-intent': {
        const known = world.findIntent(cardPaymentId)
        const id = known ?? world.createIntent(cardPaymentId, amountMinor)
        return { found: 'intent', paymentIntentId: id }
      }
      case 'ask-for-session':
        return { found: 'session', session: world.createSession(terminalId, paymentIntentId) }
      case 'read-session':
        return { found: 'session', session: world.readSession(sessionId) }
      case 'find-session':
        if (world.isFree(terminalId)) return { found: 'machine-free' }
        return shown(world.readIntent(paymentIntentId))
      case 'cancel-session':
        world.cancelSession(sessionId)
        return { found: 'cancel-sent' }
      case 'answer-signature':
        world.answerSignature(sessionId, signature === 'accepted')
        return { found: 'signature-sent' }
      case 'read-intent':
        return shown(world.readIntent(paymentIntentId))
      case 'cancel-intent':
        return shown(world.cancelIntent(paymentIntentId))
      default:
        throw new Error(`a sale needs no ${step}`)
    }
  }

  // --- what the server makes of what it hears

  /** As settle-intent.ts does in a transaction. */
  #settle(guest: Guest, payment: CardPayment, shown: Shown['report']): CardPayment {
    const { nowMs } = this.world
    const { amountMinor, paymentIntentId = '' } = payment
    const facts: IntentFacts = {
      ...shown,
      paymentIntentId,
      amountMinor,
      createdAtMs: payment.startedAtMs,
      tipsMinor: 0,
      currency: 'GBP',
      refundedMinor: 0,
      externalId: guest.order.orderId,
    }
    const newest = newestStatus(facts, payment.intent)
    const { changes, reason } = settle({
      facts,
      status: newest.status,
      now: { order: guest.order, nowMs },
      isDeposit: false,
      replyLostSeconds: undefined,
      ageSeconds: (nowMs - payment.startedAtMs) / 1000,
      caller: { currency: 'GBP', verifyPayments: 'after' },
      newPaymentId: `pay_${paymentIntentId}`,
      card: {
        lockId: undefined,
        origin: {},
        awaitsSignature: awaitsSignature(lastAttempt(payment)!, nowMs),
        doubt: doubtOf(payment, nowMs),
        byHandSeconds: undefined,
      },
    })
    guest.order = changes.at(-1)?.order ?? guest.order
    if (reason === undefined) this.listed.delete(paymentIntentId)
    else this.listed.add(paymentIntentId)
    return withEnd(withIntentRead(payment, newest, { ...shown, amountMinor, nowMs }), nowMs)
  }

  /** An event changes what is known of the intent, and nudges. */
  #deliver(): void {
    const { world } = this
    const due = world.events.filter(({ dueMs }) => dueMs <= world.nowMs)
    for (const event of due) {
      world.events.splice(world.events.indexOf(event), 1)
      for (const guest of this.guests) {
        const index = guest.payments.findIndex(
          ({ paymentIntentId }) => paymentIntentId === event.intentId,
        )
        const payment = guest.payments[index]
        if (payment === undefined || !isNewerReport(event, payment.intent)) continue
        const { status, atMs } = event
        guest.payments[index] = withEnd({ ...payment, intent: { status, atMs } }, world.nowMs)
      }
    }
  }
}

interface Shown {
  found: 'shown'
  report: { status: string; atMs: number }
}

function shown({ status, atMs }: Shown['report']): Shown {
  return { found: 'shown', report: { status, atMs } }
}

function isServed({ order }: Pick<Guest, 'order'>): boolean {
  return order.paidMinor === order.totalMinor
}

t.test('nobody is charged twice, and no captured penny gets lost', async (t) => {
  const seeds = chance(t)
  const reached = new Set<string>()
  for (let count = 0; count < EVENINGS; count++) {
    const seed = seeds.whole(0, 2 ** 31 - 1)
    const evening = new Evening(chanceOf(seed))
    evening.run()
    const faults = faultsOf(evening, reached)
    if (faults.length === 0) continue
    t.strictSame(faults, [], `the evening with seed ${seed}`)
    return
  }
  t.strictSame(
    [
      ...['Captured', 'Declined', 'Canceled', 'Expired', 'late capture', 'second try', 'cash'],
      'rejected signature',
    ].filter((each) => !reached.has(each)),
    [],
    'the evenings reached every case',
  )
})

function faultsOf({ world, guests, listed }: Evening, reached: Set<string>): string[] {
  return guests.flatMap(({ order, payments, paidInCash }) => {
    const captured = payments.filter(
      ({ paymentIntentId = '' }) => world.intents.get(paymentIntentId)?.status === 'Captured',
    )
    const faults = []
    const charges = captured.length + (paidInCash ? 1 : 0)
    if (charges > 1) {
      faults.push(
        `${order.orderId} was charged ${charges} times: ${JSON.stringify(payments)} cash ${paidInCash}`,
      )
    }
    for (const { paymentIntentId = '' } of captured) {
      const isOnBill = order.payments.some(
        (each) => each.paymentIntentId === paymentIntentId && !isVoid(each),
      )
      if (!isOnBill && !listed.has(paymentIntentId)) {
        faults.push(`${paymentIntentId} is lost: ${JSON.stringify(payments)}`)
      }
    }
    if (!isServed({ order })) faults.push(`${order.orderId} is stuck: ${JSON.stringify(payments)}`)
    for (const payment of payments) {
      const { status } = judge(payment, world.nowMs)
      reached.add(status)
      if (lastAttempt(payment)?.status === 'SignatureVerificationRejected') {
        reached.add('rejected signature')
      }
      if (payment.attempts.length > 1) reached.add('second try')
      if (status === 'Captured' && lastAttempt(payment)?.status !== 'Captured') {
        reached.add('late capture')
      }
      if (payment.endedAtMs === undefined) {
        faults.push(`${payment.cardPaymentId} is ${status}: ${JSON.stringify(payment)}`)
      }
    }
    if (paidInCash) reached.add('cash')
    return faults
  })
}
