// Deliveries at the webhook's door. `signed` is what GitLab would send with the desk's own key over `body`; each row
// says what is other. Only 202 may have an effect, and that is only to read a ticket again.

import { from, rows } from '../row.ts'

export type Delivery = {
  /** The desk's secret: a shared one, or a signing key (when left out). */
  readonly secret?: 'shared' | 'none'
  /** Over the genuine headers; '' takes one away; an array sends it several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
  /** The body that was signed, where it is another one. */
  readonly signedBody?: string
  /** Milliseconds that the signing clock is ahead. */
  readonly ahead?: number
  readonly key?: 'other'
  readonly times?: number
}

const issue = (iid: unknown, more = '') =>
  `{"object_kind":"issue","project":{"id":1,"path_with_namespace":"demo/helpdesk"},"object_attributes":{"iid":${JSON.stringify(iid)}}${more}}`

export const hooks = rows<Delivery, 202 | 400 | 401 | 413>('webhook', [
  ['genuine', {}, 202, from.standardWebhooks],
  ['genuine-shared', { secret: 'shared' }, 202, 'FACTS 10'],
  ['no-secret-set', { secret: 'none' }, 401, `${from.hook}; I14`],
  [
    'no-headers',
    { headers: { 'webhook-id': '', 'webhook-timestamp': '', 'webhook-signature': '' } },
    401,
    from.hook,
  ],
  ['no-signature', { headers: { 'webhook-signature': '' } }, 401, from.standardWebhooks],
  ['empty-signature', { headers: { 'webhook-signature': 'v1,' } }, 401, from.standardWebhooks],
  ['signature-of-zeroes', { headers: { 'webhook-signature': `v1,${'A'.repeat(43)}=` } }, 401, 'CWE-347'],
  ['signature-of-other-key', { key: 'other' }, 401, from.standardWebhooks],
  [
    'signature-other-version',
    { headers: { 'webhook-signature': `v0,${'A'.repeat(43)}=` } },
    401,
    from.standardWebhooks,
  ],
  ['signature-asymmetric', { headers: { 'webhook-signature': 'v1a,AAAA' } }, 401, from.standardWebhooks],
  ['signatures-a-thousand', { headers: { 'webhook-signature': 'v1,x '.repeat(1_000) } }, 401, 'CWE-400'],
  ['body-changed', { body: issue(7), signedBody: issue(42) }, 401, from.hook],
  ['body-one-blank-more', { body: `${issue(42)} `, signedBody: issue(42) }, 401, from.standardWebhooks],
  ['id-changed', { headers: { 'webhook-id': 'another' } }, 401, from.standardWebhooks],
  ['id-twice', { headers: { 'webhook-id': ['a', 'a'] } }, 401, `${from.hook}: array`],
  ['id-long', { headers: { 'webhook-id': 'i'.repeat(500) } }, 401, 'CWE-400'],
  ['old', { ahead: -6 * 60_000 }, 401, `${from.hook}; CWE-294`],
  ['from-the-future', { ahead: 6 * 60_000 }, 401, 'CWE-294'],
  ['time-of-nobody', { headers: { 'webhook-timestamp': 'NaN' } }, 401, 'CWE-20'],
  ['time-minus', { headers: { 'webhook-timestamp': '-1' } }, 401, 'CWE-20'],
  ['time-exponent', { headers: { 'webhook-timestamp': '1e300' } }, 401, 'CWE-20'],
  ['id-used-again', { times: 3 }, 202, `${from.hook}: read again, nothing more`],
  ['shared-wrong', { secret: 'shared', headers: { 'x-gitlab-token': 'wrong' } }, 401, from.hook],
  ['shared-empty', { secret: 'shared', headers: { 'x-gitlab-token': '' } }, 401, from.hook],
  [
    'shared-beginning',
    { secret: 'shared', headers: { 'x-gitlab-token': 'a-secret-of-this-des' } },
    401,
    'CWE-208',
  ],
  [
    'shared-longer',
    { secret: 'shared', headers: { 'x-gitlab-token': 'a-secret-of-this-desk1' } },
    401,
    'CWE-208',
  ],
  [
    'shared-twice',
    { secret: 'shared', headers: { 'x-gitlab-token': ['a-secret-of-this-desk', 'x'] } },
    401,
    `${from.hook}: array`,
  ],
  [
    'shared-in-query',
    { secret: 'shared', headers: { 'x-gitlab-token': '', 'x-test-query': 'token=a-secret-of-this-desk' } },
    401,
    'CWE-598',
  ],
  [
    'key-as-token',
    { headers: { 'webhook-signature': '', 'x-gitlab-token': 'whsec_AAAA' } },
    401,
    from.standardWebhooks,
  ],
  ['five-megabytes', { body: issue(42, `,"text":"${'a'.repeat(5_000_000)}"`) }, 413, from.hook],
  ['no-json', { body: '{' }, 400, from.hook],
  ['empty-body', { body: '' }, 400, from.hook],
  ['binary-body', { body: '\u0000\ufffd' }, 400, from.hook],
  ['xml-body', { body: '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>' }, 400, 'CWE-611'],
  ['deep-json', { body: '['.repeat(100_000) }, 400, 'CWE-674'],
  ['number-as-word', { body: issue('42') }, 400, 'CWE-843'],
  ['number-minus', { body: issue(-1) }, 400, 'CWE-20'],
  ['number-fraction', { body: issue(1.5) }, 400, 'CWE-20'],
  ['number-huge', { body: issue(1e300) }, 400, 'CWE-190'],
  ['number-object', { body: issue({ $gt: 0 }) }, 400, 'CWE-943'],
  [
    'kind-prototype',
    { body: '{"object_kind":"__proto__","project":{"id":1}}' },
    202,
    'CWE-1321: read as nothing',
  ],
  [
    'other-project',
    { body: issue(42).replace('"id":1', '"id":2').replace('demo/helpdesk', 'evil/x') },
    202,
    `${from.hook}: another project’s id`,
  ],
  [
    'form-body',
    { body: 'object_kind=issue', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    400,
    'CWE-20',
  ],
])
