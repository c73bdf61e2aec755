// What can be wrong with the nodes of a distributed database: their clocks differ, or a table is
// not where this version needs it.
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { readFacts } from '../../store/distribution/facts.ts'
import { readNodeClocks, type NodeClock } from '../../store/distribution/node-clocks.ts'
import { NotDistributable, planOf } from '../../store/distribution/plan.ts'
import { broken, ok, spoken, warning, type Finding } from './examination.ts'

const ADVICE =
  'Set the clocks of all nodes from the network (NTP): locks are set by one and expire by another.'

/** Nothing for a database of one node. */
export async function nodeClocks(database: Database): Promise<Finding[]> {
  await database.kind.find()
  if (!database.isDistributed) return []
  return judgeNodeClocks(await readNodeClocks(database.pool))
}

/** One finding for each node that is wrong, or one for all. */
function judgeNodeClocks(clocks: readonly NodeClock[]): Finding[] {
  const wrong = clocks.flatMap(({ node, trouble, aheadMs, uncertaintyMs }) => {
    if (trouble !== undefined) {
      return [broken(`The node ${node} does not answer: ${trouble}`, `Look at the node ${node}.`)]
    }
    const seconds = Math.max(0, Math.abs(aheadMs) - uncertaintyMs) / 1_000
    if (seconds <= limits.nodeClockWarningSeconds) return []
    const side = aheadMs > 0 ? 'ahead of' : 'behind'
    const differs =
      `The clock of the node ${node} is at least ${spoken(seconds)} ${side} ` + "the coordinator's."
    return [
      seconds > limits.nodeClockBrokenSeconds ? broken(differs, ADVICE) : warning(differs, ADVICE),
    ]
  })
  if (wrong.length > 0) return wrong
  const within = Math.max(
    0,
    ...clocks.map(({ aheadMs, uncertaintyMs }) => Math.abs(aheadMs) + uncertaintyMs),
  )
  return [
    ok(
      `The clocks of ${clocks.length} nodes agree with the coordinator's to within ` +
        `${(within / 1_000).toFixed(1)} s.`,
    ),
  ]
}

/** Undefined where every table is in its place. */
export async function misplacedTables(database: Database): Promise<Finding | undefined> {
  await database.kind.find()
  if (!database.isDistributed) return undefined
  try {
    const steps = planOf(await readFacts(database.pool), limits.shards)
    if (steps.length === 0) return undefined
    const what = steps.map(({ says }) => says).join(' ')
    return broken(
      `The database is distributed, and not every table is. To be done: ${what}`,
      'Do it with: npx epos distribute',
    )
  } catch (error) {
    if (!(error instanceof NotDistributable)) throw error
    return broken(error.message, 'After that, run: npx epos distribute')
  }
}
