// Where the data is: the database that DATABASE_URL names, or the embedded one under DATA_DIR.
import { acquireEmbeddedPostgres } from './embedded-postgres.ts'

export interface DatabaseUrl {
  databaseUrl: string
  embedded: boolean
  /**
   * Starts an embedded database again that has ended by itself.
   * @returns whether it had
   * @throws Error when it cannot be started
   */
  revive: () => Promise<boolean>
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
  if (databaseUrl !== undefined) {
    return { databaseUrl, embedded: false, revive: async () => false, release: async () => {} }
  }
  const { url, revive, release } = await acquireEmbeddedPostgres({ dataDir })
  return { databaseUrl: url, embedded: true, revive, release }
}

/** `host:port/name`, or the folder of the embedded database. Never a user or a password. */
export function placeOf({
  databaseUrl,
  dataDir,
}: {
  databaseUrl: string | undefined
  dataDir: string
}): string {
  if (databaseUrl === undefined) return `the embedded database in ${dataDir}`
  if (!URL.canParse(databaseUrl)) return 'the database of DATABASE_URL'
  const { host, pathname, searchParams } = new URL(databaseUrl)
  return `${host === '' ? (searchParams.get('host') ?? 'localhost') : host}${pathname}`
}
