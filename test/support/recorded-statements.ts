// The prepared statements that tests used, each with the values of one use, for those who look at
// them afterwards. `RECORD_STATEMENTS` names the folder.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import pg from 'pg'

export interface RecordedStatement {
  text: string
  values: unknown[]
}

type Recorded = Map<string, RecordedStatement>

/** Writes them down when the process ends. */
export function recordStatements(folder: string): void {
  const recorded: Recorded = new Map()
  const prototype = pg.Client.prototype as { query: (...args: unknown[]) => unknown }
  const { query } = prototype
  prototype.query = function (this: unknown, ...args: unknown[]) {
    const { name, text, values } = (args[0] ?? {}) as Partial<RecordedStatement> & { name?: string }
    if (name !== undefined && text !== undefined && !recorded.has(name)) {
      recorded.set(name, { text, values: values ?? [] })
    }
    return query.apply(this, args)
  }
  process.once('exit', () => {
    writeFileSync(join(folder, `${process.pid}.statements`), serialize(recorded))
  })
}

export function readStatementsOf(folder: string): Recorded {
  const files = readdirSync(folder).filter((name) => name.endsWith('.statements'))
  return new Map(
    files.flatMap((name) => [...(deserialize(readFileSync(join(folder, name))) as Recorded)]),
  )
}
