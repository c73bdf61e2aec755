// Makes small wrong edits of the source, one at a time, and counts how many the tests notice.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Option } from 'commander'
import { processIo } from './cli/io.ts'
import { choiceOption, textOption } from './cli/options.ts'
import { Cli, newCommand, runProgram, UsageFault } from './cli/program.ts'
import { roomOf, ROOMS, testsOf } from './mutate/coverage.ts'
import { applied, mutantsOf, type Mutant } from './mutate/mutants.ts'

const ROOT = join(import.meta.dirname, '..')
const COPIED = ['src', 'test', 'scripts', 'bin', 'prisma', 'openapi', 'docs', 'README.md']
const COPIED_SETTINGS = ['package.json', '.taprc', 'tsconfig.json']
const LONGEST_MS = 600_000

interface Options {
  room?: string
  file: string
  count: number
  seed: number
  list?: boolean
}

interface Score {
  noticed: number
  survived: number
}

const cli = new Cli(processIo())
const command = newCommand(
  cli,
  'npm run mutate --',
  'Makes small wrong edits of a copy of the source, one at a time, and runs the tests that look ' +
    'at the file. An edit that no test notices is printed as SURVIVED: either a test is missing, ' +
    'or the edit changes nothing. Takes a minute or so for each edit.',
)
  .addOption(choiceOption('--room <room>', 'edit only this room', ROOMS))
  .addOption(textOption('--file <text>', 'edit only files whose path contains this').default(''))
  .addOption(numberOption('--count <n>', 'how many edits, chosen by chance').default(300))
  .addOption(numberOption('--seed <n>', 'repeats a choice').default(Date.now() % 100_000))
  .option('--list', 'print the edits and run nothing')
  .action(async ({ room, file, count, seed, list }: Options) => {
    const rooms = room === undefined ? ROOMS : [room]
    const paths = rooms.flatMap(sourcesIn).filter((path) => path.includes(file))
    const all = paths.flatMap((path) => mutantsOf(path, readFileSync(join(ROOT, path), 'utf8')))
    const chosen = sample(all, count, seed)
    cli.print(`${chosen.length} of ${all.length} edits, --seed ${seed}`)
    if (list === true) for (const mutant of chosen) cli.print(spoken(mutant))
    else await run(chosen)
  })
process.exitCode = await runProgram(command, cli, process.argv.slice(2))

function numberOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const number = Number(text)
    if (Number.isSafeInteger(number) && number >= 0) return number
    throw new UsageFault(`A whole number is needed, not ${text}.`)
  })
}

async function run(mutants: readonly Mutant[]): Promise<void> {
  const copy = copyOfProject()
  try {
    await provePassing(copy, mutants)
    printScores(await scoresOf(copy, mutants))
  } finally {
    await runNode(copy, 'test/support/stop-database.ts')
    rmSync(copy, { recursive: true, force: true })
  }
}

/** A test that fails without any edit would notice everything. */
async function provePassing(copy: string, mutants: readonly Mutant[]): Promise<void> {
  cli.print('The tests are run without an edit first.')
  const tests = new Set(mutants.flatMap(({ path }) => testsOf(path)))
  const { passed, failures } = await runTests(copy, [...tests])
  if (!passed) throw new Error(`Without any edit these tests fail:\n${failures}`)
}

async function scoresOf(copy: string, mutants: readonly Mutant[]): Promise<Map<string, Score>> {
  const scores = new Map<string, Score>()
  for (const mutant of mutants) {
    const { passed } = await runTestsWith(copy, mutant)
    const room = roomOf(mutant.path)
    const score = scores.get(room) ?? { noticed: 0, survived: 0 }
    if (passed) score.survived++
    else score.noticed++
    scores.set(room, score)
    cli.print(`${passed ? 'SURVIVED' : 'noticed '} ${spoken(mutant)}`)
  }
  return scores
}

function printScores(scores: ReadonlyMap<string, Score>): void {
  cli.printTable(
    ['room', 'edits', 'noticed', 'percent'],
    [...scores].map(([room, { noticed, survived }]) => {
      const edits = noticed + survived
      return [room, edits, noticed, Math.round((100 * noticed) / edits)].map(String)
    }),
  )
}

async function runTestsWith(copy: string, mutant: Mutant): Promise<Result> {
  const path = join(copy, mutant.path)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, applied(text, mutant))
  try {
    return await runTests(copy, testsOf(mutant.path))
  } finally {
    writeFileSync(path, text)
  }
}

interface Result {
  passed: boolean
  failures: string
}

/** Runs the tests in one process, up to the first failure. */
async function runTests(copy: string, tests: readonly string[]): Promise<Result> {
  const runner = 'test/together/mutated.ts'
  const list = tests.map((test) => `'${test}'`).join(', ')
  writeFileSync(
    join(copy, runner),
    `import { runTogether } from '../support/together.ts'\n\nawait runTogether(${list})\n`,
  )
  return await runNode(copy, runner)
}

async function runNode(copy: string, file: string): Promise<Result> {
  const child = spawn(process.execPath, [file], {
    cwd: copy,
    env: { ...process.env, TAP_BAIL: '1', TAP_TIMEOUT: String(LONGEST_MS / 1_000) },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  })
  const failures: string[] = []
  for await (const line of createInterface(child.stdout)) {
    if (/^\s*(not ok|Bail out!)/.test(line)) failures.push(line)
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return { passed: child.exitCode === 0, failures: failures.join('\n') }
}

/** Beside the project's own files, so that nothing is lost when this is interrupted. */
function copyOfProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'epos-mutate-'))
  for (const name of [...COPIED, ...COPIED_SETTINGS]) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

function sourcesIn(room: string): string[] {
  return readdirSync(join(ROOT, 'src', room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('generated'))
    .map((name) => `src/${room}/${name}`)
    .sort()
}

/** A choice by chance that the seed repeats. */
function sample<T>(from: readonly T[], count: number, seed: number): T[] {
  const rest = [...from]
  const chosen: T[] = []
  let state = seed
  while (chosen.length < count && rest.length > 0) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    chosen.push(...rest.splice(Math.floor((state / 2 ** 32) * rest.length), 1))
  }
  return chosen
}

function spoken({ path, line, kind, before, after }: Mutant): string {
  const short = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 60)
  return `${path}:${line} ${kind}: ${short(before)} -> ${short(after)}`
}
