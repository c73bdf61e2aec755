// What the pages name exists: files, links, npm scripts, commands.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { pages, readPage, ROOT } from './pages.ts'

const manifest = JSON.parse(readPage('package.json')) as { scripts: Record<string, string> }

t.test('the README fits on a few screens', async (t) => {
  t.ok(readPage('README.md').split('\n').length <= 200)
})

for (const page of pages) {
  const text = readPage(page)

  t.test(`${page}: links lead somewhere`, async (t) => {
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue
      const [path, anchor] = target!.split('#')
      const file = path === '' ? page : join(dirname(page), path!)
      t.ok(existsSync(join(ROOT, file)), target!)
      if (anchor !== undefined) t.ok(anchorsOf(file).includes(anchor), target!)
    }
  })

  t.test(`${page}: files and folders exist`, async (t) => {
    for (const [, path] of text.matchAll(
      /`((?:src|test|scripts|openapi|prisma|docs)\/[^`\s*]*)`/g,
    )) {
      t.ok(existsSync(join(ROOT, path!)), path!)
    }
  })

  t.test(`${page}: npm scripts exist`, async (t) => {
    for (const [, name] of text.matchAll(/npm run ([a-z]+)/g)) {
      t.ok(name! in manifest.scripts, `npm run ${name}`)
    }
  })
}

/** As the hosts of repositories make them of headings. */
function anchorsOf(page: string): string[] {
  return [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}
