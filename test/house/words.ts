// The words: how a comment begins, and phrases that no English engineer would use.
import ts from 'typescript'
import { findNodes, lineOf, type Rule, type Source } from './sources.ts'

export const noCommentOpensWithOf: Rule = (sources) =>
  sources.flatMap((source) =>
    commentsOf(source)
      .filter(({ text }) => /^Of\s/.test(text))
      .map(({ line, text }) => `${source.path}:${line} ${text.slice(0, 40)}`),
  )

/** The examples of this rule are there. */
const QUOTES = 'test/house/house.test.ts'
const BANNED = /\b((is|are|was|were|been|being) told|tells? of|whoever|by all we know|errands?)\b/i

/** Comments and texts; a name that begins with such a word is nobody's phrase. */
export const noStrangePhrase: Rule = (sources) =>
  sources
    .filter(({ path }) => path !== QUOTES)
    .flatMap((source) =>
      [...commentsOf(source), ...textsOf(source)].flatMap(({ line, text }) => {
        const found = BANNED.exec(text)
        return found === null ? [] : [`${source.path}:${line} ${found[0]}`]
      }),
    )

/** An order is an order in names; people may say tab. Dojo is notified, and pushes. */
const OTHER_NAMES = /(^tabs?|Tabs?|^told|Told)(?![a-z])/

/** What the server and its pages call things; a till of the examples has its own words. */
export const noSecondName: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('src/'))
    .flatMap((source) =>
      findNodes(source.syntax, ts.isIdentifier)
        .map((node) => ({ line: lineOf(source, node), name: (node as ts.Identifier).text }))
        .filter(({ name }) => name !== 'tabIndex' && OTHER_NAMES.test(name))
        .map(({ line, name }) => `${source.path}:${line} ${name}`),
    )

/** In a text that is no source. */
export const strangePhrasesIn = (text: string): string[] =>
  [...text.matchAll(new RegExp(BANNED, 'gi'))].map(([phrase]) => phrase)

interface Passage {
  line: number
  text: string
}

/** Comments without their marks; lines of `//` one below the other are one comment. */
function commentsOf({ syntax, text }: Source): Passage[] {
  const found = new Map<number, { pos: number; end: number }>()
  for (const node of findNodes(syntax, () => true)) {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ]
    for (const range of ranges) found.set(range.pos, range)
  }
  for (const range of ts.getLeadingCommentRanges(text, syntax.endOfFileToken.pos) ?? []) {
    found.set(range.pos, range)
  }
  const comments: (Passage & { end: number })[] = []
  for (const { pos, end } of [...found.values()].sort((a, b) => a.pos - b.pos)) {
    const raw = text.slice(pos, end)
    const words = raw
      .replace(/^\/\*+|\*+\/$|^\/\/+/g, '')
      .replace(/^\s*\* ?/gm, '')
      .trim()
    const before = comments.at(-1)
    if (
      raw.startsWith('//') &&
      before !== undefined &&
      /^\r?\n[ \t]*$/.test(text.slice(before.end, pos))
    ) {
      before.text += ` ${words}`
      before.end = end
    } else {
      comments.push({ line: syntax.getLineAndCharacterOfPosition(pos).line + 1, text: words, end })
    }
  }
  return comments
}

function textsOf({ syntax }: Source): Passage[] {
  return findNodes(
    syntax,
    (node) =>
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node),
  ).map((node) => ({
    line: syntax.getLineAndCharacterOfPosition(node.getStart()).line + 1,
    text: (node as ts.LiteralLikeNode).text,
  }))
}
