// Whether Dojo, on the internet, can reach a URL, and over TLS.
import { isIP } from 'node:net'
import { invalid } from '../domain/errors.ts'
import { isPrivateHost } from '../lib/private-address.ts'

/**
 * The base URL of this server's routes.
 * @param allowInsecure accepts one without TLS or on a private network, for the sandbox
 * @throws Refusal InvalidRequest: PUBLIC_URL is missing, or Dojo cannot use it
 */
export function dojoUrlOf(
  { publicUrl, routePrefix }: { publicUrl: string | undefined; routePrefix: string },
  allowInsecure = false,
): string {
  if (publicUrl === undefined) {
    throw invalid('PUBLIC_URL is not set. Dojo needs the address at which it reaches this server.')
  }
  const url = parse(publicUrl)
  const fault = allowInsecure ? undefined : faultOf(url)
  if (fault !== undefined) {
    throw invalid(
      `PUBLIC_URL=${publicUrl} ${fault}, but Dojo calls over HTTPS from the internet. ` +
        'To use it with the sandbox, add --allow-insecure.',
    )
  }
  return url.pathname.endsWith(routePrefix) ? publicUrl : `${publicUrl}${routePrefix}`
}

/** Whether the URL has no TLS or is on a private network, and so needs --allow-insecure. */
export const isInsecure = (publicUrl: string): boolean => faultOf(parse(publicUrl)) !== undefined

function parse(publicUrl: string): URL {
  const url = URL.parse(publicUrl)
  if (url === null) throw invalid(`PUBLIC_URL=${publicUrl} is not a URL.`)
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      'PUBLIC_URL contains a username or password. Leave them out: Dojo gets a credential of the ' +
        'venue.',
    )
  }
  return url
}

function faultOf({ protocol, hostname }: URL): string | undefined {
  if (protocol !== 'https:') return 'is not HTTPS'
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(host) !== 0) {
    return isPrivateHost(host) ? 'has an address of a private network' : undefined
  }
  if (!host.includes('.') || isPrivateHost(host)) return 'has a host name of a private network'
  return undefined
}
