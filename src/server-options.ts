// What a server is made with.
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import type { RefundAtDojo } from './actions/payments/refund-at-dojo.ts'
import type { Config } from './config.ts'
import type { Handlers } from './dojo/capabilities/handler.ts'
import type { NewId } from './domain/ids.ts'
import type { StreamPace } from './till/feed/hub.ts'

export interface ServerOptions {
  config: Readonly<Config>
  /** Where the data is: config.databaseUrl, or the embedded database's. */
  databaseUrl: string
}

/** For tests and workers: each replaces a part of what a process by itself uses. */
export interface Overrides {
  newId?: NewId
  nowMs?: () => number
  handlers?: Partial<Handlers>
  refundAtDojo?: (real: RefundAtDojo) => RefundAtDojo
  logger?: FastifyServerOptions['loggerInstance']
  stream?: Partial<StreamPace>
  /** As a distributed database is asked and written; found out by itself when left out. */
  isDistributed?: boolean
  /** The longest pause between two looks at a card machine. */
  cardPauseMs?: number
  /** Other processes write to the same standard output. */
  sharesOutput?: boolean
  /** The metrics as text, instead of those of this process alone. */
  metricsText?: () => Promise<string>
  /** Called with the app before routes are added to it. */
  prepare?: (app: FastifyInstance) => void
}
