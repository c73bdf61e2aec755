// What can be wrong on the way from Dojo to this server. It is tried from this machine, which is as
// far as can be told: whether the internet gets there as well is known to the internet only.
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { request as requestPlain, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { Refusal } from '../../domain/errors.ts'
import { inWords } from '../../dojo/client/errors.ts'
import { limits } from '../../limits.ts'
import { dojoUrlOf, isPrivateAddress } from '../public-url.ts'
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
        'Set PUBLIC_URL to the https:// address at which the internet reaches this server.',
      )
    }
    throw error
  }
  return ok(`${examination.url} is one that Dojo can be told.`)
}

export async function hostName({
  url,
  deps: { resolve = addressesOf },
  allowInsecure = false,
}: Examination): Promise<Finding> {
  const host = hostOf(url!)
  if (isIP(host) !== 0) return ok(`${host} is an address and needs no looking up.`)
  let addresses: string[]
  try {
    addresses = await resolve(host)
  } catch (error) {
    return broken(
      `The name ${host} could not be looked up from this machine: ${reasonOf(error)}.`,
      'Check PUBLIC_URL, and the name where its DNS is kept.',
    )
  }
  const inside = addresses.filter(isPrivateAddress)
  if (inside.length > 0 && !allowInsecure) {
    return warning(
      `From this machine ${host} is ${inside.join(', ')}, of a private network.`,
      'Look the name up from outside: where that gives the same, Dojo does not get here, and the name needs a public address.',
    )
  }
  return ok(`${host} is ${addresses.join(', ')}.`)
}

const addressesOf = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address)

export async function reachable(examination: Examination): Promise<Finding> {
  const url = examination.url!
  const fault =
    (await faultOfHealth(examination, `${url}/health/ready`)) ??
    (await faultOfApi(`${url}/v1/areas`))
  return (
    fault ?? ok(`Tried from this machine: a server of this kind answers at ${url}, and is ready.`)
  )
}

const CHECK_THE_WAY =
  'Check PUBLIC_URL and ROUTE_PREFIX, and which server whatever stands in front of it passes the request to.'

async function faultOfHealth(examination: Examination, url: string): Promise<Finding | undefined> {
  let arrival: Arrival
  try {
    arrival = await ask(url)
  } catch (error) {
    return broken(
      `Nothing answers ${url}, tried from this machine: ${reasonOf(error)}.`,
      'Start the server, and check that PUBLIC_URL leads to it; where this machine has no way to its own public address, try from another.',
    )
  }
  examination.isAnswered = true
  const {
    status,
    headers: { location },
    body,
  } = arrival
  if (status >= 300 && status < 400) {
    return broken(
      `${url} redirects${location === undefined ? '' : ` to ${shown(new URL(location, url))}`}, and Dojo follows no redirection.`,
      'Set PUBLIC_URL to where the server is, and register that.',
    )
  }
  if (body?.['status'] === 'not ready') {
    return broken(
      `The server answers ${url}, but is not ready: ${JSON.stringify(body['checks'])}.`,
      'See its log, and run this command with its environment.',
    )
  }
  if (status !== 200 || body?.['status'] !== 'ready') {
    return broken(`${url} answers ${describe(arrival)}, which is not this server.`, CHECK_THE_WAY)
  }
  return undefined
}

/** Without a credential, so what it does not take is the contract's error body. */
async function faultOfApi(url: string): Promise<Finding | undefined> {
  let arrival: Arrival
  try {
    arrival = await ask(url)
  } catch (error) {
    return broken(
      `Nothing answers ${url}, tried from this machine, though the server is ready: ${reasonOf(error)}.`,
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
        `${url} without a credential answers ${describe(arrival)}, and not 401 with the error body of this server.`,
        CHECK_THE_WAY,
      )
}

interface Arrival {
  status: number
  headers: IncomingHttpHeaders
  body: Record<string, unknown> | undefined
}

/**
 * The certificate is looked at by itself, and nothing that is secret is sent, so any will do here.
 */
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
  if (!url!.startsWith('https:')) return skipped(`Not looked at: ${url} has none.`)
  if (isAnswered !== true) return skipped(`Not looked at: nothing answers at ${url}.`)
  const { fault, validUntil } = await certificateOf(new URL(url!))
  const renew = 'Renew it, and look why that does not happen by itself.'
  if (fault !== undefined) {
    return broken(
      `The certificate of ${hostOf(url!)} is not valid: ${certificateFaults[fault] ?? fault}.`,
      fault === 'CERT_HAS_EXPIRED'
        ? renew
        : 'Have the server send one for this name of an authority that everybody knows, with those in between.',
    )
  }
  const days = Math.floor((validUntil.getTime() - nowMs()) / 86_400_000)
  const left = `The certificate of ${hostOf(url!)} is valid for ${counted(days, 'more day')}, until ${validUntil.toISOString()}.`
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
    // Its type says Error, and it is the code of one.
    const fault = socket.authorized ? undefined : String(socket.authorizationError)
    return { fault, validUntil: socket.getPeerX509Certificate()!.validToDate }
  } finally {
    socket.destroy()
  }
}

const certificateFaults: Record<string, string> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'its time has not begun',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'it comes from an authority that nobody knows',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'what is between it and a known authority is not sent along, or its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'what is between it and a known authority is not sent along, or its authority is unknown',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
}

const plainHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')
const hostOf = (url: string): string => plainHost(new URL(url).hostname)

/** Without what may be a secret. */
const shown = ({ origin, pathname }: URL): string => `${origin}${pathname}`

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === undefined ? message : inWords(code)
}
