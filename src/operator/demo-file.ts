// DATA_DIR/demo.json: where the demo venue is and what opens it, for the examples of the guides.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Demo {
  url: string
  locationId: string
  username: string
  password: string
  /** Signs a manager in to the console. */
  consoleToken: string
}

export function demoFile(dataDir: string): string {
  return join(dataDir, 'demo.json')
}

/** Undefined when there is no such file, or when it is not one that this server wrote. */
export function readDemo(dataDir: string): Demo | undefined {
  try {
    const { url, locationId, username, password, consoleToken } = JSON.parse(
      readFileSync(demoFile(dataDir), 'utf8'),
    ) as Record<string, unknown>
    return { url, locationId, username, password, consoleToken } as Demo
  } catch {
    return undefined
  }
}

/** Only its owner may read it. */
export function writeDemo(dataDir: string, demo: Demo): void {
  const { url, locationId, username, password, consoleToken } = demo
  const file = demoFile(dataDir)
  const kept = { url, locationId, username, password, consoleToken }
  const text = JSON.stringify(kept, undefined, 2)
  writeFileSync(file, `${text}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}
