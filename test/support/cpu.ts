/**
 * The processor time of this thread, in milliseconds. What a function costs is measured by it, and
 * not by the clock: other programs of a busy machine do not count.
 */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
