// Settings: environment and belay.yaml (design section 5). Whatever is wrong is said, all of it at once, one sentence
// each, and no sentence tells a secret (security I13).

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { Config, Need } from '../src/config.ts'
import { readConfig } from '../src/config.ts'
import { usualRetention } from '../src/domain/retention.ts'
import { workingHours } from '../src/domain/working-hours.ts'
import { ConfigProblems } from '../src/setup-problem.ts'
import { aDesk } from './support/tickets.ts'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-config-'))
})
after(() => rmSync(folder, { recursive: true }))

let count = 0
/** A file with this text; its path. */
const aFile = (text: string): string => {
  const path = join(folder, `file-${++count}`)
  writeFileSync(path, text)
  return path
}

type Environment = Record<string, string | undefined>

const secret = 'k'.repeat(64)

/** Where this machine is. */
const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** All that `serve` cannot do without, and a folder without a belay.yaml of its own. */
const complete = (more: Environment = {}): Environment => ({
  GITLAB_URL: 'https://gitlab.school.example',
  GITLAB_PROJECT: 'it/helpdesk',
  GITLAB_TOKEN: 'glpat-secret-of-the-bot',
  GITLAB_OAUTH_CLIENT_ID: 'belay',
  GITLAB_OAUTH_CLIENT_SECRET: 'secret-of-the-application',
  ...more,
})

const problemsOf = (need: Need, environment: Environment): readonly string[] => {
  try {
    readConfig(need, environment)
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems
    throw error
  }
  return []
}

/** What a page of the documentation shows of belay.yaml. */
const yamlIn = (page: string): string[] =>
  [
    ...readFileSync(new URL(`../${page}`, import.meta.url), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gmu),
  ].map(([, yaml = '']) => yaml)

const withYaml = (yaml: string): Config => readConfig('desk', { BELAY_CONFIG: aFile(yaml) })
const yamlProblems = (yaml: string) => problemsOf('desk', { BELAY_CONFIG: aFile(yaml) })

describe('without any setting', () => {
  test('a desk listens on this machine only, port 3000, reads every 15 seconds and keeps its data beside it', () => {
    const config = readConfig('desk', {})
    assert.deepEqual(
      [config.host, config.port, config.pollMs, config.databaseUrl, config.baseUrl, config.trustProxy],
      ['127.0.0.1', 3000, 15_000, null, null, null],
    )
    assert.equal(config.dataFolder, join(process.cwd(), 'data'))
    assert.deepEqual(
      [config.gitlab, config.oauth, config.webhookSecret, config.metricsToken],
      [null, null, null, null],
    )
  })

  test('it has the two categories of the blog and two levels', () => {
    assert.deepEqual(readConfig('desk', {}).desk, aDesk({ timeZone: ownZone }))
  })

  test('what is empty counts as not set', () => {
    assert.deepEqual(
      readConfig('desk', { HOST: '', PORT: ' ', GITLAB_URL: '', BELAY_SECRET: '' }),
      readConfig('desk', {}),
    )
  })

  test('nobody can change settings afterwards', () => {
    assert.ok(Object.isFrozen(readConfig('desk', {})))
  })
})

describe('what a command cannot do without', () => {
  test('serve names everything that is missing, all at once, one sentence each', () => {
    const problems = problemsOf('serve', {})
    for (const name of [
      'GITLAB_URL',
      'GITLAB_PROJECT',
      'GITLAB_TOKEN',
      'GITLAB_OAUTH_CLIENT_ID',
      'GITLAB_OAUTH_CLIENT_SECRET',
    ])
      assert.equal(problems.filter((sentence) => sentence.startsWith(`${name} `)).length, 1, name)
    assert.equal(problems.length, 5)
    assert.ok(problems.every((sentence) => !sentence.includes('\n')))
  })

  test('serve with all of it has it', () => {
    const config = readConfig('serve', complete({ GITLAB_BRANCH_TOKEN: 'glpat-branches' }))
    assert.deepEqual(config.gitlab, {
      url: 'https://gitlab.school.example',
      project: 'it/helpdesk',
      token: 'glpat-secret-of-the-bot',
      branchToken: 'glpat-branches',
      caFile: null,
    })
    assert.deepEqual(config.oauth, { clientId: 'belay', clientSecret: 'secret-of-the-application' })
  })

  test('triage and doctor need only GitLab', () => {
    const { GITLAB_OAUTH_CLIENT_ID: _, GITLAB_OAUTH_CLIENT_SECRET: __, ...gitlabOnly } = complete()
    assert.ok(readConfig('gitlab', gitlabOnly).gitlab)
    assert.equal(problemsOf('gitlab', {}).length, 3)
  })

  test('a command on the data alone needs nothing', () => {
    assert.deepEqual(problemsOf('desk', {}), [])
  })

  test('missing, wrong and unknown settings of all kinds are told together', () => {
    const problems = problemsOf('serve', {
      GITLAB_URL: 'gitlab.school.example',
      PORT: 'eighty',
      POLL_SECONDS: '0',
      BELAY_URL: 'ftp://desk',
      BELAY_SECRET: 'short',
      DATABASE_URL: 'mysql://db',
      BELAY_CONFIG: aFile('categorys: []\nlevels: []\n'),
    }).join('\n')
    for (const named of [
      'GITLAB_URL',
      'GITLAB_PROJECT',
      'GITLAB_TOKEN',
      'GITLAB_OAUTH_CLIENT_ID',
      'GITLAB_OAUTH_CLIENT_SECRET',
      'PORT',
      'POLL_SECONDS',
      'BELAY_URL',
      'BELAY_SECRET',
      'DATABASE_URL',
      'categorys',
      'levels',
    ])
      assert.ok(problems.includes(named), `${named} in:\n${problems}`)
  })

  test('a worker alone needs GitLab and, with PostgreSQL, the key, and signs nobody in', () => {
    const { GITLAB_OAUTH_CLIENT_ID: _, GITLAB_OAUTH_CLIENT_SECRET: __, ...gitlabOnly } = complete()
    const DATABASE_URL = 'postgres://belay@127.0.0.1/belay'
    assert.deepEqual(problemsOf('work', { ...gitlabOnly, DATABASE_URL, BELAY_SECRET: secret }), [])
    assert.match(problemsOf('work', { ...gitlabOnly, DATABASE_URL }).join(), /BELAY_SECRET is missing/)
    assert.equal(problemsOf('work', { DATABASE_URL, BELAY_SECRET: secret }).length, 3)
  })
})

describe('addresses and numbers', () => {
  test('an address loses the slash at its end and nothing else', () => {
    const config = readConfig(
      'serve',
      complete({ GITLAB_URL: 'https://git.example/gitlab//', BELAY_URL: 'https://desk.example/' }),
    )
    assert.equal(config.gitlab?.url, 'https://git.example/gitlab')
    assert.equal(config.baseUrl, 'https://desk.example')
  })

  test('what is no web address is refused', () => {
    for (const url of [
      'gitlab.example',
      'ftp://x',
      'javascript:alert(1)',
      'https://',
      'https://x?a=1',
      'https://x#a',
      'https://me:pw@x',
    ])
      assert.equal(problemsOf('serve', complete({ GITLAB_URL: url })).length, 1, url)
  })

  test('ports and seconds are whole numbers within their bounds', () => {
    for (const [name, values] of [
      ['PORT', ['-1', '65536', '3e3', '0x10', '80.5', 'http', '1 000']],
      ['POLL_SECONDS', ['0', '3601', '-15', '1.5', 'often']],
    ] as const)
      for (const value of values)
        assert.equal(problemsOf('desk', { [name]: value }).length, 1, `${name}=${value}`)
    assert.equal(readConfig('desk', { PORT: '0' }).port, 0)
    assert.equal(readConfig('desk', { POLL_SECONDS: '3600' }).pollMs, 3_600_000)
  })

  test('a certificate file that is not there is named', () => {
    const problems = problemsOf('serve', complete({ GITLAB_CA_FILE: join(folder, 'none.pem') }))
    assert.match(problems[0] ?? '', /^GITLAB_CA_FILE /u)
    const path = aFile('-----BEGIN CERTIFICATE-----')
    assert.equal(readConfig('serve', complete({ GITLAB_CA_FILE: path })).gitlab?.caFile, path)
  })
})

describe('secrets', () => {
  const secrets = {
    BELAY_SECRET: secret,
    DATABASE_URL: 'postgres://belay:pw@db/belay',
    GITLAB_TOKEN: 'glpat-secret-of-the-bot',
    GITLAB_BRANCH_TOKEN: 'glpat-branches',
    GITLAB_WEBHOOK_SECRET: 'whsec_YSBzaWduaW5nIGtleSBvZiB0aGlydHktdHdvIGJ5dGU=',
    GITLAB_OAUTH_CLIENT_SECRET: 'secret-of-the-application',
    METRICS_TOKEN: 'metrics-for-prometheus',
  }

  test('each may stand in a file instead, with or without a line end', () => {
    const plain = readConfig('serve', complete(secrets))
    for (const [name, value] of Object.entries(secrets)) {
      const { [name]: _, ...others }: Environment = complete(secrets)
      assert.deepEqual(readConfig('serve', { ...others, [`${name}_FILE`]: aFile(`${value}\n`) }), plain, name)
    }
    assert.deepEqual(plain.secrets, [secret])
    assert.equal(plain.metricsToken, 'metrics-for-prometheus')
    assert.equal(plain.webhookSecret, 'whsec_YSBzaWduaW5nIGtleSBvZiB0aGlydHktdHdvIGJ5dGU=')
  })

  test('given twice, once as itself and once as a file, is a mistake that is named', () => {
    for (const [name, value] of Object.entries(secrets)) {
      const problems = problemsOf('serve', { ...complete(secrets), [`${name}_FILE`]: aFile(value) })
      assert.ok(
        problems.some((sentence) => sentence.includes(`${name}_FILE`)),
        name,
      )
    }
  })

  test('a file that cannot be read is named by its path', () => {
    const path = join(folder, 'no-such-file')
    const { GITLAB_TOKEN: _, ...others } = complete()
    const problems = problemsOf('serve', { ...others, GITLAB_TOKEN_FILE: path })
    assert.ok(problems.some((sentence) => sentence.includes('GITLAB_TOKEN_FILE') && sentence.includes(path)))
  })

  test('a webhook secret is any word, or a whole signing key: half a one would let nobody in, and not say so', () => {
    const told = (value: string) => problemsOf('desk', { GITLAB_WEBHOOK_SECRET: value })
    for (const fine of ['any word', `whsec_${btoa('k'.repeat(24))}`, `whsec_${btoa('k'.repeat(64))}`])
      assert.deepEqual(told(fine), [], fine)
    for (const half of ['whsec_', 'whsec_a2V5', `whsec_${btoa('k'.repeat(90))}`, `whsec_${'*'.repeat(40)}`])
      assert.match(
        told(half).join(),
        /^GITLAB_WEBHOOK_SECRET begins with whsec_ but is no signing key/u,
        half,
      )
  })

  test('an empty file is as no secret', () => {
    const { GITLAB_TOKEN: _, ...others } = complete()
    const problems = problemsOf('serve', { ...others, GITLAB_TOKEN_FILE: aFile(' \n') })
    assert.ok(problems.some((sentence) => sentence.startsWith('GITLAB_TOKEN is missing')))
  })

  test('BELAY_SECRET is a list, separated by commas, spaces or lines', () => {
    const [one, two, three] = ['a'.repeat(32), 'b'.repeat(40), 'c'.repeat(64)]
    assert.deepEqual(readConfig('desk', { BELAY_SECRET: `${one}, ${two}\n${three}\n` }).secrets, [
      one,
      two,
      three,
    ])
  })

  test('a short one among them is refused', () => {
    assert.equal(problemsOf('desk', { BELAY_SECRET: `${'a'.repeat(32)},${'b'.repeat(31)}` }).length, 1)
    assert.equal(problemsOf('desk', { BELAY_SECRET: 'changeme' }).length, 1)
  })

  test('with PostgreSQL it must be given; the data folder would hold it beside nothing else', () => {
    const problems = problemsOf('serve', complete({ DATABASE_URL: 'postgres://db/belay' }))
    assert.equal(problems.filter((sentence) => sentence.startsWith('BELAY_SECRET ')).length, 1)
    for (const url of ['postgres://db/belay', 'postgresql://db/belay'])
      assert.deepEqual(problemsOf('serve', complete({ DATABASE_URL: url, BELAY_SECRET: secret })), [])
  })

  test('no sentence about a mistake tells a secret', () => {
    const wrong = {
      ...secrets,
      BELAY_SECRET: 'too-short-secret',
      DATABASE_URL: 'mysql://belay:hunter2@db/belay',
      GITLAB_PROJECT: undefined,
    }
    const problems = problemsOf('serve', wrong).join('\n')
    for (const word of ['too-short-secret', 'hunter2', 'glpat', 'YSBzaWduaW5nIGtleSBv', 'metrics-for'])
      assert.ok(!problems.includes(word), `${word} in:\n${problems}`)
  })

  test('nor a password that somebody wrote into an address', () => {
    for (const name of ['GITLAB_URL', 'BELAY_URL']) {
      const problems = problemsOf('desk', { [name]: 'https://root:hunter3@school.example' }).join('\n')
      assert.ok(problems.includes(name))
      assert.ok(!problems.includes('hunter3'), problems)
    }
  })
})

describe('the sandbox’s desk', () => {
  test('starts with nothing set', () => {
    assert.deepEqual(problemsOf('sandbox-desk', {}), [])
    assert.deepEqual(
      problemsOf('sandbox-desk', { HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'test', GITLAB_TOKEN: '' }),
      [],
    )
    assert.deepEqual(problemsOf('sandbox-desk', { HOST: 'localhost' }), [])
    assert.deepEqual(problemsOf('sandbox-desk', { HOST: '::1' }), [])
  })

  test('refuses any setting of a real GitLab, each by its name, twins too', () => {
    for (const name of [
      'GITLAB_URL',
      'GITLAB_TOKEN',
      'GITLAB_TOKEN_FILE',
      'GITLAB_OAUTH_CLIENT_ID',
      'GITLAB_WEBHOOK_SECRET',
      'GITLAB_ANYTHING',
    ]) {
      const problems = problemsOf('sandbox-desk', { [name]: aFile('https://gitlab.school.example') })
      assert.ok(
        problems.some((sentence) => sentence.startsWith(`${name} `)),
        name,
      )
    }
  })

  test('refuses to listen to others, and to be a production', () => {
    for (const HOST of ['0.0.0.0', '::', '192.168.1.4', 'desk.example', '127.0.0.1.evil.example'])
      assert.equal(problemsOf('sandbox-desk', { HOST }).length, 1, HOST)
    assert.equal(problemsOf('sandbox-desk', { NODE_ENV: 'production' }).length, 1)
  })

  test('names all its refusals at once', () => {
    const problems = problemsOf('sandbox-desk', { ...complete(), HOST: '0.0.0.0', NODE_ENV: 'production' })
    assert.equal(problems.length, 7)
  })
})

describe('belay.yaml', () => {
  /** As printed in the design, every key of it. */
  const everything = `
categories:            # the default is the two of the blog
  - { id: Hardware, label: { name: hardware, color: '#f45562' }, aliases: [], help: '', confidential: true, branches: { project: '', ref: '' } }
  - { id: Gitlab Account, label: { name: gitlab-account, color: '#3450f6' } }
levels: [ { name: Level 1, label: 'level::1' }, { name: Level 2, label: 'level::2' } ]
labels: { waiting: waiting, noKpi: no-kpi, notCounted: [spam, duplicate, test] }
priorities: [ { id: normal }, { id: high, label: 'priority::high' } ]
calendars: {}
targets: []
form: { public: true, emailDomains: [], maxFileMb: 10 }
retention: {}
`

  test('the one in the design says exactly what is so by default', () => {
    assert.deepEqual(withYaml(everything).desk, readConfig('desk', {}).desk)
  })

  test('the README writes out the default', () => {
    const [readme] = yamlIn('README.md')
    assert.deepEqual(withYaml(readme ?? '').desk, readConfig('desk', {}).desk)
    assert.deepEqual(withYaml(readme ?? '').retention, usualRetention)
  })

  test('every key has a default: an empty file, comments and half of the keys are fine', () => {
    for (const yaml of [
      '',
      '# nothing yet\n',
      'form: {}\n',
      'labels: { waiting: waiting }\n',
      'retention: {}\n',
    ])
      assert.deepEqual(withYaml(yaml).desk, readConfig('desk', {}).desk, yaml)
  })

  test('how long data are kept: what is not said is as usual, what makes no sense is named', () => {
    assert.deepEqual(withYaml('retention: { auditDays: 0, heldDays: 7 }\n').retention, {
      ...usualRetention,
      auditDays: 0,
      heldDays: 7,
    })
    for (const wrong of [
      '{ auditDay: 3 }',
      '{ auditDays: -1 }',
      '{ auditDays: 1.5 }',
      '{ auditDays: forever }',
    ])
      assert.throws(() => withYaml(`retention: ${wrong}\n`), /retention/u, wrong)
  })

  test('what it says is so', () => {
    const { desk } = withYaml(`
categories:
  - id: Beamer
    label: { name: beamer, color: '#ABCDEF' }
    aliases: [Projector]
    help: Is it plugged in?
    confidential: false
    branches: none
  - id: Network
    label: { name: network }
    branches: { project: it/network, ref: main }
levels: [ { name: Front, label: front }, { name: Back, label: back }, { name: Maker, label: maker } ]
labels: { waiting: on-hold }
form: { public: false, emailDomains: [School.Example], maxFileMb: 2.5 }
`)
    assert.deepEqual(desk.categories[0], {
      id: 'Beamer',
      label: { name: 'beamer', color: '#ABCDEF' },
      aliases: ['Projector'],
      help: 'Is it plugged in?',
      confidential: false,
      branches: null,
    })
    assert.deepEqual(desk.categories[1]?.branches, { project: 'it/network', ref: 'main' })
    assert.equal(desk.categories[1]?.confidential, true, 'confidential by default')
    assert.deepEqual(
      desk.levels.map(({ label }) => label),
      ['front', 'back', 'maker'],
    )
    assert.deepEqual(desk.labels, {
      waiting: 'on-hold',
      noKpi: 'no-kpi',
      notCounted: ['spam', 'duplicate', 'test'],
    })
    assert.deepEqual(withYaml('labels: { notCounted: [] }').desk.labels.notCounted, [])
    assert.deepEqual(desk.form, {
      public: false,
      emailDomains: ['school.example'],
      maxFileBytes: 2.5 * 1024 * 1024,
    })
  })

  test('an unknown key is an error at every depth', () => {
    for (const [yaml, key] of [
      ['categorys: []', 'categorys'],
      ['form: { publik: false }', 'publik'],
      ['labels: { wating: x }', 'wating'],
      ['levels: [ { name: a, label: a, lable: b } ]', 'lable'],
      ['categories: [ { id: A, label: { name: a, colour: "#ffffff" } } ]', 'colour'],
      ['categories: [ { id: A, label: { name: a }, confidental: false } ]', 'confidental'],
      ['priorities: [ { id: a, lable: b } ]', 'lable'],
    ] as const) {
      const problems = yamlProblems(yaml)
      assert.equal(problems.length, 1, yaml)
      assert.ok(problems[0]?.includes(key), problems[0])
    }
  })

  test('an unknown key of a category’s branches is an error too', () => {
    assert.equal(
      yamlProblems('categories: [ { id: A, label: { name: a }, branches: { projekt: x } } ]').length,
      1,
    )
  })

  test('two mistakes are two sentences, each with its place', () => {
    const problems = yamlProblems('levels: [ { name: a, label: "x,y" } ]\nform: { maxFileMb: lots }\n')
    assert.equal(problems.length, 2)
    assert.ok(problems.some((sentence) => sentence.includes('levels.0.label')))
    assert.ok(problems.some((sentence) => sentence.includes('form.maxFileMb')))
  })

  test('labels that GitLab could not take, colours that are none and doubles are refused', () => {
    for (const yaml of [
      'levels: []',
      'levels: [ { name: a, label: "" } ]',
      'levels: [ { name: a, label: "what?" } ]',
      'levels: [ { name: a, label: same }, { name: b, label: same } ]',
      'categories: [ { id: "", label: { name: a } } ]',
      'categories: [ { id: A, label: { name: a, color: red } } ]',
      'categories: [ { id: A, label: { name: a } }, { id: a, label: { name: b } } ]',
      'categories: [ { id: A, label: { name: a } }, { id: B, label: { name: a } } ]',
      'form: { emailDomains: ["ana@school.example"] }',
      'form: { maxFileMb: -1 }',
      'priorities: []',
      'categories: Hardware',
      '- just a list',
      'just a word',
    ])
      assert.ok(yamlProblems(yaml).length > 0, yaml)
  })

  test('text that is no YAML is said with its place', () => {
    for (const yaml of ['form: { public: true', 'a: 1\na: 2\n', 'form: &x { y: *z }'])
      assert.equal(yamlProblems(yaml).length, 1, yaml)
  })

  test('a file that was asked for and is not there is said; the usual one may be absent', () => {
    assert.match(
      problemsOf('desk', { BELAY_CONFIG: join(folder, 'none.yaml') })[0] ?? '',
      /^BELAY_CONFIG names /u,
    )
  })

  test('whatever a file contains is read or refused, and never anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const problems = yamlProblems(text)
        assert.ok(problems.every((sentence) => sentence.length > 0 && !sentence.includes('\n')))
      }),
      { numRuns: 50 },
    )
  })
})

describe('calendars in belay.yaml', () => {
  const morning = { from: 8 * 60, to: 12 * 60 }
  const afternoon = { from: 12 * 60 + 30, to: 16 * 60 }

  test('the one of the guide is what it says', () => {
    const { desk } = withYaml(`
timeZone: Europe/Berlin
calendars:
  office:
    hours: { mon-thu: ['08:00-12:00', '12:30-16:00'], fri: ['08:00-14:00'] }
    holidays: ['2026-05-01', '12-25']
    extraDays: { '2026-05-02': ['09:00-12:00'] }
`)
    const usual = [morning, afternoon]
    assert.deepEqual(desk.calendars, [
      {
        id: 'office',
        versions: [
          {
            validFrom: null,
            timeZone: 'Europe/Berlin',
            week: [usual, usual, usual, usual, [{ from: 8 * 60, to: 14 * 60 }], [], []],
            holidays: [
              { year: 2026, month: 5, day: 1 },
              { year: null, month: 12, day: 25 },
            ],
            extraDays: { '2026-05-02': [{ from: 9 * 60, to: 12 * 60 }] },
          },
        ],
      },
    ])
    assert.equal(desk.timeZone, 'Europe/Berlin')
  })

  test('days and hours need no quotes, and one span needs no list', () => {
    const quoted = `{ hours: { mon: ['08:00-12:00'] }, holidays: ['2026-05-01', '12-25'], extraDays: { '2026-05-02': ['08:00-12:00'] } }`
    const bare = `{ hours: { mon: 8:00-12:00 }, holidays: [2026-05-01, 12-25], extraDays: { 2026-05-02: 08:00 – 12:00 } }`
    assert.deepEqual(
      withYaml(`calendars: { office: ${bare} }`).desk,
      withYaml(`calendars: { office: ${quoted} }`).desk,
    )
  })

  test('days of the week alone, from one to another, and listed', () => {
    const [calendar] = withYaml(`
calendars: { office: { hours: { 'mon, wed-fri': 08:00-12:00, SAT: ['12:30-16:00', '08:00-12:00'], sun: [] } } }
`).desk.calendars
    assert.deepEqual(calendar?.versions[0]?.week, [
      [morning],
      [],
      [morning],
      [morning],
      [morning],
      [morning, afternoon],
      [],
    ])
  })

  test('hours that follow one another without a break do not overlap', () => {
    const [calendar] = withYaml('calendars: { a: { hours: { mon: [12:00-13:00, 08:00-12:00] } } }').desk
      .calendars
    assert.deepEqual(calendar?.versions[0]?.week[0], [morning, { from: 12 * 60, to: 13 * 60 }])
  })

  test('versions stand by the day from which they hold, however they are listed', () => {
    const [calendar] = withYaml(`
calendars:
  office:
    - { validFrom: 2028-01-01, hours: { wed: 08:00-12:00 } }
    - { hours: { mon: 08:00-12:00 } }
    - { validFrom: 2027-01-01, hours: { tue: 08:00-12:00 }, timeZone: Asia/Kolkata }
`).desk.calendars
    assert.deepEqual(
      calendar?.versions.map(({ validFrom, timeZone, week }) => [
        validFrom,
        timeZone,
        week.findIndex((hours) => hours.length > 0),
      ]),
      [
        [null, ownZone, 0],
        ['2027-01-01', 'Asia/Kolkata', 1],
        ['2028-01-01', ownZone, 2],
      ],
    )
  })

  test('a day begins where the file says, else where the first calendar is, else where this machine is', () => {
    const zoneOf = (yaml: string) => withYaml(yaml).desk.timeZone
    const two = `calendars: { a: { timeZone: Asia/Kolkata, hours: { mon: 08:00-12:00 } }, b: { timeZone: UTC, hours: { mon: 08:00-12:00 } } }`
    assert.equal(zoneOf(`timeZone: America/New_York\n${two}`), 'America/New_York')
    assert.equal(zoneOf(two), 'Asia/Kolkata')
    assert.equal(zoneOf('timeZone: America/New_York'), 'America/New_York')
    assert.equal(zoneOf('calendars: { a: { hours: { mon: 08:00-12:00 } } }'), ownZone)
    assert.equal(zoneOf(''), ownZone)
    const [calendar] = withYaml('timeZone: Asia/Kolkata\ncalendars: { a: { hours: { mon: 08:00-12:00 } } }')
      .desk.calendars
    assert.equal(calendar?.versions[0]?.timeZone, 'Asia/Kolkata')
  })

  test('whatever makes no sense is told in one sentence, with its place', () => {
    const office = (text: string) => `calendars: { office: ${text} }`
    const monday = (hours: string) => office(`{ hours: { mon: ${hours} } }`)
    for (const [yaml, place, said] of [
      ['timeZone: Berlin', 'timeZone', '"Berlin" is no time zone'],
      ['timeZone: "+02:00"', 'timeZone', 'is no time zone'],
      [
        office('{ timeZone: Europe/Berln, hours: { mon: 08:00-12:00 } }'),
        'office.timeZone',
        'is no time zone',
      ],
      [monday('[08:00-12:00, 11:59-13:00]'), 'office.hours.mon', '"08:00-12:00" and "11:59-13:00" overlap'],
      [monday('[08:00-12:00, 09:00-10:00]'), 'office.hours.mon', 'overlap'],
      [monday('[12:00-08:00]'), 'office.hours.mon.0', 'ends before it begins'],
      [monday('22:00-06:00'), 'hours.mon.0', 'as two, "22:00-24:00" and on the next day "00:00-06:00"'],
      [monday('22:00-00:00'), 'hours.mon.0', 'write "22:00-24:00"'],
      [monday('08:00-08:00'), 'hours.mon.0', 'ends when it begins'],
      [monday('08:00-24:01'), 'hours.mon.0', 'is no hours'],
      [monday('08:60-09:00'), 'hours.mon.0', 'is no hours'],
      [monday('8-12'), 'hours.mon.0', 'is no hours'],
      [monday('"\\n08:00"'), 'hours.mon.0', 'is no hours'],
      [monday('8'), 'hours.mon', 'must be hours'],
      [monday('[]'), 'office', 'is never open'],
      [office('{ hours: { monday: 08:00-12:00 } }'), 'hours.monday', 'is no days of the week'],
      [office('{ hours: { fri-mon: 08:00-12:00 } }'), 'hours.fri-mon', 'is no days of the week'],
      [office('{ hours: { mon-wed: 08:00-12:00, tue: 09:00-10:00 } }'), 'hours.tue', 'Tuesday a second time'],
      [office('{}'), 'office.hours', 'must say which hours'],
      [office('{ hours: { mon: 08:00-12:00 }, holiday: [] }'), 'office', 'unknown key "holiday"'],
      [office('{ hours: { mon: 08:00-12:00 }, holidays: [2026-02-29] }'), 'holidays.0', 'is no day'],
      [office('{ hours: { mon: 08:00-12:00 }, holidays: [02-30] }'), 'holidays.0', 'is no day'],
      [
        office('{ hours: { mon: 08:00-12:00 }, extraDays: { 2026-06-31: [] } }'),
        'extraDays.2026-06-31',
        'is no day',
      ],
      [office('[{ hours: { mon: 08:00-12:00 }, validFrom: soon }]'), 'office.0.validFrom', 'is no day'],
      [
        office('[{ hours: { mon: 08:00-12:00 } }, { hours: { tue: 08:00-12:00 } }]'),
        'office',
        'without validFrom',
      ],
      [
        office(
          '[{ hours: { mon: [] }, validFrom: 2026-01-01 }, { hours: { tue: 8:00-9:00 }, validFrom: 2026-01-01 }]',
        ),
        'office',
        'two versions with validFrom 2026-01-01',
      ],
      [office('[]'), 'office', 'needs at least one version'],
      [office('closed'), 'office', 'must be hours'],
      ['calendars: { always: { hours: { mon: 08:00-12:00 } } }', 'always', 'choose another name'],
      ['calendars: { 24: { hours: { mon: 08:00-12:00 } } }', 'calendars.24', 'begins with a letter'],
    ] as const) {
      const problems = yamlProblems(yaml)
      assert.equal(problems.length, 1, `${yaml}\n${problems.join('\n')}`)
      assert.ok(problems[0]?.includes(`${place}": `), `${place} in: ${problems[0]}`)
      assert.ok(problems[0]?.includes(said), `${said} in: ${problems[0]}`)
      assert.ok(!problems[0]?.includes('\n'))
    }
  })

  test('29 February is a holiday of every year that has one', () => {
    assert.deepEqual(
      withYaml('calendars: { office: { hours: { mon: 08:00-12:00 }, holidays: [02-29, 2028-02-29] } }').desk
        .calendars[0]?.versions[0]?.holidays,
      [
        { year: null, month: 2, day: 29 },
        { year: 2028, month: 2, day: 29 },
      ],
    )
  })
})

describe('docs/targets.md', () => {
  test('shows nothing that would be refused', () => {
    const examples = yamlIn('docs/targets.md')
    assert.equal(examples.length, 3)
    for (const yaml of examples) {
      const { desk } = withYaml(yaml)
      assert.ok(desk.calendars.length + desk.targets.length > 0)
    }
  })
})

describe('targets in belay.yaml', () => {
  const office =
    'calendars: { office: { hours: { mon: 08:00-12:00 } }, night: { hours: { mon: 20:00-24:00 } } }'
  const targetsOf = (targets: string, more = office) => withYaml(`${more}\ntargets: ${targets}`).desk.targets

  test('those of the guide are what they say', () => {
    assert.deepEqual(
      targetsOf(`
  - { category: Hardware, priority: high, calendar: night, firstResponse: 1h, resolution: 8h, levels: { Level 2: 4h }, warnAt: 75%, whenMissed: escalate }
  - { firstResponse: 1h30m, resolution: 90m }
`),
      [
        {
          category: 'Hardware',
          priority: 'high',
          calendar: 'night',
          within: { first_response: 3_600_000, resolution: 8 * 3_600_000, level_2: 4 * 3_600_000 },
          warnAt: 0.75,
          whenMissed: 'escalate',
        },
        {
          category: null,
          priority: null,
          calendar: 'office',
          within: { first_response: 5_400_000, resolution: 5_400_000 },
          warnAt: 0.8,
          whenMissed: 'tell',
        },
      ],
    )
  })

  test('always is day and night, and so is a desk without calendars', () => {
    assert.equal(targetsOf('[{ resolution: 1h, calendar: always }]')[0]?.calendar, null)
    assert.equal(targetsOf('[{ resolution: 1h }]', '')[0]?.calendar, null)
  })

  test('levels are promised by their names, whatever they are called', () => {
    const levels =
      'levels: [ { name: Front, label: front }, { name: Back, label: back }, { name: Maker, label: maker } ]'
    assert.deepEqual(targetsOf('[{ levels: { Maker: 2h, Front: 30m } }]', levels)[0]?.within, {
      level_1: 1_800_000,
      level_3: 7_200_000,
    })
  })

  test('whatever makes no sense is told in one sentence, with its place', () => {
    for (const [target, place, said] of [
      ['{}', '0', 'promises nothing'],
      ['{ category: Hardware, levels: {} }', '0', 'promises nothing'],
      ['{ resolution: 2d }', '0.resolution', 'a day is not the same everywhere'],
      ['{ resolution: 1d4h }', '0.resolution', 'a day is not the same everywhere'],
      ['{ resolution: 1 week }', '0.resolution', 'a day is not the same everywhere'],
      ['{ resolution: 90 }', '0.resolution', 'must be a duration such as 30m, 8h or 1h30m'],
      ['{ resolution: "90" }', '0.resolution', 'is no duration'],
      ['{ resolution: "" }', '0.resolution', 'is no duration'],
      ['{ resolution: -1h }', '0.resolution', 'is no duration'],
      ['{ resolution: 0h }', '0.resolution', 'is no time at all'],
      ['{ resolution: 10001h }', '0.resolution', 'is more than'],
      ['{ resolution: 1h, warnAt: 100% }', '0.warnAt', 'must be a percentage'],
      ['{ resolution: 1h, warnAt: 0% }', '0.warnAt', 'must be a percentage'],
      ['{ resolution: 1h, warnAt: 0.8 }', '0.warnAt', 'must be a percentage'],
      ['{ resolution: 1h, whenMissed: shout }', '0.whenMissed', 'must be tell or escalate'],
      ['{ resolution: 1h, category: hardware }', '0.category', 'no category "hardware"; there is "Hardware"'],
      ['{ resolution: 1h, priority: top }', '0.priority', 'no priority "top"; there is "normal", "high"'],
      ['{ resolution: 1h, calendar: Office }', '0.calendar', 'there is "office", "night", "always"'],
      ['{ levels: { level 2: 1h } }', '0.levels.level 2', 'there is "Level 1", "Level 2"'],
      ['{ levels: { Level 2: soon } }', '0.levels.Level 2', 'is no duration'],
      ['{ response: 1h, resolution: 1h }', '0', 'unknown key "response"'],
      ['5', '0', 'must be a target'],
    ] as const) {
      const problems = yamlProblems(`${office}\ntargets: [${target}]`)
      assert.equal(problems.length, 1, `${target}\n${problems.join('\n')}`)
      assert.ok(problems[0]?.includes(`"targets.${place}": `), `${place} in: ${problems[0]}`)
      assert.ok(problems[0]?.includes(said), `${said} in: ${problems[0]}`)
    }
  })

  test('a level’s name that two levels bear promises nothing', () => {
    const levels = 'levels: [ { name: One, label: a }, { name: One, label: b } ]'
    assert.match(
      yamlProblems(`${levels}\ntargets: [{ levels: { One: 1h } }]`).join(),
      /two levels are called "One"/u,
    )
    assert.deepEqual(yamlProblems(`${levels}\ntargets: [{ resolution: 1h }]`), [])
  })

  test('mistakes in several are told together', () => {
    assert.equal(
      yamlProblems('timeZone: Nowhere\ncalendars: { a: {}, b: [] }\ntargets: [{}, { resolution: 1d }]')
        .length,
      5,
    )
  })
})

describe('hours and targets of any kind', () => {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('08:00-12:00', '12:00-08:00', '1h', '2d', '2026-05-01', 'Level 2', 'UTC', '80%'),
  )
  const some = (...keys: string[]) => fc.dictionary(fc.constantFrom(...keys), anything, { maxKeys: 4 })
  const hours = fc.record(
    { hours: some('mon', 'tue-fri', 'x'), validFrom: anything },
    { requiredKeys: ['hours'] },
  )
  const calendar = fc.oneof(anything, hours, fc.array(hours, { maxLength: 3 }))
  const target = some('category', 'priority', 'calendar', 'firstResponse', 'resolution', 'levels', 'warnAt')

  test('are read or refused, and never anything else', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            timeZone: anything,
            calendars: fc.dictionary(fc.constantFrom('office', 'always', '7', 'constructor'), calendar),
            targets: fc.oneof(anything, fc.array(fc.oneof(anything, target), { maxLength: 3 })),
          },
          { requiredKeys: [] },
        ),
        (yaml) => {
          // JSON is YAML.
          const problems = yamlProblems(JSON.stringify(yaml))
          assert.ok(problems.every((sentence) => sentence !== ''))
          if (problems.length > 0) return
          const { desk } = withYaml(JSON.stringify(yaml))
          for (const one of desk.calendars) assert.ok(workingHours(one).between(0, 1e12) >= 0)
          for (const { within } of desk.targets) assert.ok(Object.values(within).every((ms = 0) => ms > 0))
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('hours and targets of the sandbox’s desk', () => {
  const ofSandbox = (yaml: string) => readConfig('sandbox-desk', { BELAY_CONFIG: aFile(yaml) }).desk

  test('are an office’s, where the file names none, so that there is something to see', () => {
    const desk = ofSandbox('')
    assert.deepEqual(
      desk.calendars.map(({ id, versions }) => [id, versions[0]?.timeZone, versions[0]?.week]),
      [['office', ownZone, [...Array.from({ length: 5 }, () => [{ from: 480, to: 1_080 }]), [], []]]],
    )
    assert.deepEqual(
      desk.targets.map(({ priority, calendar, within }) => [priority, calendar, within]),
      [
        ['high', 'office', { first_response: 3_600_000, resolution: 8 * 3_600_000 }],
        [
          null,
          'office',
          { first_response: 4 * 3_600_000, resolution: 24 * 3_600_000, level_2: 16 * 3_600_000 },
        ],
      ],
    )
  })

  test('fit its own levels, priorities and zone', () => {
    const desk = ofSandbox(
      'timeZone: Asia/Kolkata\nlevels: [ { name: A, label: a } ]\npriorities: [ { id: normal } ]\n',
    )
    assert.deepEqual(
      desk.targets.map(({ priority, within }) => [priority, within.level_2]),
      [[null, undefined]],
    )
    assert.deepEqual(
      [desk.timeZone, desk.calendars[0]?.versions[0]?.timeZone],
      ['Asia/Kolkata', 'Asia/Kolkata'],
    )
  })

  test('are the file’s where it names some', () => {
    const own = 'calendars: { school: { hours: { mon: 08:00-12:00 } } }'
    assert.deepEqual(ofSandbox(own), withYaml(own).desk)
    assert.deepEqual(
      ofSandbox('targets: [{ resolution: 1h }]'),
      withYaml('targets: [{ resolution: 1h }]').desk,
    )
  })

  test('no other desk promises what nobody set', () => {
    assert.deepEqual([withYaml('').desk.calendars, withYaml('').desk.targets], [[], []])
  })
})
