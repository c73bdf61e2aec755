// What EXPLAIN says of a statement on Citus: whether it is one task on one node.

/**
 * @param lines of EXPLAIN
 * @returns what keeps it from being one task, each a sentence; nothing for one that asks no node
 */
export function faultsOfPlan(lines: readonly string[]): string[] {
  const faults = new Set<string>()
  for (const line of lines) {
    const [, tasks] = /^\s*Task Count: (\d+)/.exec(line) ?? []
    if (Number(tasks) > 1) faults.add(`it is ${tasks} tasks`)
    if (/->\s+Distributed Subplan /.test(line)) {
      faults.add('a part of it is answered before the rest')
    }
    const [, method] = /^\s*INSERT\/SELECT method: (.+)$/.exec(line) ?? []
    if (method !== undefined) faults.add(`its rows go through the coordinator (${method})`)
  }
  return [...faults]
}
