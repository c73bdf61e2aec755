// What would make the next certification say more, seen from the last one.
import { CONNECTION_REFUSED } from '../epos/http-transport.ts'
import { NEEDS_AN_ORDER } from '../scenarios/scenario.ts'
import type { Certificate } from './certifier.ts'
import { exchangesOf, type ScenarioRun } from './scenario-run.ts'

/** One sentence for each thing to do before the next run. */
export function adviceOn(certificate: Certificate): string[] {
  return [
    ...unreachableAdvice(certificate),
    ...accountAdvice(certificate),
    ...orderAdvice(certificate),
  ]
}

function unreachableAdvice({ runs }: Certificate): string[] {
  const gone = runs.find((run) =>
    exchangesOf(run).some(({ noAnswer }) => noAnswer === CONNECTION_REFUSED),
  )
  return gone === undefined
    ? []
    : [
        `The server stopped answering in the scenario ${gone.scenario.name}; ` +
          'the scenarios after it prove nothing.',
      ]
}

/** A server that knows its Dojo account accepts the events of another one and ignores them. */
function accountAdvice({ runs, isAccountMadeUp }: Certificate): string[] {
  if (!isAccountMadeUp || !runs.some(areEventsIgnored)) return []
  return [
    'The server accepted events but ignored them. They name a Dojo account that the certifier ' +
      'made up; if the server knows its own, name that one with --account-id.',
  ]
}

function areEventsIgnored(run: ScenarioRun): boolean {
  if (run.scenario.section !== 'Events' || run.outcome !== 'failed') return false
  const events = exchangesOf(run).filter(({ capability }) => capability === 'HandleEvent')
  return events.length > 0 && events.every(({ status }) => status === 200)
}

function orderAdvice({ runs }: Certificate): string[] {
  const count = runs.filter(({ reason }) => reason === NEEDS_AN_ORDER).length
  if (count === 0) return []
  const scenarios = `${count} scenario${count === 1 ? '' : 's'}`
  return [`${scenarios} lacked an open order; name ${count + 1} more with --order.`]
}
