// The documentation of this version for programs that read it: /llms.txt lists the pages, as
// llmstxt.org has it, /llms-full.txt has all of them in one text, and each is below /guides.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'

const PROJECT = join(import.meta.dirname, '../..')

interface Guide {
  /** From the root of the project, so that links from one page to another work. */
  path: string
  title: string
  /** The first sentence. */
  about: string
  text: string
}

function readGuides(): Guide[] {
  const names = existsSync(join(PROJECT, 'docs')) ? readdirSync(join(PROJECT, 'docs')) : []
  const pages = names.filter((name) => name.endsWith('.md')).sort()
  return ['README.md', ...pages.map((name) => `docs/${name}`)]
    .filter((path) => existsSync(join(PROJECT, path)))
    .map((path) => guideOf(path, readFileSync(join(PROJECT, path), 'utf8')))
}

function guideOf(path: string, text: string): Guide {
  const [, title = path, rest = ''] = /^# ([^\n]+)\n(.*)$/s.exec(text) ?? []
  const [first = ''] = rest.trim().split('\n\n')
  const plain = first.replace(/\s+/g, ' ').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  const [about] = plain.split(/(?<=[.:])\s/)
  return { path, title, about: about!, text }
}

function listing(guides: readonly Guide[], routePrefix: string): string {
  const [readme] = guides
  const links = guides.map(
    ({ path, title, about }) => `- [${title}](${routePrefix}/guides/${path}): ${about}`,
  )
  return [
    `# ${readme?.title ?? 'EPOS Data Server'}`,
    ...(readme === undefined ? [] : [`> ${readme.about}`]),
    `All pages in one text: ${routePrefix}/llms-full.txt`,
    ['## Pages', '', ...links].join('\n'),
    [
      '## APIs',
      '',
      `- [EPOS Data API](${routePrefix}/openapi.json): what Dojo calls, as OpenAPI`,
      `- [Till API](${routePrefix}/till/openapi.json): what tills call, as OpenAPI`,
    ].join('\n'),
  ].join('\n\n')
}

/** Reads the pages once. */
export function serveGuides(app: FastifyInstance, routePrefix: string): void {
  const guides = readGuides()
  const whole = guides.map(({ path, text }) => `<!-- ${path} -->\n\n${text}`).join('\n\n')
  const texts: [path: string, type: string, text: string][] = [
    ['/llms.txt', 'text/plain', `${listing(guides, routePrefix)}\n`],
    ['/llms-full.txt', 'text/plain', whole],
    ...guides.map(({ path, text }): [string, string, string] => [
      `/guides/${path}`,
      'text/markdown',
      text,
    ]),
  ]
  for (const [path, type, text] of texts) {
    app.get(
      path,
      { schema: { hide: true } },
      async (_request, reply) => await reply.type(`${type}; charset=utf-8`).send(text),
    )
  }
}
