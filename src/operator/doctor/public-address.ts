// What can be wrong on the way from Dojo to this server. It is tried from this machine only;
// whether the internet gets through as well cannot be seen from here.
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { request as requestPlain, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { Refusal } from '../../domain/errors.ts'
import { inWords } from '../../dojo/client/errors.ts'
import { limits } from '../../limits.ts'
import { isPrivateHost } from '../../lib/private-address.ts'
import { dojoUrlOf } from '../public-url.ts'
import {
  broken,
  counted,
  ok,
  skipped,
  warning,
  type Examination,
  type Finding,
} from './examination.ts'

export function publicUrl(examination: Examination): Finding {
  try {
    examination.url = dojoUrlOf(examination.deps.config, examination.allowInsecure)
  } catch (error) {
    if (error instanceof Refusal) {
      return broken(
        error.message,
        'Set PUBLIC_URL to the https:// address of this server on the internet.',
      )
    }
    throw error
  }
  return ok(`${examination.url} is a URL that Dojo can call.`)
}

export async function hostName({
  url,
  deps: { resolve = addressesOf },
  allowInsecure = false,
}: Examination): Promise<Finding> {
  const host = hostOf(url!)
  if (isIP(host) !== 0) return ok(`${host} is an address, so there is no name to resolve.`)
  let addresses: string[]
  try {
    addresses = await resolve(host)
  } catch (error) {
    return broken(
      `The name ${host} does not resolve on this machine: ${reasonOf(error)}.`,
      'Check PUBLIC_URL and the DNS records of the name.',
    )
  }
  const inside = addresses.filter(isPrivateHost)
  if (inside.length > 0 && !allowInsecure) {
    return warning(
      `On this machine ${host} resolves to ${inside.join(', ')}, on a private network.`,
      'Resolve the name from outside your network. If it is private there too, Dojo cannot reach ' +
        'the server: give the name a public address.',
    )
  }
  return ok(`${host} resolves to ${addresses.join(', ')}.`)
}

const addressesOf = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address)

export async function reachable(examination: Examination): Promise<Finding> {
  const url = examination.url!
  const fault =
    (await faultOfHealth(examination, `${url}/health/ready`)) ??
    (await faultOfApi(`${url}/v1/areas`))
  return fault ?? ok(`This server answers at ${url} and is ready, tried from this machine.`)
}

const CHECK_THE_WAY =
  'Check PUBLIC_URL, ROUTE_PREFIX, and where the proxy in front of the server sends requests.'

async function faultOfHealth(examination: Examination, url: string): Promise<Finding | undefined> {
  let arrival: Arrival
  try {
    arrival = await ask(url)
  } catch (error) {
    return broken(
      `Nothing answers at ${url}, tried from this machine: ${reasonOf(error)}.`,
      'Start the server, and check that PUBLIC_URL leads to it. If this machine cannot reach its ' +
        'own public address, run the command on another.',
    )
  }
  examination.isAnswered = true
  const {
    status,
    headers: { location },
    body,
  } = arrival
  if (status >= 300 && status < 400) {
    const target = location === undefined ? '' : ` to ${shown(new URL(location, url))}`
    return broken(
      `${url} redirects${target}, and Dojo follows no redirects.`,
      'Set PUBLIC_URL to where it redirects to, and register again.',
    )
  }
  if (body?.['status'] === 'not ready') {
    return broken(
      `The server answers ${url}, but is not ready: ${JSON.stringify(body['checks'])}.`,
      "Read the server's log, and run this command with the server's environment.",
    )
  }
  if (status !== 200 || body?.['status'] !== 'ready') {
    return broken(`${url} answers ${describe(arrival)}, so it is not this server.`, CHECK_THE_WAY)
  }
  return undefined
}

/** Called without a credential, this server answers 401 with the contract's error body. */
async function faultOfApi(url: string): Promise<Finding | undefined> {
  let arrival: Arrival
  try {
    arrival = await ask(url)
  } catch (error) {
    return broken(
      `Nothing answers at ${url}, tried from this machine, though the server is ready: ` +
        `${reasonOf(error)}.`,
      CHECK_THE_WAY,
    )
  }
  const { status, body } = arrival
  const isOurs =
    status === 401 &&
    ['errorType', 'debugMessage', 'traceId'].every((field) => typeof body?.[field] === 'string')
  return isOurs
    ? undefined
    : broken(
        `${url} answers ${describe(arrival)} to a call without a credential, instead of 401 with ` +
          "this server's error body.",
        CHECK_THE_WAY,
      )
}

interface Arrival {
  status: number
  headers: IncomingHttpHeaders
  body: Record<string, unknown> | undefined
}

/** Accepts any certificate: that has a check of its own, and nothing secret is sent. */
async function ask(url: string): Promise<Arrival> {
  const request = url.startsWith('https:') ? requestSecure : requestPlain
  const asked = request(url, {
    agent: false,
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(limits.doctorProbeTimeoutMs),
    headers: { accept: 'application/json' },
  }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const part of answer.setEncoding('utf8')) {
    text += part
    if (text.length > limits.doctorProbeMaxAnswerBytes) break
  }
  return { status: answer.statusCode!, headers: answer.headers, body: objectOf(text) }
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

const describe = ({ status, headers }: Arrival): string =>
  `${status} with ${headers['content-type']?.split(';', 1)[0] ?? 'nothing'}`

export async function certificate({
  url,
  isAnswered,
  deps: { nowMs = Date.now },
}: Examination): Promise<Finding> {
  if (!url!.startsWith('https:')) return skipped(`Not checked: ${url} has none.`)
  if (isAnswered !== true) return skipped(`Not checked: nothing answers at ${url}.`)
  const { fault, validUntil } = await certificateOf(new URL(url!))
  const renew = 'Renew it, and find out why it was not renewed automatically.'
  if (fault !== undefined) {
    return broken(
      `The certificate of ${hostOf(url!)} is not valid: ${certificateFaults[fault] ?? fault}.`,
      fault === 'CERT_HAS_EXPIRED'
        ? renew
        : 'Serve a certificate for this name from a public authority, with its intermediate ' +
            'certificates.',
    )
  }
  const days = Math.floor((validUntil.getTime() - nowMs()) / 86_400_000)
  const left =
    `The certificate of ${hostOf(url!)} is valid for ${counted(days, 'more day')}, ` +
    `until ${validUntil.toISOString()}.`
  if (days < limits.certificateBrokenDays) return broken(left, renew)
  return days < limits.certificateWarningDays ? warning(left, renew) : ok(left)
}

async function certificateOf({
  hostname,
  port,
}: URL): Promise<{ fault: string | undefined; validUntil: Date }> {
  const host = plainHost(hostname)
  const socket = connect({
    host,
    port: port === '' ? 443 : Number(port),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: false,
  })
  try {
    await once(socket, 'secureConnect', {
      signal: AbortSignal.timeout(limits.doctorProbeTimeoutMs),
    })
    // Typed as an Error, but it is an error's code.
    const fault = socket.authorized ? undefined : String(socket.authorizationError)
    return { fault, validUntil: socket.getPeerX509Certificate()!.validToDate }
  } finally {
    socket.destroy()
  }
}

const certificateFaults: Record<string, string> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not public',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'an intermediate certificate is missing, or its authority is not public',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'an intermediate certificate is missing, or its authority is not public',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
}

const plainHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')
const hostOf = (url: string): string => plainHost(new URL(url).hostname)

/** Without the parts that may hold a secret. */
const shown = ({ origin, pathname }: URL): string => `${origin}${pathname}`

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === undefined ? message : inWords(code)
}
