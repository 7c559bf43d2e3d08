// What is new in a mail, and what its sender's program put around it: the history it quotes and the signature. Nothing
// is thrown away: what is folded stands beside, in order. A forwarded mail is what somebody wants us to read, so it
// stays. If nothing would be left, everything stays.

import EmailReplyParser from 'email-reply-parser'
import type { Folded } from '../../domain/mail.ts'
import { foldMarks } from './html-text.ts'
import {
  attributionAt,
  isAdvertisement,
  isClosing,
  isForwardLine,
  isForwardSubject,
  isHeaderBlock,
  isOriginalLine,
  isSignatureSeparator,
} from './reply-lines.ts'

type Kind = 'text' | Folded['kind']
type Labelled = { readonly line: string; kind: Kind }

/** A quote up to so many lines that is followed by new text is what the text answers to: it stays. */
const longestAnswered = 12
/** More than this below "Regards" or "--" is not a signature. */
const longestSignature = { lines: 16, characters: 1500 }

const isBlank = (line: string): boolean => line.trim() === ''
const isQuoted = (line: string): boolean => /^\s{0,3}>/.test(line)
const isDelimiter = (line: string): boolean => /^[\s*_\\>]*##- .{3,200}/.test(line) && !isQuoted(line)

/** The marks that html-text.ts left, and everything below where Outlook says the earlier mail begins. */
function labelMarks(lines: readonly string[]): Labelled[] {
  const labelled: Labelled[] = []
  const open: Kind[] = []
  let history = false
  for (const line of lines) {
    const mark = line.trim()
    if (mark === foldMarks.quote) open.push('quote')
    else if (mark === foldMarks.signature) open.push('signature')
    else if (mark === foldMarks.end) open.pop()
    else if (mark === foldMarks.history) history = true
    else labelled.push({ line, kind: history ? 'quote' : (open[0] ?? 'text') })
  }
  return labelled
}

function labelFrom(labelled: readonly Labelled[], from: number, to: number, kind: Folded['kind']): void {
  for (let at = from; at < to; at++) {
    const one = labelled[at]
    if (one !== undefined && one.kind === 'text') one.kind = kind
  }
}

/** History: from the first sign of it down to its end. Returns where a forwarded mail begins, else the end. */
function labelHistory(labelled: readonly Labelled[], keepsBlocks: boolean): number {
  const lines = labelled.map(({ line }) => line)
  let at = 0
  let fence = false
  while (at < lines.length) {
    const line = lines[at] ?? ''
    if (labelled[at]?.kind !== 'text') {
      at++
      continue
    }
    if (/^\s{0,3}(```|~~~)/.test(line)) fence = !fence
    if (fence) {
      at++
      continue
    }
    if (isForwardLine(line)) return at
    if (isDelimiter(line)) {
      labelFrom(labelled, at, lines.length, 'quote')
      return lines.length
    }
    if (isOriginalLine(line) || isHeaderBlock(lines, at)) {
      if (keepsBlocks) return at
      // Outlook on the web draws a line above it.
      let from = at
      while (from > 0 && /^[\s*]*(_{5,}|-{3,}|={3,}|\*{3})?[\s*]*$/.test(lines[from - 1] ?? '')) from--
      labelFrom(labelled, from, lines.length, 'quote')
      return lines.length
    }
    const attribution = isQuoted(line) ? 0 : attributionAt(lines, at)
    if (attribution > 0) {
      let next = at + attribution
      while (next < lines.length && isBlank(lines[next] ?? '')) next++
      const quotes = next < lines.length && (isQuoted(lines[next] ?? '') || labelled[next]?.kind === 'quote')
      if (!quotes) {
        // What follows is quoted without any sign of it. At the very top it is the mail itself.
        if (at > 0 || next >= lines.length) {
          labelFrom(labelled, at, lines.length, 'quote')
          return lines.length
        }
      } else labelFrom(labelled, at, next, 'quote')
      at = next
      continue
    }
    at++
  }
  return lines.length
}

/** Lines with a quote sign: long ones, and those nothing new comes after, with the attribution above them. */
function labelQuoteSigns(labelled: readonly Labelled[], end: number): void {
  let lastNew = -1
  for (let at = 0; at < end; at++) {
    const one = labelled[at]
    if (one !== undefined && one.kind === 'text' && !isBlank(one.line) && !isQuoted(one.line)) lastNew = at
  }
  let at = 0
  while (at < end) {
    if (!isQuoted(labelled[at]?.line ?? '')) {
      at++
      continue
    }
    let stop = at
    for (
      let next = at;
      next < end && (isQuoted(labelled[next]?.line ?? '') || isBlank(labelled[next]?.line ?? ''));
      next++
    )
      if (isQuoted(labelled[next]?.line ?? '')) stop = next + 1
    if (stop > lastNew || stop - at > longestAnswered) labelFrom(labelled, at, stop, 'quote')
    else {
      // It stays, and so does the line that says whose words they are.
      for (let above = at - 1; above >= 0 && above > at - 6; above--) {
        const one = labelled[above]
        if (one === undefined || (one.kind !== 'quote' && !isBlank(one.line))) break
        if (one.kind === 'quote' && !isQuoted(one.line)) one.kind = 'text'
      }
    }
    at = stop
  }
}

/** The last lines of the new text, if they begin like a signature and are short enough to be one. */
function labelSignatures(labelled: readonly Labelled[], end: number): void {
  const isNew = (at: number): boolean => labelled[at]?.kind === 'text' && !isBlank(labelled[at]?.line ?? '')
  const separators: number[] = []
  const closings: number[] = []
  const advertisements: number[] = []
  let fence = false
  for (let at = 0; at < end; at++) {
    const one = labelled[at]
    if (one === undefined || one.kind !== 'text') continue
    if (/^\s{0,3}(```|~~~)/.test(one.line)) fence = !fence
    if (fence) continue
    if (isSignatureSeparator(one.line)) separators.push(at)
    else if (isClosing(one.line)) closings.push(at)
    else if (isAdvertisement(one.line)) advertisements.push(at)
  }
  for (const at of [...separators, ...closings]) {
    const rest: string[] = []
    let stop = at + 1
    while (stop < end && !isQuoted(labelled[stop]?.line ?? '')) {
      if (isNew(stop)) rest.push(labelled[stop]?.line ?? '')
      stop++
    }
    const characters = rest.reduce((sum, line) => sum + line.length, 0)
    if (rest.length > longestSignature.lines || characters > longestSignature.characters) continue
    // "Thanks" with an answer below it in whole paragraphs is no signature.
    if (closings.includes(at) && rest.some((line) => line.length > 160)) continue
    labelFrom(labelled, at, stop, 'signature')
    break
  }
  for (const at of advertisements) {
    const below = labelled.slice(at + 1, end).filter((one) => one.kind === 'text' && !isBlank(one.line))
    // A telephone ends what it sends with it; what comes after is quoted without a sign.
    if (below.length === 0 || isBlank(labelled[at - 1]?.line ?? '')) {
      labelFrom(labelled, at, at + 1, 'signature')
      labelFrom(labelled, at + 1, end, 'quote')
      break
    }
  }
}

function isSignatureLike(text: string): boolean {
  const first = text.trimStart().split('\n', 1)[0] ?? ''
  if (text.length > longestSignature.characters) return false
  return /^[-_=+]{2,}\s*$/.test(first) ? isSignatureSeparator(first) : !/[,;]\s.*\.$/.test(first)
}

/** Long lines and long texts are where its patterns take for ever; what it is for is short. */
const isTame = (lines: readonly string[]): boolean =>
  lines.length <= 2000 && lines.every((line) => line.length <= 1000)

/**
 * What email-reply-parser would hide below the last visible line, in the languages we have no words for. It joins and
 * trims lines, so its pieces are laid over ours by counting the signs that are not blank.
 */
function labelAsParserSays(labelled: readonly Labelled[], end: number): void {
  const mine = labelled.slice(0, end).filter(({ kind }) => kind === 'text')
  const lines = mine.map(({ line }) => line)
  if (!isTame(lines)) return
  const signs = (text: string): number => text.replace(/\s+/g, '').length
  const fragments = new EmailReplyParser().read(lines.join('\n')).getFragments()
  const total = signs(lines.join(''))
  if (fragments.reduce((sum, one) => sum + signs(one.getContent()), 0) !== total) return
  let hidden = 0
  let kind: Folded['kind'] = 'signature'
  for (const one of fragments.toReversed()) {
    if (!one.isHidden()) break
    const size = signs(one.getContent())
    if (size > 0 && one.isQuoted()) kind = 'quote'
    // Lines that people draw between paragraphs, and sentences that only begin like a signature, are none to us.
    if (one.isSignature() && !isSignatureLike(one.getContent())) return
    hidden += size
  }
  if (hidden === 0 || hidden === total) return
  let seen = 0
  for (const one of mine) {
    if (seen >= total - hidden) one.kind = kind
    seen += signs(one.line)
  }
}

function pieces(labelled: readonly Labelled[]): { kind: Kind; text: string }[] {
  const found: { kind: Kind; lines: string[] }[] = []
  for (const { line, kind } of labelled) {
    const last = found.at(-1)
    if (last !== undefined && (last.kind === kind || isBlank(line))) last.lines.push(line)
    else found.push({ kind, lines: [line] })
  }
  return found.map(({ kind, lines }) => ({ kind, text: trimLines(lines.join('\n')) }))
}

/** Blank lines around it are gone; the blanks its first line begins with may mean something. */
const trimLines = (text: string): string => text.replace(/^(?:[ \t]*\n)+/, '').trimEnd()

/** Something a person could see: not only signs that quote, draw lines or take no room. */
const isVisible = (text: string): boolean => /[^\s>*_\-=#|~`\p{Cc}\p{Cf}\p{Zs}]/u.test(text)

export function foldReply(
  whole: string,
  options: { readonly subject: string },
): { readonly text: string; readonly folded: readonly Folded[] } {
  const labelled = labelMarks(whole.split('\n'))
  const end = labelHistory(labelled, isForwardSubject(options.subject))
  labelSignatures(labelled, end)
  labelQuoteSigns(labelled, end)
  if (end === labelled.length) labelAsParserSays(labelled, end)

  const all = pieces(labelled)
  const text = all
    .filter(({ kind }) => kind === 'text')
    .map((piece) => piece.text)
    .filter((part) => part !== '')
    .join('\n\n')
  if (!isVisible(text)) return { text: trimLines(labelled.map(({ line }) => line).join('\n')), folded: [] }
  const folded = all.flatMap((piece): Folded[] =>
    piece.kind === 'text' || !isVisible(piece.text) ? [] : [{ kind: piece.kind, text: piece.text }],
  )
  return { text, folded }
}
