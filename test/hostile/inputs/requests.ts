// Requests as no browser of ours sends them. Beside each row what must be answered; whatever is answered with 400 or
// more leaves no trace, and no answer is ever a bug's. {iid}, {id}: an open ticket; {held}: a mail in the ledger.

import { from, type Made, made, rows } from '../row.ts'

export type Asked = {
  /** Nobody, when left out. */
  readonly as?: 'requester' | 'bruno' | 'davi'
  /** GET when left out, POST with `body` or `form`. */
  readonly method?: string
  readonly path: string | Made
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as a form of the desk's own page. */
  readonly form?: string | Made
  readonly body?: string | Made
}

const own = { 'sec-fetch-site': 'same-origin' }
const urlencoded = { ...own, 'content-type': 'application/x-www-form-urlencoded' }
const multipart = { ...own, 'content-type': 'multipart/form-data; boundary=b' }
const part = (head: string, body = 'x') => `--b\r\n${head}\r\n\r\n${body}\r\n--b--\r\n`

/** What stands where a ticket's number should. */
const refs: readonly (readonly [string, string, string])[] = [
  ['exponent', '1e3', from.web],
  ['leading-zero', '01', from.web],
  ['minus', '-1', from.web],
  ['plus', '+1', from.web],
  ['zero', '0', from.web],
  ['fraction', '1.0', from.web],
  ['nul', '1%00', 'CWE-158'],
  ['line-break', '1%0a', 'CWE-93'],
  ['blank', '%201', from.web],
  ['hexadecimal', '0x2a', 'CWE-20'],
  ['arabic-digits', '%D9%A4%D9%A2', 'Unicode 4.6, numeric value'],
  ['full-width-digits', '%EF%BC%91', 'Unicode TR36'],
  ['beyond-64-bit', '99999999999999999999', 'CWE-190'],
  ['beyond-32-bit', '4294967297', 'CWE-190'],
  ['sql', "1'%20or%201=1--", 'CWE-89'],
  ['sql-union', '1%20union%20select%201', 'CWE-89'],
  ['dots-and-semicolon', '..;', 'CWE-22'],
  ['dots-and-nul', '..%00', 'CWE-22'],
  ['encoded-slash', '..%2f..%2fetc%2fpasswd', 'CWE-22'],
  ['backslash', '..%5c..%5cetc', 'CWE-22'],
  ['two-encodings', '%252e%252e', 'CWE-174'],
  ['prototype', '__proto__', from.web],
  ['constructor', 'constructor', 'CWE-1321'],
  ['uuid-capital', '0197F000-0000-7000-8000-00000000FFFF', 'RFC 9562 4'],
  ['uuid-nobody', '0197f000-0000-7000-8000-00000000ffff', from.rights],
  ['uuid-with-braces', '%7B0197f000-0000-7000-8000-00000000ffff%7D', 'RFC 9562 4'],
  ['json', '%7B%22$gt%22:0%7D', 'CWE-943'],
  ['list', '1,2', 'CWE-20'],
  ['long', '1'.repeat(5_000), 'CWE-400'],
  ['other-ticket', '999999', from.rights],
]

export const oddIds = [
  ...rows<Asked, number>(
    'id read',
    refs.map(([id, ref, why]) => [id, { as: 'bruno', path: `/issues/${ref}` }, 404, why] as const),
  ),
  ...rows<Asked, number>(
    'id write',
    refs
      .filter((_, at) => at % 2 === 0)
      .map(
        ([id, ref, why]) =>
          [id, { as: 'bruno', path: `/issues/${ref}/replies`, form: 'body=x' }, 404, why] as const,
      ),
  ),
]

export const requests = rows<Asked, number>('web', [
  // Parameters.
  ['repeated', { as: 'bruno', path: '/issues?view=all&view=mine' }, 400, `${from.web}; CWE-235`],
  ['repeated-other-spelling', { as: 'bruno', path: '/issues?q=a&%71=b' }, 400, 'CWE-235'],
  ['list', { as: 'bruno', path: '/issues?view[]=mine' }, 400, from.web],
  ['list-encoded', { as: 'bruno', path: '/issues?view%5B%5D=mine' }, 400, from.web],
  ['object', { as: 'bruno', path: '/issues?q[$ne]=x' }, 400, 'CWE-943'],
  ['prototype', { as: 'bruno', path: '/issues?__proto__=x' }, 200, from.web],
  ['prototype-nested', { as: 'bruno', path: '/issues?__proto__[x]=y' }, 400, 'CWE-1321'],
  ['constructor', { as: 'bruno', path: '/issues?constructor=x' }, 200, 'CWE-1321'],
  ['view-of-nobody', { as: 'bruno', path: '/issues?view=../../etc' }, 200, from.web],
  [
    'view-settings-of-ejs',
    { as: 'bruno', path: '/issues?settings=x&outputFunctionName=x;process.exit()' },
    200,
    'CVE-2022-29078, ejs',
  ],
  [
    'ejs-client',
    { path: '/open-issue?client=true&escapeFunction=1;return+global.process' },
    200,
    'CVE-2024-33883, ejs',
  ],
  ['level-huge', { as: 'bruno', path: '/issues?level=1e309' }, 200, 'CWE-190'],
  ['cursor-broken', { as: 'bruno', path: '/issues?view=all&cursor=!!!' }, 200, 'CWE-20'],
  ['cursor-json', { as: 'bruno', path: '/issues?view=all&cursor=eyJhIjoiJyBvciAxPTEtLSJ9' }, 200, 'CWE-89'],
  ['cursor-long', { as: 'bruno', path: { of: '/issues?view=all&cursor=', times: 1 } }, 200, 'CWE-400'],
  [
    'many-parameters',
    { as: 'bruno', path: `/issues?${Array.from({ length: 1_000 }, (_, n) => `a${n}=1`).join('&')}` },
    200,
    'CWE-400',
  ],
  ['percent-alone', { as: 'bruno', path: '/issues?q=%' }, 200, 'RFC 3986 2.1'],
  ['percent-broken-utf-8', { as: 'bruno', path: '/issues?q=%ff%fe' }, 200, 'RFC 3629 3'],
  ['path-broken-utf-8', { as: 'bruno', path: '/issues/%ff' }, 400, 'RFC 3629 3'],
  ['nul-in-query', { as: 'bruno', path: '/issues?view=all&q=a%00b' }, 200, 'CWE-158'],
  ['address-of-16-kb', { path: made('/x', 8_300) }, 431, 'CWE-400; RFC 6585 5'],
  ['language-of-nobody', { path: '/open-issue?lang=../../x' }, 303, 'CWE-22'],
  ['language-away', { path: '//evil.example/x?lang=en' }, 303, 'CWE-601'],
  ['category-of-nobody', { path: '/open-issue?category=__proto__' }, 200, 'CWE-1321'],
  ['title-script', { path: '/open-issue?title=%3Cscript%3Ealert(1)%3C/script%3E' }, 200, 'CWE-79'],
  [
    'title-attribute',
    { path: '/open-issue?title=%22%20autofocus%20onfocus=alert(1)%20x=%22' },
    200,
    'CWE-79',
  ],

  // Where nothing is.
  ['parent-of-assets', { path: '/assets/../app.ts' }, 404, 'CWE-22'],
  ['encoded-parent-of-assets', { path: '/assets/%2e%2e/app.ts' }, 404, 'CWE-22'],
  ['encoded-slash-of-assets', { path: '/assets/..%2fapp.ts' }, 404, 'CWE-22'],
  ['backslash-of-assets', { path: '/assets/..%5capp.ts' }, 404, 'CWE-22'],
  ['nul-of-assets', { path: '/assets/belay.css%00.js' }, 404, 'CWE-158'],
  ['hidden-of-assets', { path: '/assets/.env' }, 404, 'CWE-538'],
  ['git-folder', { path: '/.git/config' }, 404, 'CWE-538'],
  ['environment', { path: '/.env' }, 404, 'CWE-538'],
  ['source-map', { path: '/src/main.ts' }, 404, 'CWE-540'],
  ['other-case', { as: 'bruno', path: '/ISSUES' }, 404, 'CWE-178'],
  ['two-slashes', { as: 'bruno', path: '//issues' }, 404, 'CWE-647'],
  ['absolute-form', { as: 'bruno', path: '/http://127.0.0.1/issues' }, 404, 'RFC 9112 3.2.2'],
  ['semicolon', { as: 'bruno', path: '/issues;jsessionid=1' }, 404, 'CWE-647'],
  ['debug', { path: '/debug/pprof' }, 404, 'CWE-489'],

  // Methods.
  ['put', { as: 'bruno', method: 'PUT', path: '/issues/{iid}', headers: own }, 404, 'CWE-650'],
  ['delete', { as: 'bruno', method: 'DELETE', path: '/issues/{iid}', headers: own }, 404, 'CWE-650'],
  ['patch', { as: 'bruno', method: 'PATCH', path: '/issues/{iid}', headers: own }, 404, 'CWE-650'],
  [
    'get-to-write',
    { as: 'bruno', path: '/issues/{iid}/escalate?from=1&reason=x' },
    404,
    'CWE-352; RFC 9110 9.2.1',
  ],
  [
    'head-to-write',
    { as: 'bruno', method: 'HEAD', path: '/issues/{iid}/resolve?answer=x' },
    404,
    'RFC 9110 9.2.1',
  ],
  [
    'method-override',
    { as: 'bruno', path: '/issues/{iid}?_method=DELETE', headers: { 'x-http-method-override': 'DELETE' } },
    200,
    'CWE-650',
  ],
  ['trace', { method: 'TRACE', path: '/issues' }, 404, 'CWE-693; cross-site tracing'],

  // Who asks from where.
  [
    'other-site',
    { as: 'bruno', path: '/issues/{iid}/notes', form: 'body=x', headers: { 'sec-fetch-site': 'cross-site' } },
    403,
    `${from.web}; CWE-352`,
  ],
  [
    'sister-domain',
    { as: 'bruno', path: '/issues/{iid}/notes', form: 'body=x', headers: { 'sec-fetch-site': 'same-site' } },
    403,
    'CWE-352',
  ],
  [
    'origin-null',
    {
      as: 'bruno',
      path: '/issues/{iid}/notes',
      form: 'body=x',
      headers: { origin: 'null', 'sec-fetch-site': '' },
    },
    403,
    from.web,
  ],
  [
    'origin-other',
    {
      as: 'bruno',
      path: '/issues/{iid}/notes',
      form: 'body=x',
      headers: { origin: 'https://evil.example', 'sec-fetch-site': '' },
    },
    403,
    from.web,
  ],
  [
    'neither-with-session',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      body: 'body=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    403,
    from.web,
  ],
  [
    'sign-out-from-elsewhere',
    { as: 'bruno', path: '/sign-out', form: '', headers: { 'sec-fetch-site': 'cross-site' } },
    403,
    `${from.web}: sign-in forgery`,
  ],
  [
    'form-from-elsewhere',
    {
      path: '/open-issue',
      form: 'title=a&description=b&name=c&email=a@b.example',
      headers: { 'sec-fetch-site': 'cross-site' },
    },
    403,
    'CWE-352',
  ],
  [
    'text-plain-form',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      body: 'body=x',
      headers: { ...own, 'content-type': 'text/plain' },
    },
    415,
    'CWE-352; Fetch, safelisted types',
  ],
  ['forged-host', { path: '/open-issue', headers: { host: 'evil.example' } }, 200, `${from.web}; CWE-644`],
  [
    'forged-forwarded-host',
    { path: '/sign-in', headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' } },
    200,
    `${from.web}; CWE-644`,
  ],
  ['forged-forwarded-for', { path: '/metrics', headers: { 'x-forwarded-for': '127.0.0.1' } }, 404, from.web],
  ['forged-forwarded', { path: '/metrics', headers: { forwarded: 'for=127.0.0.1' } }, 404, 'RFC 7239 8.1'],
  ['forged-real-ip', { path: '/metrics', headers: { 'x-real-ip': '127.0.0.1' } }, 404, from.web],
  [
    'rewritten-url',
    { path: '/nowhere', headers: { 'x-original-url': '/issues', 'x-rewrite-url': '/issues' } },
    404,
    'CWE-647',
  ],
  [
    'user-header',
    { path: '/issues', headers: { 'x-forwarded-user': 'davi', authorization: 'Basic ZGF2aTp4' } },
    303,
    'CWE-290',
  ],
  [
    'language-header',
    { path: '/open-issue', headers: { 'accept-language': 'a-'.repeat(3_000) } },
    200,
    'CWE-1333',
  ],
  ['cookie-megabytes', { path: '/open-issue', headers: { cookie: 'a=b; '.repeat(2_000) } }, 200, 'CWE-400'],

  // Forms.
  ['form-empty', { path: '/open-issue', form: '' }, 422, from.web],
  ['field-twice', { as: 'bruno', path: '/issues/{iid}/notes', form: 'body=a&body=b' }, 400, from.web],
  ['field-list', { as: 'bruno', path: '/issues/{iid}/notes', form: 'body[]=a' }, 400, from.web],
  ['field-object', { as: 'bruno', path: '/issues/{iid}/notes', form: 'body[toString]=a' }, 400, 'CWE-1321'],
  [
    'prototype-field',
    { as: 'bruno', path: '/issues/{iid}/notes', form: '__proto__[admin]=1&body=x' },
    400,
    'CWE-1321',
  ],
  ['note-blank', { as: 'bruno', path: '/issues/{iid}/notes', form: 'body=%20%0a%E2%80%8B' }, 422, from.text],
  ['note-nul', { as: 'bruno', path: '/issues/{iid}/notes', form: 'body=%00%00' }, 422, from.text],
  [
    'note-megabyte',
    { as: 'bruno', path: '/issues/{iid}/notes', form: made('body=aaaaaaaaaa', 90_000) },
    413,
    from.web,
  ],
  [
    'escalate-from-nowhere',
    { as: 'bruno', path: '/issues/{iid}/escalate', form: 'from=9&reason=x' },
    303,
    'I3',
  ],
  [
    'escalate-from-word',
    { as: 'bruno', path: '/issues/{iid}/escalate', form: 'from=NaN&reason=x' },
    422,
    'I3',
  ],
  [
    'hand-back-by-level-1',
    { as: 'bruno', path: '/issues/{iid}/hand-back', form: 'from=1&reason=x' },
    409,
    from.rights,
  ],
  [
    'category-of-nobody-2',
    { as: 'bruno', path: '/issues/{iid}/category', form: 'category=__proto__' },
    409,
    'CWE-1321',
  ],
  ['assign-root', { as: 'bruno', path: '/issues/{iid}/assignee', form: 'assignee=root' }, 409, from.rights],
  [
    'assign-list',
    { as: 'bruno', path: '/issues/{iid}/assignee', form: 'assignee=bruno,carla' },
    409,
    from.rights,
  ],
  ['waiting-odd', { as: 'bruno', path: '/issues/{iid}/waiting', form: 'waiting=maybe' }, 422, 'CWE-20'],
  [
    'email-two',
    { path: '/open-issue', form: 'title=a&description=b&name=c&email=a@b.example,v@x.example' },
    422,
    from.mailOut,
  ],
  [
    'email-line-break',
    { path: '/open-issue', form: 'title=a&description=b&name=c&email=a@b.example%0d%0aBcc:v@x.example' },
    422,
    'CWE-93',
  ],
  [
    'name-of-10-kb',
    { path: '/open-issue', form: `title=a&description=b&email=a@b.example&name=${'n'.repeat(10_000)}` },
    422,
    'CWE-400',
  ],
  [
    'category-odd',
    { path: '/open-issue', form: 'title=a&description=b&name=c&email=a@b.example&category=toString' },
    422,
    'CWE-1321',
  ],
  [
    'title-of-300',
    { path: '/open-issue', form: `title=${'t'.repeat(300)}&description=b&name=c&email=a@b.example` },
    422,
    from.limits,
  ],
  [
    'text-too-long',
    { path: '/open-issue', form: `title=t&description=${'d'.repeat(100_001)}&name=c&email=a@b.example` },
    422,
    from.limits,
  ],
  ['key-odd', { as: 'bruno', path: '/issues/{iid}/notes', form: 'body=&key=../../x' }, 422, from.web],
  [
    'xml',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: { ...own, 'content-type': 'application/xml' },
      body: '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    },
    415,
    'CWE-611',
  ],
  [
    'json',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: { ...own, 'content-type': 'application/json' },
      body: '{"__proto__":{"x":1}}',
    },
    415,
    'CWE-1321',
  ],
  [
    'charset-odd',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: { ...own, 'content-type': 'application/x-www-form-urlencoded; charset=utf-7' },
      body: 'body=',
    },
    422,
    'CWE-838',
  ],
  [
    'compressed',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: { ...urlencoded, 'content-encoding': 'gzip' },
      body: 'x'.repeat(100),
    },
    422,
    'CWE-409',
  ],
  [
    'multipart-without-boundary',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: { ...own, 'content-type': 'multipart/form-data' },
      body: 'x',
    },
    415,
    'RFC 7578 4.1',
  ],
  [
    'multipart-odd-boundary',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: { ...own, 'content-type': 'multipart/form-data; x=y' },
      body: 'x',
    },
    400,
    'RFC 7578 4.1',
  ],
  [
    'multipart-cut',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: multipart,
      body: '--b\r\nContent-Disposition: form-data; name="body"\r\n\r\nhalf',
    },
    400,
    'RFC 7578 4.1',
  ],
  [
    'multipart-file-where-none',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/category',
      headers: multipart,
      body: part('Content-Disposition: form-data; name="category"; filename="a"'),
    },
    415,
    'CWE-434',
  ],
  [
    'multipart-prototype',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: multipart,
      body: part('Content-Disposition: form-data; name="__proto__"'),
    },
    422,
    'CWE-1321',
  ],
  [
    'multipart-many-parts',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: multipart,
      body: made('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n', 500),
    },
    400,
    'CVE-2023-25576; CWE-400',
  ],
  [
    'multipart-long-head',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: multipart,
      body: part(`Content-Disposition: form-data; name="${'a'.repeat(20_000)}"`),
    },
    422,
    'CVE-2022-24434',
  ],
  [
    'multipart-bare-head',
    {
      as: 'bruno',
      method: 'POST',
      path: '/issues/{iid}/notes',
      headers: multipart,
      body: '--b\r\n\r\n\r\n\r\n--b--',
    },
    422,
    'CVE-2022-24434',
  ],

  // Sessions and links.
  ['session-word', { path: '/issues', headers: { cookie: 'belay=bruno' } }, 303, 'CWE-565'],
  [
    'session-json',
    { path: '/issues', headers: { cookie: 'belay={"user":11,"issued":0,"seen":0}' } },
    303,
    'CWE-565',
  ],
  ['session-zeroes', { path: '/issues', headers: { cookie: `belay=${'A'.repeat(120)}` } }, 303, 'CWE-347'],
  ['session-long', { path: '/issues', headers: { cookie: `belay=${'A'.repeat(8_000)}` } }, 303, 'CWE-400'],
  [
    'session-jwt-none',
    { path: '/issues', headers: { cookie: 'belay=eyJhbGciOiJub25lIn0.eyJ1c2VyIjoxMX0.' } },
    303,
    'RFC 8725 2.1',
  ],
  [
    'session-of-host-prefix',
    { path: '/issues', headers: { cookie: '__Host-belay=x; belay=y; belay=z' } },
    303,
    'RFC 6265bis 4.1.3',
  ],
  [
    'session-prototype',
    { path: '/issues', headers: { cookie: '__proto__=x; constructor=y' } },
    303,
    'CWE-1321',
  ],
  [
    'callback-without-leaving',
    { path: '/auth/gitlab/callback?code=bruno&state=s' },
    400,
    `${from.web}: sign-in forgery; RFC 6749 10.12`,
  ],
  [
    'callback-forged-leaving',
    { path: '/auth/gitlab/callback?code=bruno&state=s', headers: { cookie: 'belay-sign-in=e30' } },
    400,
    'RFC 6749 10.12',
  ],
  [
    'callback-error',
    { path: '/auth/gitlab/callback?error=access_denied&error_description=%3Cscript%3E' },
    400,
    'CWE-79',
  ],
  ['callback-code-twice', { path: '/auth/gitlab/callback?code=a&code=b&state=s' }, 400, 'CWE-235'],
  ['link-short', { path: '/t/x' }, 404, from.rights],
  ['link-zeroes', { path: `/t/${'A'.repeat(43)}` }, 404, from.rights],
  ['link-last-bits', { path: `/t/${'A'.repeat(42)}B` }, 404, 'RFC 4648 3.5: one spelling only'],
  ['link-padded', { path: `/t/${'A'.repeat(43)}=` }, 404, 'RFC 4648 3.2'],
  ['link-slash', { path: `/t/${'A'.repeat(20)}%2F${'A'.repeat(22)}` }, 404, 'CWE-22'],
  ['link-long', { path: `/t/${'A'.repeat(4_000)}` }, 404, 'CWE-400'],
  ['link-empty', { path: '/t/' }, 404, from.rights],
  ['link-of-prototype', { path: '/t/__proto__' }, 404, 'CWE-1321'],

  // What is not one's own.
  ['requester-reads-ticket', { as: 'requester', path: '/issues/{iid}' }, 404, 'I9; CWE-639'],
  ['requester-reads-ticket-by-id', { as: 'requester', path: '/issues/{id}' }, 404, 'I9; CWE-639'],
  ['requester-reads-queue', { as: 'requester', path: '/issues?q=screen' }, 403, 'I9; CWE-285'],
  ['requester-counts', { as: 'requester', path: '/issues/news?since=0' }, 403, 'I9'],
  [
    'requester-similar',
    { as: 'requester', path: '/open-issue/similar?title=screen' },
    403,
    `${from.rights}: similar tickets to agents only`,
  ],
  ['nobody-similar', { path: '/open-issue/similar?title=screen' }, 303, from.rights],
  [
    'requester-replies',
    { as: 'requester', path: '/issues/{iid}/replies', form: 'body=x' },
    404,
    'I9; CWE-639',
  ],
  ['agent-reads-operations', { as: 'bruno', path: '/operations' }, 403, 'design.md 5, roles; CWE-269'],
  ['agent-reads-mails', { as: 'bruno', path: '/mail' }, 403, 'design.md 5, roles; CWE-269'],
  ['agent-reads-a-mail', { as: 'bruno', path: '/mail/{held}' }, 404, 'design.md 5, roles; CWE-639'],
  ['agent-reads-source', { as: 'bruno', path: '/mail/{held}/source' }, 404, 'design.md 5, roles; CWE-639'],
  ['mail-of-another-ticket', { as: 'bruno', path: '/issues/{iid}/mails/{held}' }, 404, 'CWE-639'],
  ['file-zero', { as: 'bruno', path: '/issues/{iid}/files/0' }, 404, 'CWE-20'],
  ['file-minus', { as: 'bruno', path: '/issues/{iid}/files/-1' }, 404, 'CWE-20'],
  ['file-path', { as: 'bruno', path: '/issues/{iid}/files/..%2f..%2fsecret' }, 404, 'CWE-22'],
  [
    'operation-of-nobody',
    { as: 'davi', path: '/operations/0197f000-0000-7000-8000-00000000ffff/retry', form: '' },
    404,
    'CWE-639',
  ],
])

/** Words to search for; all of them find what they find, and nothing breaks. */
export const searches = rows<string | Made, 200>('search', [
  ['quote', '"', 200, 'SQLite FTS5 3, query syntax'],
  ['open-quote', '"screen', 200, 'SQLite FTS5 3'],
  ['operators', 'AND OR NOT NEAR', 200, 'SQLite FTS5 3'],
  ['near', 'NEAR(a b, 99999999)', 200, 'SQLite FTS5 3.4'],
  ['star', '*', 200, 'SQLite FTS5 3'],
  ['star-beginning', 's*', 200, 'SQLite FTS5 3'],
  ['column', 'words:screen', 200, 'SQLite FTS5 3.6'],
  ['column-minus', '- words : x', 200, 'SQLite FTS5 3.6'],
  ['caret', '^screen', 200, 'SQLite FTS5 3.3'],
  ['braces', '{words} : x', 200, 'SQLite FTS5 3.6'],
  ['parentheses', '((((', 200, 'SQLite FTS5 3'],
  ['sql', "' or 1=1; drop table tickets;--", 200, 'CWE-89'],
  ['sql-union', "' union select * from settings --", 200, 'CWE-89'],
  ['tsquery', "a:*|!b&(c<->d)'", 200, 'PostgreSQL 8.11.2, tsquery'],
  ['like', '%_%', 200, 'CWE-943'],
  ['backslash', '\\', 200, 'CWE-943'],
  ['nul', 'a\0b', 200, 'CWE-158'],
  ['half-character', '\ud83d', 200, 'Unicode 3.9, D84'],
  ['emoji', '😀', 200, 'Unicode TR51'],
  ['combining', made('\u0301', 200), 200, 'Unicode TR36, combining marks'],
  ['expanding', made('\ufdfa', 200), 200, 'Unicode TR15: one sign becomes eighteen'],
  ['capital-sharp', 'ẞİ', 200, 'Unicode 5.18, case folding'],
  ['many-words', made('a ', 100), 200, 'CWE-400'],
  ['long-word', made('x', 200), 200, 'CWE-400'],
  ['too-long', made('screen ', 1_000), 200, 'CWE-400'],
  ['regular-expression', made('(a+)+$', 30), 200, 'CWE-1333'],
  ['script', '<script>alert(1)</script>', 200, 'CWE-79'],
  ['attribute', '" onfocus="alert(1)', 200, 'CWE-79'],
])

/** Where to go after signing in. Everything that leaves this desk leads to its first page. */
export const returns = rows<string, string>('returnTo', [
  ['own', '/issues?view=mine', '/issues?view=mine', 'design.md 5'],
  ['two-slashes', '//evil.example', '/', `${from.web}; CWE-601`],
  ['three-slashes', '///evil.example', '/', 'CWE-601'],
  ['backslash', '/\\evil.example', '/', 'CWE-601; WHATWG URL 4.4'],
  ['backslashes', '\\\\evil.example', '/', 'CWE-601'],
  ['absolute', 'https://evil.example/', '/', 'CWE-601'],
  ['without-scheme', 'evil.example', '/', 'CWE-601'],
  ['scheme-one-slash', 'https:/evil.example', '/', 'WHATWG URL 4.4'],
  ['javascript', 'javascript:alert(1)', '/', 'CWE-79'],
  ['data', 'data:text/html,x', '/', 'CWE-79'],
  ['tab', '/\t/evil.example', '/', 'WHATWG URL 4.4: tabs are taken out'],
  ['line-break', '/\n/evil.example', '/', 'WHATWG URL 4.4; CWE-93'],
  ['header', '/issues\r\nSet-Cookie: belay=x', '/', 'CWE-113'],
  ['at-sign', '/@evil.example', '/@evil.example', 'CWE-601: stays here'],
  ['own-host-at', '//127.0.0.1@evil.example', '/', 'RFC 3986 3.2.1'],
  ['dots', '/..//evil.example', '/', 'RFC 3986 5.2.4'],
  ['dot-slash', '/.//evil.example', '/', 'RFC 3986 5.2.4'],
  ['encoded-slashes', '/%2f%2fevil.example', '/%2f%2fevil.example', 'CWE-601: stays here'],
  ['nul', '/\0', '/', 'CWE-158'],
  ['full-width', '／／evil.example', '/', 'Unicode TR36'],
  ['fragment', '/issues#//evil.example', '/issues', 'CWE-601'],
  ['long', `/${'a'.repeat(3_000)}`, '/', 'CWE-400'],
  ['empty', '', '/', 'CWE-20'],
])
