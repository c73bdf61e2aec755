// PUT and GET /epos/integrations: what an EPOS says that Dojo may call.
import { CAPABILITY_VERSION, currentName, registerableNames } from '../../contract/capabilities.ts'
import type { DojoInput, DojoSchemas } from '../../contract/dojo-api.ts'
import { badRequest } from './problem.ts'
import type { Account } from './state.ts'
import type { Simulation } from './simulation.ts'

/** Accepted by Dojo, though what they do is not published. */
const PREVIEW_NAMES = ['AddOrderItems', 'CalculateOrder', 'SubmitCalculatedOrder', 'SearchMenus']
const ACCEPTED_NAMES = new Set([...registerableNames, ...PREVIEW_NAMES])

type Capability = DojoSchemas['CapabilityResponse']

/** @throws Problem 400 for a name or a version that Dojo does not know */
function normalised(requested: DojoSchemas['CapabilityRequest'][], now: string): Capability[] {
  const byName = new Map<string, Capability>()
  for (const { name, version } of requested) {
    const current = currentName(name)
    if (!ACCEPTED_NAMES.has(current)) {
      throw badRequest(`The capability ${name} is not known.`, {
        capabilities: [`${name} is not one of ${[...ACCEPTED_NAMES].join(', ')}`],
      })
    }
    if (version !== CAPABILITY_VERSION) {
      throw badRequest(`The capability ${name} has no version ${version}.`, {
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
 * States the whole of what may be called. An empty list changes nothing, which surprises whoever
 * meant to end it.
 */
export function putRest(
  simulation: Simulation,
  account: Account,
  { url, auth, capabilities }: DojoInput<'EposIntegrations_PutRest'>,
): DojoSchemas['RestIntegrationResponse'][] {
  if (auth.basic === undefined) {
    throw badRequest('The credential is missing.', {
      auth: ['basic, with username and password, is missing'],
    })
  }
  if (!isBaseUrl(url)) {
    throw badRequest('The url is none that Dojo could call.', {
      url: ['must begin with https:// or, in a sandbox, http://, and have no credential in it'],
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
    simulation.log(
      account,
      'A registration over REST without capabilities was answered and changed nothing',
    )
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
