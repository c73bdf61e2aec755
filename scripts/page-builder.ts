// Builds what browsers load: every page of src/*/browser, with the styles, fonts and icons of
// src/page. The server needs nothing of this at run time but the files.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

export const BUILT = 'src/page/built'
const ENTRY = 'browser/index.tsx'

/**
 * Each page becomes a folder below BUILT: `index.html`, and `assets` whose names change with their
 * content. Text is compressed here, once.
 * @param fresh where the folder is made
 */
export async function buildPages(root: string, fresh: string): Promise<void> {
  const entries = globSync(`src/*/${ENTRY}`, { cwd: root })
  await Promise.all(entries.map(async (entry) => await buildPage(root, fresh, entry)))
}

async function buildPage(root: string, fresh: string, entry: string): Promise<void> {
  const name = basename(dirname(dirname(entry)))
  const folder = join(fresh, BUILT, name)
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: join(folder, 'assets'),
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.woff2': 'file', '.svg': 'file' },
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
  })
  compressAll(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), documentOf(root, entry, metafile))
}

/** The page's own index.html, with what the bundle is called. */
function documentOf(root: string, entry: string, metafile: Metafile): string {
  const outputs = Object.entries(metafile.outputs)
  const [script, { cssBundle }] = outputs.find(([, output]) => output.entryPoint === entry)!
  const fonts = outputs
    .map(([path]) => basename(path))
    .filter((file) => /-latin-wght-normal-\w+\.woff2$/.test(file))
  const head = [
    ...fonts.map((file) => `<link rel="preload" href="${asset(file)}" as="font" crossorigin />`),
    ...(cssBundle === undefined ? [] : [`<link rel="stylesheet" href="${asset(cssBundle)}" />`]),
    `<script type="module" src="${asset(script)}"></script>`,
  ]
  const icons = join(root, 'src/page/browser/icons.svg')
  return readFileSync(join(root, dirname(entry), 'index.html'), 'utf8')
    .replace('<!-- assets -->', head.join('\n    '))
    .replace('<!-- icons -->', existsSync(icons) ? readFileSync(icons, 'utf8') : '')
}

/** `{{base}}` is where the server serves the page. */
function asset(path: string): string {
  return `{{base}}/assets/${basename(path)}`
}

function compressAll(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const file of globSync('*.{js,css,svg}', { cwd: folder })) {
    const text = readFileSync(join(folder, file))
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    }
    writeFileSync(join(folder, `${file}.br`), brotliCompressSync(text, { params }))
  }
}
