// Dojo, its card machines and its faults, as small as the rules of card payments need them: what is
// captured, when it is shown, and which answers get lost. Time is a number.
import type { IntentFacts } from '../../src/domain/payments/intent.ts'
import type { SessionShown } from '../../src/domain/payments/card-payment-findings.ts'
import type { Chance } from './load.ts'

export interface IntentInWorld {
  id: string
  cardPaymentId: string
  amountMinor: number
  status: 'Created' | 'Captured' | 'Reversed' | 'Canceled'
  atMs: number
}

type Ending = 'Captured' | 'Declined' | 'Canceled' | 'Expired' | 'Signature' | 'Stuck'

interface SessionInWorld {
  id: string
  terminalId: string
  intentId: string
  startedAtMs: number
  /** What the guest and the machine make of it, and when. */
  ending: Ending
  endsAtMs: number
  /** A capture that is reported only after the session has ended otherwise. */
  capturedLateAtMs: number | undefined
  status: string
  changedAtMs: number
}

/** The answer was lost on its way, after Dojo had done it or before. */
export class Lost extends Error {}
/** Dojo refused it, and has not done it. */
export class Refused extends Error {}

const STEP_MS = 1_000
const SIGNATURE_MS = 80_000
const SESSION_MS = 90_000

export class CardWorld {
  nowMs = 1_000_000
  readonly intents = new Map<string, IntentInWorld>()
  readonly sessions = new Map<string, SessionInWorld>()
  /** Events of intents that are on their way, in whatever order. */
  readonly events: { intentId: string; status: string; atMs: number; dueMs: number }[] = []
  readonly #chance: Chance
  #ids = 0

  constructor(chance: Chance) {
    this.#chance = chance
  }

  // --- Dojo's API: each call may be lost before or after it is done

  createIntent(cardPaymentId: string, amountMinor: number): string {
    return this.#called(() => {
      const id = `pi_${++this.#ids}`
      const atMs = this.nowMs
      this.intents.set(id, { id, cardPaymentId, amountMinor, status: 'Created', atMs })
      return id
    })
  }

  findIntent(cardPaymentId: string): string | undefined {
    return this.#called(
      () => [...this.intents.values()].find((each) => each.cardPaymentId === cardPaymentId)?.id,
    )
  }

  readIntent(id: string): IntentFacts {
    return this.#called(() => this.#shown(this.intents.get(id)!))
  }

  cancelIntent(id: string): IntentFacts {
    return this.#called(() => {
      const intent = this.intents.get(id)!
      if (intent.status === 'Created') this.#move(intent, 'Canceled')
      return this.#shown(intent)
    })
  }

  createSession(terminalId: string, intentId: string): SessionShown {
    return this.#called(() => {
      const { whole, percent } = this.#chance
      if (!this.isFree(terminalId)) throw new Refused('The terminal is not available.')
      if (this.intents.get(intentId)!.status !== 'Created') throw new Refused('wrong status')
      const ending = this.#ending()
      const endsAtMs = this.nowMs + whole(2, 60) * STEP_MS
      const isLate = (ending === 'Canceled' || ending === 'Expired') && percent(40)
      const session: SessionInWorld = {
        id: `ts_${++this.#ids}`,
        ...{ terminalId, intentId, ending, endsAtMs },
        startedAtMs: this.nowMs,
        capturedLateAtMs: isLate ? endsAtMs + whole(0, 600) * STEP_MS : undefined,
        status: 'Initiated',
        changedAtMs: this.nowMs,
      }
      this.sessions.set(session.id, session)
      return this.#shownSession(session)
    })
  }

  readSession(id: string): SessionShown {
    return this.#called(() => this.#shownSession(this.sessions.get(id)!))
  }

  cancelSession(id: string): void {
    this.#called(() => {
      const session = this.sessions.get(id)!
      if (isOver(session) || session.ending === 'Signature') throw new Refused('too late')
      session.ending = 'Canceled'
      session.endsAtMs = Math.min(session.endsAtMs, this.nowMs + STEP_MS)
    })
  }

  answerSignature(id: string, isAccepted: boolean): void {
    this.#called(() => {
      const session = this.sessions.get(id)!
      if (session.status !== 'SignatureVerificationRequired') throw new Refused('too late')
      this.#sign(session, isAccepted)
    })
  }

  isFree(terminalId: string): boolean {
    return [...this.sessions.values()].every(
      (session) => session.terminalId !== terminalId || isOver(session),
    )
  }

  /** No session goes on, no capture is late, and no event is on its way. */
  isOver(): boolean {
    return (
      this.events.length === 0 &&
      [...this.sessions.values()].every(
        (session) => isOver(session) && session.capturedLateAtMs === undefined,
      )
    )
  }

  // --- time

  /** What falls due until now happens. */
  passTo(nowMs: number): void {
    this.nowMs = nowMs
    for (const session of this.sessions.values()) this.#pass(session)
  }

  #pass(session: SessionInWorld): void {
    const intent = this.intents.get(session.intentId)!
    if (session.status === 'Initiated' && this.nowMs >= session.endsAtMs) this.#end(session)
    if (
      session.status === 'SignatureVerificationRequired' &&
      this.nowMs >= session.changedAtMs + SIGNATURE_MS
    ) {
      this.#sign(session, true)
    }
    const { capturedLateAtMs } = session
    if (capturedLateAtMs !== undefined && this.nowMs >= capturedLateAtMs && isOver(session)) {
      session.capturedLateAtMs = undefined
      if (intent.status === 'Created') this.#move(intent, 'Captured')
    }
  }

  #end(session: SessionInWorld): void {
    const intent = this.intents.get(session.intentId)!
    switch (session.ending) {
      case 'Captured':
        this.#set(session, intent.status === 'Created' ? 'Captured' : 'Declined')
        if (intent.status === 'Created') this.#move(intent, 'Captured')
        break
      case 'Signature':
        // The card is charged before its signature is judged.
        if (intent.status !== 'Created') this.#set(session, 'Declined')
        else {
          this.#move(intent, 'Captured')
          this.#set(session, 'SignatureVerificationRequired')
        }
        break
      case 'Stuck':
        if (this.nowMs >= session.startedAtMs + SESSION_MS) this.#set(session, 'Expired')
        break
      default:
        this.#set(session, session.ending)
    }
  }

  #sign(session: SessionInWorld, isAccepted: boolean): void {
    if (isAccepted) this.#set(session, 'Captured')
    else {
      this.#move(this.intents.get(session.intentId)!, 'Reversed')
      this.#set(session, 'SignatureVerificationRejected')
    }
  }

  #set(session: SessionInWorld, status: string): void {
    session.status = status
    session.changedAtMs = this.nowMs
  }

  #move(intent: IntentInWorld, status: IntentInWorld['status']): void {
    const { percent, whole } = this.#chance
    intent.status = status
    intent.atMs = this.nowMs
    // A webhook may come twice, late, after the next one, or never.
    while (percent(60)) {
      const dueMs = this.nowMs + whole(0, 300) * STEP_MS
      this.events.push({ intentId: intent.id, status, atMs: intent.atMs, dueMs })
    }
  }

  // --- what is shown

  #shown(intent: IntentInWorld): IntentFacts {
    const { id, amountMinor, status, atMs } = intent
    return {
      paymentIntentId: id,
      status,
      atMs,
      createdAtMs: atMs,
      amountMinor,
      tipsMinor: 0,
      currency: 'GBP',
      refundedMinor: 0,
      externalId: undefined,
    }
  }

  #shownSession({ id, status }: SessionInWorld): SessionShown {
    return { sessionId: id, status, prompt: 'PresentCard', lastsMs: SESSION_MS }
  }

  #ending(): Ending {
    const { pick } = this.#chance
    return pick(['Captured', 'Captured', 'Declined', 'Canceled', 'Expired', 'Signature', 'Stuck'])
  }

  #called<T>(work: () => T): T {
    const { percent } = this.#chance
    if (percent(5)) throw new Lost('before')
    const result = work()
    if (percent(5)) throw new Lost('after')
    return result
  }
}

function isOver({ status }: SessionInWorld): boolean {
  return status !== 'Initiated' && status !== 'SignatureVerificationRequired'
}
