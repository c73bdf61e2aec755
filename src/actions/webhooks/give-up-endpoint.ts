import { givenUpReason } from '../../domain/venue/webhook-endpoint.ts'
import type { Database } from '../../store/database/database.ts'
import { disableEndpoint } from '../../store/feed/webhook-endpoints.ts'

/** Nothing more is sent to an endpoint until somebody enables it. */
export async function giveUpEndpoint(
  database: Database,
  { locationId, endpointId }: { locationId: string; endpointId: string },
  lastError: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    disableEndpoint(tx, locationId, endpointId, givenUpReason(lastError))
  })
}
