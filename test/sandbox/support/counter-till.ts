// A small till that takes cards at the counter, with nothing behind it, and the faults that can be
// planted in it. It calls Dojo at the certifier's address, and does its tasks.
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { signatureOf } from '../../../src/sandbox/dojo/signature.ts'
import type { Offer, Shows, Task, Till, TillAnswer } from '../../../src/sandbox/counter/till.ts'

export type CounterFault =
  | 'charges-again-after-expired'
  | 'new-intent-after-decline'
  | 'terminal-hard-coded'
  | 'key-hard-coded'
  | 'new-idempotency-key'
  | 'no-idempotency-key'
  | 'signature-ignored'
  | 'rejection-sent-as-acceptance'
  | 'canceled-without-looking'
  | 'polls-slowly'
  | 'webhooks-believed'
  | 'webhooks-only'
  | 'intent-not-read'
  | 'tip-left-out'
  | 'cashback-in-amount'
  | 'tip-not-recorded'
  | 'expired-shown-as-declined'
  | 'expired-offers-nothing'
  | 'prompts-not-shown'
  | 'manual-sent-as-auto'
  | 'errors-swallowed'
  | 'declined-refund-shown-as-done'
  | 'refunds-in-full'
  | 'retries-paid'
  | 'session-asked-again'
  | 'no-item-lines'
  | 'discount-left-out'
  | 'phone-order-as-card'
  | 'late-rejection-shown'
  | 'zero-sent-and-shown'
  | 'version-varies'
  | 'stale-terminals'
  | 'busy-machine-shared'

const POLL_MS = 2
const SLOW_POLL_MS = 400
const VERSION = '2026-02-27'
const FINAL = [
  'Authorized',
  'Captured',
  'Canceled',
  'SignatureVerificationRejected',
  'Expired',
  'Declined',
]

interface Deal {
  task: Extract<Task, { do: 'sale' | 'matched-refund' | 'unlinked-refund' | 'refund' }>
  shows: Shows & { offers: Offer[] }
  terminalId: string
  intentId?: string
  sessionId?: string
  refundKey?: string
}

export interface CounterTillOptions {
  url: string
  key: string
  faults?: readonly CounterFault[]
  /** What it says that it cannot do. */
  without?: ReadonlyArray<Task['do']>
}

export async function openCounterTill(options: CounterTillOptions): Promise<Till> {
  const till = new CounterTill(options)
  await till.open()
  return till
}

class CounterTill implements Till {
  readonly isPerson = false
  readonly #url: string
  readonly #faults: ReadonlySet<CounterFault>
  readonly #without: ReadonlyArray<Task['do']>
  readonly #deals = new Map<string, Deal>()
  readonly #hooks = Fastify()
  readonly #firstKey: string
  #key: string
  #calls = 0
  #isOpen = true
  #secret = ''

  constructor({ url, key, faults = [], without = [] }: CounterTillOptions) {
    this.#url = url
    this.#key = key
    this.#firstKey = key
    this.#faults = new Set(faults)
    this.#without = without
  }

  async open(): Promise<void> {
    this.#hooks.post('/', async ({ body, headers }) => {
      await this.#hear(body as never, String(headers['dojo-signature']))
      return {}
    })
    const url = await this.#hooks.listen({ host: '127.0.0.1', port: 0 })
    const events = ['payment_intent.created', 'payment_intent.status_updated']
    const { body } = await this.#call('POST', '/webhooks', { events, url: `${url}/` })
    this.#secret = body.secrets[0].value
  }

  close = async (): Promise<void> => {
    this.#isOpen = false
    await this.#hooks.close()
  }

  ask = async (task: Task): Promise<TillAnswer> => {
    if (this.#without.includes(task.do)) return { cannot: `This till has no ${task.do}.` }
    try {
      return await this.#do(task)
    } catch (error) {
      if (this.#has('errors-swallowed')) return { shows: { result: 'Waiting' } }
      return { refused: (error as Error).message }
    }
  }

  #has(fault: CounterFault): boolean {
    return this.#faults.has(fault)
  }

  async #do(task: Task): Promise<TillAnswer> {
    switch (task.do) {
      case 'about':
        return { version: '1.0.0' }
      case 'key':
        this.#key = this.#has('key-hard-coded') ? this.#firstKey : task.key
        return {}
      case 'terminals':
        if (!this.#has('stale-terminals')) await this.#must('GET', '/terminals')
        return {}
      case 'webhooks':
        await this.#must('GET', '/webhooks')
        return {}
      case 'intents':
        await this.#must('POST', '/payment-intents/search', { cursor: { limit: 10 } })
        return {}
      case 'look':
        return { shows: this.#named(task.sale).shows }
      case 'sale':
        return await this.#sale(task)
      case 'refund':
        return await this.#refund(task)
      case 'matched-refund':
      case 'unlinked-refund': {
        const deal = this.#newDeal(task.refund, task)
        if (task.do === 'matched-refund') deal.intentId = this.#deals.get(task.sale)!.intentId!
        await this.#startSession(deal)
        return { shows: deal.shows }
      }
      default:
        return await this.#change(this.#named(task.sale), task)
    }
  }

  #named(name: string): Deal {
    const deal = this.#deals.get(name)
    if (deal === undefined) throw new Error(`There is no ${name}.`)
    return deal
  }

  #newDeal(name: string, task: Deal['task']): Deal {
    const terminalId = 'terminalId' in task ? task.terminalId : ''
    const deal: Deal = { task, shows: { result: 'Waiting', offers: [] }, terminalId }
    this.#deals.set(name, deal)
    return deal
  }

  // --- sales

  async #sale(task: Extract<Task, { do: 'sale' }>): Promise<TillAnswer> {
    const isBusy = [...this.#deals.values()].some(
      ({ terminalId, shows }) => terminalId === task.terminalId && shows.result === 'Waiting',
    )
    if (isBusy && !this.#has('busy-machine-shared')) throw new Error('The machine is busy.')
    const deal = this.#newDeal(task.sale, task)
    try {
      deal.intentId = await this.#createIntent(task)
      await this.#startSession(deal)
    } catch (error) {
      deal.shows.result = 'Canceled'
      throw error
    }
    return { shows: deal.shows }
  }

  async #createIntent(task: Extract<Task, { do: 'sale' }>): Promise<string> {
    const money = (value: number) => ({ value, currencyCode: 'GBP' })
    const { amountMinor, tipsMinor, cashbackMinor, cardNotPresent, captureMode } = task
    const inAmount = this.#has('cashback-in-amount') ? (cashbackMinor ?? 0) : 0
    const hasTip = tipsMinor !== undefined && !this.#has('tip-left-out')
    const hasCashback = cashbackMinor !== undefined && inAmount === 0
    const request = {
      amount: money(amountMinor + inAmount),
      reference: task.sale,
      captureMode: this.#has('manual-sent-as-auto') ? 'Auto' : captureMode,
      ...(hasTip ? { tipsAmount: money(tipsMinor) } : {}),
      ...(hasCashback ? { cashbackAmount: money(cashbackMinor) } : {}),
      cardHolderNotPresent: cardNotPresent === true && !this.#has('phone-order-as-card'),
      itemLines: this.#has('no-item-lines') ? [] : this.#itemLines(task),
      config: { payment: { customAmountAllowed: true } },
    }
    const { status, body } = await this.#call('POST', '/payment-intents', request)
    // An intent whose answer was lost is never paid: another one does no harm.
    if (status === 0) return (await this.#must('POST', '/payment-intents', request)).id
    return this.#mustBeOkay(status, body).id
  }

  #itemLines({ items = [], discountMinor }: Extract<Task, { do: 'sale' }>): object[] {
    const money = (value: number) => ({ value, currencyCode: 'GBP' })
    const isLeftOut = discountMinor === undefined || this.#has('discount-left-out')
    return items.map(({ name, quantity, unitAmountMinor }, index) => ({
      id: name,
      name,
      quantity,
      amountTotal: money(quantity * unitAmountMinor),
      modifiers:
        index > 0 || isLeftOut
          ? []
          : [{ id: 'd', name: 'Discount', quantity: 1, amountPerModifier: money(-discountMinor) }],
    }))
  }

  async #startSession(deal: Deal): Promise<void> {
    const { task, intentId: paymentIntentId } = deal
    const amount = { value: task.amountMinor, currencyCode: 'GBP' }
    const details = {
      sale: { sessionType: 'Sale', sale: { paymentIntentId } },
      refund: {},
      'matched-refund': {
        sessionType: 'MatchedRefund',
        matchedRefund: { paymentIntentId, amount },
      },
      'unlinked-refund': { sessionType: 'UnlinkedRefund', unlinkedRefund: { amount } },
    }[task.do]
    if (this.#has('terminal-hard-coded')) {
      deal.terminalId = (await this.#must('GET', '/terminals'))[0].id
    }
    deal.shows = { result: 'Waiting', offers: ['cancel'] }
    const request = { terminalId: deal.terminalId, details }
    const { status, body } = await this.#call('POST', '/terminal-sessions', request)
    if (status === 0 && this.#has('session-asked-again')) {
      deal.intentId = await this.#createIntent(task as Extract<Task, { do: 'sale' }>)
      const other = (await this.#must('GET', '/terminals?statuses=Available'))[0].id
      deal.terminalId = other
      await this.#startSession(deal)
      return
    }
    if (status !== 0) deal.sessionId = this.#mustBeOkay(status, body).id
    void this.#follow(deal)
  }

  /** Polls until the session is over; one whose answer was lost is seen in the intent. */
  async #follow(deal: Deal): Promise<void> {
    const { sessionId } = deal
    const pollMs = this.#has('polls-slowly') ? SLOW_POLL_MS : POLL_MS
    while (this.#isOpen && deal.sessionId === sessionId && !this.#isSettled(deal)) {
      await sleep(pollMs)
      if (this.#has('webhooks-only')) continue
      try {
        await this.#poll(deal)
      } catch {
        // Dojo does not answer at the moment.
      }
    }
  }

  #isSettled({ shows: { result } }: Deal): boolean {
    // An expired session may be charged all the same, and so may a canceled one.
    return ['Authorized', 'Captured', 'Declined', 'Refunded', 'Recorded'].includes(result)
  }

  async #poll(deal: Deal): Promise<void> {
    if (deal.sessionId === undefined) {
      await this.#readIntent(deal)
      return
    }
    const session = await this.#must('GET', `/terminal-sessions/${deal.sessionId}`)
    const { status, notificationEvents } = session
    const prompt = notificationEvents.at(-1)?.notificationType
    if (prompt !== undefined && !this.#has('prompts-not-shown')) deal.shows.prompt = prompt
    if (!FINAL.includes(status)) {
      await this.#showProgress(deal, status)
      return
    }
    deal.shows.offers = []
    const isRefund = deal.task.do !== 'sale'
    if (isRefund && status === 'Declined' && this.#has('declined-refund-shown-as-done')) {
      deal.shows.result = deal.task.do === 'matched-refund' ? 'Refunded' : 'Captured'
    } else if (status === 'Authorized' || status === 'Captured') {
      if (this.#has('intent-not-read')) this.#showPaid(deal, status)
      else await this.#readIntent(deal, status)
    } else await this.#showFailed(deal, status)
  }

  async #showProgress(deal: Deal, status: string): Promise<void> {
    deal.shows.offers = ['cancel']
    if (status !== 'SignatureVerificationRequired') return
    if (this.#has('signature-ignored')) {
      await this.#call('PUT', `/terminal-sessions/${deal.sessionId}/signature`, { accepted: true })
    } else deal.shows.offers = ['accept-signature', 'reject-signature']
  }

  async #showFailed(deal: Deal, status: string): Promise<void> {
    const { shows, task } = deal
    if (status === 'SignatureVerificationRejected') shows.result = 'Declined'
    else if (status === 'Expired' && this.#has('expired-shown-as-declined')) {
      shows.result = 'Declined'
    } else shows.result = status
    if (status === 'Expired') {
      shows.text = 'The result cannot be confirmed. Look at the machine.'
      shows.offers = this.#has('expired-offers-nothing') ? [] : ['record', 'retry']
      if (this.#has('charges-again-after-expired') && task.do === 'sale') {
        deal.intentId = await this.#createIntent(task)
        await this.#startSession(deal)
        return
      }
    }
    if (status === 'Declined') shows.offers = ['retry', 'cancel']
    if (task.do === 'sale' && status !== 'Declined') await this.#readIntent(deal)
  }

  /** @param ended how the session did, where that is known */
  async #readIntent(deal: Deal, ended?: string): Promise<void> {
    if (deal.task.do === 'unlinked-refund') {
      if (ended !== undefined) deal.shows.result = ended
      return
    }
    const intent = await this.#must('GET', `/payment-intents/${deal.intentId}`)
    if (deal.task.do !== 'sale') {
      if (ended !== undefined) deal.shows.result = intent.status
    } else if (intent.status === 'Captured' || intent.status === 'Authorized') {
      this.#showPaid(deal, intent.status)
    }
  }

  #showPaid({ shows, task }: Deal, status: string): void {
    shows.result = status
    shows.offers = []
    shows.paid = status === 'Captured'
    if (task.do !== 'sale') return
    if (!this.#has('tip-not-recorded')) shows.tipsMinor = task.tipsMinor ?? 0
    shows.cashbackMinor = task.cashbackMinor ?? 0
  }

  // --- refunds without the card

  async #refund(task: Extract<Task, { do: 'refund' }>): Promise<TillAnswer> {
    const deal = this.#newDeal(task.refund, task)
    const { intentId, task: sold } = this.#deals.get(task.sale)!
    const path = `/payment-intents/${intentId}/refunds`
    const amount = this.#has('refunds-in-full') ? sold.amountMinor : task.amountMinor
    let key: string | undefined = task.refund
    if (this.#has('no-idempotency-key')) key = undefined
    let answer = await this.#call('POST', path, { amount }, key)
    if (answer.status === 0) {
      const again = this.#has('new-idempotency-key') ? `${task.refund}-again` : key
      answer = await this.#call('POST', path, { amount }, again)
    }
    this.#mustBeOkay(answer.status, answer.body)
    const intent = await this.#must('GET', `/payment-intents/${intentId}`)
    deal.shows = { result: intent.status, refundedMinor: task.amountMinor, offers: [] }
    return { shows: deal.shows }
  }

  // --- what the cashier does

  async #change(
    deal: Deal,
    task: Extract<Task, { do: 'retry' | 'cancel' | 'sign' | 'record' | 'amount' | 'capture' }>,
  ): Promise<TillAnswer> {
    const path = `/terminal-sessions/${deal.sessionId}`
    const intent = `/payment-intents/${deal.intentId}`
    switch (task.do) {
      case 'retry':
        if (deal.shows.paid === true && !this.#has('retries-paid')) throw new Error('It is paid.')
        deal.terminalId = task.terminalId
        if (this.#has('new-intent-after-decline') || this.#has('retries-paid')) {
          deal.intentId = await this.#createIntent(deal.task as Extract<Task, { do: 'sale' }>)
        }
        await this.#startSession(deal)
        break
      case 'cancel':
        await this.#cancel(deal, path, intent)
        break
      case 'sign': {
        if (FINAL.includes(deal.shows.result)) {
          if (this.#has('late-rejection-shown')) deal.shows.result = 'Declined'
          else throw new Error('It was accepted by silence.')
        }
        const accepted = task.accepted || this.#has('rejection-sent-as-acceptance')
        await this.#call('PUT', `${path}/signature`, { accepted })
        break
      }
      case 'record':
        deal.shows.paid = true
        break
      case 'amount': {
        const isSent = task.amountMinor > 0 || this.#has('zero-sent-and-shown')
        if (!isSent) throw new Error('An amount must be higher than 0.')
        const amount = { value: task.amountMinor, currencyCode: 'GBP' }
        const { status, body } = await this.#call('POST', `${intent}/amount`, { amount })
        if (!this.#has('zero-sent-and-shown')) this.#mustBeOkay(status, body)
        break
      }
      case 'capture': {
        const { status, body } = await this.#call('POST', `${intent}/captures`, {
          amount: task.amountMinor,
        })
        if (status !== 0) this.#mustBeOkay(status, body)
        deal.shows.result = 'Waiting'
        await this.#readIntent(deal)
        break
      }
    }
    return { shows: deal.shows }
  }

  async #cancel(deal: Deal, path: string, intent: string): Promise<void> {
    if (deal.shows.result === 'Declined') {
      await this.#must('DELETE', intent)
      deal.shows.result = 'Canceled'
      return
    }
    const { status } = await this.#call('PUT', `${path}/cancel`)
    if (status === 422) deal.shows.text = 'It could not be canceled, and goes on.'
    if (this.#has('canceled-without-looking')) {
      deal.shows = { result: 'Canceled', offers: [] }
      deal.sessionId = 'nobody looks'
    }
  }

  // --- Dojo

  async #hear(
    event: { data: { paymentIntentId: string; paymentStatus: string } },
    signature: string,
  ) {
    const { paymentIntentId, paymentStatus } = event.data
    const isGenuine = signature === signatureOf(JSON.stringify(event), this.#secret)
    const deal = [...this.#deals.values()].find(({ intentId }) => intentId === paymentIntentId)
    if (deal === undefined || deal.task.do !== 'sale') return
    if (paymentStatus !== 'Captured' && paymentStatus !== 'Authorized') return
    if (this.#has('webhooks-believed')) this.#showPaid(deal, paymentStatus)
    else if (isGenuine && this.#has('webhooks-only')) await this.#readIntent(deal)
  }

  /** @returns status 0 when no answer came */
  async #call(
    method: string,
    path: string,
    body?: object,
    idempotencyKey?: string,
  ): Promise<{ status: number; body: any }> {
    const isOdd = this.#has('version-varies') && this.#calls++ % 2 === 1
    const headers: Record<string, string> = {
      authorization: `Basic ${this.#key}`,
      version: isOdd ? '2024-02-05' : VERSION,
      'software-house-id': 'test',
    }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (idempotencyKey !== undefined) headers['idempotencyKey'] = idempotencyKey
    try {
      const response = await fetch(this.#url + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    } catch {
      return { status: 0, body: undefined }
    }
  }

  #mustBeOkay(status: number, body: any): any {
    if (status < 200 || status > 299) throw new Error(body?.detail ?? 'Dojo does not answer.')
    return body
  }

  async #must(method: string, path: string, body?: object): Promise<any> {
    const answer = await this.#call(method, path, body)
    return this.#mustBeOkay(answer.status, answer.body)
  }
}
