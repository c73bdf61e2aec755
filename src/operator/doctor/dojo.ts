// What can be wrong at Dojo: it rejects the key or cannot be reached, its clock differs, or it
// takes the venue for another account.
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

/** @throws DojoFault, which says what to do */
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
    // The first answer counts, even when it is a refusal.
    onAnswer: ({ date }) => {
      examination.dojoClock ??= readingOfDate(date, askedAtMs, nowMs())
    },
  })
  examination.integrations = await examination.dojo.call('EposIntegrations_List', {})
  const refusedAt = location!.dojoKeyRefusedAt
  if (refusedAt !== undefined) {
    return warning(
      `Dojo accepts the key now, but rejected it at ${refusedAt.toISOString()}.`,
      `The server tries again within ${spoken(limits.dojoKeyRefusedPauseSeconds)}. ` +
        'To have it try now, store the key again with: ' +
        `npx epos location set-dojo-key --location ${locationId}`,
    )
  }
  return ok(`${dojoApiUrl} answers and accepts the key.`)
}

export function clock({ dojoClock }: Examination): Finding {
  if (dojoClock === undefined) return skipped('Not checked: no answer from Dojo showed its time.')
  return judgeClock(dojoClock, "Dojo's", "Set this machine's clock from the network (NTP).")
}

export function account({ location, locationId, subscriptions = [] }: Examination): Finding {
  const known = location!.dojoAccountId
  const seen = [...new Set(subscriptions.flatMap(({ accountId }) => accountId ?? []))]
  const set = (id: string): string =>
    `npx epos location set --location ${locationId} --dojo-account-id ${id}`
  if (known === undefined) {
    return warning(
      "The id of the venue's Dojo account is not known, so events of any account are accepted.",
      seen.length === 1
        ? `Set it with: ${set(seen[0]!)}`
        : `It is set once Dojo sends it. To set it now: ${set('ID')}`,
    )
  }
  const others = seen.filter((id) => id !== known)
  if (others.length > 0) {
    return broken(
      `The venue's account is ${known}, but its webhooks come from ${others.join(', ')} and are ` +
        'ignored.',
      `If that is the venue's account, set it with: ${set(others[0]!)}. Otherwise store the ` +
        `venue's own key with: npx epos location set-dojo-key --location ${locationId}`,
    )
  }
  return ok(`The venue's account is ${known}.`)
}
