// SQL that makes JSON of rows, and SQL that is made from words.

/** A timestamp as ISO 8601 in UTC. */
export function iso(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

/** One JSON object of columns by their names in it. */
export function object(fields: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(fields).map(([name, column]) => `'${name}', ${column}`)
  return `json_build_object(${pairs.join(', ')})`
}

/** What `IN` takes: words of the program's own, so that nothing in them needs escaping. */
export function listOf(words: readonly string[]): string {
  return `(${words.map((word) => `'${word}'`).join(', ')})`
}
