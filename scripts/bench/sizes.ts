// How much is measured, in a full run and in one that only shows that it works.
import type { FloodSizes } from './flood.ts'
import type { GrowthSizes } from './growth.ts'
import type { MirrorSizes } from './mirror.ts'
import type { SocketSizes } from './socket.ts'
import type { TillSizes } from './till.ts'
import type { WorkersSizes } from './workers.ts'

export interface Sizes {
  turns: number
  pastOrders: number
  reads: number
  searches: number
  writes: number
  contended: number
  flows: number
  lines: number
  alone: number
  till: TillSizes
  socket: SocketSizes
  mirror: MirrorSizes
  growth: GrowthSizes
  flood: FloodSizes
  workers: WorkersSizes
}

export const full: Sizes = {
  turns: 3,
  pastOrders: 1_000_000,
  reads: 20_000,
  searches: 12_000,
  writes: 6_000,
  contended: 640,
  flows: 1_000,
  lines: 3_000,
  alone: 2_000,
  till: { turns: 3, listeners: 1_000, quietPayments: 30, reads: 12_000, writes: 3_000 },
  socket: { turns: 3, reads: 12_000, venues: 1_000 },
  mirror: { turns: 5, tills: 200, seconds: 20 },
  flood: { turns: 5, requests: 1_000, seconds: 3 },
  workers: { turns: 3, reads: 12_000, writes: 4_000 },
  growth: {
    turns: 3,
    orders: [1_000, 10_000, 100_000, 1_000_000],
    venues: [1, 100, 10_000],
    reads: 12_000,
    writes: 3_000,
    seconds: 4,
  },
}

export const smoke: Sizes = {
  turns: 1,
  pastOrders: 2_000,
  reads: 600,
  searches: 300,
  writes: 256,
  contended: 64,
  flows: 64,
  lines: 128,
  alone: 50,
  till: { turns: 1, listeners: 50, quietPayments: 3, reads: 300, writes: 100 },
  socket: { turns: 1, reads: 300, venues: 20 },
  mirror: { turns: 1, tills: 5, seconds: 0.25 },
  flood: { turns: 1, requests: 20, seconds: 1 },
  workers: { turns: 1, reads: 300, writes: 100 },
  growth: { turns: 1, orders: [100, 2_000], venues: [1, 150], reads: 300, writes: 100, seconds: 1 },
}

/** The same loads in so many turns, whatever is measured. */
export function inTurns(sizes: Sizes, turns: number): Sizes {
  const { till, socket, mirror, growth, flood, workers } = sizes
  return {
    ...sizes,
    turns,
    till: { ...till, turns },
    socket: { ...socket, turns },
    mirror: { ...mirror, turns },
    growth: { ...growth, turns },
    flood: { ...flood, turns },
    workers: { ...workers, turns },
  }
}

/** The same, with the time for which each load at a steady pace lasts. */
export function lasting(sizes: Sizes, seconds: string | undefined): Sizes {
  if (seconds === undefined) return sizes
  const lasts = { seconds: Math.max(1, Number(seconds)) }
  return { ...sizes, mirror: { ...sizes.mirror, ...lasts }, growth: { ...sizes.growth, ...lasts } }
}
