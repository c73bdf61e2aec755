// Drives a till of this server through the certification of Pay at Counter: a task a line on its
// input, an answer a line on its output. For another till, change what each task does.
//
//   TILL_URL=http://127.0.0.1:8080 TILL_TOKEN=till_... LOCATION=loc_... \
//     npx epos certify --product pay-at-counter --drive 'node examples/counter.ts'
//
// The token is a manager's. With LOCATION, and the server's environment, it also does what an
// operator does with `npx epos`: it sets the API key, subscribes to webhooks and audits the day.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import about from '../package.json' with { type: 'json' }
import type { Offer, Shows, Task, TillAnswer } from '../src/sandbox/counter/till.ts'

const {
  TILL_URL: url = 'http://127.0.0.1:8080',
  TILL_TOKEN: token,
  LOCATION: location,
} = process.env
const EPOS = join(import.meta.dirname, '../bin/epos.js')
const run = Date.now().toString(36)
const REASON = 'Certification'
const MENU_ITEM = { kind: 'Item', priceMinor: 100, taxRateHundredths: 2_000 }

/** A sale or a refund, and where the till API has it. */
interface Deal {
  orderId?: string
  /** The path of the card payment. */
  path?: string
  /** A refund without the card. */
  refund?: { path: string; body: { id: string; amountMinor: number; reason: string } }
  isRefund?: boolean
}
const deals = new Map<string, Deal>()

class Refused extends Error {
  readonly status: number
  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}
class Cannot extends Error {}

/** What of an answer is read here. */
interface Answer {
  id: string
  detail?: string
  plu: string
  status: string
  chargeAgain?: string
  canRetry?: boolean
  kind?: string
  message?: string
  prompt?: string
  cashbackMinor?: number
  amountMinor: number
  balanceMinor: number
  tipsMinor?: number
  cardPaymentId?: string
  payments: Array<{ id: string; amountMinor: number }>
}

/** @throws Refused with the sentence of the till API */
async function call(method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}/till/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as Answer
  if (response.ok) return answer
  throw new Refused(response.status, answer.detail ?? `The server answered ${response.status}.`)
}

/** Runs `npx epos`. @throws Cannot without LOCATION */
async function operate(args: readonly string[], input = ''): Promise<void> {
  if (location === undefined) throw new Cannot('An operator does that: set LOCATION.')
  await new Promise<void>((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [EPOS, ...args, '--location', location],
      (error, _stdout, stderr) => {
        // An audit that finds differences ends with 1.
        if (error === null || args[0] === 'audit') resolve()
        else reject(new Refused(0, stderr))
      },
    )
    child.stdin!.end(input)
  })
}

// --- sales

type Sale = Extract<Task, { do: 'sale' }>

async function sale(task: Sale): Promise<TillAnswer> {
  const orderId = `${run}-${task.sale}`
  const id = `${orderId}-card`
  const { terminalId, amountMinor, captureMode, tipsMinor, cashbackMinor, cardNotPresent } = task
  await call('POST', '/orders', { id: orderId, orderType: 'DineIn' })
  const items = task.items ?? [{ name: 'Certification', quantity: 1, unitAmountMinor: amountMinor }]
  const lines = []
  for (const { name, quantity, unitAmountMinor } of items) {
    const plu = `certify-${name.toLowerCase().replaceAll(' ', '-')}`
    await call('POST', '/menu', { plu, name, ...MENU_ITEM })
    lines.push({ plu, quantity, unitAmountMinor })
  }
  await call('POST', `/orders/${orderId}/lines`, { lines })
  if (task.discountMinor !== undefined) {
    const discount = { name: 'Discount', amountMinor: task.discountMinor }
    await call('POST', `/orders/${orderId}/discounts`, discount)
  }
  const path = `/orders/${orderId}/card-payments`
  deals.set(task.sale, { orderId, path: `${path}/${id}` })
  const request = { id, terminalId, amountMinor, captureMode, tipsMinor, cashbackMinor }
  try {
    return { shows: await shown(await call('POST', path, { ...request, cardNotPresent }), orderId) }
  } catch (error) {
    // The venue gives none, or the server knows none.
    const isUnknown = cashbackMinor !== undefined && /cashback/i.test((error as Error).message)
    throw isUnknown ? new Cannot((error as Error).message) : error
  }
}

const OFFERS: Record<string, Offer[]> = {
  Waiting: ['cancel'],
  Prompting: ['cancel'],
  SignatureRequired: ['accept-signature', 'reject-signature'],
  Authorized: ['amount', 'capture'],
  Declined: ['cancel'],
}

async function shown(payment: Answer, orderId: string | undefined): Promise<Shows> {
  const { status, chargeAgain, canRetry, message, prompt } = payment
  const offers = [...(OFFERS[status] ?? [])]
  if (status === 'Declined' && canRetry === true) offers.push('retry')
  if (chargeAgain === 'unknown') offers.push('retry', 'cancel', 'record')
  const order = orderId === undefined ? undefined : await call('GET', `/orders/${orderId}`)
  // A refund without a payment has no intent that could be Refunded.
  const isUnlinked = payment.kind === 'UnlinkedRefund' && status === 'Refunded'
  return {
    result: isUnlinked ? 'Captured' : status,
    offers,
    ...(message === undefined ? {} : { text: message }),
    ...(prompt === undefined ? {} : { prompt }),
    paid: order?.balanceMinor === 0,
    tipsMinor: order?.tipsMinor ?? 0,
    cashbackMinor: status === 'Captured' ? (payment.cashbackMinor ?? 0) : 0,
  }
}

function dealOf(name: string): Deal {
  const deal = deals.get(name)
  if (deal === undefined) throw new Refused(404, `There is no ${name}.`)
  return deal
}

async function look(name: string): Promise<TillAnswer> {
  const { path, orderId, refund } = dealOf(name)
  if (refund !== undefined) return { shows: await refundShown(refund, orderId!) }
  return { shows: await shown(await call('GET', path!), orderId) }
}

// --- refunds

/** Sending a refund again answers its state. */
async function refundShown(
  { path, body }: NonNullable<Deal['refund']>,
  orderId: string,
): Promise<Shows> {
  const { status, amountMinor } = await call('POST', path, body)
  if (status !== 'Done') return { result: 'Waiting', refundedMinor: 0 }
  const { payments } = await call('GET', `/orders/${orderId}`)
  const isWhole = payments[0]!.amountMinor === amountMinor
  return { result: isWhole ? 'Refunded' : 'Captured', refundedMinor: amountMinor }
}

async function refund(
  task: Extract<Task, { do: 'refund' | 'matched-refund' }>,
): Promise<TillAnswer> {
  const { orderId } = dealOf(task.sale)
  const { payments } = await call('GET', `/orders/${orderId}`)
  const body = { id: `${run}-${task.refund}`, amountMinor: task.amountMinor, reason: REASON }
  const path = `/payments/${payments[0]!.id}/refunds`
  if (task.do === 'refund') {
    deals.set(task.refund, { orderId: orderId!, refund: { path, body } })
    return await look(task.refund)
  }
  const { cardPaymentId } = await call('POST', path, { ...body, terminalId: task.terminalId })
  const card = `/orders/${orderId}/card-payments/${cardPaymentId}`
  deals.set(task.refund, { orderId: orderId!, path: card, isRefund: true })
  return await look(task.refund)
}

async function unlinkedRefund(task: Extract<Task, { do: 'unlinked-refund' }>): Promise<TillAnswer> {
  const { terminalId, amountMinor } = task
  const id = `${run}-${task.refund}`
  try {
    await call('POST', '/refunds', { id, amountMinor, terminalId, reason: REASON })
  } catch (error) {
    // The venue allows none, or the server knows none.
    const { status, message } = error as Refused
    throw status === 404 || status === 405 || /unlinkedRefundMostMinor/.test(message)
      ? new Cannot(message)
      : error
  }
  deals.set(task.refund, { path: `/refunds/unlinked/${id}`, isRefund: true })
  return await look(task.refund)
}

// --- what the cashier does

type Change = Extract<Task, { do: 'retry' | 'cancel' | 'sign' | 'record' | 'amount' | 'capture' }>

async function change(task: Change): Promise<TillAnswer> {
  const { path, orderId, isRefund } = dealOf(task.sale)
  const at = async (verb: string, body?: object): Promise<TillAnswer> => ({
    shows: await shown(await call('POST', `${path}/${verb}`, body), orderId),
  })
  switch (task.do) {
    case 'cancel':
      return await at('cancel')
    case 'sign':
      return await at('signature', { accepted: task.accepted })
    case 'record':
      return await at('record', { reason: REASON, ...(isRefund ? { given: true } : {}) })
    case 'amount':
      return await at('amount', { amountMinor: task.amountMinor })
    case 'capture':
      return await at('capture', { amountMinor: task.amountMinor })
    case 'retry': {
      const { chargeAgain } = await call('GET', path!)
      const hasLooked = chargeAgain === 'unknown' ? { noApprovalSeen: true } : {}
      return await at('retry', { terminalId: task.terminalId, ...hasLooked })
    }
  }
}

async function perform(task: Task): Promise<TillAnswer> {
  switch (task.do) {
    case 'about':
      return { version: about.version }
    case 'key':
      await operate(['location', 'set-dojo-key'], task.key)
      return {}
    case 'terminals':
      await call('GET', '/terminals')
      return {}
    case 'webhooks':
      await operate(['webhooks', 'subscribe', '--allow-insecure'])
      await operate(['webhooks', 'list'])
      return {}
    case 'intents':
      await operate(['audit', '--date', new Date().toISOString().slice(0, 10)])
      return {}
    case 'sale':
      return await sale(task)
    case 'refund':
    case 'matched-refund':
      return await refund(task)
    case 'unlinked-refund':
      return await unlinkedRefund(task)
    case 'look':
      return await look(task.sale)
    default:
      return await change(task)
  }
}

for await (const line of createInterface(process.stdin)) {
  let answer: TillAnswer
  try {
    answer = await perform(JSON.parse(line) as Task)
  } catch (error) {
    const { message } = error as Error
    answer = error instanceof Cannot ? { cannot: message } : { refused: message }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
