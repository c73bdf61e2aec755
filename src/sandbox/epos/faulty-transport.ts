// The way to an EPOS with faults switched on: answers get lost, cut off or delayed, requests are
// doubled, and the product loses power.
import { setTimeout as wait } from 'node:timers/promises'
import type { CapabilityName } from '../../contract/capabilities.ts'
import type { Faults } from '../kit/faults.ts'
import type { Arrival, Outgoing } from './transport.ts'

/** The product lost power before a call, so nothing may be cleaned up after it. */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash'
}

/** @throws SimulatedCrash */
export async function sendWithFaults(
  outgoing: Outgoing,
  faults: Faults,
  { name, timeoutMs }: { name: CapabilityName; timeoutMs: number },
): Promise<Arrival> {
  if (faults.take('crash', name) !== undefined) {
    throw new SimulatedCrash(`The product crashed before ${name} (injected fault).`)
  }
  const shuffled = faults.take('calls-shuffled', name)
  if (shuffled !== undefined) await wait(faults.draw(shuffled) * (shuffled.delayMs ?? 0))
  if (faults.take('reply-cut', name) !== undefined) {
    const startedMs = performance.now()
    await outgoing.sendAndHangUp()
    return {
      noAnswer: 'the connection broke after the request was sent (injected fault)',
      milliseconds: performance.now() - startedMs,
    }
  }
  const isDoubled = faults.take('sent-twice', name) !== undefined
  const arrivals = await Promise.all(
    Array.from({ length: isDoubled ? 2 : 1 }, async () => await outgoing.send()),
  )
  return await delivered(heeded(outgoing, arrivals), faults, name, timeoutMs)
}

/** Under one id, either answer may be the one that counts; the worse one shows more. */
function heeded({ transport }: Outgoing, arrivals: readonly Arrival[]): Arrival {
  const isBad = (arrival: Arrival): boolean =>
    arrival.noAnswer !== undefined ||
    (arrival.status === undefined && arrival.message['error'] != null)
  return (transport === 'socket' ? arrivals.find(isBad) : undefined) ?? arrivals.at(-1)!
}

async function delivered(
  arrival: Arrival,
  faults: Faults,
  name: CapabilityName,
  timeoutMs: number,
): Promise<Arrival> {
  const { milliseconds } = arrival
  if (faults.take('reply-lost', name) !== undefined) {
    return { noAnswer: 'the answer was lost in transit (injected fault)', milliseconds }
  }
  const lateMs = faults.take('reply-late', name)?.delayMs
  if (lateMs === undefined) return arrival
  if (milliseconds + lateMs > timeoutMs) {
    return {
      noAnswer: `no answer within ${timeoutMs} ms (injected fault)`,
      milliseconds: timeoutMs,
    }
  }
  await wait(lateMs)
  return { ...arrival, milliseconds: milliseconds + lateMs }
}
