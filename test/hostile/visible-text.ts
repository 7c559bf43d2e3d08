// What a person sees of a text in GitLab: rendered as the sandbox's pages render it, without what nobody can see.

import assert from 'node:assert/strict'
import { renderMarkdown } from '../../sandbox/src/pages/markdown.ts'

type Project = Parameters<typeof renderMarkdown>[0]

const project = { id: 1 } as Project

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  num: '#',
  commat: '@',
}

/** A sign that GitLab would read out of its name or number is shown as it was typed: the same to a reader. */
const decoded = (text: string): string => {
  const once = text
    .replace(/&#(\d{1,7});/g, (whole, digits: string) => signOf(Number(digits), whole))
    .replace(/&#x([0-9a-f]{1,6});/gi, (whole, digits: string) => signOf(Number.parseInt(digits, 16), whole))
    .replace(/&([a-z]{2,8});/g, (whole, name: string) => named[name] ?? whole)
  return once === text ? text : decoded(once)
}

const signOf = (code: number, otherwise: string): string =>
  code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : otherwise

/** Control signs, format signs and half characters show nothing; how blanks are broken into lines does not matter. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\ufffd]/gu

/** The armour's own sign, where Markdown shows it: before a slash that would be a command. */
const slash = /\\+(?=\/[A-Za-z])/g

/** Broken up, it is no comment any more, and stands there as it was typed. */
const ourMark = /<!--belay[\s\S]*?-->/gi

export const visibleText = (text: string): string => {
  const html = renderMarkdown(project, text).safe
  const words = html.replace(/<\/?(?:p|br|hr|pre|code|h\d|li|ul|ol|blockquote|t[a-z]+)\b[^>]*>/g, ' ')
  const seen = words
    .replace(/<[^>]*>/g, '')
    .replace(/[\s\p{Z}]+/gu, '')
    .replace(unseen, '')
  return decoded(seen)
    .replace(unseen, '')
    .replace(slash, '')
    .replace(ourMark, '')
    .replace(/<(https?:[^<>]*)>/gi, '$1')
}

export const sameToAReader = (armed: string, written: string): void => {
  assert.equal(visibleText(armed), visibleText(written))
}
