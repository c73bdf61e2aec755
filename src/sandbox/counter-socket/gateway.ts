// wss://.../ws/v2/pac/epos: the WebSockets through which tills reach the card machines. An epos-id
// has one connection: the next one ends it. Whatever was recorded and not answered is sent again,
// on the same connection after a while, and on the next one at once.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { readRpc, refusalText, requestText, resultText } from '../../contract/counter-socket.ts'
import { badRequest, Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account, CounterPayment } from '../dojo/state.ts'
import {
  CUT,
  defaultTimes,
  GOING_AWAY,
  openConnection,
  type Connection,
  type SocketTimes,
} from '../gateway/connection.ts'
import { limits } from '../limits.ts'
import { answerTo } from './methods.ts'
import {
  asksForSignature,
  counterPayments,
  notificationsOf,
  outcomeOf,
  recordOf,
  Refused,
  sessionOfPayment,
} from './payments.ts'

export const COUNTER_PATH = '/ws/v2/pac/epos'

export interface CounterGateway {
  /** @throws Problem: the handshake is refused */
  admit: (request: IncomingMessage) => (socket: WebSocket) => void
  /** Something became of this payment, whether it is one of this API or not. */
  changed: (account: Account, paymentId: string) => void
  changedSession: (account: Account, sessionId: string) => void
  /** The answer to its record is due. */
  sendAgain: (account: Account, paymentId: string) => void
  /** The open connections of an account, by epos-id. */
  connections: (account: Account) => Map<string, Connection>
  /** Closes every connection for good. */
  end: () => void
}

/** One epos-id of an account. */
interface Epos {
  account: Account
  eposId: string
  connection: Connection
  /** The records that wait for their answers, by the ids of their messages. */
  records: Map<string, { payment: CounterPayment; outcome: string }>
}

export function createCounterGateway(
  world: () => Simulation,
  times: Partial<SocketTimes> = {},
): CounterGateway {
  return new Counters(world, { ...defaultTimes, ...times })
}

class Counters implements CounterGateway {
  readonly #world: () => Simulation
  readonly #times: SocketTimes
  readonly #epos = new Map<string, Epos>()
  #opened = 0

  constructor(world: () => Simulation, times: SocketTimes) {
    this.#world = world
    this.#times = times
  }

  admit = ({ headers }: IncomingMessage): ((socket: WebSocket) => void) => {
    const account = this.#world().account(keyIn(headers.authorization))
    const eposId = headers['epos-id']
    for (const name of ['epos-id', 'software-house-id']) {
      const value = headers[name]
      if (typeof value === 'string' && value !== '') continue
      throw badRequest(`The header \`${name}\` is missing.`, { [name]: ['is required'] })
    }
    const refused = this.#world().faultsOf(account).take('socket-refused', 'Socket')
    if (refused !== undefined) {
      throw new Problem(refused.code ?? 503, 'The WebSocket is refused (injected fault).')
    }
    return (socket) => {
      this.#accept(account, eposId as string, socket)
    }
  }

  connections = (account: Account): Map<string, Connection> => {
    const own = [...this.#epos.values()].filter((epos) => epos.account === account)
    return new Map(own.map(({ eposId, connection }) => [eposId, connection]))
  }

  end = (): void => {
    for (const { connection } of this.#epos.values()) connection.close(GOING_AWAY)
  }

  #accept(account: Account, eposId: string, socket: WebSocket): void {
    const key = JSON.stringify([account.key, eposId])
    const older = this.#epos.get(key)
    if (older !== undefined) {
      this.#log(account, `${eposId} connects again: its older connection is ended`)
      older.connection.close(CLOSED)
    }
    const number = ++this.#opened
    const epos: Epos = {
      account,
      eposId,
      records: new Map(),
      connection: openConnection(socket, {
        number,
        times: this.#times,
        onMessage: (text) => {
          this.#receive(epos, text)
        },
        onEnd: (why) => {
          if (this.#epos.get(key) === epos) this.#epos.delete(key)
          this.#log(account, `Counter socket ${number} of ${eposId}: ${why}`)
        },
      }),
    }
    this.#epos.set(key, epos)
    this.#log(account, `Counter socket ${number} of ${eposId} is open`)
    for (const payment of counterPayments(account).values()) {
      if (payment.eposId === eposId) this.#tell(payment, epos)
    }
  }

  #log(account: Account, text: string): void {
    this.#world().log(account, text)
  }

  // --- what the EPOS asks

  #receive(epos: Epos, text: string): void {
    const message = readRpc(text)
    if (message.is === 'answer') {
      this.#answered(epos, message)
      return
    }
    if (message.is === 'unreadable' || message.id === undefined) return
    const { id, method, params } = message
    const { account, connection } = epos
    const faults = this.#world().faultsOf(account)
    let answer: string
    try {
      answer = resultText(id, answerTo(this.#world(), epos, method, params))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      answer = refusalText(id, error.code, error.message)
    }
    if (faults.take('api-answer-lost', method) !== undefined) {
      this.#log(account, `${method}: done, and its answer lost (injected fault)`)
      connection.close(CUT)
      return
    }
    connection.send(answer)
    const paymentId = params['paymentId']
    if (typeof paymentId === 'string') this.changed(account, paymentId)
  }

  // --- what the EPOS hears

  changedSession = (account: Account, sessionId: string): void => {
    for (const payment of account.counterPayments?.values() ?? []) {
      if (payment.sessionId === sessionId) this.changed(account, payment.paymentId)
    }
  }

  changed = (account: Account, paymentId: string): void => {
    const payment = account.counterPayments?.get(paymentId)
    const epos = payment && this.#eposOf(account, payment)
    if (epos !== undefined) this.#tell(payment!, epos)
  }

  sendAgain = (account: Account, paymentId: string): void => {
    const payment = account.counterPayments?.get(paymentId)
    const epos = payment && this.#eposOf(account, payment)
    if (epos !== undefined) this.#record(payment!, epos)
  }

  #eposOf({ key }: Account, { eposId }: CounterPayment): Epos | undefined {
    return this.#epos.get(JSON.stringify([key, eposId]))
  }

  #tell(payment: CounterPayment, epos: Epos): void {
    const { account, connection } = epos
    const { paymentId } = payment
    const session = sessionOfPayment(account, payment)
    const { terminalId } = session.shown
    const all = notificationsOf(session)
    for (const notification of all.slice(payment.notified)) {
      connection.send(requestText('terminalNotification', { paymentId, terminalId, notification }))
    }
    payment.notified = all.length
    if (asksForSignature(session)) {
      const question = { paymentId, terminalId }
      connection.send(requestText('signatureVerificationRequest', question, randomUUID()))
    }
    const outcome = outcomeOf(account, payment)
    const isWaiting = [...epos.records.values()].some(
      (record) => record.payment === payment && record.outcome === outcome,
    )
    if (!isWaiting) this.#record(payment, epos)
  }

  /** Unless the EPOS has answered to this outcome. */
  #record(payment: CounterPayment, epos: Epos): void {
    const { account, connection, records } = epos
    const outcome = outcomeOf(account, payment)
    if (outcome === undefined || payment.answered === outcome) return
    const id = randomUUID()
    records.set(id, { payment, outcome })
    const method = payment.isRefund ? 'RecordRefund' : 'RecordPayment'
    const text = requestText(method, recordOf(account, payment), id)
    connection.send(text)
    if (this.#world().faultsOf(account).take('sent-twice', method) !== undefined) {
      connection.send(text)
    }
    const { paymentId } = payment
    const again = { kind: 'counter-record', key: account.key, paymentId } as const
    this.#world().clock.scheduleIn(limits.counterRecordAgainMs, again)
  }

  #answered(
    { account, records }: Epos,
    { id, error }: { id: string | number; error: { errorCode?: string | undefined } | undefined },
  ): void {
    const record = records.get(String(id))
    if (record === undefined) return
    const { payment, outcome } = record
    const method = payment.isRefund ? 'RecordRefund' : 'RecordPayment'
    if (this.#world().faultsOf(account).take('reply-lost', method) !== undefined) {
      this.#log(account, `${method} ${payment.paymentId}: the answer is lost (injected fault)`)
      return
    }
    records.delete(String(id))
    const isDone = error === undefined || error.errorCode === 'PAYMENT_ALREADY_RECORDED'
    const words = error === undefined ? 'recorded' : (error.errorCode ?? 'an error')
    this.#log(account, `${method} ${payment.paymentId} as ${outcome}: ${words}`)
    if (isDone) payment.answered = outcome
  }
}

/** The code with which Dojo ends the older connection of an epos-id is not documented. */
const CLOSED = 1000

const KEY = /^sk_sandbox_[A-Za-z0-9_-]{1,200}$/

/** The account's name is any: the key says whose it is. @throws Problem 401 */
function keyIn(authorization = ''): string {
  const [, coded = ''] = /^[Bb]asic ([A-Za-z0-9+/=]+)$/.exec(authorization) ?? []
  const [account = '', key = ''] = Buffer.from(coded, 'base64').toString().split(':')
  if (account !== '' && KEY.test(key)) return key
  throw new Problem(
    401,
    'The account or its key is missing. Send `Authorization: Basic` and the Base64 of ' +
      'account:sk_sandbox_...',
  )
}
