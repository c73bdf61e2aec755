// Reads of different requests that wait for the database at the same moment share one statement. A
// read that comes alone is sent as it is, at once.
import { Unavailable } from '../../domain/errors.ts'
import { createLanes, type Lanes, type Passenger, type TripCounts } from '../../lib/lanes.ts'
import { limits } from '../../limits.ts'
import type { Database } from './database.ts'
import { waitedTooLong } from './faults.ts'
import {
  forSets,
  valuesOfSets,
  type Queryable,
  type SharedStatement,
  type Statement,
  type Value,
} from './statement.ts'

export interface SharedReads extends Queryable {
  /** How the reads of each statement travelled, by its name. */
  counts: () => ReadonlyMap<string, Readonly<TripCounts>>
}

type Values = readonly Value[]
type ReadLanes = Lanes<Values, unknown[]>
type Trip = readonly Passenger<Values, unknown[]>[]

export function createSharedReads(database: Database): SharedReads {
  const lanes = new Map<string, ReadLanes>()
  const lanesOf = (statement: SharedStatement): ReadLanes => {
    const known = lanes.get(statement.name)
    if (known !== undefined) return known
    const created = createReadLanes(database, statement)
    lanes.set(statement.name, created)
    return created
  }
  return {
    get isDistributed() {
      return database.isDistributed
    },
    async rows<Row>(statement: Statement, values: Values) {
      // Venues of one statement would be on different nodes.
      if (database.isDistributed || !isShared(statement)) {
        return await database.rows<Row>(statement, values)
      }
      return (await lanesOf(statement).ask(values)) as Row[]
    },
    counts: () => new Map([...lanes].map(([name, { counts }]) => [name, counts])),
  }
}

function isShared(statement: Statement): statement is SharedStatement {
  return 'parameters' in statement
}

function createReadLanes(database: Database, statement: SharedStatement): ReadLanes {
  const plain = { name: statement.name, text: statement.text }
  const together = forSets(statement)
  const alone = async ({ ask, resolve, reject }: Trip[number]): Promise<void> => {
    await database.rows<unknown>(plain, ask).then(resolve, reject)
  }
  return createLanes({
    lanes: limits.readLanes,
    seats: limits.readsTogether,
    // The first parameter is the venue, or what finds it.
    groupOf: ([first]) => String(first),
    patienceMs: limits.laneWaitMs,
    longestWaitMs: limits.laneLongestWaitMs,
    tooLate: () => waitedTooLong('A read'),
    slowTripMs: limits.slowTripMs,
    travel: async (trip) => {
      if (trip.length === 1) {
        await alone(trip[0]!)
        return
      }
      try {
        const sets = trip.map(({ ask }) => ask)
        const rows = await database.rows<{ set: number }>(
          together,
          valuesOfSets(sets, statement.parameters.length),
        )
        for (const [index, found] of bySet(rows, trip.length).entries()) trip[index]!.resolve(found)
      } catch (error) {
        if (error instanceof Unavailable) for (const { reject } of trip) reject(error)
        // One that fails refuses nobody else.
        else await Promise.all(trip.map(alone))
      }
    },
  })
}

/** The rows of each set, in their order. */
export function bySet<Row extends { set: number }>(rows: readonly Row[], count: number): Row[][] {
  const found: Row[][] = Array.from({ length: count }, () => [])
  for (const row of rows) found[row.set - 1]!.push(row)
  return found
}
