// The generator of the contract's types, the Prisma client, and what browsers load. It shares no
// code with the other commands, since they need what it makes.
import { execFile } from 'node:child_process'
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
import type { Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { parse as parseYaml, stringify as stringifyYaml } from 'yaml'
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript'
import { COLLECTIONS, collectionOf, writeCollections } from './collections.ts'
import { BUILT, buildPages } from './page-builder.ts'

const HELP = `Usage: npm run generate -- [--check]

Makes src/contract/generated from the documents in openapi/, src/store/generated from
prisma/schema.prisma, src/page/built from the pages in src/*/browser, src/till-client/generated
from the till API's own document, dist from src/till-client and src/adapter, and collections (for
Bruno and Postman) from the documents of both APIs.

  --check   changes nothing; names the files that are out of date, with exit code 1 if there are any
`

const PROJECT = join(import.meta.dirname, '..')
/** The API that Dojo calls, the same over a socket, and the APIs of Dojo that we call. */
const DOCUMENTS = ['epos-data', 'epos-data-ws', 'dojo-api', 'pac-websockets']
const SOURCES = 'openapi'
const CONTRACT = 'src/contract/generated'
const STORE = 'src/store/generated'
const TILL_CLIENT = 'src/till-client/generated'
/** The kit as JavaScript: Node.js runs no TypeScript below node_modules, where others have it. */
const KIT = 'dist'
/** What makes the document of the till API. It needs all the rest. */
const TILL_DOCUMENT = 'src/till/document.ts'
/** More than these are counted instead of named. */
const FEW_FILES = 12

interface Streams {
  stdout: Writable
  stderr: Writable
}

/**
 * Runs one command line.
 * @param root the tree to work on
 * @returns the exit code: 0 done, 1 failed or out of date, 2 typed wrongly
 */
export async function run(
  argv: readonly string[],
  { stdout, stderr }: Streams,
  root = PROJECT,
): Promise<number> {
  try {
    const { check = false, help } = parseArgs({
      args: [...argv],
      options: { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      strict: true,
    }).values
    if (help === true) {
      stdout.write(HELP)
      return 0
    }
    const stale = await generate(root, check)
    if (stale.length === 0) stdout.write('The generated files are up to date.\n')
    else if (!check) stdout.write(`Generated ${inShort(stale)}.\n`)
    else stderr.write(`Stale: ${inShort(stale)}. Make them with: npm run generate\n`)
    return check && stale.length > 0 ? 1 : 0
  } catch (error) {
    stderr.write(`${(error as Error).message}\n`)
    const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true
    return isUsage ? 2 : 1
  }
}

/** The names of a few files; of many, how many there are in each folder. */
function inShort(files: readonly string[]): string {
  if (files.length <= FEW_FILES) return files.join(', ')
  const folders = [CONTRACT, STORE, BUILT, TILL_CLIENT, KIT, COLLECTIONS].map((folder) => ({
    folder,
    count: files.filter((file) => file.startsWith(folder)).length,
  }))
  return folders
    .filter(({ count }) => count > 0)
    .map(({ folder, count }) => `${count} files in ${folder}`)
    .join(', ')
}

/** @returns the files that are not what they should be, or were not before */
async function generate(root: string, check: boolean): Promise<string[]> {
  const fresh = mkdtempSync(join(tmpdir(), 'epos-generate-'))
  try {
    cpSync(join(root, SOURCES), join(fresh, SOURCES), { recursive: true })
    mkdirSync(join(fresh, CONTRACT), { recursive: true })
    const store = generateStore(root, fresh)
    const contracts = DOCUMENTS.map((name) => generateContract(fresh, name))
    await Promise.all([store, buildPages(root, fresh), ...contracts])
    const stale = [CONTRACT, STORE, BUILT].flatMap((folder) => differences(root, fresh, folder))
    if (!check) for (const file of stale) replace(root, fresh, file)
    if (!existsSync(join(root, TILL_DOCUMENT)) || (check && stale.length > 0)) return stale
    await generateTillClient(root, fresh)
    const staleClient = differences(root, fresh, TILL_CLIENT)
    if (!check) for (const file of staleClient) replace(root, fresh, file)
    if (check && staleClient.length > 0) return [...stale, ...staleClient]
    await buildKit(root, fresh)
    const others = [KIT, COLLECTIONS].flatMap((folder) => differences(root, fresh, folder))
    if (!check) for (const file of others) replace(root, fresh, file)
    return [...stale, ...staleClient, ...others]
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

async function generateContract(fresh: string, name: string): Promise<void> {
  const source = join(fresh, SOURCES, `${name}.yaml`)
  const document = parseYaml(readFileSync(source, 'utf8')) as Document
  // The same document as JSON: parsing YAML at start would cost the server 30 MB of memory.
  writeFileSync(join(fresh, CONTRACT, `${name}.json`), `${JSON.stringify(document, null, 2)}\n`)
  if (document.asyncapi !== undefined) writeFileSync(source, schemasOf(document))
  const types = await openapiTS(pathToFileURL(source), { silent: true })
  writeFileSync(join(fresh, CONTRACT, `${name}.ts`), `${COMMENT_HEADER}${astToString(types)}`)
}

interface Document {
  asyncapi?: string
  info: object
  components: { schemas: object }
}

/** The schemas of an AsyncAPI document as an OpenAPI document, which is all the generator reads. */
function schemasOf({ info, components: { schemas } }: Document): string {
  return stringifyYaml({ openapi: '3.1.0', info, paths: {}, components: { schemas } })
}

async function generateTillClient(root: string, fresh: string): Promise<void> {
  const { tillDocument } = (await import(pathToFileURL(join(root, TILL_DOCUMENT)).href)) as {
    tillDocument: (routePrefix: string) => object
  }
  const document = tillDocument('')
  const types = await openapiTS(JSON.stringify(document), { silent: true })
  mkdirSync(join(fresh, TILL_CLIENT), { recursive: true })
  const text = `${COMMENT_HEADER}${astToString(types)}`
  writeFileSync(join(fresh, TILL_CLIENT, 'till-api.ts'), text)
  const contract = readFileSync(join(fresh, CONTRACT, 'epos-data.json'), 'utf8')
  writeCollections(fresh, [
    collectionOf('epos-data', JSON.parse(contract) as object, 'basic'),
    collectionOf('till', document, 'bearer'),
  ])
}

/** Each file by itself, so that nothing of the kit is there twice. */
async function buildKit(root: string, fresh: string): Promise<void> {
  const compiler = join(PROJECT, 'node_modules/typescript/bin/tsc')
  const project = join(root, 'tsconfig.kit.json')
  await promisify(execFile)(
    process.execPath,
    [compiler, '-p', project, '--outDir', join(fresh, KIT)],
    { cwd: root },
  ).catch((error: Error & { stdout?: string }) => {
    throw new Error(`The kit does not compile: ${error.stdout ?? error.message}`)
  })
  // The compiler rewrites the imports of code, and leaves those of declarations as they are.
  for (const file of filesBelow(fresh, KIT).filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(join(fresh, file), 'utf8')
    writeFileSync(join(fresh, file), text.replace(/(from '\.[^']*)\.ts'/g, "$1.js'"))
  }
}

/** The schema's output path is relative to the schema, so a copy generates below the new root. */
async function generateStore(root: string, fresh: string): Promise<void> {
  const schema = join(fresh, 'prisma/schema.prisma')
  cpSync(join(root, 'prisma/schema.prisma'), schema)
  try {
    await promisify(execFile)(
      process.execPath,
      [join(PROJECT, 'node_modules/prisma/build/index.js'), 'generate', '--schema', schema],
      {
        cwd: fresh,
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
  } catch (error) {
    const { message, stdout = '', stderr = '' } = error as Error & Partial<Record<string, string>>
    throw new Error(`prisma generate failed: ${`${stderr}${stdout}`.trim() || message}`)
  }
}

/** The files that differ or exist on one side only, relative to either root. */
function differences(root: string, fresh: string, folder: string): string[] {
  const names = new Set([...filesBelow(fresh, folder), ...filesBelow(root, folder)])
  return [...names].sort().filter((name) => contentOf(root, name) !== contentOf(fresh, name))
}

function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

/** Byte for byte, also of a font. */
function contentOf(root: string, name: string): string | undefined {
  return existsSync(join(root, name)) ? readFileSync(join(root, name), 'latin1') : undefined
}

function replace(root: string, fresh: string, name: string): void {
  const content = contentOf(fresh, name)
  const file = join(root, name)
  if (content === undefined) {
    rmSync(file)
    return
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content, 'latin1')
}
