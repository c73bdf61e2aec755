// Where the data is: the database that DATABASE_URL names, or the embedded one under DATA_DIR.
import { acquireEmbeddedPostgres } from './embedded-postgres.ts'

export interface DatabaseUrl {
  databaseUrl: string
  embedded: boolean
  /** Stops using it. An embedded database stops with its last user. */
  release: () => Promise<void>
}

export async function openDatabaseUrl({
  databaseUrl,
  dataDir,
}: {
  databaseUrl: string | undefined
  dataDir: string
}): Promise<DatabaseUrl> {
  if (databaseUrl !== undefined) return { databaseUrl, embedded: false, release: async () => {} }
  const { url, release } = await acquireEmbeddedPostgres({ dataDir })
  return { databaseUrl: url, embedded: true, release }
}
