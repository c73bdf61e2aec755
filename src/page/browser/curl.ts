// A call as a command line that makes it again. The password is not in it: what is copied ends up
// in tickets.

export interface HttpCall {
  method: string
  url: string
  /** As `-u` takes it, quoted already. */
  user: string
  headers: Readonly<Record<string, string>>
  /** JSON, or empty. */
  body: string
}

export function curlOf({ method, url, user, headers, body }: HttpCall): string {
  const all = { ...headers, ...(body === '' ? {} : { 'content-type': 'application/json' }) }
  const parts = [
    `curl -X ${method} ${quoted(url)}`,
    `-u ${user}`,
    ...Object.entries(all).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === '' ? [] : [`--data-raw ${quoted(body)}`]),
  ]
  return parts.join(' \\\n  ')
}

/** For a POSIX shell, which reads nothing inside single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
