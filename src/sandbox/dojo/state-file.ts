// Keeps the sandbox's state in a file: written whole beside it and moved into place, a moment after
// each change.
import { access, constants, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { limits } from '../limits.ts'
import { stateFromText, stateToText, type State } from './state.ts'
import type { Simulation } from './simulation.ts'

export interface StateFile {
  /** What the file held; undefined where there was none. */
  restored: State | undefined
  changed: (simulation: Simulation) => void
  /** Writes what is not written yet. */
  close: (simulation: Simulation) => Promise<void>
}

/** @throws Error when there is a file and it is no state */
export async function openStateFile(path: string): Promise<StateFile> {
  const restored = await readState(path)
  await mkdir(dirname(path), { recursive: true })
    .then(async () => {
      await access(dirname(path), constants.W_OK)
    })
    .catch((error: Error) => {
      throw new Error(`The state cannot be kept in ${path}: ${error.message}.`)
    })
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let writing = Promise.resolve()
  const write = (simulation: Simulation): void => {
    clearTimeout(timer)
    timer = undefined
    writing = writing
      .then(async () => {
        // Keys and credentials are in it.
        await writeFile(`${path}.new`, stateToText(simulation.state()), { mode: 0o600 })
        await rename(`${path}.new`, path)
      })
      .catch((error: Error) => {
        process.stderr.write(`The state could not be written to ${path}: ${error.message}\n`)
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
    throw new Error(`The state in ${path} cannot be read: ${(error as Error).message}.`)
  }
  try {
    return stateFromText(text)
  } catch (error) {
    throw new Error(
      `The state in ${path} cannot be read: ${(error as Error).message}. Remove the file to start anew.`,
    )
  }
}
