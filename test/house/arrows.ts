// Who may import whom. docs/architecture.md has the same in short, with the reasons.
import type { Import, Rule, Source } from './sources.ts'

/**
 * What a room may import, besides itself: other rooms, or single files by their path without `.ts`.
 * Of `types` it may import only types.
 */
interface Arrows {
  values: string[]
  types?: string[]
}

const TILL_WING = {
  values: [
    'till/kit',
    'actions',
    'domain',
    'store',
    'contract/json',
    'contract/validation',
    'limits',
    'lib',
  ],
}

export const ROOMS: Record<string, Arrows> = {
  limits: { values: [] },
  lib: { values: [] },
  /** A WebSocket that is kept open, whatever is said through it. */
  'lib/web-socket': { values: [] },
  config: { values: [] },
  contract: { values: ['limits'] },
  domain: { values: ['limits', 'lib'], types: ['contract'] },
  store: { values: ['domain', 'limits', 'lib'] },
  actions: { values: ['domain', 'store', 'limits', 'lib'] },
  http: { values: ['domain/errors', 'contract', 'limits', 'lib'], types: ['domain'] },

  'dojo/capabilities': { values: ['actions', 'domain', 'store', 'contract', 'limits', 'lib'] },
  'dojo/answers': { values: ['domain', 'contract'] },
  'dojo/dispatch': { values: ['dojo/capabilities', 'domain', 'contract', 'limits'] },
  'dojo/rest': {
    values: [
      'dojo/answers',
      'dojo/dispatch',
      'http',
      'domain',
      'store',
      'contract',
      'limits',
      'lib',
    ],
  },
  'dojo/webhooks': {
    values: ['dojo/dispatch', 'http', 'domain', 'store', 'contract', 'limits', 'lib'],
  },
  /** One socket a venue, on one server at a time, whatever is said through it. */
  'dojo/held-sockets': { values: ['store', 'limits', 'lib', 'lib/web-socket'] },
  'dojo/socket': {
    values: [
      'dojo/held-sockets',
      'dojo/answers',
      'dojo/dispatch',
      'http',
      'domain',
      'store',
      'contract',
      'limits',
      'lib',
      'lib/web-socket',
    ],
  },
  'dojo/client': { values: ['contract', 'limits', 'lib'] },
  'dojo/jobs': {
    values: ['dojo/client', 'actions', 'domain', 'store', 'limits', 'lib'],
    types: ['contract'],
  },
  'dojo/counter-socket': {
    values: [
      'dojo/held-sockets',
      'http',
      'actions',
      'domain',
      'store',
      'contract',
      'limits',
      'lib',
      'lib/web-socket',
    ],
  },
  'dojo/terminals': {
    values: [
      'dojo/client',
      'dojo/counter-socket',
      'dojo/jobs',
      'actions',
      'domain',
      'store',
      'limits',
      'lib',
    ],
    types: ['contract'],
  },
  'dojo/request-log': {
    values: ['http', 'actions', 'domain', 'contract', 'limits', 'lib'],
    types: ['store'],
  },
  /** The files directly in src/dojo join its rooms. */
  dojo: {
    values: [
      'dojo/capabilities',
      'dojo/dispatch',
      'dojo/rest',
      'dojo/held-sockets',
      'dojo/socket',
      'dojo/counter-socket',
      'dojo/webhooks',
      'dojo/client',
      'dojo/jobs',
      'dojo/terminals',
      'http',
      'actions',
      'domain',
      'store',
      'limits',
      'lib',
    ],
  },

  'till/kit': {
    values: [
      'http',
      'actions',
      'domain',
      'store',
      'contract/json',
      'contract/validation',
      'limits',
      'lib',
    ],
    types: ['till/feed'],
  },
  'till/orders': TILL_WING,
  'till/payments': TILL_WING,
  'till/bookings': TILL_WING,
  'till/venue': TILL_WING,
  'till/paper': TILL_WING,
  'till/mirror': TILL_WING,
  'till/feed': TILL_WING,
  /** The files directly in src/till join its rooms. */
  till: {
    values: [
      'till/kit',
      'till/orders',
      'till/payments',
      'till/bookings',
      'till/venue',
      'till/paper',
      'till/mirror',
      'till/feed',
      'actions',
      'http',
      'store/database/idempotency',
      'limits',
      'lib',
    ],
  },

  /** What every page shares: what browsers load, and how it is served. */
  page: { values: [] },
  /** Nothing of the store but its type, which actions are given. */
  console: {
    values: ['page', 'actions', 'domain/ids', 'till/kit/face', 'http', 'limits'],
    types: ['store'],
  },
  home: { values: ['page', 'http'] },
  /** What runs in a browser: nothing of the server but the shapes of its answers. */
  'page/browser': { values: [] },
  'console/browser': {
    values: ['page/browser'],
    types: ['till/kit', 'till/orders', 'till/payments', 'till/venue', 'operator/api'],
  },
  'home/browser': { values: ['page/browser'] },
  'sandbox/browser': { values: ['page/browser'], types: ['sandbox', 'contract'] },

  /** The demo is set up as any till does it. */
  operator: {
    values: [
      'actions',
      'domain',
      'store',
      'dojo/client',
      'till-client',
      'contract',
      'limits',
      'lib',
    ],
  },
  /** The operator's API: the work of the command, and shapes and problems as the till API's. */
  'operator/api': {
    values: [
      'operator',
      'dojo/jobs/audit-day',
      'till/kit/describe-operation',
      'till/kit/document-parts',
      'till/kit/face',
      'till/kit/shapes',
      'till/kit/unmatched-view',
      'till/kit/work-view',
      'actions',
      'domain',
      'store',
      'contract',
      'http',
      'limits',
      'lib',
    ],
  },
  /** For other programs: it needs nothing of the server. */
  'till-client': { values: [] },
  adapter: { values: ['till-client'] },
  /** A stand-in for Dojo has a process of its own, and shares none of our mistakes. */
  sandbox: { values: ['contract', 'page'] },
  'server-options': {
    values: [],
    types: ['actions', 'config', 'dojo/capabilities', 'domain', 'till/feed'],
  },
  server: {
    values: [
      'config',
      'dojo',
      'dojo/request-log',
      'till',
      'console',
      'home',
      'till/feed',
      'till/kit',
      'operator',
      'operator/api',
      'actions',
      'http',
      'store',
      'domain',
      'lib',
      'limits',
    ],
    types: ['server-options'],
  },
  /** How the server starts, in one process or in several, and how it ends. */
  process: { values: ['config', 'http', 'limits', 'lib', 'operator', 'server', 'store'] },
  main: { values: ['process', 'config'] },
  worker: { values: ['process', 'server', 'config', 'http', 'limits'] },
}

/** Packages that only these rooms know. */
const PACKAGES: { name: RegExp; rooms: string[]; types?: string[] }[] = [
  {
    name: /^(fastify$|@fastify\/)/,
    rooms: [
      'http',
      'dojo/rest',
      'dojo/webhooks',
      'dojo',
      'till/kit',
      'till/feed',
      'till',
      'operator/api',
      'console',
      'home',
      'page',
      'server',
      'server-options',
      'sandbox',
    ],
  },
  { name: /^openapi-fetch$/, rooms: ['till-client'] },
  { name: /^(pg$|@prisma\/)/, rooms: ['store'], types: ['http', 'server'] },
  {
    name: /^undici$/,
    rooms: ['lib/web-socket', 'dojo/client', 'dojo/held-sockets', 'dojo', 'sandbox', 'till/feed'],
  },
  { name: /^ws$/, rooms: ['sandbox'] },
  {
    name: /^(preact|@preact\/|preact-iso$|@fontsource)/,
    rooms: ['page/browser', 'console/browser', 'home/browser', 'sandbox/browser'],
  },
]
/** What is built into a page when it is installed, and so needs no package at run time. */
const IN_BROWSERS = /\/browser\//
/** The domain does no input and no output. */
const DOMAIN_PACKAGES = ['node:crypto', 'saxes']

/** The innermost room that a file lies in, or its own path when it lies in none. */
export function roomOf(path: string): string {
  const inside = withoutEnds(path)
  const around = Object.keys(ROOMS).filter(
    (room) => inside === room || inside.startsWith(`${room}/`),
  )
  return around.sort((a, b) => b.length - a.length)[0] ?? path
}

export const everyRoomIsKnown: Rule = (sources) =>
  inSrc(sources)
    .filter(({ path }) => !(roomOf(path) in ROOMS))
    .map(({ path }) => `${path} lies in no room of the table`)

export const arrowsAreKept: Rule = (sources) =>
  inSrc(sources).flatMap(({ path, imports }) => {
    const room = roomOf(path)
    const { values, types = [] } = ROOMS[room] ?? { values: [] }
    return imports
      .filter(({ target, typeOnly }) => {
        if (target === undefined || roomOf(target) === room) return false
        return !(allows(values, target) || (typeOnly && allows(types, target)))
      })
      .map(spoken)
  })

function allows(allowed: string[], target: string): boolean {
  return allowed.some((one) => one === roomOf(target) || one === withoutEnds(target))
}

export const scriptsAndTestsComeFromOutside: Rule = (sources) =>
  sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => {
        if (target === undefined || path.startsWith('src/')) return false
        // An import would start the server.
        if (target === 'src/main.ts' || target.endsWith('.test.ts')) return true
        return path.startsWith('scripts/') && !/^(src|scripts)\//.test(target)
      })
      .map(spoken),
  )

export const packagesStayInTheirRooms: Rule = (sources) =>
  inSrc(sources).flatMap(({ path, imports }) => {
    const room = roomOf(path)
    return imports
      .filter(({ target, specifier, typeOnly }) => {
        if (target !== undefined) return false
        if (room === 'domain') return !DOMAIN_PACKAGES.includes(specifier)
        return PACKAGES.some(
          ({ name, rooms, types = [] }) =>
            name.test(specifier) && !rooms.includes(room) && !(typeOnly && types.includes(room)),
        )
      })
      .map(spoken)
  })

/** The server starts without the packages that only development has. */
export function dependenciesAreDeclared(dependencies: Record<string, string>): Rule {
  return (sources) =>
    inSrc(sources)
      .filter(({ path }) => !IN_BROWSERS.test(path))
      .flatMap(({ imports }) => imports)
      .filter(({ target, specifier, typeOnly }) => {
        if (target !== undefined || typeOnly || specifier.startsWith('node:')) return false
        return !(/^(@[^/]+\/)?[^/]+/.exec(specifier)![0] in dependencies)
      })
      .map(spoken)
}

/** Types leave nothing behind at run time: two files may know each other's. */
export const noCircles: Rule = (sources) => {
  const graph = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.flatMap(({ target, typeOnly }) => (target === undefined || typeOnly ? [] : [target])),
    ]),
  )
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (path: string, trail: string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
    if (trail.includes(path) || done.has(path)) return
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) walk(path, [])
  return circles
}

export function inSrc(sources: readonly Source[]): Source[] {
  return sources.filter(({ path }) => path.startsWith('src/'))
}

function withoutEnds(path: string): string {
  return path.replace(/^src\//, '').replace(/\.tsx?$/, '')
}

function spoken({ from, line, specifier, typeOnly }: Import): string {
  return `${from}:${line} imports ${typeOnly ? 'types of ' : ''}${specifier}`
}
