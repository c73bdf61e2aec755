// The hand that touches a card machine.
import type { MachineView, Touch } from '../../bench/views.ts'

/** Everything that a screen needs to be touched. */
export interface Hand {
  machine: MachineView
  touch: (touch: Touch) => void
  isBusy: boolean
}
