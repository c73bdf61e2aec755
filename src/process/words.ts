// What the processes of the server say, on standard error.

export function say(line = ''): void {
  process.stderr.write(`${line}\n`)
}

export function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code !== 'EADDRINUSE') return message
  return `${message}. Another program listens there: set PORT to another port, or end that program.`
}

/** Where people and programs on this machine reach the server. */
export function urlOf(port: number, { host, routePrefix }: { host: string; routePrefix: string }) {
  return `http://${nameOf(host)}:${port}${routePrefix}`
}

function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
