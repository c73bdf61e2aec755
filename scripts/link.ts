// Puts `epos` among the commands of node_modules/.bin, where npx looks first. npm itself links the
// commands of dependencies only; without the link npx would install this package once more.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../node_modules/.bin')

// Windows needs another kind of file for a command; npx finds it by package.json there.
if (process.platform !== 'win32') {
  mkdirSync(FOLDER, { recursive: true })
  rmSync(join(FOLDER, 'epos'), { force: true })
  symlinkSync('../../bin/epos.js', join(FOLDER, 'epos'))
}
