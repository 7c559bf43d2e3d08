// Mails that the desk sends: what a stranger can bring into one is an address, a name, a title, a text, the name of a
// file, or the Message-ID of the mail that is answered. `one plain mail`: to that person alone, with our headers only.

import { from, type Made, made, rows } from '../row.ts'

export type MailOut = {
  readonly to?: string
  readonly name?: string
  readonly title?: string | Made
  readonly text?: string | Made
  readonly file?: { readonly name: string; readonly type?: string }
  readonly thread?: readonly string[]
  readonly author?: string
}

export type SentAs = 'one plain mail' | 'not sent'

export const mailsOut = rows<MailOut, SentAs>('mail out', [
  ['ordinary', {}, 'one plain mail', from.mailOut],
  ['to-two', { to: 'ana@school.example, victim@x.example' }, 'not sent', from.mailOut],
  ['to-with-bcc', { to: 'ana@school.example\r\nBcc: victim@x.example' }, 'not sent', 'CWE-93'],
  ['to-with-name', { to: 'Ana <victim@x.example>' }, 'not sent', from.mailOut],
  ['to-group', { to: 'all:ana@school.example,victim@x.example;' }, 'not sent', 'RFC 5322 3.4'],
  [
    'to-quoted-at',
    { to: '"ana@victim.example"@school.example' },
    'not sent',
    'RFC 5321 4.1.2, quoted strings',
  ],
  ['to-smuggled', { to: 'ana@school.example>\r\nRCPT TO:<victim@x.example' }, 'not sent', 'CVE-2023-51764'],
  ['to-option', { to: 'ana@school.example> SIZE=1 ORCPT=x' }, 'not sent', 'RFC 5321 4.1.1.3'],
  ['to-empty', { to: '' }, 'not sent', from.mailOut],
  ['to-url', { to: 'https://evil.example/' }, 'not sent', 'CWE-918'],
  ['to-file', { to: 'file:///etc/passwd' }, 'not sent', 'CWE-22'],
  ['name-line-break', { name: 'Ana\r\nBcc: victim@x.example' }, 'one plain mail', 'CWE-93'],
  ['name-line-feed', { name: 'Ana\nBcc: victim@x.example' }, 'one plain mail', 'CWE-93'],
  ['name-nul', { name: 'An\0a' }, 'one plain mail', 'CWE-158'],
  ['name-address', { name: 'victim@x.example' }, 'one plain mail', 'CWE-451'],
  ['name-two-addresses', { name: '"Ana" <victim@x.example>, b' }, 'one plain mail', 'RFC 5322 3.4'],
  ['name-quotes', { name: '"\\"Ana\\"" (comment)' }, 'one plain mail', 'RFC 5322 3.2.4'],
  [
    'name-encoded-word',
    { name: '=?utf-8?q?Ana=0D=0ABcc:_victim@x.example?=' },
    'one plain mail',
    'RFC 2047 5',
  ],
  ['name-direction', { name: '\u202emoc.live@ana' }, 'one plain mail', 'CVE-2021-42574'],
  ['name-long', { name: 'n'.repeat(10_000) }, 'one plain mail', 'RFC 5322 2.1.1'],
  ['name-markdown', { name: '[click](https://evil.example) **Ana**' }, 'one plain mail', 'CWE-79'],
  ['title-line-break', { title: 'Screen\r\nBcc: victim@x.example' }, 'one plain mail', 'CWE-93'],
  ['title-end-of-headers', { title: 'Screen\r\n\r\n<script>alert(1)</script>' }, 'one plain mail', 'CWE-93'],
  [
    'title-end-of-data',
    { title: 'Screen\r\n.\r\nMAIL FROM:<x@y.example>' },
    'one plain mail',
    'CVE-2023-51764',
  ],
  ['title-line-separator', { title: 'Screen\u2028Bcc: victim@x.example' }, 'one plain mail', 'Unicode 5.8'],
  [
    'title-encoded-word',
    { title: '=?utf-8?b?DQpCY2M6IHZpY3RpbUB4LmV4YW1wbGU=?=' },
    'one plain mail',
    'RFC 2047 5',
  ],
  [
    'title-template',
    { title: '<%= process.env.HOME %><%- include("/etc/passwd") %>' },
    'one plain mail',
    'CVE-2022-29078, ejs',
  ],
  ['title-handlebars', { title: '{{7*7}} <%= 7*7 %> #{7*7}' }, 'one plain mail', 'CWE-1336'],
  ['title-html', { title: '<img src=x onerror=alert(1)>' }, 'one plain mail', 'CWE-79'],
  ['title-link', { title: '[click](https://evil.example)' }, 'one plain mail', 'CWE-451'],
  ['title-url', { title: 'https://evil.example/login' }, 'one plain mail', 'CWE-451'],
  ['title-long', { title: made('long ', 500) }, 'one plain mail', 'RFC 5322 2.1.1'],
  ['title-emoji', { title: made('😀', 300) }, 'one plain mail', 'RFC 2047 2'],
  ['title-half-character', { title: 'Screen \ud83d' }, 'one plain mail', 'Unicode 3.9, D84'],
  ['title-forged-number', { title: 'Re: other (#7)' }, 'one plain mail', from.mailIn],
  ['author-line-break', { author: 'Bruno\r\nBcc: victim@x.example' }, 'one plain mail', 'CWE-93'],
  [
    'text-end-of-data',
    { text: 'a\r\n.\r\nRCPT TO:<victim@x.example>\r\n' },
    'one plain mail',
    'RFC 5321 4.5.2',
  ],
  [
    'text-bare-line-feed-dot',
    { text: 'a\n.\nMAIL FROM:<x@y.example>\n' },
    'one plain mail',
    'CVE-2023-51764',
  ],
  [
    'text-bare-carriage-return-dot',
    { text: 'a\r.\rMAIL FROM:<x@y.example>\r' },
    'one plain mail',
    'RFC 5321 2.3.8: CR and LF only together',
  ],
  ['text-long-line', { text: made('x', 20_000) }, 'one plain mail', 'RFC 5322 2.1.1'],
  ['text-nul', { text: 'a\0b' }, 'one plain mail', 'RFC 5321 4.5.2'],
  [
    'text-html',
    { text: '<script>alert(1)</script><a href="javascript:alert(1)">x</a>' },
    'one plain mail',
    'CWE-79',
  ],
  [
    'text-javascript-link',
    { text: '[x](javascript:alert(1)) [y](data:text/html,x)' },
    'one plain mail',
    'CWE-79',
  ],
  [
    'text-remote-picture',
    { text: '![](https://evil.example/pixel.png)' },
    'one plain mail',
    `${from.mailOut}: nothing is loaded from elsewhere`,
  ],
  ['text-template', { text: '<%= process.env.HOME %>' }, 'one plain mail', 'CVE-2022-29078, ejs'],
  ['text-megabyte', { text: made('word ', 200_000) }, 'one plain mail', 'CWE-400'],
  [
    'text-mime-boundary',
    { text: '------boundary\r\nContent-Type: text/html\r\n\r\n<b>x</b>' },
    'one plain mail',
    'RFC 2046 5.1.1',
  ],
  ['file-climbs-up', { file: { name: '../../etc/passwd' } }, 'one plain mail', 'CWE-22'],
  [
    'file-line-break',
    { file: { name: 'a\r\nContent-Type: text/html\r\n\r\n<script>' } },
    'one plain mail',
    'CWE-93',
  ],
  ['file-encoded-word', { file: { name: '=?utf-8?q?a=0D=0Ab?=.txt' } }, 'one plain mail', 'RFC 2047 5'],
  ['file-quote', { file: { name: 'a"; filename="b.exe' } }, 'one plain mail', 'RFC 2183 2.3'],
  [
    'file-type-multipart',
    { file: { name: 'a', type: 'multipart/mixed; boundary=x' } },
    'one plain mail',
    'RFC 2046 5.1',
  ],
  [
    'file-type-message',
    { file: { name: 'a.eml', type: 'message/rfc822' } },
    'one plain mail',
    'RFC 2046 5.2',
  ],
  [
    'file-type-line-break',
    { file: { name: 'a', type: 'text/plain\r\nBcc: victim@x.example' } },
    'one plain mail',
    'CWE-93',
  ],
  ['file-direction', { file: { name: 'photo\u202egpj.exe' } }, 'one plain mail', 'CVE-2021-42574'],
  ['thread-line-break', { thread: ['a@b.example>\r\nBcc: victim@x.example'] }, 'one plain mail', 'CWE-93'],
  ['thread-two', { thread: ['a@b.example> <c@d.example'] }, 'one plain mail', 'RFC 5322 3.6.4'],
  ['thread-long', { thread: ['a'.repeat(5_000)] }, 'one plain mail', 'RFC 5322 2.1.1'],
])
