import { flushCompileCache } from 'node:module'
import { join, resolve } from 'node:path'
import { TEST_DATA_DIR } from './database.ts'

const FOLDER = resolve(process.env['NODE_COMPILE_CACHE'] ?? join(TEST_DATA_DIR, 'compiled'))

/**
 * What a process of the project gets in its environment: dozens of them read the same files as this
 * one, and most are killed before they could keep what they compiled.
 */
export function compileCache(): { NODE_COMPILE_CACHE: string } {
  flushCompileCache()
  return { NODE_COMPILE_CACHE: FOLDER }
}
