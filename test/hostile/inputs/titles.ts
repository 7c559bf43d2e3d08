// Titles: GitLab reads mentions and references in them too, and knows no code there. Each is opened in the sandbox.

import { from, type Made, made, rows } from '../row.ts'
import { gitlab } from './texts.ts'

export const titles = rows<string | Made, 'dead' | 'untouched'>('title', [
  ['mention', 'for @carla', 'dead', from.text],
  ['mention-all', '@all', 'dead', from.text],
  ['mention-in-code', '`@carla`', 'dead', from.references],
  ['mention-escaped', '\\@carla', 'dead', from.references],
  ['issue', 'like #12', 'dead', from.references],
  ['issue-in-code', '`#1`', 'dead', from.references],
  ['issue-of-other-project', 'other/secret#1', 'dead', from.references],
  ['issue-gl', 'GL-5', 'dead', from.references],
  ['merge-request', '!1 is wrong', 'dead', from.references],
  ['issue-url', `${gitlab}/demo/helpdesk/-/issues/1`, 'dead', from.references],
  ['commit', 'broken since deadbeefcafe', 'dead', from.references],
  ['command', '/close', 'dead', from.text],
  ['command-behind-line-break', 'Screen\n/close', 'dead', `${from.text}: newlines`],
  ['command-behind-carriage-return', 'Screen\r/close', 'dead', `${from.text}: newlines`],
  ['line-separator', 'Screen\u2028/close', 'dead', 'Unicode 5.8'],
  ['nul', 'Scr\0een', 'dead', `${from.text}: NUL`],
  ['half-character', 'Screen \ud83d', 'dead', 'Unicode 3.9, D84'],
  ['three-hundred', made('x', 300), 'dead', `${from.text}: 300 characters`],
  ['three-hundred-emoji', made('😀', 300), 'dead', `${from.text}: 300 characters`],
  ['three-hundred-mentions', made('@carla ', 60), 'dead', from.limits],
  ['only-emoji', '😀😀', 'untouched', `${from.text}: only emoji`],
  ['only-zero-width', '\u200b\u200b', 'dead', from.text],
  ['bidi-override', 'invoice\u202efdp.exe', 'dead', `${from.text}: bidi marks; CVE-2021-42574`],
  ['bidi-isolate', '\u2066admin\u2069', 'dead', `${from.text}: bidi marks; CVE-2021-42574`],
  ['script', '<script>alert(1)</script>', 'dead', 'CWE-79'],
  ['marker', '<!-- belay:v1:k1:e30:AAAAAAAAAAAAAAAAAAAAAA -->', 'dead', 'design.md 4, markers'],
  ['template', '<%= process.env %> {{7*7}}', 'dead', 'CWE-1336'],
  ['closing-pattern', 'Closes #1', 'dead', 'GitLab closing pattern (FACTS 5)'],
  ['label-reference', '~bug ~"level::2"', 'dead', from.references],
  ['category-of-somebody', '[Hardware] Buying a new screen', 'untouched', 'design.md 5, triage'],
  ['plain', 'AT&T, C# and 50% of ana@school.example', 'untouched', from.text],
])
