// The line to the EPOS of one account.
//
// 1. The newest connection gets every call; an older one may still answer what it was asked.
// 2. A call whose connection ends before its answer is sent again, under the same id, on the next
//    connection. So an EPOS sees some ids twice, and has to do their work once.
// 3. Without a connection a call waits for one, but only if there was one a moment ago.
import type { CapabilityName } from '../../contract/capabilities.ts'
import { TIMED_OUT, type Arrival } from '../epos/transport.ts'
import type { Faults } from '../kit/faults.ts'
import { limits } from '../limits.ts'
import {
  CUT,
  openConnection,
  SERVICE_RESTART,
  type Connection,
  type SocketTimes,
} from './connection.ts'
import type { WebSocket } from 'ws'

export interface LineCall {
  id: string
  name: CapabilityName
  text: string
  timeoutMs: number
}

export interface Line {
  times: SocketTimes
  /** The open connections, oldest first. */
  connections: () => Connection[]
  /** The connection that gets the next call. */
  routed: () => Connection | undefined
  /** Resolves to the connection that opens next; to undefined when none opens in time. */
  nextConnection: (withinMs: number) => Promise<Connection | undefined>
  send: (call: LineCall) => Promise<Arrival>
  /** Sends the call, cuts the connection, and wants no answer. */
  sendAndCut: (call: LineCall) => void
  /** Closes every connection, and refuses new ones for a while. */
  closeAll: (code: number, refuseMs?: number) => void
  /** Whether new connections are refused at the moment. */
  isRefusing: () => boolean
  accept: (socket: WebSocket, softwareHouseId: string) => void
  /** Closes every connection for good, and gives up the calls that wait. */
  end: (code: number) => void
}

export const NOT_CONNECTED = 'no EPOS is connected to the WebSocket'

interface Waiting extends LineCall {
  attempts: number
  startedMs: number
  sentOn: Connection | undefined
  timer: NodeJS.Timeout | undefined
  /** Throws the answer away and cuts the connection (a fault). */
  dropsAnswer: boolean
  /** What arrived meanwhile and could not be an answer. */
  stray: string
  resolve: (arrival: Arrival) => void
}

export function createLine({
  times,
  faults,
  log,
}: {
  times: SocketTimes
  faults: Faults
  log: (text: string) => void
}): Line {
  return new AccountLine(times, faults, log)
}

class AccountLine implements Line {
  readonly times: SocketTimes
  readonly #faults: Faults
  readonly #log: (text: string) => void
  /** By id. A call that is sent twice waits twice under one id. */
  readonly #calls = new Map<string, Waiting[]>()
  readonly #openings = new Set<(connection: Connection) => void>()
  #connections: Connection[] = []
  #opened = 0
  #lostMs = -Infinity
  #refusedUntilMs = -Infinity

  constructor(times: SocketTimes, faults: Faults, log: (text: string) => void) {
    this.times = times
    this.#faults = faults
    this.#log = log
  }

  connections = (): Connection[] => [...this.#connections]
  routed = (): Connection | undefined => this.#connections.at(-1)
  isRefusing = (): boolean => performance.now() < this.#refusedUntilMs

  nextConnection = async (withinMs: number): Promise<Connection | undefined> =>
    await new Promise((resolve) => {
      const done = (connection?: Connection): void => {
        clearTimeout(timer)
        this.#openings.delete(done)
        resolve(connection)
      }
      const timer = setTimeout(done, withinMs)
      this.#openings.add(done)
    })

  accept = (socket: WebSocket, softwareHouseId: string): void => {
    const number = ++this.#opened
    const connection = openConnection(socket, {
      number,
      times: this.times,
      onMessage: (text) => {
        this.#receive(text)
      },
      onEnd: (why) => {
        this.#lose(connection, why)
      },
    })
    const older = this.#connections
    this.#connections = [...older, connection]
    this.#log(`WebSocket ${number} of ${softwareHouseId} is open`)
    for (const each of older) this.#probe(each)
    for (const opening of this.#openings) opening(connection)
    for (const waiting of this.#waiting()) {
      if (waiting.sentOn === undefined) this.#transmit(waiting, connection)
    }
  }

  /** An EPOS that connects again has often lost its older connection without saying so. */
  #probe(older: Connection): void {
    if (older.isFrozen()) {
      older.close(CUT)
      return
    }
    this.#log(`WebSocket ${older.number} is open besides; the newest gets the calls`)
    void older.ping(this.times.pongMs).then((milliseconds) => {
      if (milliseconds === undefined) older.close(CUT)
    })
  }

  #lose(connection: Connection, why: string): void {
    this.#connections = this.#connections.filter((each) => each !== connection)
    this.#lostMs = performance.now()
    this.#log(`WebSocket ${connection.number}: ${why}`)
    for (const waiting of this.#waiting()) {
      if (waiting.sentOn === connection) this.#dispatch(waiting)
    }
  }

  closeAll = (code: number, refuseMs = 0): void => {
    this.#refusedUntilMs = performance.now() + refuseMs
    for (const connection of this.connections()) connection.close(code)
  }

  end = (code: number): void => {
    this.closeAll(code, Infinity)
    for (const waiting of this.#waiting()) this.#giveUp(waiting, 'the gateway stopped')
  }

  // --- calls

  send = async (call: LineCall): Promise<Arrival> => {
    const isExpected = performance.now() - this.#lostMs < this.times.reconnectMs
    if (this.routed() === undefined && !isExpected) {
      return { noAnswer: NOT_CONNECTED, milliseconds: 0 }
    }
    return await new Promise<Arrival>((resolve) => {
      const waiting: Waiting = {
        ...call,
        attempts: 0,
        startedMs: performance.now(),
        sentOn: undefined,
        timer: undefined,
        dropsAnswer: false,
        stray: '',
        resolve,
      }
      this.#calls.set(call.id, [...(this.#calls.get(call.id) ?? []), waiting])
      this.#dispatch(waiting)
    })
  }

  sendAndCut = ({ text }: LineCall): void => {
    const connection = this.routed()
    connection?.send(text)
    connection?.close(CUT)
  }

  #dispatch(waiting: Waiting): void {
    clearTimeout(waiting.timer)
    waiting.sentOn = undefined
    if (waiting.attempts >= limits.socketAttempts) {
      this.#giveUp(waiting, `the connection was lost ${waiting.attempts} times before the answer`)
      return
    }
    const connection = this.routed()
    if (connection !== undefined) {
      this.#transmit(waiting, connection)
      return
    }
    const { reconnectMs } = this.times
    waiting.timer = setTimeout(() => {
      this.#giveUp(waiting, `the EPOS did not connect again in time (${reconnectMs} ms)`)
    }, reconnectMs)
  }

  #transmit(waiting: Waiting, connection: Connection): void {
    const { name, id, text, timeoutMs } = waiting
    clearTimeout(waiting.timer)
    waiting.attempts++
    waiting.sentOn = connection
    waiting.timer = setTimeout(() => {
      this.#giveUp(waiting, `${TIMED_OUT}${waiting.stray}`)
    }, timeoutMs)
    if (waiting.attempts > 1) this.#log(`${name} ${id} is sent again, after a reconnect`)
    waiting.dropsAnswer = this.#faults.take('socket-answer-dropped', name) !== undefined
    connection.send(text)
    if (this.#faults.take('socket-half-open', name) !== undefined) connection.freeze()
    const closed = this.#faults.take('socket-closed', name)
    if (closed !== undefined) connection.close(closed.code ?? SERVICE_RESTART)
    const restart = this.#faults.take('socket-restart', name)
    if (restart !== undefined) this.closeAll(SERVICE_RESTART, restart.delayMs)
  }

  #giveUp(waiting: Waiting, noAnswer: string): void {
    this.#finish(waiting, { noAnswer, milliseconds: performance.now() - waiting.startedMs })
  }

  #finish(waiting: Waiting, arrival: Arrival): void {
    clearTimeout(waiting.timer)
    const others = this.#calls.get(waiting.id)?.filter((each) => each !== waiting) ?? []
    if (others.length === 0) this.#calls.delete(waiting.id)
    else this.#calls.set(waiting.id, others)
    waiting.resolve(arrival)
  }

  /** A copy, because giving a call up changes the map. */
  #waiting(): Waiting[] {
    return [...this.#calls.values()].flat()
  }

  // --- answers

  #receive(text: string): void {
    const message = messageOf(text)
    const id = message?.['id']
    const waiting = typeof id === 'string' ? this.#calls.get(id)?.[0] : undefined
    if (message === undefined || waiting === undefined) {
      this.#noteStray(whyStray(message, id))
      return
    }
    if (waiting.dropsAnswer) {
      waiting.sentOn?.close(CUT)
      return
    }
    const milliseconds = performance.now() - waiting.startedMs
    this.#finish(waiting, { message, milliseconds })
  }

  #noteStray(why: string): void {
    this.#log(`A message of the EPOS answers nothing: ${why}`)
    for (const waiting of this.#waiting()) waiting.stray = `; meanwhile the EPOS sent ${why}`
  }
}

function messageOf(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown
    const isMessage = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isMessage ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function whyStray(message: Record<string, unknown> | undefined, id: unknown): string {
  if (message === undefined) return 'a message that is not a JSON object'
  if (id === undefined) return 'a message without an id'
  return typeof id === 'string'
    ? 'a message whose id belongs to no open request'
    : `a message whose id is a ${typeof id}; an id is the string of the request`
}
