// What can be wrong with Dojo: it refuses the key or is away, it lives in another time, or it takes
// the venue for another account.
import { createDojoClient } from '../../dojo/client/index.ts'
import { limits } from '../../limits.ts'
import { judgeClock, readingOfDate } from './clocks.ts'
import {
  broken,
  ok,
  skipped,
  spoken,
  warning,
  type Examination,
  type Finding,
} from './examination.ts'

/** @throws DojoFault, which tells what to do */
export async function dojo(examination: Examination): Promise<Finding> {
  const {
    deps: {
      config: { dojoApiUrl, softwareHouseId, resellerId },
      nowMs = Date.now,
    },
    key,
    location,
    locationId,
  } = examination
  const askedAtMs = nowMs()
  examination.dojo = createDojoClient({
    apiUrl: dojoApiUrl,
    key: key!,
    softwareHouseId: softwareHouseId!,
    resellerId,
    attempts: limits.doctorDojoAttempts,
    // Of the first answer, also when that is a refusal.
    onAnswer: ({ date }) => {
      examination.dojoClock ??= readingOfDate(date, askedAtMs, nowMs())
    },
  })
  examination.integrations = await examination.dojo.call('EposIntegrations_List', {})
  const refusedAt = location!.dojoKeyRefusedAt
  if (refusedAt !== undefined) {
    return warning(
      `Dojo takes the key now, but refused it at ${refusedAt.toISOString()}.`,
      `The server asks again by itself within ${spoken(limits.dojoKeyRefusedPauseSeconds)}; at once, if the key is stored again with: npx epos location set-dojo-key --location ${locationId}`,
    )
  }
  return ok(`${dojoApiUrl} answers, and takes the key.`)
}

export function clock({ dojoClock }: Examination): Finding {
  if (dojoClock === undefined) return skipped('Not looked at: Dojo has not said what time it is.')
  return judgeClock(dojoClock, "Dojo's", 'Have this machine set its clock by the network (NTP).')
}

export function account({ location, locationId, subscriptions = [] }: Examination): Finding {
  const known = location!.dojoAccountId
  const told = [...new Set(subscriptions.flatMap(({ accountId }) => accountId ?? []))]
  const set = (id: string): string =>
    `npx epos location set --location ${locationId} --dojo-account-id ${id}`
  if (known === undefined) {
    return warning(
      "Dojo's id of the venue's account is not known, so events of any account have an effect.",
      told.length === 1
        ? `Set it with: ${set(told[0]!)}`
        : `It is found out by itself once Dojo says it; or set it with: ${set('ID')}`,
    )
  }
  const others = told.filter((id) => id !== known)
  if (others.length > 0) {
    return broken(
      `The venue's account is ${known}, but Dojo sends it webhooks of ${others.join(', ')}, which have no effect.`,
      `If that is the venue's account, set it with: ${set(others[0]!)}; otherwise store the venue's own key with: npx epos location set-dojo-key --location ${locationId}`,
    )
  }
  return ok(`The venue's account is ${known}.`)
}
