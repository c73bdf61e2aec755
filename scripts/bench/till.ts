// What the measurements of the venue's own side share.
import type pg from 'pg'
import type { Store } from '../../src/store/index.ts'
import type { BenchVenue } from './data.ts'
import type { Running } from './measure.ts'

export interface TillSizes {
  turns: number
  listeners: number
  quietPayments: number
  reads: number
  writes: number
}

export interface TillBench {
  store: Store
  pool: pg.Pool
  ours: Running
  venue: BenchVenue
  otherVenue: BenchVenue
  sizes: TillSizes
}
