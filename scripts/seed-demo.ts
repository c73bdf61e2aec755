// The demo's tabs for a venue of a database: through the server as production makes it, which
// listens to nobody meanwhile.
import { loadConfig } from '../src/config.ts'
import { createServer } from '../src/server.ts'
import { seedDemo } from '../src/operator/demo.ts'

/** @throws Refusal NotFound: no such venue */
export async function seedVenue(
  databaseUrl: string,
  locationId: string,
): ReturnType<typeof seedDemo> {
  // Nothing of the environment: what there is to tell Dojo is queued, for the server that listens.
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
