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
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { Option } from 'commander'
import { processIo } from './cli/io.ts'
import { choiceOption, textOption } from './cli/options.ts'
import { Cli, newCommand, runProgram, UsageFault } from './cli/program.ts'
import { roomOf, ROOMS, TESTS, testsReaching, type Place, type Reach } from './mutate/coverage.ts'
import { applied, mutantsOf, type Mutant } from './mutate/mutants.ts'

const ROOT = join(import.meta.dirname, '..')
const NOT_COPIED = ['.data', '.git', '.tap', 'node_modules']
const ALL_TESTS_MS = 1_800_000
const LONGEST_MS = 150_000

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
  'Makes small wrong edits of a copy of the source, one at a time, and runs the tests that ' +
    'reach its place. An edit that no test notices is printed as SURVIVED: either a test is ' +
    'missing, or the edit changes nothing.',
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
    cli.print('The tests are run without an edit first, to see which of them reach which place.')
    printScores(await scoresOf(copy, mutants, await reachesOf(copy, mutants)))
  } finally {
    await runNode(copy, { file: ['test/support/stop-database.ts'] })
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Without the tests that fail without an edit: they would notice everything. */
async function reachesOf(copy: string, mutants: readonly Mutant[]): Promise<Reach[]> {
  const places = mutants.map(({ path, start, atLoad }): Place => {
    return { path: join(copy, path), at: start, atLoad }
  })
  const [asked, answer] = [join(copy, 'places.json'), join(copy, 'reach.json')]
  writeFileSync(asked, JSON.stringify(places))
  const { failed } = await runNode(copy, {
    file: ['test/support/reach.ts', asked, answer, ...TESTS],
    longestMs: ALL_TESTS_MS,
  })
  for (const name of failed) cli.print(`fails without an edit, and is left out: ${name}`)
  const reaches = JSON.parse(readFileSync(answer, 'utf8')) as Reach[]
  return reaches.filter(({ test }) => !failed.includes(test))
}

async function scoresOf(
  copy: string,
  mutants: readonly Mutant[],
  reaches: readonly Reach[],
): Promise<Map<string, Score>> {
  const scores = new Map<string, Score>()
  for (const [n, mutant] of mutants.entries()) {
    const tests = testsReaching(reaches, n, dirname(mutant.path).replace('src/', ''))
    const noticer = await noticerOf(copy, mutant, tests)
    const room = roomOf(mutant.path)
    const score = scores.get(room) ?? { noticed: 0, survived: 0 }
    if (noticer === undefined) score.survived++
    else score.noticed++
    scores.set(room, score)
    const fate = noticer === undefined ? `SURVIVED ${tests.length} tests` : `noticed by ${noticer}`
    cli.print(`${spoken(mutant)}: ${fate}`)
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

/** The test that fails with the edit, and again alone: a busy machine makes some fail once. */
async function noticerOf(
  copy: string,
  mutant: Mutant,
  tests: readonly string[],
): Promise<string | undefined> {
  const path = join(copy, mutant.path)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, applied(text, mutant))
  try {
    let rest = tests
    while (rest.length > 0) {
      const first = await firstFailing(copy, rest)
      if (first === undefined) return undefined
      if ((await firstFailing(copy, [first])) !== undefined) return first
      rest = rest.slice(rest.indexOf(first) + 1)
    }
    return undefined
  } finally {
    writeFileSync(path, text)
  }
}

async function firstFailing(copy: string, tests: readonly string[]): Promise<string | undefined> {
  const runner = 'test/together/mutated.ts'
  writeFileSync(
    join(copy, runner),
    `import { runTogether } from '../support/together.ts'

await runTogether(...${JSON.stringify(tests)})
`,
  )
  const { passed, failed } = await runNode(copy, { file: [runner], environment: { TAP_BAIL: '1' } })
  // A source that cannot even be loaded fails before any test has begun.
  return passed ? undefined : (failed[0] ?? tests[0])
}

interface Process {
  /** And its arguments. */
  file: readonly string[]
  longestMs?: number
  environment?: NodeJS.ProcessEnv
}

interface Result {
  passed: boolean
  /** Test files. */
  failed: string[]
}

async function runNode(
  copy: string,
  { file, longestMs = LONGEST_MS, environment = {} }: Process,
): Promise<Result> {
  const child = spawn(process.execPath, file, {
    cwd: copy,
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: join(copy, 'compiled'),
      TAP_TIMEOUT: String(longestMs / 1_000),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: longestMs,
    killSignal: 'SIGKILL',
  })
  const failed: string[] = []
  let running: string | undefined
  for await (const line of createInterface(child.stdout)) {
    running = /^# Subtest: (.*)$/.exec(line)?.[1] ?? running
    const name = /^not ok \d+ - (\S+\.test\.ts)/.exec(line)?.[1]
    if (name !== undefined) failed.push(name)
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  const passed = child.exitCode === 0
  if (!passed && failed.length === 0 && running !== undefined) failed.push(running)
  return { passed, failed }
}

/** Beside the project's own files, so that nothing is lost when this is interrupted. */
function copyOfProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'epos-mutate-'))
  for (const name of readdirSync(ROOT).filter((name) => !NOT_COPIED.includes(name))) {
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
