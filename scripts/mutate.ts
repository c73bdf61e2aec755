// Makes small wrong edits of the source, one at a time, and counts how many the tests notice.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Option } from 'commander'
import { processIo } from './cli/io.ts'
import { choiceOption, textOption } from './cli/options.ts'
import { Cli, newCommand, runProgram, UsageFault } from './cli/program.ts'
import { arguedIn, outdatedArguments, type Argued } from './mutate/argued.ts'
import { createCompiler, type Compiler } from './mutate/compiler.ts'
import { roomOf, ROOMS } from './mutate/coverage.ts'
import { LinesFile } from './mutate/lines-file.ts'
import { applied, mutantsOf, named, type Mutant } from './mutate/mutants.ts'
import { sourcesIn, Trials } from './mutate/trial.ts'

const ROOT = join(import.meta.dirname, '..')
/** What became known, for the next run. */
const KEPT = join(ROOT, 'node_modules/.cache/mutate')

interface Options {
  room?: string
  file: string
  count: number
  seed: number
  seconds: number
  minutes: number
  again?: boolean
  list?: boolean
}

interface Candidate {
  name: string
  mutant: Mutant
  argued: Argued | undefined
}

/** What came of an edit; refused by the compiler, it counts for nothing. */
interface Outcome {
  name: string
  fate: 'noticed' | 'survived' | 'refused'
  noticedBy?: string
  tests?: number
}

const cli = new Cli(processIo())
const command = newCommand(
  cli,
  'npm run mutate --',
  'Makes small wrong edits of the source, one at a time and in memory, and runs the tests that ' +
    'reach the place. An edit that no test notices is printed as SURVIVED: either a test is ' +
    'missing, or the edit changes nothing. An interrupted run goes on where it stopped: what ' +
    'came of an edit is kept until its line changes.',
)
  .addOption(choiceOption('--room <room>', 'edit only this room', ROOMS))
  .addOption(textOption('--file <text>', 'edit only files whose path contains this').default(''))
  .addOption(numberOption('--count <n>', 'how many edits, chosen by chance').default(300))
  .addOption(numberOption('--seed <n>', 'repeats a choice').default(2026))
  .addOption(
    numberOption('--seconds <n>', 'begin no other test of an edit after this time').default(45),
  )
  .addOption(numberOption('--minutes <n>', 'make no other edit after this time').default(600))
  .option('--again', 'try those that survived once more')
  .option('--list', 'print what is known of the edits, and run nothing')
  .action(async (options: Options) => {
    const candidates = candidatesOf(options)
    const { count, seed, minutes } = options
    const untilMs = performance.now() + minutes * 60_000
    cli.print(`${count} of ${candidates.length} edits, --seed ${seed}`)
    for (const edit of outdatedArguments(mutantsIn)) cli.print(`argued, and not there: ${edit}`)
    const outcomes = new LinesFile<Outcome>(join(KEPT, 'outcomes.jsonl'))
    const known = new Map(outcomes.read().map((outcome) => [outcome.name, outcome]))
    const finder = options.list === true ? undefined : createFinder(options.seconds, outcomes)
    try {
      const chosen: [Candidate, Outcome | undefined][] = []
      for (const candidate of candidates) {
        if (chosen.length >= count) break
        let outcome = known.get(candidate.name)
        const isOpen = outcome === undefined || (options.again && outcome.fate === 'survived')
        if (isOpen && performance.now() < untilMs) {
          outcome = (await finder?.find(candidate)) ?? outcome
        }
        if (outcome?.fate === 'refused') continue
        chosen.push([candidate, outcome])
        cli.print(spoken(candidate, outcome))
      }
      printScores(chosen)
    } finally {
      await finder?.end()
    }
  })
process.exitCode = await runProgram(command, cli, process.argv.slice(2))

function numberOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const number = Number(text)
    if (Number.isSafeInteger(number) && number >= 0) return number
    throw new UsageFault(`A whole number is needed, not ${text}.`)
  })
}

/**
 * In an order by chance that the seed repeats, and that stays what it is for all other edits when
 * one comes or goes.
 */
function candidatesOf({ room, file, seed }: Options): Candidate[] {
  const rooms = room === undefined ? ROOMS : [room]
  const paths = rooms.flatMap((name) => sourcesIn(ROOT, name)).filter((path) => path.includes(file))
  const rankOf = (name: string): string =>
    createHash('sha256').update(`${seed}\n${name}`).digest('hex')
  return paths
    .flatMap((path) => {
      const mutants = mutantsIn(path)
      const argued = arguedIn(mutants)
      return [...named(mutants)].map(([name, mutant]) => {
        return { name, mutant, argued: argued.get(name), rank: rankOf(name) }
      })
    })
    .filter(({ argued }) => argued?.changesNothing !== true)
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
}

function mutantsIn(path: string): Mutant[] {
  return mutantsOf(path, readFileSync(join(ROOT, path), 'utf8'))
}

interface Finder {
  find: (candidate: Candidate) => Promise<Outcome>
  end: () => Promise<void>
}

/** Finds out what comes of an edit; prepared when the first one is asked for. */
function createFinder(seconds: number, outcomes: LinesFile<Outcome>): Finder {
  let trials: Trials | undefined
  let compiler: Compiler | undefined
  const ready = async (): Promise<Trials> => {
    if (trials !== undefined) return trials
    cli.print('The tests that changed are run without an edit first, to see what they reach.')
    trials = new Trials(ROOT, seconds)
    const failed = await trials.learn(join(KEPT, 'reaches.jsonl'))
    for (const name of failed) cli.print(`fails without an edit, and is left out: ${name}`)
    return trials
  }
  return {
    async find({ name, mutant }) {
      compiler ??= createCompiler(ROOT)
      const text = readFileSync(join(ROOT, mutant.path), 'utf8')
      const outcome: Outcome = { name, fate: 'refused' }
      if (!compiler.refuses(mutant.path, applied(text, mutant))) {
        const { noticedBy, tests } = await (await ready()).try(mutant)
        const fate = noticedBy === undefined ? 'survived' : 'noticed'
        Object.assign(outcome, { fate, noticedBy, tests })
      }
      outcomes.add(outcome)
      return outcome
    },
    async end() {
      await trials?.end()
    },
  }
}

function printScores(chosen: ReadonlyArray<[Candidate, Outcome | undefined]>): void {
  const rows = new Map<string, { edits: number; noticed: number; argued: number }>()
  for (const [{ mutant, argued }, outcome] of chosen) {
    for (const name of [roomOf(mutant.path), 'all']) {
      const row = rows.get(name) ?? { edits: 0, noticed: 0, argued: 0 }
      rows.set(name, row)
      row.edits++
      if (outcome?.fate === 'noticed') row.noticed++
      else if (argued !== undefined) row.argued++
    }
  }
  const all = rows.get('all')
  rows.delete('all')
  if (all !== undefined) rows.set('all', all)
  cli.printTable(
    ['room', 'edits', 'noticed', 'survived, with a reason', 'percent'],
    [...rows].map(([room, { edits, noticed, argued }]) =>
      [room, edits, noticed, argued, Math.round((100 * noticed) / edits)].map(String),
    ),
  )
}

function spoken({ mutant, argued }: Candidate, outcome: Outcome | undefined): string {
  const short = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 60)
  const { path, line, kind, before, after } = mutant
  const edit = `${path}:${line} ${kind}: ${short(before)} -> ${short(after)}`
  if (outcome === undefined) return `${edit}: not tried yet`
  if (outcome.fate === 'noticed') return `${edit}: noticed by ${outcome.noticedBy}`
  const reason = argued === undefined ? '' : `, ${argued.because}`
  return `${edit}: SURVIVED ${outcome.tests} tests${reason}`
}
