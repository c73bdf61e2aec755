// Answers what comes through the sockets: each request with its id on the socket that it came
// through, all of them side by side.
import type { CapabilityName } from '../../contract/capabilities.ts'
import type { Origin, VenueCaller } from '../../domain/caller.ts'
import { Busy, faultOf } from '../../domain/errors.ts'
import type { CallRecord } from '../../http/call.ts'
import { traceIdOf } from '../../http/trace-id.ts'
import type { Link } from '../../lib/web-socket/link.ts'
import { limits } from '../../limits.ts'
import type { Dispatch, Dispatched } from '../dispatch.ts'
import {
  badMessageText,
  errorText,
  readMessage,
  resultText,
  type BadMessage,
  type Request,
  type RequestId,
} from './envelope.ts'

export interface AnsweringDeps {
  dispatch: Dispatch
  /** Logs and counts a call that has ended. */
  onCall: (record: CallRecord) => void
  onBadMessage: (locationId: string, bad: BadMessage, traceId: string) => void
  /** Hears of every error that is not a refusal. */
  unexpected: (traceId: string, error: unknown) => void
}

/** The part of a link that an answer needs. */
export type AnswerTo = Pick<Link, 'send'>

export type Venue = Omit<VenueCaller, keyof Origin>

interface Asked {
  request: Request
  venue: Venue
  /** Why nothing is done. */
  refusal: Busy | undefined
}

/** For one venue's socket, however often it reconnects. */
export class Answering {
  readonly #deps: AnsweringDeps
  readonly #inFlight = new Set<Promise<void>>()
  #servedAtMs: number | undefined

  constructor(deps: AnsweringDeps) {
    this.#deps = deps
  }

  get inFlight(): number {
    return this.#inFlight.size
  }

  /** When a request was last answered, by `performance.now()`. */
  get servedAtMs(): number | undefined {
    return this.#servedAtMs
  }

  /** Resolves once nothing is in flight. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.race(this.#inFlight)
  }

  /** @param text undefined for a binary message */
  receive(text: string | undefined, venue: Venue, link: AnswerTo): void {
    const { request, bad } = readMessage(text)
    if (bad !== undefined) {
      this.#refuse(bad, venue, link)
      return
    }
    const isFlood = this.#inFlight.size >= limits.socketRequestsInFlight
    const refusal = isFlood ? new Busy('too many requests in flight') : undefined
    const work: Promise<void> = this.#answer({ request, venue, refusal }, link)
      .catch((error: unknown) => {
        this.#deps.unexpected(traceIdOf(), error)
      })
      .finally(() => {
        this.#inFlight.delete(work)
      })
    this.#inFlight.add(work)
  }

  #refuse(bad: BadMessage, { locationId }: Venue, link: AnswerTo): void {
    const traceId = traceIdOf()
    this.#deps.onBadMessage(locationId, bad, traceId)
    if (bad.id !== undefined) link.send(badMessageText(bad, traceId), () => {})
  }

  async #answer({ request, venue, refusal }: Asked, link: AnswerTo): Promise<void> {
    const { dispatch, onCall } = this.#deps
    const { id, name, input, origin } = request
    const carrier = { transport: 'socket', traceId: traceIdOf(), refusal } as const
    const dispatched = await dispatch(name, { ...venue, ...origin }, input, carrier)
    const { text, record } = this.#inWords(id, name, dispatched)
    const { call } = dispatched
    const { promise, resolve } = Promise.withResolvers<void>()
    link.send(text, (wasTaken) => {
      // Without its answer, because that could not be put into words, the call is lost too.
      if (wasTaken && record === call) call.answered()
      else call.lost()
      if (wasTaken) this.#servedAtMs = performance.now()
      resolve()
    })
    onCall(record)
    await promise
  }

  #inWords(
    id: RequestId,
    name: CapabilityName,
    { call, output, error }: Dispatched<unknown>,
  ): { text: string; record: CallRecord } {
    if (error !== undefined) return { text: errorText(id, error), record: call }
    try {
      return { text: resultText(id, name, output as never), record: call }
    } catch (cause) {
      this.#deps.unexpected(call.traceId, cause)
      const fault = faultOf(cause)
      const text = errorText(id, { ...fault, traceId: call.traceId })
      return { text, record: { ...call, fault } }
    }
  }
}
