// The metrics of all workers as those of one server, whichever of them is asked.
import { countsOf, sumOfMetrics, type MetricFigures } from '../http/metrics.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface AllMeasured {
  text: (workers: readonly WorkerProcess[]) => Promise<string>
  /** Keeps what a worker has counted after its end. */
  remember: (worker: WorkerProcess) => void
}

export function createAllMeasured(): AllMeasured {
  let past: Promise<MetricFigures> = Promise.resolve([])
  return {
    text: async (workers) => {
      const measured = await Promise.all(workers.map(async ({ measure }) => await measure()))
      return await sumOfMetrics([...measured, await past])
    },
    remember: ({ ended, lastMeasured }) => {
      void ended.then(() => {
        past = past.then(async (before) => await countsOf([before, lastMeasured()]))
      })
    },
  }
}
