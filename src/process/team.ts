// Keeps a number of workers serving: starts one again that has died, replaces one after the other
// on request, and stops all of them.
import { setTimeout as wait } from 'node:timers/promises'
import { backoff } from '../lib/backoff.ts'
import { limits } from '../limits.ts'
import { say } from './words.ts'

/** What a team needs to know of a worker. */
export interface Member {
  pid: number
  ready: Promise<void>
  ended: Promise<string>
  stop: (how: { hasSuccessor: boolean }) => Promise<void>
}

export interface TeamOptions<M extends Member> {
  size: number
  /** Starts a worker for a place: the first, a successor, or one in the place of one that died. */
  start: (place: number, why: 'first' | 'successor' | 'died') => M
  /** A worker that died cannot be started again: the others are few, and nobody would notice. */
  giveUp: (why: string) => void
  /** Before an attempt to start one again that died. */
  pauseMs?: (attempt: number) => number
}

export class Team<M extends Member> {
  readonly #options: TeamOptions<M>
  /** Those that serve, by their places. */
  readonly #serving: M[] = []
  readonly #alive = new Set<M>()
  readonly #stopping = new AbortController()
  #restarting: Promise<void> | undefined

  constructor(options: TeamOptions<M>) {
    this.#options = options
  }

  /** @throws Error when a worker cannot start */
  async begin(): Promise<void> {
    const { size } = this.#options
    for (let place = 0; place < size; place++) this.#serving.push(this.#start(place, 'first'))
    await Promise.all(this.#serving.map(async ({ ready }) => await ready))
    for (let place = 0; place < size; place++) void this.#keep(place)
  }

  /** Everyone who has not ended. */
  members(): M[] {
    return [...this.#alive]
  }

  /** Replaces all, one after the other: each successor serves before its predecessor stops. */
  async restart(): Promise<void> {
    this.#restarting ??= this.#replaceAll().finally(() => {
      this.#restarting = undefined
    })
    await this.#restarting
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.members().map(async (one) => await one.stop({ hasSuccessor: false })))
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  #start(place: number, why: 'first' | 'successor' | 'died'): M {
    const member = this.#options.start(place, why)
    this.#alive.add(member)
    void member.ended.then(() => this.#alive.delete(member))
    return member
  }

  async #keep(place: number): Promise<void> {
    while (!this.#isStopping) {
      const member = this.#serving[place]!
      const how = await member.ended
      if (this.#isStopping) return
      if (this.#serving[place] !== member) continue // it was replaced
      say(`Worker ${place + 1} (process ${member.pid}) ended by itself: ${how}. Starting another.`)
      const next = await this.#another(place)
      if (next === undefined) return
      // A restart may have been quicker.
      if (this.#serving[place] === member) this.#serving[place] = next
      else await next.stop({ hasSuccessor: true })
    }
  }

  /** A worker for the place of one that died; undefined when the team stops or gives up. */
  async #another(place: number): Promise<M | undefined> {
    const { pauseMs = pauseBefore, giveUp } = this.#options
    for (let attempt = 1; ; attempt++) {
      const { signal } = this.#stopping
      await wait(pauseMs(attempt), undefined, { signal }).catch(() => {})
      if (this.#isStopping) return undefined
      const member = this.#start(place, 'died')
      const fault = await faultOf(member)
      if (fault === undefined) return member
      if (this.#isStopping) return undefined
      say(`Worker ${place + 1} does not start: ${fault}`)
      if (attempt < limits.workerStartAttempts) continue
      giveUp(`Worker ${place + 1} did not start in ${attempt} attempts, the last time: ${fault}`)
      return undefined
    }
  }

  async #replaceAll(): Promise<void> {
    const { size } = this.#options
    say('Restarting the workers one after the other.')
    for (let place = 0; place < size; place++) {
      const next = this.#start(place, 'successor')
      const fault = await faultOf(next)
      if (this.#isStopping) return
      if (fault !== undefined) {
        say(`The restart is given up; the workers before it go on. The new one said: ${fault}`)
        return
      }
      const former = this.#serving[place]!
      this.#serving[place] = next
      await former.stop({ hasSuccessor: true })
    }
    say(`Restarted ${size} workers.`)
  }
}

/** Why it does not serve; undefined once it does. */
async function faultOf({ ready }: Member): Promise<string | undefined> {
  return await ready.then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  )
}

function pauseBefore(attempt: number): number {
  return backoff(attempt, limits.workerRestartMs, limits.workerRestartLongestMs)
}
