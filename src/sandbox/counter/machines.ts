// Card machines that wait for the certifier: time runs as everywhere, but a machine takes its next
// step when the certifier says so. A till or a person gets the time that they need.
import { performStep } from '../dojo/session-steps.ts'
import { deliverWebhook } from '../dojo/event-deliveries.ts'
import type { SandboxJob, Simulation } from '../dojo/simulation.ts'

type Step = Extract<SandboxJob, { kind: 'session-step' }>

export interface Machines {
  /** What the clock runs. */
  perform: (simulation: Simulation, job: SandboxJob) => Promise<void>
  /** The machine of the session takes its next step. @returns false when it has none left */
  step: (simulation: Simulation, sessionId: string) => Promise<boolean>
}

export function createMachines(): Machines {
  const due: Step[] = []
  const take = (sessionId: string): Step | undefined => {
    const index = due.findIndex((job) => job.sessionId === sessionId)
    return index === -1 ? undefined : due.splice(index, 1)[0]
  }
  return {
    perform: async (simulation, job) => {
      if (job.kind === 'session-step') due.push(job)
      if (job.kind === 'deliver-webhook') {
        await deliverWebhook(simulation, simulation.account(job.key), job)
      }
    },
    step: async (simulation, sessionId) => {
      let job = take(sessionId)
      if (job === undefined) {
        await passTimeFor(simulation, sessionId)
        job = take(sessionId)
      }
      if (job !== undefined) performStep(simulation, simulation.account(job.key), job)
      return job !== undefined
    },
  }
}

/** Until the session's next step is due. */
async function passTimeFor({ clock }: Simulation, sessionId: string): Promise<void> {
  const times = clock
    .pending()
    .filter(({ job }) => job.kind === 'session-step' && job.sessionId === sessionId)
    .map(({ dueMs }) => dueMs)
  if (times.length > 0) await clock.advance(Math.max(0, Math.min(...times) - clock.nowMs()))
}
