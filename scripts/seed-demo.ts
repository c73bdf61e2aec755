// Opens the demo's orders in a venue, through the server as production makes it but without
// listening.
import { loadConfig } from '../src/config.ts'
import { createServer } from '../src/server.ts'
import { seedDemo } from '../src/operator/demo.ts'

/** @throws Refusal NotFound: no such venue */
export async function seedVenue(
  databaseUrl: string,
  locationId: string,
): ReturnType<typeof seedDemo> {
  // Nothing from the environment: events for Dojo are queued, for the server that listens.
  const server = await createServer({
    config: loadConfig({ LOG_LEVEL: 'silent', DOCS: 'false' }),
    databaseUrl,
  })
  try {
    return await server.asOwner(locationId, seedDemo)
  } finally {
    await server.close()
  }
}
