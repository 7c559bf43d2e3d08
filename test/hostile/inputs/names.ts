// Names that become something: branches, labels, files. What they become is written beside them.

import { from, type Made, made, rows } from '../row.ts'

/** A title that is not confidential, and the branch of ticket n that Level 2 works on. */
export const branchTitles = rows<string | Made, string>('branch name', [
  ['climbs-up', '../../x', 'n-x', from.branch],
  ['refs-heads', 'refs/heads/main', 'n-refs-heads-main', from.branch],
  ['option', '-rf', 'n-rf', from.branch],
  ['long-option', '--upload-pack=touch /tmp/x', 'n-upload-pack-touch-tmp-x', 'CVE-2018-17456'],
  ['dots', 'a..b', 'n-a-b', from.refNames],
  ['lock', 'x.lock', 'n-x-lock', from.refNames],
  ['at-brace', '@{', 'n-ticket', from.refNames],
  ['at', '@', 'n-ticket', from.refNames],
  ['head', 'HEAD', 'n-head', from.refNames],
  ['digits', '12345', 'n-12345', from.branch],
  ['other-number', '1-main', 'n-1-main', 'design.md 4, branches: <iid>- is the ticket’s own'],
  ['emoji', '😀😀😀', 'n-ticket', from.branch],
  ['blanks', ' .. ', 'n-ticket', from.branch],
  ['hidden', '.hidden', 'n-hidden', from.refNames],
  ['ends-in-slash', 'a/', 'n-a', from.refNames],
  ['ends-in-dot', 'a.', 'n-a', from.refNames],
  ['two-slashes', 'a//b', 'n-a-b', from.refNames],
  ['tilde-caret-colon', 'a~1^2:b', 'n-a-1-2-b', from.refNames],
  ['wildcards', 'a?*[b]', 'n-a-b', from.refNames],
  ['backslash', 'a\\b', 'n-a-b', from.refNames],
  ['control', 'a\x07b\x7fc', 'n-a-b-c', from.refNames],
  ['line-break', 'a\nb', 'n-a-b', from.refNames],
  ['nul', 'a\0b', 'n-a-b', from.text],
  ['shell', '$(reboot);`id`|cat', 'n-reboot-id-cat', 'CWE-78'],
  ['percent', 'a%2fb%00', 'n-a-2fb-00', 'CWE-177'],
  ['umlauts', 'Größe ändern', 'n-gro-e-andern', 'GitLab parameterize (FACTS 7)'],
  ['cyrillic', 'Экран', 'n-ticket', 'GitLab parameterize (FACTS 7)'],
  ['look-alike', 'ｍａｉｎ', 'n-main', 'Unicode TR36, compatibility characters'],
  ['right-to-left', '\u202egnp.x', 'n-gnp-x', 'CVE-2021-42574'],
  [
    'long',
    made('word ', 50),
    'n-word-word-word-word-word-word-word-word-word-word-word-word-word-word-word-word-word-word-word',
    'design.md 4: cut at 100',
  ],
])

/** Where a category says a branch begins; the sandbox has only `main`. None of them makes a branch. */
export const branchRefs = rows<string, 'no branch, and the ticket is Level 2'>('branch ref', [
  ['missing', 'no-such-branch', 'no branch, and the ticket is Level 2', from.branches],
  ['climbs-up', '../../main', 'no branch, and the ticket is Level 2', from.branch],
  ['option', '-rf', 'no branch, and the ticket is Level 2', from.branch],
  ['range', 'main..x', 'no branch, and the ticket is Level 2', from.refNames],
  ['time', 'main@{yesterday}', 'no branch, and the ticket is Level 2', 'gitrevisions(7)'],
  ['encoded', 'main%00', 'no branch, and the ticket is Level 2', 'CWE-177'],
])

/** Projects a category names for its branches, and cannot have. */
export const branchProjects = rows<string, 'no branch, and the ticket is Level 2'>('branch project', [
  ['missing', 'demo/nowhere', 'no branch, and the ticket is Level 2', from.branch],
  ['climbs-up', '../../etc', 'no branch, and the ticket is Level 2', from.branch],
  ['encoded-slash', 'demo%2Fhelpdesk', 'no branch, and the ticket is Level 2', 'CWE-177'],
  ['question-mark', 'demo/helpdesk?private_token=x', 'no branch, and the ticket is Level 2', 'CWE-20'],
  ['fragment', 'demo/helpdesk#', 'no branch, and the ticket is Level 2', 'CWE-20'],
  ['foreign-url', 'https://evil.example/x', 'no branch, and the ticket is Level 2', 'CWE-918'],
])

/** Labels in belay.yaml. */
export const labelNames = rows<string, 'taken' | 'refused'>('label', [
  ['comma', 'a,b', 'refused', from.labels],
  ['question-mark', 'a?', 'refused', from.labels],
  ['ampersand', 'a&b', 'refused', from.labels],
  ['empty', '', 'refused', from.branch],
  ['blanks', '   ', 'refused', from.branch],
  ['long', 'x'.repeat(256), 'refused', from.limits],
  ['scoped', 'kind::hardware', 'taken', from.labels],
  ['emoji', '🖥', 'taken', from.labels],
  ['another-level', 'level::9', 'taken', from.labels],
])

/** Names of files as browsers and mails send them, and what GitLab is told. */
export const fileNames = rows<string | Made, string>('file name', [
  ['climbs-up', '../../etc/passwd', 'passwd', 'CWE-22; security.md 4'],
  ['climbs-up-windows', '..\\..\\boot.ini', 'boot.ini', 'CWE-22'],
  ['drive', 'C:\\Users\\ana\\a.txt', 'a.txt', 'CWE-22'],
  ['absolute', '/etc/shadow', 'shadow', 'CWE-22'],
  ['dots', '..', 'file', 'CWE-22'],
  ['empty', '', 'file', 'CWE-20'],
  ['hidden', '.htaccess', 'htaccess', 'CWE-434'],
  ['nul', 'a.txt\0.exe', 'a.txt.exe', 'CWE-158'],
  ['line-break', 'a\r\nContent-Type: text/html.txt', 'html.txt', 'CWE-93; RFC 7578'],
  ['command', '/close', 'close', 'security.md 4: commands in file names'],
  ['mention', '@all #1.txt', 'all-1.txt', 'security.md 4'],
  ['markdown-link', '](javascript:alert(1)).png', 'javascript-alert-1-.png', 'CWE-79'],
  ['markdown-picture', '![x](http://evil.example).png', 'evil.example-.png', 'CWE-79'],
  ['script', '<script>alert(1)</script>.svg', 'script-.svg', 'CWE-79'],
  ['quote', 'a".txt', 'a-.txt', 'RFC 6266 4.3'],
  ['percent', 'a%2f..%2fb.txt', 'a-2f..-2fb.txt', 'CWE-177'],
  ['shell', '$(id);`id`.sh', 'id-id-.sh', 'CWE-78'],
  ['option', '-rf', 'rf', 'CWE-88'],
  ['right-to-left', 'photo\u202egpj.exe', 'photo-gpj.exe', 'CVE-2021-42574'],
  ['emoji', '😀.png', 'png', 'Unicode TR51'],
  ['umlauts', 'Übersicht März.pdf', 'Übersicht-März.pdf', 'RFC 6266 4.3'],
  ['long', made('x', 300), 'x'.repeat(80), 'security.md 4: hostile file names'],
  ['two-endings', 'invoice.pdf.exe', 'invoice.pdf.exe', 'CWE-646'],
  ['stream', 'a.txt:stream', 'a.txt-stream', 'CWE-69'],
  ['device', 'CON', 'CON', 'CWE-67'],
])
