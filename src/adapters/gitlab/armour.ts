// People's text is posted with our token's rights, and GitLab acts on what it reads: "/close" on
// a line of its own closes, "@carla" sends her mail, "#12" writes into ticket 12. The armour makes
// text inert without changing what a reader sees, and `disarm` gives back exactly what was written.
// It may break too much (a sign of no width in a code block), never too little.

/** Word joiner: no width, no line break, and GitLab's patterns do not match across it. */
const wj = '\u2060'

export type Armour = {
  /** Of agents only commands are broken; their mentions and references are meant. */
  readonly whose: 'requester' | 'agent'
  /** Host and port of GitLab, as in its URLs. */
  readonly gitlabHost: string
}

/** What `disarm(arm(text))` gives: line ends as LF, without NUL and half characters, which GitLab refuses. */
export const normalise = (text: string): string =>
  text.replace(/\r\n/g, '\n').replace(/\r/g, '').replaceAll('\0', '').toWellFormed()

const double = (text: string): string => text.replaceAll(wj, wj + wj)

// --- What GitLab surely shows as code -----------------------------------------------------------

/**
 * Anything that can make GitLab's Markdown read backticks or fences otherwise than line by line:
 * HTML, links, tables, formulas, escapes, quotes and fences that are not at the line's beginning.
 * From the first such line on nothing counts as code any more.
 */
const doubtful = /<[A-Za-z/!?]|\]\(|\]:|\]\[|\[\[|\[\^|\\`|\||\$|^>>>|^ {0,3}:::|.(?:`{3}|~{3})/

type Code = {
  /** Half-open ranges of the text in which nothing is a reference. */
  readonly ranges: readonly (readonly [number, number])[]
  /** From here on nothing counts as code, nor as a link. */
  readonly trustedUntil: number
  readonly inFence: readonly boolean[]
  /** The fence that is open at the end; null = none. */
  readonly open: string | null
}

/** Ranges of `code` within one line; null when a run of backticks stays without its partner. */
const codeSpans = (line: string, offset: number): [number, number][] | null => {
  const runs = [...line.matchAll(/`+/g)]
  const spans: [number, number][] = []
  for (let index = 0; index < runs.length; index++) {
    const opener = runs[index]
    const length = opener?.[0].length
    let partner = index + 1
    while (partner < runs.length && runs[partner]?.[0].length !== length) partner++
    const closer = runs[partner]
    if (!opener || !closer) return null
    spans.push([offset + opener.index, offset + closer.index + closer[0].length])
    index = partner
  }
  return spans
}

const codeOf = (text: string): Code => {
  const ranges: [number, number][] = []
  const inFence: boolean[] = []
  let trusted = !/^(?:[^\n]*coding:[^\n]*\n)?\s*(?:---|\+\+\+|;;;)/.test(text)
  let trustedUntil = trusted ? text.length : 0
  let fence: { readonly mark: string; readonly plain: boolean } | null = null
  let offset = 0
  for (const line of text.split('\n')) {
    if (fence) {
      const closes = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1]?.startsWith(fence.mark) ?? false
      inFence.push(!closes)
      if (trusted && fence.plain) ranges.push([offset, offset + line.length])
      if (closes) fence = null
    } else {
      inFence.push(false)
      const [, indent = '', mark, info = ''] = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(line) ?? []
      if (mark !== undefined) fence = { mark, plain: /^ *[A-Za-z0-9_+#-]* *$/.test(info) }
      // A fence that is not at the margin may belong to a list or a quote, and end with it.
      const spans = !trusted || mark !== undefined ? [] : codeSpans(line, offset)
      const clear = mark === undefined ? !doubtful.test(line) : indent === '' && fence?.plain === true
      if (trusted && (spans === null || !clear)) {
        trusted = false
        trustedUntil = offset
      }
      if (trusted && spans) for (const span of spans) ranges.push(span)
    }
    offset += line.length + 1
  }
  return { ranges, trustedUntil, inFence, open: fence?.mark ?? null }
}

/** The line that closes the fence a text has left open; null when there is none. */
export const fenceToClose = (text: string): string | null => codeOf(normalise(text)).open

// --- References ---------------------------------------------------------------------------------

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What can begin something that GitLab would act on. What follows is looked at one by one. */
const signs =
  /https?:\/\/|https?(?=\\:|:\\\/|:\/\\\/)|www\.|&(?=#|\d|[A-Za-z][A-Za-z0-9]{0,31};)|@(?=[\w."\\-])|[#!$](?=\d)|[~%](?=[\w."?&\\-])|GL-(?=\d)|\[(?=(?:issue|work_item|epic|merge_request|snippet|vulnerability|feature_flag|contact|cadence|milestone|label|project|wiki_page|alert):)|\*(?=iteration:)|[0-9a-f]{7,}/gi

/** Of an address of somebody else's: what is surely inside the link that GitLab makes of it. */
const foreignUrl =
  /https?:\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:[/?#](?:[a-z0-9./?=%+:#@;,-]|&(?!#|[a-z][a-z0-9]{0,31};)|(?<=[a-z0-9])_(?=[a-z0-9])|(?<=\/)~(?=[a-z0-9]))*)?/iy

const breakHex = (digits: string): string => digits.replace(/.{6}(?=.)/g, `$&${wj}`)

/** An address at the end of a sentence does not take the full stop along. */
const withoutEnding = (url: string): string => {
  let end = url.length
  while (end > 0 && ')].,;:!?*_~'.includes(url.charAt(end - 1))) end--
  return url.slice(0, end)
}

const nothingIsCode: Code = { ranges: [], trustedUntil: 0, inFence: [], open: null }

/** Whether what stands at `at` goes on a word; a Markdown escape may end one. */
const goesOnWord = (text: string, at: number): boolean =>
  /[A-Za-z0-9]/.test(text[at - 1] ?? '') && text[at - 2] !== '\\'

const breakReferences = (text: string, code: Code, host: string, plainText: boolean): string => {
  const own = new RegExp(`^https?://${escaped(host)}(?![\\w-]|\\.\\w)`, 'i')
  const ownWithoutScheme = host.toLowerCase().startsWith('www.') ? host.toLowerCase() : null
  const pattern = new RegExp(signs)
  let out = ''
  let done = 0
  let range = 0
  const copyTo = (end: number): void => {
    out += double(text.slice(done, end))
    done = end
  }
  for (;;) {
    pattern.lastIndex = done
    const match = pattern.exec(text)
    if (!match) break
    const at = match.index
    while ((code.ranges[range]?.[1] ?? Number.POSITIVE_INFINITY) <= at) range++
    const [from, to] = code.ranges[range] ?? [Number.POSITIVE_INFINITY, 0]
    const sign = match[0]
    if (at >= from) {
      copyTo(Math.max(to, at + 1))
      continue
    }
    copyTo(at)
    const before = text[at - 1] ?? ''
    const lower = sign.toLowerCase()
    if (lower.endsWith('://')) {
      const token = /^[^\s<>"'`]+/.exec(text.slice(at, at + 4000))?.[0] ?? sign
      if (own.test(token.replace(/\\([!-/:-@[-`{-~])/g, '$1'))) {
        const url = withoutEnding(token)
        const scheme = url.slice(0, url.indexOf(':') + 1)
        // A backtick elsewhere may take our code span apart, so what is in it is broken too.
        const rest = breakReferences(url.slice(scheme.length), nothingIsCode, host, true)
        // Behind a backslash our backtick would be none, and its partner would open what must stay code.
        const span = !plainText && before !== '`' && before !== '\\' && text[at + url.length] !== '`'
        out += span ? `\`${wj}${scheme}${wj}${rest}\`` : `${scheme}${wj}${rest}`
        done = at + url.length
        continue
      }
      foreignUrl.lastIndex = at
      const link = at < code.trustedUntil && !/[\w\\]/.test(before) ? foreignUrl.exec(text)?.[0] : undefined
      copyTo(at + (link ?? sign).length)
    } else if (lower === 'www.') {
      copyTo(at + 4)
      if (ownWithoutScheme && text.slice(at, at + host.length).toLowerCase() === ownWithoutScheme) out += wj
    } else if (sign === '@') {
      copyTo(at + 1)
      if (!goesOnWord(text, at)) out += wj
    } else if (sign.length >= 7) {
      // An address of GitLab's that follows at once will be set apart from it.
      const goesOn = /^(?!https?:)[A-Za-z0-9]/i.test(text.slice(at + sign.length, at + sign.length + 6))
      // Where no letter stands before its sign @ we break the address ourselves, and it is none any more.
      const inAddress =
        at < code.trustedUntil &&
        /^(?:[A-Za-z0-9.+-]{0,63}[A-Za-z0-9])?@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w-])/.test(
          text.slice(at + sign.length, at + sign.length + 256),
        )
      const bare = !goesOnWord(text, at) && !goesOn && !inAddress
      out += bare ? breakHex(sign) : sign
      done = at + sign.length
    } else {
      copyTo(at + sign.length)
      out += wj
    }
  }
  copyTo(text.length)
  return out
}

/** Nobody's text may look like a mark of ours. */
const breakMarks = (text: string): string => text.replace(/<!--(?=\s*belay)/gi, `<!-${wj}-`)

// --- Commands -----------------------------------------------------------------------------------

/** A quick action is a slash and a name at the very beginning of a line, fences or not. */
const command = /^[\\ ]*\/[A-Za-z]/

const breakCommands = (text: string, inFence: readonly boolean[]): string =>
  text
    .split('\n')
    .map((line, index) => {
      if (!command.test(line)) return line
      const sign = line.startsWith('/') ? (inFence[index] ? ' ' : '\\') : line[0]
      return `${sign}${line}`
    })
    .join('\n')

const restoreCommands = (text: string): string =>
  text
    .split('\n')
    .map((line) => (command.test(line) && !line.startsWith('/') ? line.slice(1) : line))
    .join('\n')

const restoreReferences = (text: string): string =>
  text
    .replace(new RegExp(`\`${wj}(https?:)${wj}(//[^\`\\s]*)\``, 'gi'), '$1$2')
    .replace(new RegExp(`${wj}(${wj}?)`, 'g'), '$1')

// --- Outwards -----------------------------------------------------------------------------------

export const arm = (text: string, armour: Armour): string => {
  const plain = normalise(text)
  const code = codeOf(plain)
  const inert =
    armour.whose === 'requester' ? breakReferences(plain, code, armour.gitlabHost, false) : double(plain)
  return breakCommands(breakMarks(inert), code.inFence)
}

/** The exact inverse, of both kinds: disarm(arm(text)) is normalise(text). */
export const disarm = (text: string): string => restoreReferences(restoreCommands(text))

/** One line, in which GitLab knows no code: everything is broken. */
export const armLine = (text: string, gitlabHost: string): string => {
  const line = oneLine(text)
  return breakCommands(breakReferences(line, nothingIsCode, gitlabHost, true), [])
}

/** Without line breaks, control signs and signs that turn the direction of what follows. */
export const oneLine = (text: string): string =>
  normalise(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
