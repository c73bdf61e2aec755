// The plans are as Citus prints them. Only a cluster shows the plans of our statements: see run.ts.
import t from 'tap'
import { faultsOfPlan } from './explain.ts'

const ONE_TASK = `Custom Scan (Citus Adaptive)
  Task Count: 1
  Tasks Shown: All
  ->  Task
        Node: host=w1 port=5432 dbname=epos
        ->  Index Scan using orders_pkey_102008 on orders_102008 o
              Index Cond: ((location_id = 'loc_1'::text) AND (order_id = 'ord_1'::text))`

const PLANS: Record<string, [plan: string, faults: string[]]> = {
  'one task': [ONE_TASK, []],
  'no node': ['Index Scan using duties_pkey on duties', []],
  'every shard': [
    ONE_TASK.replace('Task Count: 1', 'Task Count: 32').replace('All', 'One of 32'),
    ['it is 32 tasks'],
  ],
  'a subplan': [
    ONE_TASK.replace(
      '  Task Count',
      '  ->  Distributed Subplan 7_1\n        ->  Limit\n  Task Count',
    ),
    ['a part of it is answered before the rest'],
  ],
  'INSERT ... SELECT': [
    `Custom Scan (Citus INSERT ... SELECT)
  INSERT/SELECT method: pull to coordinator
  ->  Custom Scan (Citus Adaptive)
        Task Count: 1`,
    ['its rows go through the coordinator (pull to coordinator)'],
  ],
}

t.test('what a plan says', (t) => {
  for (const [name, [plan, faults]] of Object.entries(PLANS)) {
    t.strictSame(faultsOfPlan(plan.split('\n')), faults, name)
  }
  t.end()
})
