// What a handler of a capability is: it knows no transport, gets what it needs, and returns the
// answer or throws a refusal.
import type { CapabilityName, Input, Output } from '../../contract/capabilities.ts'
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'
import type { Store } from '../../store/index.ts'

export interface Deps {
  store: Store
  newId: NewId
  /**
   * The payment intent as it is at Dojo now; undefined when Dojo does not know it.
   * @throws Unavailable: Dojo cannot be asked
   */
  askForIntent: (locationId: string, paymentIntentId: string) => Promise<IntentFacts | undefined>
  /** For metrics. */
  countPayment: (outcome: 'recorded' | 'repeated') => void
  /**
   * Things that staff or operators should know of, though the call succeeds. No secrets, no
   * customers' data.
   */
  notice: (
    caller: Caller,
    message: string,
    detail: Record<string, string | number | undefined>,
  ) => void
}

export interface VenueCaller extends Caller {
  /** Signs the page cursors of the venue. */
  cursorKey: Uint8Array
}

export type Handler<Name extends CapabilityName> = (
  deps: Deps,
  caller: VenueCaller,
  input: Input<Name>,
) => Promise<Output<Name>>
export type Handlers = { readonly [Name in CapabilityName]: Handler<Name> }
