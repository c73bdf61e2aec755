// The pages of the documentation as a reader has them: blocks to paste, and what they print.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'

export const ROOT = join(import.meta.dirname, '../..')

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export const pages: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

export interface Block {
  page: string
  commands: string
  /** What stands right after the commands; undefined where nothing does. */
  output: string | undefined
}

/** The blocks of commands on a page, from top to bottom. */
export function blocksOf(page: string): Block[] {
  const fences = [...readPage(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ([, language, text]) => ({ language, text: text! }),
  )
  return fences.flatMap(({ language, text }, index) => {
    if (language !== 'sh') return []
    const next = fences[index + 1]
    return [{ page, commands: text, output: next?.language === 'text' ? next.text : undefined }]
  })
}

/** Without what differs from run to run: ids, times, durations. */
export function stable(text: string): string {
  return text
    .replace(/ord_[0-9a-f]{32}/g, 'ord_…')
    .replace(/[0-9a-f]{32}/g, 'trace…')
    .replace(/\d\d\/\d\d\/\d{4} \d\d:\d\d/g, 'dd/mm/yyyy hh:mm')
    .replace(/ *\d+ ms/g, ' … ms')
    .trim()
}

const END_OF_BLOCK = '== end of block =='

/**
 * Each command is a process. This spares it the hooks of the test runner, and npm, which would only
 * look up the same file.
 */
const HASTE = `unset NODE_OPTIONS
npx () { command=$1; shift; "node_modules/.bin/$command" "$@"; }`

/** Pastes the blocks into one shell, one after the other; answers what each printed. */
export function paste(
  shell: string,
  blocks: readonly Block[],
  environment: Record<string, string>,
  adapt: (script: string) => string,
): string[] {
  const pasted = blocks.map(({ commands }) => `${commands}\necho; echo '${END_OF_BLOCK}'`)
  const script = [HASTE, ...pasted].join('\n')
  const printed = execFileSync(shell, ['-c', adapt(script)], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return printed.split(END_OF_BLOCK)
}

/** Starts a process of the project; answers what it printed up to the line with `readyWord`. */
export async function start(
  t: Test,
  args: readonly string[],
  environment: Record<string, string>,
  readyWord: string,
): Promise<string> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.teardown(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  })
  let printed = ''
  for await (const line of createInterface(child.stderr)) {
    printed += `${line}\n`
    if (line.includes(readyWord)) break
  }
  child.stderr.resume()
  return printed
}

export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'epos-docs-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}
