/** The line a mail program puts above what it quotes: "On Monday Ana wrote:". */
const attribution =
  /^(On|Am|Le|El|Il|Em|Op|Den)\s.{0,300}\b(wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev)\b.{0,200}:$/
const divider = /^-{2,}\s?(Original Message|Ursprüngliche Nachricht|Message d'origine)\s?-{2,}$/i

/**
 * Splits an answer from the old mail quoted below it. Plainer than GitLab's EmailReplyTrimmer: an attribution line (it
 * may be wrapped once), a divider, or a block of `>` lines at the end.
 */
export function splitQuoted(text: string): { answer: string; quoted: string } {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  let cut = lines.length
  for (const [at, line] of lines.entries()) {
    const wrapped = `${line.trim()} ${lines[at + 1]?.trim() ?? ''}`
    if (divider.test(line.trim()) || attribution.test(line.trim()) || attribution.test(wrapped)) {
      cut = at
      break
    }
  }
  const isQuote = (at: number) => /^\s*(>|$)/.test(lines[at] ?? '')
  while (cut > 0 && isQuote(cut - 1)) cut--
  return { answer: lines.slice(0, cut).join('\n').trim(), quoted: lines.slice(cut).join('\n').trim() }
}
