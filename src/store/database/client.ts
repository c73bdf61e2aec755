// A connection of pg that waits for answers in a way of its own. pg makes a promise and a timer for
// each query. What those close over, the rows included, survives every scavenge until the next full
// garbage collection (measured: Node 24, pg 8.23), and under load those came every few seconds and
// held up everybody. Here pg gets a callback, and the queries of a connection share one timer.
import pg from 'pg'
import { limits } from '../../limits.ts'

type Callback = (error: Error | null, answer?: pg.QueryResult) => void
type Asked = string | (pg.QueryConfig & { query_timeout?: number | undefined })

// Looked up for each query: tracing and tests put a method of their own there.
const pgMethods = pg.Client.prototype as unknown as {
  query: (this: object, asked: object, values: unknown[] | undefined, then: Callback) => void
}
const PgClient = pg.Client as unknown as new (options: pg.ClientConfig) => Omit<pg.Client, 'query'>

/** A query that waits for its answer. */
interface Unanswered {
  dueAtMs: number
  answered: Callback
}

export class Client extends PgClient {
  #unanswered: Unanswered[] = []
  #nextCheckAtMs = Infinity
  #check: NodeJS.Timeout | undefined

  /**
   * As pg has it.
   * @throws Error `Query read timeout`: the connection is dropped then, as what comes over it next
   *   would answer something else
   */
  query(asked: Asked, values?: unknown[]): Promise<pg.QueryResult>
  query(asked: Asked, values: unknown[] | undefined, callback: Callback): undefined
  query(asked: Asked, callback: Callback): undefined
  query(
    asked: Asked,
    values?: unknown[] | Callback,
    callback?: Callback,
  ): Promise<pg.QueryResult> | undefined {
    if (typeof values === 'function') {
      this.#ask(asked, undefined, values)
      return undefined
    }
    if (callback !== undefined) {
      this.#ask(asked, values, callback)
      return undefined
    }
    return new Promise((resolve, reject) => {
      this.#ask(asked, values, (error, answer) => {
        if (error) reject(error)
        else resolve(answer!)
      })
    })
  }

  #ask(asked: Asked, values: unknown[] | undefined, answered: Callback): void {
    const { query_timeout: timeoutMs = limits.databaseReplyTimeoutMs, ...query } =
      typeof asked === 'string' ? { text: asked } : asked
    const unanswered = { dueAtMs: performance.now() + timeoutMs, answered }
    this.#unanswered.push(unanswered)
    this.#checkAt(unanswered.dueAtMs)
    pgMethods.query.call(this, query, values, (error, answer) => {
      const place = this.#unanswered.indexOf(unanswered)
      // Answered as late already, before the connection was dropped.
      if (place < 0) return
      this.#unanswered.splice(place, 1)
      answered(error, answer)
    })
  }

  /** An earlier check finds out what else is to be checked. */
  #checkAt(atMs: number): void {
    if (atMs >= this.#nextCheckAtMs) return
    clearTimeout(this.#check)
    this.#nextCheckAtMs = atMs
    // The socket keeps a process alive that waits for an answer.
    this.#check = setTimeout(() => {
      this.#refuseLate()
    }, atMs - performance.now()).unref()
  }

  #refuseLate(): void {
    this.#nextCheckAtMs = Infinity
    const nowMs = performance.now()
    const late = this.#unanswered.filter(({ dueAtMs }) => dueAtMs <= nowMs)
    this.#unanswered = this.#unanswered.filter(({ dueAtMs }) => dueAtMs > nowMs)
    for (const { answered } of late) answered(new Error('Query read timeout'))
    if (late.length > 0) {
      const { connection } = this as unknown as { connection: { stream: { destroy: () => void } } }
      connection.stream.destroy()
      return
    }
    const dueAtMs = Math.min(...this.#unanswered.map((each) => each.dueAtMs))
    if (dueAtMs < Infinity) this.#checkAt(dueAtMs)
  }
}
