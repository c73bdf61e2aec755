// A call of the till as a command line that makes it again.
import { curlOf, quoted } from '../../../page/browser/curl.ts'
import type { WireEntry } from '../../wire/entry.ts'

interface Address {
  url: string
  username: string
}

/** It asks for the password. */
export function curlOfCall(entry: WireEntry, { url, username }: Address): string {
  const { method, path, headers, sent } = entry
  const whole = url.replace(/\/+$/, '') + path
  return curlOf({ method, url: whole, user: quoted(username), headers, body: sent })
}
