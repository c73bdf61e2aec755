// What the handler of a capability is: it knows no transport, gets what it needs, and returns the
// answer or throws a refusal.
import type { CapabilityName, Input, Output } from '../../contract/capabilities.ts'
import type { Caller, VenueCaller } from '../../domain/caller.ts'
import type { ChangeOrder } from '../../actions/orders/change-order.ts'
import type { NewId } from '../../domain/ids.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'
import type { Store } from '../../store/index.ts'

export interface Deps {
  store: Store
  /** Changes an order, together with others that change at the same moment. */
  change: ChangeOrder
  newId: NewId
  /**
   * The payment intent in its current state at Dojo; undefined when Dojo does not know it.
   * @throws Unavailable: Dojo cannot be asked
   */
  askForIntent: (locationId: string, paymentIntentId: string) => Promise<IntentFacts | undefined>
  /** For metrics. */
  countPayment: (outcome: 'recorded' | 'repeated') => void
  /**
   * Logs what staff or operators should know although the call succeeds. No secrets, no customer
   * data.
   */
  notice: (
    caller: Caller,
    message: string,
    detail: Record<string, string | number | undefined>,
  ) => void
}

export type Handler<Name extends CapabilityName> = (
  deps: Deps,
  caller: VenueCaller,
  input: Input<Name>,
) => Promise<Output<Name>>
export type Handlers = { readonly [Name in CapabilityName]: Handler<Name> }
