// Keeps the sandbox's state in a file. A moment after each change the whole state is written beside
// the file and moved into its place.
import { access, constants, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { limits } from '../limits.ts'
import type { State } from './state.ts'
import { stateFromText, stateToText } from './state-text.ts'
import type { Simulation } from './simulation.ts'

export interface StateFile {
  /** The state from the file; undefined when there was no file. */
  restored: State | undefined
  changed: (simulation: Simulation) => void
  /** Writes what has not been written yet. */
  close: (simulation: Simulation) => Promise<void>
}

/** @throws Error when the file cannot be read or is not a state */
export async function openStateFile(path: string): Promise<StateFile> {
  const restored = await readState(path)
  await mkdir(dirname(path), { recursive: true })
    .then(async () => {
      await access(dirname(path), constants.W_OK)
    })
    .catch((error: Error) => {
      throw new Error(`Cannot keep the state in ${path}: ${error.message}.`)
    })
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let writing = Promise.resolve()
  const write = (simulation: Simulation): void => {
    clearTimeout(timer)
    timer = undefined
    writing = writing
      .then(async () => {
        // The file holds API keys and credentials.
        await writeFile(`${path}.new`, stateToText(simulation.state()), { mode: 0o600 })
        await rename(`${path}.new`, path)
      })
      .catch((error: Error) => {
        process.stderr.write(`Cannot write the state to ${path}: ${error.message}\n`)
      })
  }
  return {
    restored,
    changed: (simulation) => {
      if (!closed) {
        timer ??= setTimeout(() => {
          write(simulation)
        }, limits.stateFlushMs)
      }
    },
    close: async (simulation) => {
      if (timer !== undefined) write(simulation)
      closed = true
      await writing
    },
  }
}

async function readState(path: string): Promise<State | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`Cannot read the state in ${path}: ${(error as Error).message}.`)
  }
  try {
    return stateFromText(text)
  } catch (error) {
    throw new Error(
      `Cannot read the state in ${path}: ${(error as Error).message}. ` +
        'Remove the file to start afresh.',
    )
  }
}
