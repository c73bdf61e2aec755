// What Dojo has begun to send, for those who look after the server: each field once, since Dojo
// sends it with every call.
import type { CapabilityName } from '../../contract/capabilities.ts'
import type { Caller } from '../../domain/caller.ts'
import { limits } from '../../limits.ts'
import type { Deps } from './handler.ts'

export function createUnknownFieldLog({ notice }: Pick<Deps, 'notice'>) {
  const logged = new Set<string>()
  return (caller: Caller, capability: CapabilityName, fields: readonly string[]): void => {
    for (const field of fields) {
      if (!/^[\w.[\]-]{1,100}$/.test(field)) continue
      const kind = `${capability} ${field}`
      if (logged.has(kind) || logged.size >= limits.maxUnknownFieldsLogged) continue
      logged.add(kind)
      notice(caller, 'Dojo sends a field that its contract does not have; it is ignored', {
        capability,
        field,
      })
    }
  }
}
