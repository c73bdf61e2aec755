// Run by tap after all test files: stops the PostgreSQL that they shared and removes its data,
// unless another run uses it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { acquireEmbeddedPostgres } from '../../src/store/database/embedded-postgres.ts'
import { TEST_DATA_DIR } from './database.ts'

if (existsSync(join(TEST_DATA_DIR, 'postgres'))) {
  const { release } = await acquireEmbeddedPostgres({ dataDir: TEST_DATA_DIR })
  await release({ remove: true })
}
