// Card machines, driven by this process under the lease of each. A process that dies loses it after
// a few seconds, and the job of the payment finds another process.
//
// 1. A step is written down before Dojo is asked for what must not happen twice.
// 2. Each look at Dojo renews the lease, and nothing is written under a lease that has passed on.
// 3. What became of the money is decided where every other payment is settled.
import { setTimeout as wait } from 'node:timers/promises'
import type { CardMachines, TerminalShown } from '../../actions/payments/card-machines.ts'
import { readCardPayment } from '../../store/payments/card-payments.ts'
import type { Caller } from '../../domain/caller.ts'
import { conflict, Unavailable } from '../../domain/errors.ts'
import { isOver, lastAttempt, type CardPayment } from '../../domain/payments/card-payment.ts'
import { limits } from '../../limits.ts'
import { DojoRefusal } from '../client/errors.ts'
import type { DojoClient } from '../client/index.ts'
import { askDojo, NoKey } from '../jobs/ask-dojo.ts'
import { readTerminals } from '../counter-socket/machines.ts'
import { CounterAway, CounterFault } from '../counter-socket/errors.ts'
import { readCounterAccount, readMachines } from '../../store/venue/counter-account.ts'
import { createDriver, type DriverDeps } from './driver.ts'
import { receiptOf } from './receipt.ts'
import { sentenceOf } from './sentences.ts'

export interface TerminalsSide extends CardMachines {
  /** Takes no further step; resolves once none is running. */
  stop: () => Promise<void>
  /** Another process may have died: takes the payment up, unless somebody drives it. */
  takeUp: (caller: Caller, cardPaymentId: string) => Promise<void>
}

export function createTerminals(deps: DriverDeps): TerminalsSide {
  const driver = createDriver(deps)
  const { database } = deps
  const settle = async (
    { locationId }: Caller,
    cardPaymentId: string,
    timeoutMs: number,
    isSettled: (payment: CardPayment) => boolean,
  ): Promise<void> => {
    for (const untilMs = Date.now() + timeoutMs; Date.now() < untilMs;) {
      const { payment } = await readCardPayment(database, locationId, cardPaymentId)
      if (isSettled(payment)) return
      await wait(limits.cardLookMs)
    }
  }
  return {
    list: async (locationId) => {
      const { transport } = await readCounterAccount(database, locationId)
      if (transport === 'rest') return await listTerminals(deps, locationId)
      return await listOverSocket(deps, locationId)
    },
    drive: async (caller, id) => {
      void driver.begin(caller, id)
      await settle(caller, id, limits.cardStartWaitMs, hasStarted)
    },
    follow: async (caller, id) => {
      void driver.begin(caller, id)
      await settle(caller, id, limits.cardEffectWaitMs, hasAnswered)
    },
    receipt: async (locationId, terminalSessionId, copy) => {
      const session = await askNow(deps, locationId, async (client) => {
        return await client.call('TerminalSession_Get', { terminalSessionId }, QUICKLY)
      })
      return receiptOf(session, copy)
    },
    emailReceipt: async (locationId, paymentIntentId, emails) => {
      await askNow(deps, locationId, async (client) => {
        const secrets = [...emails]
        await client.call(
          'Receipt_Create',
          { paymentIntentId, emails: secrets },
          { ...QUICKLY, secrets },
        )
      })
    },
    takeUp: async (caller, id) => {
      await driver.begin(caller, id)
    },
    stop: driver.stop,
  }
}

/** For a server that has no software house id, and so cannot call Dojo. */
export const noCardMachines: CardMachines = {
  list: async () => refuseAll(),
  receipt: async () => refuseAll(),
  emailReceipt: async () => refuseAll(),
  drive: async () => {},
  follow: async () => {},
}

function refuseAll(): never {
  throw conflict(
    'dojo-refused',
    'This server has no SOFTWARE_HOUSE_ID. Set it and restart the server.',
  )
}

/** The machine works on it, or it is known that it will not. */
function hasStarted(payment: CardPayment): boolean {
  const last = lastAttempt(payment)!
  return last.sessionId !== undefined || isOver(last) || payment.endedAtMs !== undefined
}

/** What the till wanted has reached the machine, or the machine is past it. */
function hasAnswered(payment: CardPayment): boolean {
  if (payment.wanted !== undefined) return false
  if (payment.endedAtMs !== undefined) return true
  const { signature, signatureSentAtMs, cancelSentAtMs } = lastAttempt(payment)!
  if (signature !== undefined && signatureSentAtMs === undefined) return false
  if (payment.cancelWantedAtMs === undefined) return true
  return cancelSentAtMs !== undefined && payment.problem !== undefined
}

async function listTerminals(deps: DriverDeps, locationId: string): Promise<TerminalShown[]> {
  const terminals = await askNow(deps, locationId, async (client) => {
    return await client.call('Terminals_ListTerminals', {}, QUICKLY)
  })
  return terminals.map(({ id, status, properties: { tid } }) => ({ terminalId: id, tid, status }))
}

/** @throws Unavailable: no server has the venue's socket open, or Dojo does not answer */
async function listOverSocket(
  { database, counter }: DriverDeps,
  locationId: string,
): Promise<TerminalShown[]> {
  const line = counter.lineOf(locationId)
  try {
    if (line !== undefined) return await readTerminals(line)
  } catch (error) {
    if (!(error instanceof CounterFault)) throw error
  }
  const seen = await readMachines<TerminalShown>(database, locationId)
  if (seen !== undefined) return seen
  const { message } = new CounterAway()
  throw new Unavailable(message, { debugMessage: message })
}

const QUICKLY = { timeoutMs: limits.cardCallTimeoutMs }

/** @throws Refusal Conflict `dojo-refused`; Unavailable: Dojo does not answer */
async function askNow<T>(
  deps: DriverDeps,
  locationId: string,
  work: (client: DojoClient) => Promise<T>,
): Promise<T> {
  try {
    return await askDojo(deps, locationId, work)
  } catch (error) {
    const message = sentenceOf(error)
    if (error instanceof NoKey || (error instanceof DojoRefusal && error.status < 429)) {
      throw conflict('dojo-refused', message)
    }
    throw new Unavailable(message, { cause: error, debugMessage: message })
  }
}
