// Begins a program that connects a till of yours: the adapter, the client, and an example to
// change.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { choiceOption, jsonOption } from '../cli/options.ts'
import { newCommand, UsageFault, type Cli } from '../cli/program.ts'

const PROJECT = join(import.meta.dirname, '../..')
const TILLS = ['sqlite', 'http'] as const

interface InitOptions {
  till: (typeof TILLS)[number]
  json?: boolean
}

interface Manifest {
  version: string
  dependencies: Record<string, string>
}

export function adapterCommand(cli: Cli, name: string, description: string): Command {
  const command = newCommand(cli, name, description)
  command.addCommand(
    newCommand(cli, 'init', 'make a folder with the adapter and an example till')
      .argument('<folder>', 'a folder that does not exist yet')
      .addOption(choiceOption('--till <kind>', 'what your till is like', TILLS).default('sqlite'))
      .addOption(jsonOption())
      .action((folder: string, { till, json }: InitOptions) => {
        init(folder, till)
        if (json === true) {
          cli.printJson({ folder, till })
          return
        }
        cli.print(
          `Made ${folder}. Change ${folder}/till.ts to fit your till, and then:\n\n` +
            `  cd ${folder}\n  npm install\n` +
            '  EPOS_URL=http://127.0.0.1:8080 EPOS_TOKEN=till_... npm start',
        )
      }),
  )
  return command
}

/** @throws UsageFault: the folder exists */
function init(folder: string, till: InitOptions['till']): void {
  const target = resolve(folder)
  if (existsSync(target)) throw new UsageFault(`${folder} exists already; name another folder.`)
  mkdirSync(target, { recursive: true })
  cpSync(join(PROJECT, 'src/till-client'), join(target, 'till-client'), { recursive: true })
  for (const file of ['index.ts', 'versions.ts']) {
    cpSync(join(PROJECT, 'src/adapter', file), join(target, 'adapter', file))
  }
  const example = readFileSync(join(PROJECT, `examples/${till}.ts`), 'utf8')
  writeFileSync(
    join(target, 'till.ts'),
    example
      .replaceAll("'../src/till-client/index.ts'", "'./till-client/index.ts'")
      .replaceAll("'../src/adapter/index.ts'", "'./adapter/index.ts'")
      .replaceAll(`${till}.ts`, 'till.ts'),
  )
  const ours = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as Manifest
  const manifest = {
    name: 'my-till',
    private: true,
    type: 'module',
    engines: { node: '>=24' },
    scripts: { start: 'node till.ts' },
    dependencies: { 'openapi-fetch': ours.dependencies['openapi-fetch'] },
  }
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
