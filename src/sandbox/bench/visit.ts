// An order while a card machine has it: its lock, and what is left of a split.
import type { Schemas } from '../../contract/capabilities.ts'
import { randomOf } from '../dojo/state.ts'
import type { Caller } from '../epos/transport.ts'
import { limits } from '../limits.ts'
import { balanceOf, currencyOf, splitEvenly } from '../products/money.ts'
import { lockExpiry } from '../products/pay-at-table.ts'
import { ExpectationFailed, type Runner } from '../products/runner.ts'
import { moneyIn } from './receipt.ts'
import type { Due } from './views.ts'

type Order = Schemas['Order']

export class Visit {
  order: Order
  tipMinor = 0
  readonly #runner: Runner
  readonly #caller: Partial<Caller>
  #lock: { id: string; untilMs: number } | undefined
  /** Those to come, the current one first. */
  #parts: number[] = []
  #count = 1

  constructor(runner: Runner, caller: Partial<Caller>, order: Order) {
    this.#runner = runner
    this.#caller = caller
    this.order = order
  }

  // --- the lock

  lockId(): string | undefined {
    return this.#lock?.id
  }

  lockedUntil(): string | undefined {
    return this.#lock && new Date(this.#lock.untilMs).toISOString()
  }

  /** Takes no lock where locks are not registered. @returns why it was refused */
  async lock(): Promise<string | undefined> {
    const runner = this.#runner
    if (!runner.isRegistered('CreateOrderLock') || !runner.isRegistered('DeleteOrderLock')) {
      return undefined
    }
    const lockId = randomOf(runner.account).uuid()
    const expiry = lockExpiry(runner)
    const input = { orderId: this.order.id, lockId, expiry }
    const { output, refusal, status } = await runner.call('CreateOrderLock', input, this.#caller)
    if (output === undefined) return refusal?.debugMessage ?? `the till answered ${status}`
    this.order = output
    this.#lock = { id: lockId, untilMs: Date.parse(expiry) }
    return undefined
  }

  /** The guest takes time: the lock must last until the card is read. */
  async extend(): Promise<void> {
    const lock = this.#lock
    if (lock === undefined || lock.untilMs - Date.now() > limits.extendLockBelowMs) return
    if (!this.#runner.isRegistered('ExtendOrderLock')) return
    const expiry = lockExpiry(this.#runner)
    const input = { orderId: this.order.id, lockId: lock.id, expiry }
    await this.#runner.callOk('ExtendOrderLock', input, this.#caller)
    lock.untilMs = Date.parse(expiry)
  }

  /** @returns why it was refused */
  async unlock(): Promise<string | undefined> {
    if (this.#lock === undefined) return undefined
    const input = { orderId: this.order.id, lockId: this.#lock.id }
    this.#lock = undefined
    const { status, refusal } = await this.#runner.call('DeleteOrderLock', input, this.#caller)
    return status === 200 ? undefined : (refusal?.debugMessage ?? `the till answered ${status}`)
  }

  // --- what is paid

  async readAgain(): Promise<void> {
    const input = { orderId: this.order.id }
    this.order = await this.#runner.callOk('GetOrderById', input, this.#caller)
  }

  /** @throws ExpectationFailed when less than that is owed */
  split(amountMinor: number | undefined, parts: number): void {
    const balanceMinor = balanceOf(this.order)
    const whole = amountMinor ?? balanceMinor
    if (whole > balanceMinor || whole < parts) {
      const balance = moneyIn(currencyOf(this.order))(balanceMinor)
      throw new ExpectationFailed(`${balance} is owed. Enter an amount up to that.`)
    }
    this.#parts = splitEvenly(whole, parts)
    this.#count = parts
    this.tipMinor = 0
  }

  /** What is to be paid now. */
  due(): Due | undefined {
    const [amountMinor] = this.#parts
    if (amountMinor === undefined) return undefined
    const part = this.#count - this.#parts.length + 1
    return { amountMinor, tipMinor: this.tipMinor, part, parts: this.#count }
  }

  /** What was to be paid now is paid. */
  paid(order: Order): void {
    this.order = order
    this.tipMinor = 0
    this.#parts.shift()
  }

  forgetSplit(): void {
    this.#parts = []
    this.tipMinor = 0
  }
}
