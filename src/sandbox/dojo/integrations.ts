// PUT and GET /epos/integrations: the capabilities that Dojo may call.
import { CAPABILITY_VERSION, currentName, registerableNames } from '../../contract/capabilities.ts'
import type { DojoInput, DojoSchemas } from '../../contract/dojo-api.ts'
import { badRequest } from './problem.ts'
import type { Account } from './state.ts'
import type { Simulation } from './simulation.ts'

/** Dojo accepts these names but has not published what they do. */
const PREVIEW_NAMES = ['AddOrderItems', 'CalculateOrder', 'SubmitCalculatedOrder', 'SearchMenus']
const ACCEPTED_NAMES = new Set([...registerableNames, ...PREVIEW_NAMES])

type Capability = DojoSchemas['CapabilityResponse']

/** @throws Problem 400 for an unknown name or version */
function normalised(requested: DojoSchemas['CapabilityRequest'][], now: string): Capability[] {
  const byName = new Map<string, Capability>()
  for (const { name, version } of requested) {
    const current = currentName(name)
    if (!ACCEPTED_NAMES.has(current)) {
      throw badRequest(`${name} is not a capability.`, {
        capabilities: [`${name} is not one of ${[...ACCEPTED_NAMES].join(', ')}`],
      })
    }
    if (version !== CAPABILITY_VERSION) {
      throw badRequest(`${name} has no version ${version}; register ${CAPABILITY_VERSION}.`, {
        capabilities: [`${name} has the version ${CAPABILITY_VERSION}`],
      })
    }
    byName.set(current, { name: current, version, updatedAt: now })
  }
  return [...byName.values()]
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

/**
 * Replaces the registration as a whole. Dojo ignores an empty list, so it does not end a
 * registration.
 */
export function putRest(
  simulation: Simulation,
  account: Account,
  { url, auth, capabilities }: DojoInput<'EposIntegrations_PutRest'>,
): DojoSchemas['RestIntegrationResponse'][] {
  if (auth.basic === undefined) {
    throw badRequest('auth.basic is missing; send a username and a password.', {
      auth: ['basic, with username and password, is missing'],
    })
  }
  if (!isBaseUrl(url)) {
    throw badRequest('Dojo cannot call this url.', {
      url: ['must begin with https:// (or http:// in a sandbox) and hold no credential'],
    })
  }
  const now = simulation.clock.now()
  const names = normalised(capabilities, now)
  if (names.length > 0) {
    account.rest = {
      url,
      username: auth.basic.username,
      password: auth.basic.password,
      capabilities: names,
      createdAt: account.rest?.createdAt ?? now,
    }
    simulation.log(account, `Registered ${names.length} capabilities over REST at ${url}`)
  } else {
    simulation.log(account, 'Ignored a registration over REST without capabilities')
  }
  return restIntegrations(account)
}

export function putWs(
  simulation: Simulation,
  account: Account,
  { capabilities }: DojoInput<'EposIntegrations_PutWs'>,
): DojoSchemas['WsIntegrationResponse'][] {
  const now = simulation.clock.now()
  const names = normalised(capabilities, now)
  if (names.length > 0) {
    account.ws = { capabilities: names, createdAt: account.ws?.createdAt ?? now }
    simulation.log(account, `Registered ${names.length} capabilities over WebSocket`)
  }
  return wsIntegrations(account)
}

export const restIntegrations = ({ rest }: Account): DojoSchemas['RestIntegrationResponse'][] =>
  rest === undefined
    ? []
    : [
        {
          url: rest.url,
          auth: { authType: 'basic', basic: { username: rest.username } },
          capabilities: rest.capabilities,
          createdAt: rest.createdAt,
        },
      ]

export const wsIntegrations = ({ ws }: Account): DojoSchemas['WsIntegrationResponse'][] =>
  ws === undefined ? [] : [ws]
