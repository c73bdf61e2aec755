// What Dojo has registered for the venue, compared with what this server does, and the ways in
// which that goes wrong unnoticed.
import type { Extent } from '../../actions/venue/examine-venue.ts'
import {
  currentName,
  lockCapabilities,
  products,
  registerableNames,
  type Product,
} from '../../contract/capabilities.ts'
import { sameUrl, type Integrations } from '../dojo.ts'
import { chosenNames, compare } from '../register.ts'
import { compareSocket } from '../transports.ts'
import {
  broken,
  ok,
  registerCommand,
  warning,
  type Examination,
  type Finding,
} from './examination.ts'
import { workingUsernames } from './here.ts'

type Integration = Integrations['restIntegrations'][number]

/** What Dojo has registered, sorted by what it means for this server. */
interface Registered {
  url: string
  /** At this server's URL. */
  ours: Integration[]
  /** At a URL that was meant to be this server's. */
  mistaken: Integration[]
  /** At other URLs. */
  otherUrls: string[]
  /** The capabilities at this server's URL, by today's names, and the rest of those it has. */
  registered: string[]
  missing: string[]
  /** Registered over the venue's socket, where it has both transports. */
  overSocket: string[]
  /** Registered at this server's URL, which does not have them. */
  notServed: string[]
}

function sortOut({ url: ownUrl, integrations, location }: Examination): Registered {
  const url = ownUrl!
  const all = integrations!.restIntegrations
  const ours = all.filter((integration) => sameUrl(integration.url, url))
  const mistaken = all.filter(
    (each) => !ours.includes(each) && mistakeIn(each.url, url) !== undefined,
  )
  const compared = compare(registerableNames, url, integrations!)
  const otherUrls = compared.otherUrls.filter(
    (other) => !mistaken.some((integration) => integration.url === other),
  )
  const overSocket =
    location!.transport === 'both' ? compareSocket([], integrations!).registered : []
  const missing = compared.missing.filter((name) => !overSocket.includes(name))
  return { ...compared, missing, overSocket, url, ours, mistaken, otherUrls }
}

/** Undefined when Dojo could not be asked, or it is not known where it is to call. */
export function extentOf({ integrations, location, url }: Examination): Extent | undefined {
  if (integrations === undefined || location === undefined) return undefined
  const { transport } = location
  if (transport !== 'socket' && url === undefined) return undefined
  const rest = transport === 'socket' ? undefined : compare([], url!, integrations)
  const socket = transport === 'rest' ? undefined : compareSocket([], integrations)
  const overRest = rest?.registered ?? []
  const overSocket = socket?.registered ?? []
  const missing = registerableNames.filter(
    (name) => !overRest.includes(name) && !overSocket.includes(name),
  )
  const notServed = [...(rest?.notServed ?? []), ...(socket?.notServed ?? [])]
  return { overRest, overSocket, missing, notServed }
}

export function registration(examination: Examination): Finding[] {
  const sorted = sortOut(examination)
  const register = `Register with: ${registerCommand(examination)}`
  const { ours, registered, missing, url } = sorted
  const findings = [
    ...faultsOfUrls(sorted, register),
    ...faultOfLocks(registered, register),
    ...faultOfCredential(ours, workingUsernames(examination.location!), register),
    ...faultsOfNames(sorted, register),
    ...faultOfExtent(
      { registered: [...registered, ...sorted.overSocket], missing },
      `If that was not intended, register everything with: ${registerCommand(examination)}`,
    ),
    ...otherRegistrations(sorted, examination),
  ]
  if (findings.length > 0) return findings
  const everything =
    sorted.overSocket.length === 0
      ? 'everything this server has'
      : 'with those over the socket, everything this server has'
  const extent =
    missing.length === 0
      ? everything
      : `those of ${productsOf([...registered, ...sorted.overSocket]).join(' and ')}`
  return [ok(`${registered.length} capabilities are registered at ${url}: ${extent}.`)]
}

function faultsOfUrls(
  { ours, mistaken, registered, notServed, url }: Registered,
  register: string,
): Finding[] {
  const findings = mistaken.map((integration) =>
    broken(
      `Dojo has ${withoutSecrets(integration.url)} registered: ${mistakeIn(integration.url, url)}.`,
      register,
    ),
  )
  if (ours.length + mistaken.length === 0) {
    findings.push(
      broken(`Nothing is registered at ${url}, so Dojo never calls this server.`, register),
    )
  } else if (ours.length > 0 && registered.length + notServed.length === 0) {
    findings.push(
      broken(`No capability is registered at ${url}, so Dojo calls nothing there.`, register),
    )
  }
  return findings
}

function otherRegistrations(
  { otherUrls }: Registered,
  { integrations, location }: Examination,
): Finding[] {
  const { wsIntegrations } = integrations!
  const findings: Finding[] = []
  if (otherUrls.length > 0) {
    findings.push(
      warning(
        `Dojo also has other URLs for this account: ${otherUrls.map(withoutSecrets).join(', ')}.`,
        'Ask Dojo to remove those that are not in use.',
      ),
    )
  }
  if (wsIntegrations.length > 0 && location!.transport === 'rest') {
    findings.push(
      warning(
        'Dojo also has a registration over a socket, but this venue has the transport rest.',
        'Ask Dojo to remove it, unless another system of the venue uses it. To use both here: ' +
          'npx epos location set --transport both',
      ),
    )
  }
  return findings
}

/**
 * What to register instead: what was chosen, with all of the locks if there was one; undefined, for
 * everything, when nothing was.
 */
export function namesToRegister(examination: Examination): string[] | undefined {
  const { ours, mistaken } = sortOut(examination)
  const chosen = [...ours, ...mistaken]
    .flatMap(({ capabilities }) => capabilities.map(({ name }) => currentName(name)))
    .filter((name) => registerableNames.includes(name))
  if (chosen.length === 0) return undefined
  return chosen.some(isLock) ? [...chosen, ...lockCapabilities] : chosen
}

/** What is wrong with a URL that is nearly ours; undefined for somebody else's. */
function mistakeIn(registered: string, url: string): string | undefined {
  const { protocol, hostname } = new URL(url)
  const secured = registered.replace(/^https?:/i, protocol)
  const base = secured.replace(/\/v1(\/.*)?$/, '')
  if (URL.parse(registered)?.hostname === hostname && /\{|%7b/i.test(registered)) {
    return "it is the path of one operation, to which Dojo appends every operation's path"
  }
  if (base !== secured && sameUrl(base, url)) {
    return 'Dojo appends /v1/ and the rest to it, and finds nothing there'
  }
  if (secured !== registered && sameUrl(secured, url)) {
    return 'it is this server without TLS, so the credential can be read on the way'
  }
  return undefined
}

const isLock = (name: string): boolean => lockCapabilities.some((lock) => lock === name)

/** Dojo locks orders while somebody pays only when it has all three; with fewer it does not. */
function faultOfLocks(registered: readonly string[], advice: string): Finding[] {
  const missing = lockCapabilities.filter((name) => !registered.includes(name))
  if (missing.length === 0 || missing.length === lockCapabilities.length) return []
  return [
    broken(
      `Dojo locks no orders: that needs all of ${lockCapabilities.join(', ')}, and ` +
        `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not registered.`,
      advice,
    ),
  ]
}

function faultOfCredential(
  ours: readonly Integration[],
  working: readonly string[],
  advice: string,
): Finding[] {
  return ours
    .flatMap(({ auth }) => auth.basic?.username ?? [])
    .filter((username) => !working.includes(username))
    .map((username) =>
      broken(
        `Dojo calls with the username ${username}, which is not active here, and gets 401.`,
        advice,
      ),
    )
}

function faultsOfNames({ ours, notServed }: Registered, advice: string): Finding[] {
  const findings: Finding[] = []
  const old = ours
    .flatMap(({ capabilities }) => capabilities.map(({ name }) => name))
    .filter((name) => currentName(name) !== name)
  if (old.length > 0) {
    const renamed = old.map((name) => `${name} (now ${currentName(name)})`).join(', ')
    findings.push(warning(`Dojo has old names registered: ${renamed}.`, advice))
  }
  if (notServed.length > 0) {
    const what = notServed.join(', ')
    findings.push(
      warning(`Dojo has ${what} registered, which this server answers with 404.`, advice),
    )
  }
  return findings
}

/** Fewer than all may be intended: it is when they are exactly what some products call. */
export function faultOfExtent(
  { registered, missing }: Pick<Registered, 'registered' | 'missing'>,
  advice: string,
): Finding[] {
  // Missing locks among others are a fault of their own.
  const hasLocks = registered.some(isLock)
  const others = missing.filter((name) => !hasLocks || !isLock(name))
  const intended = new Set(productsOf(registered).flatMap((product) => chosenNames({ product })))
  if (registered.length === 0 || others.length === 0 || intended.size === registered.length) {
    return []
  }
  return [warning(`Not registered, so Dojo never calls them: ${others.join(', ')}.`, advice)]
}

const productsOf = (registered: readonly string[]): Product[] =>
  products.filter((product) => chosenNames({ product }).every((name) => registered.includes(name)))

/** A URL registered by hand may contain a credential. */
function withoutSecrets(text: string): string {
  const url = URL.parse(text)
  return url === null
    ? 'something that is not a URL'
    : `${url.origin}${url.pathname.replace(/%7b/gi, '{').replace(/%7d/gi, '}')}`
}
