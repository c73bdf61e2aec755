// A card machine that a hand can use. Each touch changes what it shows, and calls the EPOS as
// Dojo's own machines do: list, lock, extend, print, record, unlock.
import type { Schemas } from '../../contract/capabilities.ts'
import { Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import { SimulatedCrash } from '../epos/faulty-transport.ts'
import type { Caller } from '../epos/transport.ts'
import { limits } from '../limits.ts'
import { balanceOf, currencyOf } from '../products/money.ts'
import { takePayment, type TakenPayment } from '../products/payment.ts'
import { printBill } from '../products/printer.ts'
import { createRunner, ExpectationFailed, type Runner } from '../products/runner.ts'
import { moneyIn, receiptText } from './receipt.ts'
import { listedOrder, shownOrder, tableNames } from './tables.ts'
import type * as views from './views.ts'
import { Visit } from './visit.ts'

type Order = Schemas['Order']
type Work = (touch: views.Touch) => Promise<void>

/** On which screens a key is shown. */
const SCREENS: Record<views.TouchKey, readonly views.Screen[]> = {
  waiter: ['waiter'],
  list: ['tables'],
  choose: ['tables'],
  bill: ['order'],
  pay: ['order'],
  tip: ['tip'],
  card: ['card'],
  sign: ['signature'],
  next: ['result'],
  back: ['tables', 'order', 'tip', 'card'],
  tear: ['waiter', 'tables', 'order', 'tip', 'card', 'signature', 'result'],
}

interface Surroundings {
  simulation: Simulation
  account: Account
  timeZone: string
  /** Called when it shows something else. */
  onChange: () => void
}

export class CardMachine {
  readonly id: string
  readonly #around: Surroundings
  readonly #caller: Caller & { deviceId: string; deviceType: string }
  #screen: views.Screen = 'waiter'
  #waiterId = ''
  #work: string | undefined
  #problem: string | undefined
  #orders: views.ListedOrder[] = []
  #names: ReadonlyMap<string, string> = new Map()
  #visit: Visit | undefined
  #result: views.MachineResult | undefined
  #papers: views.Paper[] = []
  #printed = 0

  constructor(id: string, around: Surroundings) {
    this.id = id
    this.#around = around
    this.#caller = { product: 'PayAtTable', deviceId: id, deviceType: 'CardMachine' }
  }

  view(): views.MachineView {
    const visit = this.#visit
    return {
      id: this.id,
      screen: this.#screen,
      waiterId: this.#waiterId,
      work: this.#work,
      problem: this.#problem,
      orders: this.#orders,
      order: visit && shownOrder(visit.order, this.#names),
      lockedUntil: visit?.lockedUntil(),
      due: visit?.due(),
      result: this.#result,
      papers: this.#papers,
    }
  }

  /** The order that it has locked. */
  lockedOrderId(): string | undefined {
    return this.#visit?.lockId() === undefined ? undefined : this.#visit.order.id
  }

  /**
   * What goes wrong at the EPOS is shown on the machine.
   * @throws Problem 400 when the touch lacks what its key needs, 409 when the machine is at work or
   *   does not show the key
   */
  async touch(touch: views.Touch): Promise<views.MachineView> {
    if (this.#work !== undefined) {
      throw new Problem(
        409,
        `The machine ${this.id} is at work: ${this.#work}. Wait until it ends.`,
      )
    }
    if (!SCREENS[touch.key].includes(this.#screen)) {
      throw new Problem(
        409,
        `The machine ${this.id} has no key ${touch.key} on its screen ${this.#screen}. ` +
          'GET /sandbox/machines shows its screen.',
      )
    }
    this.#begin('Asking the till')
    try {
      await this.#keys[touch.key](touch)
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#work = undefined
      this.#around.onChange()
    }
    return this.view()
  }

  #begin(work: string): void {
    this.#work = work
    this.#problem = undefined
    this.#around.onChange()
  }

  #fail(error: unknown): void {
    if (error instanceof SimulatedCrash) {
      this.#visit = undefined
      this.#screen = 'waiter'
      this.#problem = `${error.message} Its locks and payments are left as they were.`
      return
    }
    if (!(error instanceof ExpectationFailed)) throw error
    this.#problem = [error.message, ...error.advice].join(' ')
  }

  readonly #keys: Record<views.TouchKey, Work> = {
    waiter: async ({ waiterId = '' }) => {
      this.#waiterId = waiterId
      await this.#list()
    },
    list: async () => {
      await this.#list()
    },
    choose: async (touch) => {
      await this.#choose(needed(touch, 'orderId'))
    },
    bill: async () => {
      await this.#printBill()
    },
    pay: async (touch) => {
      await this.#visit!.extend()
      this.#visit!.split(touch.amountMinor, touch.parts ?? 1)
      this.#visit!.tipMinor = touch.tipMinor ?? 0
      this.#screen = touch.tipMinor === undefined ? 'tip' : 'card'
    },
    tip: async (touch) => {
      this.#visit!.tipMinor = needed(touch, 'tipMinor')
      this.#screen = 'card'
    },
    card: async ({ outcome = 'approved' }) => {
      await this.#presentCard(outcome)
    },
    sign: async (touch) => {
      this.#screen = 'card'
      if (needed(touch, 'accepted')) await this.#charge({ isSigned: true })
      else this.#problem = 'The signature was not accepted. Nothing was paid. Try another card.'
    },
    next: async () => {
      await this.#goOn()
    },
    back: async () => {
      await this.#goBack()
    },
    tear: async (touch) => {
      const number = needed(touch, 'paper')
      this.#papers = this.#papers.filter((paper) => paper.number !== number)
    },
  }

  #runner(): Runner {
    const { simulation, account } = this.#around
    return createRunner({ simulation, account, seed: this.id })
  }

  #headers(): Caller {
    return this.#waiterId === '' ? this.#caller : { ...this.#caller, waiterId: this.#waiterId }
  }

  // --- tables

  /** Only what can be paid, as the EPOS lists it for this waiter. */
  async #list(): Promise<void> {
    const runner = this.#runner()
    if (this.#names.size === 0) this.#names = await tableNames(runner, this.#caller)
    const dineIn = this.#waiterId === '' ? undefined : { waiterId: this.#waiterId }
    const orders: Order[] = []
    let after: string | undefined
    do {
      const cursor = after === undefined ? undefined : { after }
      const input = { payableOnly: true, dineIn, cursor }
      const page = await runner.callOk('SearchOrders', input, this.#headers())
      orders.push(...(page.data ?? []))
      after = page.after
    } while (after !== undefined)
    this.#orders = orders.map((order) => listedOrder(order, this.#names))
    this.#screen = 'tables'
  }

  async #choose(orderId: string): Promise<void> {
    const runner = this.#runner()
    const order = await runner.callOk('GetOrderById', { orderId }, this.#headers())
    const visit = new Visit(runner, this.#headers(), order)
    const refusal = await visit.lock()
    if (refusal !== undefined) {
      this.#problem = `It cannot be locked: ${refusal}`
      return
    }
    this.#visit = visit
    this.#screen = 'order'
  }

  async #printBill(): Promise<void> {
    const { order } = this.#visit!
    await this.#visit!.extend()
    const input = { orderId: order.id }
    const bill = await this.#runner().callOk('GetOrderBillById', input, this.#headers())
    this.#print('bill', printBill(bill, { timeZone: this.#around.timeZone }))
  }

  #print(kind: views.Paper['kind'], text: string): void {
    const name = listedOrder(this.#visit!.order, this.#names).name
    const title = `${kind === 'bill' ? 'Bill' : 'Receipt'} of ${name}`
    const paper = { number: ++this.#printed, kind, title, text }
    this.#papers = [...this.#papers, paper].slice(-limits.maxPapers)
  }

  // --- paying

  async #presentCard(outcome: views.CardOutcome): Promise<void> {
    this.#begin('Authorising')
    await this.#visit!.extend()
    if (outcome === 'declined') {
      this.#problem = 'The card was declined. Nothing was paid. Try another card.'
      return
    }
    if (outcome === 'signature') {
      this.#screen = 'signature'
      return
    }
    if (outcome === 'slow') await this.#around.simulation.wait(limits.slowCardMs)
    await this.#charge({ isAnswerLost: outcome === 'answer-lost' })
  }

  async #charge({ isAnswerLost = false, isSigned = false }): Promise<void> {
    const { simulation, account } = this.#around
    const visit = this.#visit!
    const { amountMinor, tipMinor } = visit.due()!
    const faults = simulation.faultsOf(account)
    const lost = { kind: 'reply-lost', on: 'RecordOrderPaymentById', times: 1 } as const
    if (isAnswerLost) faults.add(lost)
    const taken = await takePayment(
      this.#runner(),
      {
        orderId: visit.order.id,
        amountMinor,
        tipsMinor: tipMinor,
        currencyCode: currencyOf(visit.order),
        lockId: visit.lockId(),
        waiterId: this.#waiterId === '' ? undefined : this.#waiterId,
        paidBy: 'terminal',
      },
      this.#headers(),
    ).finally(() => {
      if (isAnswerLost) faults.remove(lost)
    })
    this.#printReceipt(taken, isSigned)
    await this.#settle(taken)
  }

  #printReceipt(taken: TakenPayment, isSigned: boolean): void {
    const { account, simulation, timeZone } = this.#around
    const { order } = this.#visit!
    const { paymentDetails } = account.intents.get(taken.paymentIntentId)!.shown
    const receipt = {
      orderName: listedOrder(order, this.#names).name,
      machineId: this.id,
      at: simulation.clock.now(),
      timeZone,
      currencyCode: currencyOf(order),
      amountMinor: taken.amountMinor,
      tipMinor: taken.tipsMinor,
      cardNumber: paymentDetails?.card?.cardNumber ?? '',
      authCode: paymentDetails?.authCode ?? '',
      outcome: taken.outcome,
      isSigned,
    }
    this.#print('receipt', receiptText(receipt))
  }

  async #settle({ outcome, order, exchange, amountMinor, tipsMinor }: TakenPayment): Promise<void> {
    const visit = this.#visit!
    this.#screen = 'result'
    if (outcome === 'reversed') {
      const { noAnswer, refusal, status } = exchange
      const why = noAnswer ?? refusal?.debugMessage ?? `it answered ${status}`
      const title = 'The card got its money back'
      const text = `The till did not record the payment: ${why}`
      this.#result = { tone: 'bad', title, text, paidMinor: 0, isMoreDue: true }
      return
    }
    visit.paid(order!)
    const leftMinor = balanceOf(visit.order)
    const left = moneyIn(currencyOf(visit.order))(leftMinor)
    const paidMinor = amountMinor + tipsMinor
    const text = leftMinor > 0 ? `${left} left to pay` : 'The bill is paid'
    this.#result = { tone: 'good', title: 'Paid', text, paidMinor, isMoreDue: leftMinor > 0 }
    if (leftMinor <= 0) this.#problem = await visit.unlock()
  }

  // --- going on

  async #goOn(): Promise<void> {
    const visit = this.#visit!
    const { tone, isMoreDue } = this.#result!
    if (isMoreDue) {
      await visit.extend()
      if (tone === 'bad') await visit.readAgain()
      this.#screen = visit.due() === undefined ? 'order' : 'tip'
    } else await this.#leave()
    this.#result = undefined
  }

  async #goBack(): Promise<void> {
    switch (this.#screen) {
      case 'tables':
        this.#screen = 'waiter'
        break
      case 'card':
        this.#screen = 'tip'
        break
      case 'tip':
        this.#visit!.forgetSplit()
        this.#screen = 'order'
        break
      default:
        await this.#leave()
    }
  }

  async #leave(): Promise<void> {
    this.#problem = await this.#visit!.unlock()
    this.#visit = undefined
    await this.#list()
  }
}

/** @throws Problem 400 */
function needed<Field extends keyof views.Touch>(
  touch: views.Touch,
  field: Field,
): NonNullable<views.Touch[Field]> {
  const value = touch[field]
  if (value != null) return value
  throw new Problem(400, `The key ${touch.key} needs the field ${field}.`, {
    [field]: ['is required'],
  })
}
