// The stand-in's clock: real time that can be moved forward, and the jobs that are due at some
// point of it.

/** A job is plain data, so that the state file can keep it across a restart. */
export interface Job {
  kind: string
}

interface Entry<J> {
  dueMs: number
  order: number
  job: J
}

export interface Clock<J extends Job> {
  /** Milliseconds since 1970, including everything that `advance` has added. */
  nowMs: () => number
  now: () => string
  scheduleAt: (dueMs: number, job: J) => void
  scheduleIn: (milliseconds: number, job: J) => void
  /**
   * Moves the time forward and resolves once every job that fell due is done, in order. Concurrent
   * calls run one after the other.
   */
  advance: (milliseconds: number) => Promise<void>
  /** Resolves once no job is due and none is running. */
  idle: () => Promise<void>
  /** Jobs that are planned, and jobs that are running and could be cut off. */
  pending: () => Array<{ dueMs: number; job: J }>
  offsetMs: () => number
  /** No job starts after this. */
  stop: () => void
}

/** Node's timers hold 31 bits; a timer that ends early is armed again. */
const MAX_TIMER_MS = 0x7fff_ffff

class VirtualClock<J extends Job> implements Clock<J> {
  readonly #perform: (job: J) => Promise<void>
  readonly #running = new Map<Promise<void>, Entry<J>>()
  #offset: number
  #planned: Array<Entry<J>> = []
  #order = 0
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #moves: Promise<void> = Promise.resolve()

  constructor(perform: (job: J) => Promise<void>, offsetAtStartMs: number) {
    this.#perform = perform
    this.#offset = offsetAtStartMs
  }

  nowMs = (): number => Date.now() + this.#offset
  now = (): string => new Date(this.nowMs()).toISOString()
  offsetMs = (): number => this.#offset

  scheduleAt = (dueMs: number, job: J): void => {
    this.#planned.push({ dueMs, order: this.#order++, job })
    clearTimeout(this.#timer)
    // The caller finishes what it is doing first, even when the job is due now.
    if (dueMs <= this.nowMs()) setImmediate(() => this.#startDueJobs())
    else this.#armTimer()
  }

  scheduleIn = (milliseconds: number, job: J): void => {
    this.scheduleAt(this.nowMs() + milliseconds, job)
  }

  advance = async (milliseconds: number): Promise<void> => {
    const moved = this.#moves.then(async () => {
      await this.#move(milliseconds)
    })
    this.#moves = moved
    await moved
  }

  idle = async (): Promise<void> => {
    for (this.#startDueJobs(); this.#running.size > 0; this.#startDueJobs()) {
      await Promise.race(this.#running.keys())
    }
  }

  pending = (): Array<{ dueMs: number; job: J }> =>
    [...this.#running.values(), ...this.#planned].map(({ dueMs, job }) => ({ dueMs, job }))

  stop = (): void => {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #nextMs(): number {
    if (this.#stopped) return Infinity
    return this.#planned.reduce((least, { dueMs }) => Math.min(least, dueMs), Infinity)
  }

  #armTimer(): void {
    if (this.#nextMs() === Infinity) return
    const waitMs = Math.min(Math.max(0, this.#nextMs() - this.nowMs()), MAX_TIMER_MS)
    this.#timer = setTimeout(() => this.#startDueJobs(), waitMs).unref()
  }

  /** Jobs that are due together start in order but do not wait for each other. */
  #startDueJobs(): void {
    clearTimeout(this.#timer)
    const now = this.nowMs()
    if (this.#nextMs() <= now) {
      const due = this.#planned
        .filter(({ dueMs }) => dueMs <= now)
        .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)
      this.#planned = this.#planned.filter(({ dueMs }) => dueMs > now)
      for (const entry of due) this.#start(entry)
    }
    this.#armTimer()
  }

  #start(entry: Entry<J>): void {
    const done: Promise<void> = this.#perform(entry.job).finally(() => {
      this.#running.delete(done)
    })
    this.#running.set(done, entry)
  }

  /** Moves job by job, so that a job planned by another one runs at its own time. */
  async #move(milliseconds: number): Promise<void> {
    const target = this.nowMs() + milliseconds
    for (await this.idle(); this.#nextMs() <= target; await this.idle()) {
      this.#offset += Math.max(0, this.#nextMs() - this.nowMs())
    }
    this.#offset += Math.max(0, target - this.nowMs())
    await this.idle()
  }
}

export function createClock<J extends Job>(
  perform: (job: J) => Promise<void>,
  offsetAtStartMs = 0,
): Clock<J> {
  return new VirtualClock(perform, offsetAtStartMs)
}
