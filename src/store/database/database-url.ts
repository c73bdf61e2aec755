// Where the data is: the database that DATABASE_URL names, or the embedded one under DATA_DIR.
import { acquireEmbeddedPostgres } from './embedded-postgres.ts'

export interface DatabasePlace {
  databaseUrl: string
  embedded: boolean
  /** Leaves it; an embedded database that nobody else uses stops. */
  release: () => Promise<void>
}

export async function openDatabasePlace({
  databaseUrl,
  dataDir,
}: {
  databaseUrl: string | undefined
  dataDir: string
}): Promise<DatabasePlace> {
  if (databaseUrl !== undefined) return { databaseUrl, embedded: false, release: async () => {} }
  const { url, release } = await acquireEmbeddedPostgres({ dataDir })
  return { databaseUrl: url, embedded: true, release }
}
