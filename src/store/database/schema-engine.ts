// Prisma's schema engine as WebAssembly, in its own thread: ending the thread frees the engine's
// memory, and ends a timer of ten seconds that would otherwise keep the process alive.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import type { ApplyMigrationsInput, DiffParams } from '@prisma/schema-engine-wasm'
import { openPool } from './pool.ts'

export type EngineTask =
  { do: 'apply'; input: ApplyMigrationsInput } | { do: 'diff'; input: DiffParams }

interface Assignment {
  databaseUrl: string
  schema: [path: string, content: string]
  task: EngineTask
}
type Outcome = { result: string[] } | { error: string }

/** Resolves to the names of the applied migrations, or to the one SQL text of a diff. */
export async function runSchemaEngine(
  databaseUrl: string,
  schema: [path: string, content: string],
  task: EngineTask,
): Promise<string[]> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { databaseUrl, schema, task } satisfies Assignment,
  })
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject)
    })
    if ('error' in outcome) throw new Error(outcome.error)
    return outcome.result
  } finally {
    await worker.terminate()
  }
}

// @types/node leaves this global to the DOM library, which has no place on a server.
declare const WebAssembly: {
  instantiate: (
    binary: Uint8Array,
    imports: Record<string, unknown>,
  ) => Promise<{ instance: { exports: Record<string, unknown> } }>
}

async function work({ databaseUrl, schema, task }: Assignment): Promise<string[]> {
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const binary = readFileSync(
    createRequire(import.meta.url)
      .resolve('@prisma/schema-engine-wasm')
      .replace(/schema_engine\.js$/, 'schema_engine_bg.wasm'),
  )
  const { instance } = await WebAssembly.instantiate(binary, { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  ;(instance.exports['__wbindgen_start'] as () => void)()
  // Its own pool, closed here: freeing the engine closes nothing.
  // A migration is one transaction, in which Citus changes a table that is whole on every node
  // after one that is distributed only if it goes shard by shard. PostgreSQL alone ignores this.
  const onConnect = async (client: pg.ClientBase): Promise<void> => {
    await client.query("SET citus.multi_shard_modify_mode = 'sequential'")
  }
  const pool = openPool({ connectionString: databaseUrl, max: 2, onConnect })
  const adapter = bindMigrationAwareSqlAdapterFactory(
    new PrismaPg(pool, { disposeExternalPool: false }),
  )
  const engine = await glue.SchemaEngine.new({ datamodels: [schema] }, () => {}, adapter)
  try {
    if (task.do === 'apply') return (await engine.applyMigrations(task.input)).appliedMigrationNames
    return [(await engine.diff(task.input)).stdout ?? '']
  } finally {
    engine.free()
    await pool.end()
  }
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort
  work(workerData as Assignment).then(
    (result) => {
      port.postMessage({ result } satisfies Outcome)
    },
    (error: unknown) => {
      port.postMessage({ error: (error as Error).message } satisfies Outcome)
    },
  )
}
