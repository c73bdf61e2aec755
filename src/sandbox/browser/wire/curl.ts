// A call as a command line that makes it again. The password is asked for by curl: what is copied
// ends up in tickets.
import type { WireEntry } from '../../wire/entry.ts'

interface Address {
  url: string
  username: string
}

export function curlOf(entry: WireEntry, { url, username }: Address): string {
  const headers: Record<string, string> = { ...entry.headers }
  if (entry.sent !== '') headers['content-type'] = 'application/json'
  const parts = [
    `curl -X ${entry.method} ${quoted(url.replace(/\/+$/, '') + entry.path)}`,
    `-u ${quoted(username)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(entry.sent === '' ? [] : [`--data-raw ${quoted(entry.sent)}`]),
  ]
  return parts.join(' \\\n  ')
}

/** For a POSIX shell, which reads nothing inside single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
