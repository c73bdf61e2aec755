// A file of JSON, a line for each thing that became known: an interrupted run goes on after it.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

export class LinesFile<T> {
  readonly path: string

  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true })
  }

  read(): T[] {
    if (!existsSync(this.path)) return []
    const lines = readFileSync(this.path, 'utf8').split('\n')
    return lines.filter((line) => line !== '').flatMap(parsed<T>)
  }

  add(value: T): void {
    appendFileSync(this.path, `${JSON.stringify(value)}\n`)
  }
}

/** The last line may have been cut in its middle. */
function parsed<T>(line: string): T[] {
  try {
    return [JSON.parse(line) as T]
  } catch {
    return []
  }
}
