// The open orders that scenarios may pay, where the EPOS creates none.
import type { EposClient } from '../epos/client.ts'
import { balanceOf } from '../products/money.ts'
import type { Scenario } from '../scenarios/index.ts'

export interface OrderSupply {
  /** The orders for a scenario, by the names of their parameters; none when there are too few. */
  take: (scenario: Scenario) => Record<string, string>
  /** Orders that can be paid again serve other scenarios. */
  giveBack: (
    scenario: Scenario,
    taken: Readonly<Record<string, string>>,
    epos: EposClient,
  ) => Promise<void>
}

/** Enough for every scenario, of which some pay a tenth of the balance or 700. */
const USEFUL_BALANCE_MINOR = 1_000

/** A scenario that does not use up its order leaves it to the next one. */
export function createOrderSupply(orderIds: readonly string[]): OrderSupply {
  const unused = [...orderIds]
  return {
    take: ({ parameters = [], usesUpOrder = false }) => {
      const names = parameters
        .map(({ name }) => name)
        .filter((name) => name === 'orderId' || name === 'otherOrderId')
      if (unused.length < names.length) return {}
      const ids = usesUpOrder ? unused.splice(0, names.length) : unused.slice(0, names.length)
      return Object.fromEntries(names.map((name, index) => [name, ids[index]!]))
    },
    giveBack: async ({ usesUpOrder = false }, taken, epos) => {
      if (!usesUpOrder) return
      for (const orderId of Object.values(taken)) {
        const { output } = await epos.call('GetOrderById', { orderId }, { product: 'PayAtTable' })
        if (output?.totalAmount === undefined || output.payable === false) continue
        if (balanceOf(output) >= USEFUL_BALANCE_MINOR) unused.push(orderId)
      }
    },
  }
}
