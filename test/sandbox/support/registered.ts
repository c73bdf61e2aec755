// An EPOS in memory that is registered with the sandbox, as it is before Dojo calls it for the
// first time.
import type { Test } from 'tap'
import { startEpos, type EposOptions, type InMemoryEpos } from './epos.ts'
import type { StartedSandbox } from './dojo.ts'

export const bodyOf = (
  { url, username, password }: Pick<InMemoryEpos, 'url' | 'username' | 'password'>,
  names: readonly string[],
): object => ({
  url,
  auth: { authType: 'basic', basic: { username, password } },
  capabilities: names.map((name) => ({ name, version: 'v1' })),
})

export async function startRegistered(
  t: Test,
  { call, sandbox }: StartedSandbox,
  names: readonly string[],
  options: EposOptions = {},
): Promise<InMemoryEpos> {
  const epos = await startEpos(options)
  t.teardown(async () => {
    // The sandbox stops first, so that it does not call a closed EPOS.
    await sandbox.close()
    await epos.close()
  })
  const { status } = await call('PUT', '/epos/integrations/rest', bodyOf(epos, names))
  if (status !== 200) throw new Error(`The registration was answered with ${status}.`)
  return epos
}
