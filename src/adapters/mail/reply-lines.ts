// How mail programs begin what they quote: "On … wrote:", "Am … schrieb …:", a block of From, Sent, To and Subject,
// "-----Original Message-----". Each is looked for line by line and within a bounded length, because everything
// here runs over text that a stranger wrote.

/** Markdown's bold and escapes, quote signs and blanks around a line do not matter for what it is. */
const bare = (line: string): string => line.replace(/[*_\\]/g, '').trim()

const dashed = /^[-_=–—\s]{2,40}\s*([\p{L}\p{M}'’ ]{4,40}?)\s*:?\s*[-_=–—\s]{2,40}$/u

const originalWords =
  /^(original message|original email|original appointment|reply message|ursprüngliche nachricht|ursprüngliche mail|original-?nachricht|originalnachricht|originalmail|message d['’]origine|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|originalmeddelande|ursprungligt meddelande|oprindelig besked|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|исходное сообщение|původní zpráva)$/iu

const forwardWords =
  /^(forwarded message|forwarded mail|weitergeleitete nachricht|weitergeleitete mail|weitergeleitete e-mail|message transféré|message transmis|mensaje reenviado|mensagem encaminhada|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande|videresendt meddelelse|пересылаемое сообщение|wiadomość przekazana dalej)$/iu

const forwardBegins =
  /^(begin forwarded message|anfang der weitergeleiteten (nachricht|e-mail)|début du message (réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht)\s*:$/iu

export const isForwardLine = (line: string): boolean => {
  if (line.length > 120) return false
  const text = bare(line)
  return forwardBegins.test(text) || forwardWords.test(dashed.exec(text)?.[1]?.trim() ?? '')
}

/** The dashes may be left out at the end, or everywhere where the words stand alone in their line. */
export const isOriginalLine = (line: string): boolean => {
  if (line.length > 120) return false
  const words = line.replace(/[*\\]/g, '').replace(/^[\s\-–—_]+|[\s\-–—_:]+$/g, '')
  return /^[\s*\\]*[-–—_]/.test(line) && originalWords.test(words)
}

export const isForwardSubject = (subject: string): boolean =>
  /^\s*(\[[^\]]{1,60}\]\s*)?(fwd?|wg|tr|rv|enc|doorst|vb|vs|i)\s*:/i.test(subject)

const writer =
  /^(from|von|message du|de|da|van|fra|från|od|lähettäjä|от|от кого|mittente|absender|expéditeur|remitente|差出人|发件人|寄件者|보낸 사람)\s?:/iu
const other =
  /^(sent|date|to|cc|subject|de|sujet|copie à|reply-to|gesendet|datum|an|kopie|betreff|envoyé( le)?|date d['’]envoi|à|objet|inviato|data|a|oggetto|verzonden|aan|onderwerp|enviado( el| em)?|fecha|para|asunto|assunto|sendt|til|emne|skickat|till|ämne|wysłano|do|temat|отправлено|кому|тема|дата|lähetetty|vastaanottaja|aihe|送信日時|宛先|件名|发送时间|收件人|主题)\s?:/iu

/** A line that says who wrote, and within the next lines two more of the same kind. */
export function isHeaderBlock(lines: readonly string[], at: number): boolean {
  const first = lines[at]
  if (first === undefined || first.length > 500 || !writer.test(bare(first))) return false
  const seen = new Set<string>()
  for (let next = at + 1; next < Math.min(lines.length, at + 9); next++) {
    const word = other.exec(bare((lines[next] ?? '').slice(0, 300)))?.[1]
    if (word !== undefined) seen.add(word.toLowerCase())
  }
  return seen.size >= 2
}

/** Begins like an attribution; the tail says it is one. Both are looked at on their own, so nothing is tried twice. */
const beginnings: readonly { readonly begins: RegExp; readonly ends: RegExp }[] = [
  { begins: /^(-{2,}\s*)?on\s/i, ends: /\swrote\s?:?(\s*-{2,})?$/i },
  { begins: /^(am|an?|vom)\s/i, ends: /\s(schrieb|hat)\b.{0,200}:$|\sschrieb\s*$|geschrieben:$/i },
  { begins: /^le\s/i, ends: /\sécrit\s?:?$/i },
  { begins: /^el\s/i, ends: /\sescribió\s?:?$/i },
  { begins: /^(il|in data|il giorno)\s/i, ends: /\sscritto\s?:?$/i },
  { begins: /^(em|a|no dia)\s/i, ends: /\sescreveu\s?:?$/i },
  { begins: /^op\s/i, ends: /\s(schreef|geschreven)\b.{0,200}:$/i },
  { begins: /^(w dniu|dnia)\s/iu, ends: /\s(pisze|napisał(\(a\)|a)?)\s?:$|napisał.{0,200}:$/iu },
  { begins: /^(den|på|\p{L}{2,4}\.?\s\d)/iu, ends: /\sskrev\b.{0,200}:?$/iu },
  { begins: /^(pe|ma|ti|ke|to|la|su)\s/i, ends: /\skirjoitti\s?:$/i },
  {
    begins: /^(пн|вт|ср|чт|пт|сб|вс),?\s|^\d{1,2}\s\p{L}+\.?\s20\d\d/iu,
    ends: /(написал\(?а?\)?\s?:|>\s?:)$/iu,
  },
  { begins: /^在/u, ends: /写道[:：]$/u },
  { begins: /^20\d\d/u, ends: /(작성:|のメッセージ[:：]|>\s?:|írta:)$/u },
  { begins: /^\d{1,2}[.:]\d{2}/u, ends: />\s?\)?\s?:$/u },
]

/** Somebody wrote at some time: a name with an address, or a name and a number that is part of a date. */
const named =
  /^.{1,120}<[^<>\s]{3,200}>\s?(schrieb|wrote|a écrit|écrit|escribió|ha scritto|escreveu|schreef|napisał)\b.{0,80}:$/iu
const dated = /^.{1,120}\son\s.{0,40}\d.{0,60}\swrote\s?:$/i

/**
 * How many lines an attribution that begins here takes: 0 = none begins here. Programs wrap it, so up to four lines
 * are tried together.
 */
export function attributionAt(lines: readonly string[], at: number): number {
  let joined = ''
  for (let count = 1; count <= 4; count++) {
    const line = lines[at + count - 1]
    if (line === undefined || line.trim() === '' || /^\s{0,3}>/.test(line)) return 0
    joined = `${joined} ${bare(line)}`.trim()
    if (joined === '' || joined.length > 400) return 0
    if (!/\d/.test(joined) && !joined.includes('@')) continue
    // Only within one line: anything may stand before a name, so a sentence above would be taken along.
    if (count === 1 && (named.test(joined) || dated.test(joined))) return count
    for (const { begins, ends } of beginnings)
      if (begins.test(joined) && ends.test(joined) && (/\d/.test(joined) || joined.includes('@')))
        return count
  }
  return 0
}

/** What telephones and programs write below a mail. Alone in its line. */
const advertised =
  /^(sent (from|via|with) (my |the )?[\p{L}\d].{0,70}|get outlook for .{1,60}|von meinem .{1,60} gesendet\.?|gesendet (von|mit|aus|über) .{1,90}|diese nachricht wurde von .{1,80} gesendet\.?|envoyé (de|depuis|à partir de) .{1,70}|télécharger outlook pour .{1,70}|enviado desde .{1,70}|enviado do meu .{1,60}|inviato da(l mio)? .{1,60}|verzonden (vanaf|vanuit|met) .{1,60}|verstuurd vanaf .{1,60}|sendt fra .{1,60}|skickat från .{1,60}|lähetetty .{1,60}|wysłane? z .{1,60}|отправлено (с|из) .{1,60}|holen sie sich outlook für .{1,60}|outlook für (ios|android) beziehen|从我的.{1,30}发送|发自我的.{1,30})$/iu

export const isAdvertisement = (line: string): boolean => {
  const text = bare(line)
    .replace(/\]?\(?<?https?:\S*$/i, '')
    .replace(/^\[/, '')
    .trim()
  // A comma or a full stop in the middle: a sentence somebody wrote, not what a telephone did.
  return text.length <= 110 && advertised.test(text) && !/[,;!?]\s|\.\s+\S/.test(text)
}

/** The RFC's separator, with or without its blank at the end, and what Outlook and others draw instead. */
export const isSignatureSeparator = (line: string): boolean => /^(--|—|__|_{30,34}|—{3,10})\s?$/.test(line)

const closing =
  /^((with )?(best|kind|warm|warmest|many|kindest)?\s?regards|best wishes|cheers|sincerely( yours)?|yours (sincerely|faithfully|truly)|mit (freundlichen|besten|herzlichen|lieben|vielen|freundlichem) (grüßen|grüssen|gruß|gruss)|(mit )?(freundliche|viele|beste|herzliche|liebe|schöne) (grüße|grüsse)|(freundlicher|vielen?|bester|herzlicher|lieber|schöner) (gruß|gruss)|mfg|lg|vg|cordialement|bien (à|a) vous|bien cordialement|cordiali saluti|saludos( cordiales)?|un saludo|met vriendelijke groeten?)\s*[,.!！]*\s*\p{Extended_Pictographic}?$/iu

export const isClosing = (line: string): boolean => line.length <= 60 && closing.test(bare(line))
