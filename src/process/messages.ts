// What the parent and its workers say to each other.
import type { MetricFigures } from '../http/metrics.ts'

export type ToWorker =
  | { kind: 'serve'; databaseUrl: string }
  | { kind: 'introduce-demo'; url: string }
  /** With a successor that listens already there is time to part from each client. */
  | { kind: 'stop'; hasSuccessor: boolean }
  | { kind: 'measure'; ask: number }
  /** The answer to `measure-all`. */
  | { kind: 'all-measured'; ask: number; text: string }

/** Nobody asked: what a worker that stops has counted. */
export const LAST = 0

export type FromWorker =
  | { kind: 'ready' }
  /** Once in limits.workerAliveMs, from the moment that it is ready. */
  | { kind: 'alive' }
  | { kind: 'demo-introduced' }
  | { kind: 'failed'; why: string }
  | { kind: 'measured'; ask: number; figures: MetricFigures }
  | { kind: 'measure-all'; ask: number }
