// Generates the types of the contract and the Prisma client. It shares no code with the other
// commands, since they need what it makes.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { parse as parseYaml } from 'yaml'
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript'

const HELP = `Usage: npm run generate -- [--check]

Makes src/contract/generated from the documents in openapi/, and src/store/generated from
prisma/schema.prisma.

  --check   changes nothing; names the files that are out of date, with exit code 1 if there are any
`

const ROOT = join(import.meta.dirname, '..')
/** The API that Dojo calls, and the API of Dojo that we call. */
const DOCUMENTS = ['epos-data', 'dojo-api']
const CONTRACT = 'src/contract/generated'
const STORE = 'src/store/generated'

async function main(): Promise<void> {
  const { check, help } = parseArgs({
    options: { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    strict: true,
  }).values
  if (help === true) {
    process.stdout.write(HELP)
    return
  }
  const fresh = mkdtempSync(join(tmpdir(), 'epos-generate-'))
  try {
    for (const name of DOCUMENTS) await generateContract(fresh, name)
    generateStore(fresh)
    const stale = [CONTRACT, STORE].flatMap((folder) => differences(fresh, folder))
    if (check !== true) for (const file of stale) replace(fresh, file)
    report(stale, check === true)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

async function generateContract(root: string, name: string): Promise<void> {
  const source = join(ROOT, `openapi/${name}.yaml`)
  const types = await openapiTS(pathToFileURL(source), { silent: true })
  mkdirSync(join(root, CONTRACT), { recursive: true })
  // The same document as JSON: parsing YAML at start would cost the server 30 MB of memory.
  writeFileSync(
    join(root, CONTRACT, `${name}.json`),
    `${JSON.stringify(parseYaml(readFileSync(source, 'utf8')), null, 2)}\n`,
  )
  writeFileSync(join(root, CONTRACT, `${name}.ts`), `${COMMENT_HEADER}${astToString(types)}`)
}

/** The schema's output path is relative to the schema, so a copy generates below the new root. */
function generateStore(root: string): void {
  const schema = join(root, 'prisma/schema.prisma')
  cpSync(join(ROOT, 'prisma/schema.prisma'), schema)
  const { status, error, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/prisma/build/index.js'), 'generate', '--schema', schema],
    {
      cwd: root,
      encoding: 'utf8',
      // Prisma insists on a native engine that generating does not use. Any file will do, and
      // keeps it from downloading one.
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        CHECKPOINT_DISABLE: '1',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
      },
    },
  )
  if (status !== 0) {
    throw new Error(`prisma generate failed: ${error?.message ?? `${stderr}${stdout}`.trim()}`)
  }
}

/** The files that differ or exist on one side only, relative to either root. */
function differences(fresh: string, folder: string): string[] {
  const names = new Set([...filesBelow(fresh, folder), ...filesBelow(ROOT, folder)])
  return [...names].sort().filter((name) => contentOf(ROOT, name) !== contentOf(fresh, name))
}

function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

const contentOf = (root: string, name: string): string | undefined =>
  existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : undefined

function replace(fresh: string, name: string): void {
  const content = contentOf(fresh, name)
  const file = join(ROOT, name)
  if (content === undefined) {
    rmSync(file)
    return
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}

function report(stale: readonly string[], check: boolean): void {
  if (stale.length === 0) {
    process.stdout.write('The generated files are up to date.\n')
  } else if (check) {
    process.stderr.write(`Stale: ${stale.join(', ')}. Make them with: npm run generate\n`)
    process.exitCode = 1
  } else {
    process.stdout.write(`Generated ${stale.join(', ')}.\n`)
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode =
    (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true ? 2 : 1
})
