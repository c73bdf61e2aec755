// The card machines of each account, side by side. They are hardware on a table: switched on when
// somebody looks at them, and not kept across a restart.
import { Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import { limits } from '../limits.ts'
import type { Live } from '../wire/live.ts'
import { CardMachine } from './machine.ts'
import type { BenchView, MachineView, Touch } from './views.ts'

export interface Bench {
  view: (account: Account) => BenchView
  /** One machine more. @throws Problem 409 when the bench is full */
  add: (account: Account) => BenchView
  /** @throws Problem 404, 409 while it has an order locked */
  remove: (account: Account, machineId: string) => BenchView
  /** @throws Problem 400, 404, 409 */
  touch: (account: Account, machineId: string, touch: Touch) => Promise<MachineView>
}

const NAMES = ['tm_demo', 'tm_garden', 'tm_door', 'tm_bar', 'tm_terrace', 'tm_upstairs']
const AT_FIRST = 3

export function createBench(
  simulation: Simulation,
  live: Live,
  { timeZone, isBusy }: { timeZone: string; isBusy: (account: Account) => boolean },
): Bench {
  const benches = new Map<string, Map<string, CardMachine>>()
  const machinesOf = (account: Account): Map<string, CardMachine> => {
    const known = benches.get(account.key)
    if (known !== undefined) return known
    const machines = new Map<string, CardMachine>()
    benches.set(account.key, machines)
    for (let count = 0; count < AT_FIRST; count++) switchOn(account, machines)
    return machines
  }
  const switchOn = (account: Account, machines: Map<string, CardMachine>): void => {
    const id = NAMES.find((name) => !machines.has(name))!
    const onChange = () => changed(account)
    machines.set(id, new CardMachine(id, { simulation, account, timeZone, onChange }))
  }
  const view = (account: Account): BenchView => ({ machines: viewOf(machinesOf(account)) })
  const changed = (account: Account): BenchView => {
    live.publish(account.key, 'bench', view(account))
    return view(account)
  }
  return {
    view,
    add: (account) => {
      const machines = machinesOf(account)
      if (machines.size >= limits.maxMachines) {
        throw new Problem(
          409,
          `The bench holds ${limits.maxMachines} machines. Put one away first.`,
        )
      }
      switchOn(account, machines)
      return changed(account)
    },
    remove: (account, machineId) => {
      const machines = machinesOf(account)
      if (machineOf(machines, machineId).lockedOrderId() !== undefined) {
        throw new Problem(
          409,
          `The machine ${machineId} has a table locked. Go back from it first.`,
        )
      }
      machines.delete(machineId)
      return changed(account)
    },
    touch: async (account, machineId, touch) => {
      const machines = machinesOf(account)
      if (isBusy(account)) {
        throw new Problem(409, 'A certification runs, and uses this account alone. Wait for it.')
      }
      await machineOf(machines, machineId).touch(touch)
      return viewOf(machines).find(({ id }) => id === machineId)!
    },
  }
}

/** @throws Problem 404 */
function machineOf(machines: ReadonlyMap<string, CardMachine>, machineId: string): CardMachine {
  const machine = machines.get(machineId)
  if (machine !== undefined) return machine
  throw new Problem(404, `There is no machine ${machineId}. GET /sandbox/machines lists them.`)
}

/** What one machine has locked, the others show as taken: their lists are older than the lock. */
function viewOf(machines: ReadonlyMap<string, CardMachine>): MachineView[] {
  const holders = new Map<string, string>()
  for (const machine of machines.values()) {
    const orderId = machine.lockedOrderId()
    if (orderId !== undefined) holders.set(orderId, machine.id)
  }
  return [...machines.values()].map((machine) => {
    const view = machine.view()
    const orders = view.orders.map((order) => ({ ...order, heldBy: holders.get(order.id) }))
    return { ...view, orders }
  })
}
