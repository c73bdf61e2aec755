// The file in which the sandbox keeps its state, and what somebody may have made of it.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createSandbox } from '../../../src/sandbox/server.ts'
import { newFolder } from './dojo.ts'

export const fileOf = (t: Test): string => join(newFolder(t), 'state.json')

/** A file that cannot be read is an error that says so, and stays as it is. */
export async function checkUnreadable(t: Test, text: string): Promise<void> {
  const stateFile = fileOf(t)
  await writeFile(stateFile, text)
  const outcome = await createSandbox({ stateFile }).then(
    async (sandbox) => {
      await sandbox.close()
      return undefined
    },
    (error: Error) => error,
  )
  t.match(outcome?.message, stateFile, 'it names the file')
  t.match(outcome?.message, /^Cannot read the state in /, 'and what is wrong')
  t.equal(await readFile(stateFile, 'utf8'), text)
}
