// What is said through one venue's socket for the counter: questions of this server, each with its
// answer by its id, and requests of Dojo, which are answered once their effect is committed.
import { randomUUID } from 'node:crypto'
import {
  readRpc,
  refusalText,
  requestText,
  resultText,
  type CounterMethod,
  type CounterParams,
  type CounterResult,
  type RpcId,
  type RpcMessage,
} from '../../contract/counter-socket.ts'
import type { Link } from '../../lib/web-socket/link.ts'
import { limits } from '../../limits.ts'
import type { SocketOwner, Talk } from '../held-sockets/venue-socket.ts'
import { CounterAway, CounterRefusal, CounterSilent } from './errors.ts'
import type { Recorded } from './recorded.ts'

type Request = Extract<RpcMessage, { is: 'request' }>

export interface CounterLineDeps {
  /** @returns whether it was recorded now, or had been before. @throws when it could not be */
  record: (venue: SocketOwner, request: RecordRequest) => Promise<Recorded>
  /** The socket has opened, perhaps again. */
  onOpen: (venue: SocketOwner) => void
  onBadMessage: (locationId: string, bad: { kind: 'unreadable' | 'no-method'; why: string }) => void
  unexpected: (locationId: string, error: unknown) => void
}

export interface RecordRequest {
  method: 'RecordPayment' | 'RecordRefund'
  params: Record<string, unknown>
}

/** What a card machine said last of a payment. */
export interface MachineNews {
  notification?: string | undefined
  asksForSignature?: boolean
}

interface Asked {
  link: Link
  answered: (message: Extract<RpcMessage, { is: 'answer' }>) => void
  lost: () => void
}

export class CounterLine implements Talk {
  readonly #deps: CounterLineDeps
  readonly #isHeld: () => boolean
  readonly #asked = new Map<RpcId, Asked>()
  readonly #working = new Set<Promise<void>>()
  readonly #news = new Map<string, MachineNews>()
  #link: Link | undefined
  #servedAtMs: number | undefined

  constructor(deps: CounterLineDeps, isHeld: () => boolean) {
    this.#deps = deps
    this.#isHeld = isHeld
  }

  get servedAtMs(): number | undefined {
    return this.#servedAtMs
  }

  get inFlight(): number {
    return this.#working.size
  }

  get isOpen(): boolean {
    return this.#link !== undefined && this.#isHeld()
  }

  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.race(this.#working)
  }

  newsOf(paymentId: string): MachineNews {
    return this.#news.get(paymentId) ?? {}
  }

  opened(link: Link, venue: SocketOwner): void {
    this.#link = link
    void link.ended.then(() => {
      if (this.#link === link) this.#link = undefined
      for (const asked of [...this.#asked.values()]) if (asked.link === link) asked.lost()
    })
    this.#deps.onOpen(venue)
  }

  /**
   * @throws CounterAway: nothing was sent; CounterSilent: it may have been done; CounterRefusal: it
   *   was not
   */
  async ask<Method extends CounterMethod>(
    method: Method,
    params: CounterParams<Method>,
  ): Promise<CounterResult<Method>> {
    const link = this.#link
    if (link === undefined || !this.#isHeld()) throw new CounterAway()
    const id = randomUUID()
    const { promise, resolve, reject } = Promise.withResolvers<CounterResult<Method>>()
    const lost = (): void => {
      reject(new CounterSilent())
    }
    const timer = setTimeout(lost, limits.cardCallTimeoutMs)
    this.#asked.set(id, {
      link,
      lost,
      answered: ({ result, error }) => {
        this.#servedAtMs = performance.now()
        if (error === undefined) resolve((result ?? {}) as CounterResult<Method>)
        else reject(new CounterRefusal(error.errorCode, error.errorReason ?? error.message))
      },
    })
    link.send(requestText(method, params, id), (wasTaken) => {
      if (!wasTaken) lost()
    })
    return await promise.finally(() => {
      clearTimeout(timer)
      this.#asked.delete(id)
    })
  }

  receive(text: string | undefined, venue: SocketOwner, link: Link): void {
    const message = readRpc(text)
    switch (message.is) {
      case 'unreadable':
        this.#deps.onBadMessage(venue.locationId, { kind: 'unreadable', why: message.why })
        return
      case 'answer':
        this.#asked.get(message.id)?.answered(message)
        return
      case 'request':
        this.#hear(message, venue, link)
    }
  }

  #hear(request: Request, venue: SocketOwner, link: Link): void {
    const { id, method, params } = request
    switch (method) {
      case 'terminalNotification':
        this.#note(params, { notification: textOf(params['notification']) })
        return
      case 'signatureVerificationRequest':
        this.#note(params, { asksForSignature: true })
        if (id !== undefined) link.send(resultText(id, {}), () => {})
        return
      case 'RecordPayment':
      case 'RecordRefund':
        this.#record({ method, params }, { id, venue, link })
        return
      default:
        this.#deps.onBadMessage(venue.locationId, {
          kind: 'no-method',
          why: `there is no method ${method.slice(0, 100)}`,
        })
        if (id === undefined) return
        link.send(refusalText(id, 'METHOD_NOT_FOUND', 'There is no such method.'), () => {})
    }
  }

  #note(params: Record<string, unknown>, news: MachineNews): void {
    const paymentId = textOf(params['paymentId'])
    if (paymentId === undefined) return
    const known = this.newsOf(paymentId)
    // The newest last, so that the oldest can be forgotten.
    this.#news.delete(paymentId)
    this.#news.set(paymentId, { ...known, ...news })
    const [oldest] = this.#news.keys()
    if (this.#news.size > limits.counterNewsKept) this.#news.delete(oldest!)
  }

  #record(
    request: RecordRequest,
    { id, venue, link }: { id: RpcId | undefined; venue: SocketOwner; link: Link },
  ): void {
    const work: Promise<void> = this.#recordAndAnswer(request, venue)
      .then((answer) => {
        if (id === undefined) return
        link.send(answer(id), (wasTaken) => {
          if (wasTaken) this.#servedAtMs = performance.now()
        })
      })
      .finally(() => {
        this.#working.delete(work)
      })
    this.#working.add(work)
  }

  /** Never throws: without an answer of success Dojo sends it again. */
  async #recordAndAnswer(
    request: RecordRequest,
    venue: SocketOwner,
  ): Promise<(id: RpcId) => string> {
    try {
      const { paymentId, wasKnown } = await this.#deps.record(venue, request)
      if (!wasKnown) return (id) => resultText(id, { paymentId })
      const reason = 'This payment was recorded before.'
      return (id) => refusalText(id, 'PAYMENT_ALREADY_RECORDED', reason)
    } catch (error) {
      this.#deps.unexpected(venue.locationId, error)
      return (id) =>
        refusalText(id, 'PAYMENT_NOT_RECORDED', 'It could not be recorded: send it again.')
    }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
