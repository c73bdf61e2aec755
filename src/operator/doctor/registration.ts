// What Dojo has registered for the venue against what this server does, and the ways in which that
// goes wrong unnoticed.
import {
  currentName,
  lockCapabilities,
  products,
  registerableNames,
  type Product,
} from '../../contract/capabilities.ts'
import { sameUrl } from '../dojo.ts'
import { chosenNames, compare, type Integrations } from '../register.ts'
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

export function registration(examination: Examination): Finding[] {
  const { url, integrations, location } = examination
  const all = integrations!.restIntegrations
  const ours = all.filter((integration) => sameUrl(integration.url, url!))
  const trapped = all.filter(
    (integration) => !ours.includes(integration) && trapOf(integration.url, url!) !== undefined,
  )
  const { registered, missing, notServed, otherUrls } = compare(
    registerableNames,
    url!,
    integrations!,
  )
  const others = otherUrls.filter(
    (other) => !trapped.some((integration) => integration.url === other),
  )
  const again = `Register with: ${registerCommand(examination)}`

  const findings = [
    ...trapped.map((integration) =>
      broken(
        `Dojo has ${withoutSecrets(integration.url)} registered, ${trapOf(integration.url, url!)}.`,
        again,
      ),
    ),
    ...(ours.length + trapped.length > 0
      ? []
      : [broken(`Dojo has nothing registered at ${url}, so it never calls this server.`, again)]),
    ...(ours.length > 0 && registered.length + notServed.length === 0
      ? [broken(`Dojo has ${url} registered with an empty list, so it calls nothing there.`, again)]
      : []),
    ...faultOfLocks(registered, again),
    ...faultOfCredential(ours, workingUsernames(location!), again),
    ...faultOfNames(ours, again),
    ...(notServed.length === 0
      ? []
      : [
          warning(
            `Dojo has ${notServed.join(', ')} registered, which this server does not do and answers with 404.`,
            again,
          ),
        ]),
    ...faultOfExtent(
      registered,
      missing,
      `Unless that is as it was chosen, register all with: ${registerCommand(examination)}`,
    ),
    ...(others.length === 0
      ? []
      : [
          warning(
            `Dojo has other URLs for this account: ${others.map(withoutSecrets).join(', ')}.`,
            'Ask Dojo to remove those that are not in use.',
          ),
        ]),
    ...(integrations!.wsIntegrations.length === 0
      ? []
      : [
          warning(
            'Dojo also has a registration over WebSocket, which this server does not speak.',
            'Ask Dojo to remove it, unless another system of the venue uses it.',
          ),
        ]),
  ]
  return findings.length > 0
    ? findings
    : [
        ok(
          `Dojo has ${registered.length} capabilities registered at ${url}, ${missing.length === 0 ? 'all that this server has' : `those of ${productsOf(registered).join(' and ')}`}.`,
        ),
      ]
}

/**
 * What to register in its place: what was chosen, made whole; undefined, which is everything, where
 * nothing was.
 */
export function namesToRegister({ url, integrations }: Examination): string[] | undefined {
  const near = integrations!.restIntegrations.filter(
    (integration) => sameUrl(integration.url, url!) || trapOf(integration.url, url!) !== undefined,
  )
  const chosen = near
    .flatMap(({ capabilities }) => capabilities.map(({ name }) => currentName(name)))
    .filter((name) => registerableNames.includes(name))
  if (chosen.length === 0) return undefined
  return chosen.some(isLock) ? [...chosen, ...lockCapabilities] : chosen
}

/** What is wrong with a URL that is nearly ours; undefined for one that is another's. */
function trapOf(registered: string, url: string): string | undefined {
  const { protocol, hostname } = new URL(url)
  const secured = registered.replace(/^https?:/i, protocol)
  const base = secured.replace(/\/v1(\/.*)?$/, '')
  if (URL.parse(registered)?.hostname === hostname && /\{|%7b/i.test(registered)) {
    return 'which is the path of one operation, and it appends that of each to it'
  }
  if (base !== secured && sameUrl(base, url)) {
    return 'and it appends /v1/ and the rest to that, where it then finds nothing'
  }
  if (secured !== registered && sameUrl(secured, url)) {
    return 'which is this server without TLS, and shows the credential on the way'
  }
  return undefined
}

const isLock = (name: string): boolean => lockCapabilities.some((lock) => lock === name)

/**
 * With all three Dojo locks an order while somebody pays; with some of them it locks nothing, and
 * says nothing.
 */
function faultOfLocks(registered: readonly string[], advice: string): Finding[] {
  const missing = lockCapabilities.filter((name) => !registered.includes(name))
  if (missing.length === 0 || missing.length === lockCapabilities.length) return []
  return [
    broken(
      `Dojo locks no order: it has ${missing.join(' and ')} not registered, and locks only with all of ${lockCapabilities.join(', ')}.`,
      advice,
    ),
  ]
}

function faultOfCredential(
  ours: readonly Integration[],
  working: readonly string[],
  advice: string,
): Finding[] {
  const dead = ours
    .flatMap(({ auth }) => auth.basic?.username ?? [])
    .filter((username) => !working.includes(username))
  return dead.map((username) =>
    broken(
      `Dojo calls as ${username}, which is no credential of the venue that works, and is answered with 401.`,
      advice,
    ),
  )
}

function faultOfNames(ours: readonly Integration[], advice: string): Finding[] {
  const old = ours
    .flatMap(({ capabilities }) => capabilities.map(({ name }) => name))
    .filter((name) => currentName(name) !== name)
  return old.length === 0
    ? []
    : [
        warning(
          `Dojo has names from before registered: ${old.map((name) => `${name}, today ${currentName(name)}`).join('; ')}.`,
          advice,
        ),
      ]
}

/**
 * Less than all may be what was wanted, and is where it is exactly what some products call. Locks
 * in part are told apart.
 */
function faultOfExtent(
  registered: readonly string[],
  missing: readonly string[],
  advice: string,
): Finding[] {
  const hasLocks = registered.some(isLock)
  const others = missing.filter((name) => !hasLocks || !isLock(name))
  const chosen = new Set(productsOf(registered).flatMap((product) => chosenNames({ product })))
  if (registered.length === 0 || others.length === 0 || chosen.size === registered.length) return []
  return [warning(`Dojo never calls what is not registered: ${others.join(', ')}.`, advice)]
}

const productsOf = (registered: readonly string[]): Product[] =>
  products.filter((product) => chosenNames({ product }).every((name) => registered.includes(name)))

/** What was registered by hand may have a credential in it. */
function withoutSecrets(text: string): string {
  const url = URL.parse(text)
  return url === null
    ? 'something that is no URL'
    : `${url.origin}${url.pathname.replace(/%7b/gi, '{').replace(/%7d/gi, '}')}`
}
