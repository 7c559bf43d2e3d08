// Environment and belay.yaml, read once, checked, frozen. Whatever is missing or wrong is named,
// all of it at once, one sentence each. The only file that reads process.env.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { HoursAndTargets } from './calendars-and-targets.ts'
import {
  calendarsYaml,
  checkNamesInTargets,
  hoursAndTargetsOf,
  hoursAndTargetsToTry,
  targetsYaml,
  timeZoneYaml,
} from './calendars-and-targets.ts'
import type { Desk } from './domain/desk.ts'
import { isPlainAddress } from './domain/mail-address.ts'
import type { Retention } from './domain/retention.ts'
import { usualRetention } from './domain/retention.ts'
import { ConfigProblems } from './setup-problem.ts'

export type GitlabConfig = {
  /** Without a slash at the end. */
  readonly url: string
  /** Numeric id or full path. */
  readonly project: string
  readonly token: string
  readonly branchToken: string | null
  readonly caFile: string | null
}

export type MailConfig = {
  readonly smtpUrl: string
  /** null: Belay writes mails and fetches none. */
  readonly imapUrl: string | null
  readonly from: { readonly name: string; readonly address: string }
  /** Folder with templates that take the place of ours; null = ours. */
  readonly templates: string | null
  readonly folders: { readonly done: string; readonly quarantine: string }
  /** Answers go to `local+token@domain`; false where the mail server does not know such addresses. */
  readonly plusAddressing: boolean
}

export type Config = {
  readonly host: string
  readonly port: number
  /** Where `belay work` answers probes; null = nowhere. */
  readonly workPort: number | null
  /** Public address without a slash at the end; null = what it listens on. */
  readonly baseUrl: string | null
  readonly trustProxy: string | null
  readonly dataFolder: string
  /** Key material from BELAY_SECRET; empty = from the data folder. */
  readonly secrets: readonly string[]
  readonly databaseUrl: string | null
  readonly gitlab: GitlabConfig | null
  readonly oauth: { readonly clientId: string; readonly clientSecret: string } | null
  readonly mail: MailConfig | null
  /** As in `mail`, and known without a mail server too: for showing what mails would look like. */
  readonly mailTemplates: string | null
  readonly webhookSecret: string | null
  readonly pollMs: number
  readonly metricsToken: string | null
  readonly formerBots: readonly number[]
  readonly retention: Retention
  readonly desk: Desk
}

/** What a command cannot do without. */
/** `data`: moving or restoring them, which says itself what is wrong with the key. */
export type Need = 'serve' | 'work' | 'sandbox-desk' | 'gitlab' | 'desk' | 'data'

// --- belay.yaml --------------------------------------------------------------------------------

const labelName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(255)
  .regex(/^[^,?&]+$/u, 'must not contain a comma, "?" or "&": GitLab does not allow them in a label')

const branches = z.union([
  z.literal('none').transform(() => null),
  z.strictObject({ project: z.string().default(''), ref: z.string().default('') }),
])

const category = z.strictObject({
  id: z.string().trim().min(1, 'must not be empty'),
  label: z.strictObject({
    name: labelName,
    color: z
      .string()
      .regex(/^#[0-9a-f]{6}$/iu, 'must be a colour such as "#f45562" (in quotes, YAML takes # for a comment)')
      .default('#6699cc'),
  }),
  aliases: z.array(z.string()).default([]),
  help: z.string().default(''),
  confidential: z.boolean().default(true),
  branches: branches.default({ project: '', ref: '' }),
})

const noDoubles = <T>(items: readonly T[], key: (item: T) => string): boolean =>
  new Set(items.map((item) => key(item).toLowerCase())).size === items.length

/** 0 = for ever. */
const days = z.number().int().min(0).max(36_500)

const yamlShape = z.strictObject({
  categories: z
    .array(category)
    .refine((all) => noDoubles(all, (one) => one.id), 'names the same id twice')
    .refine((all) => noDoubles(all, (one) => one.label.name), 'gives two categories the same label')
    .default([
      {
        id: 'Hardware',
        label: { name: 'hardware', color: '#f45562' },
        aliases: [],
        help: '',
        confidential: true,
        branches: { project: '', ref: '' },
      },
      {
        id: 'Gitlab Account',
        label: { name: 'gitlab-account', color: '#3450f6' },
        aliases: [],
        help: '',
        confidential: true,
        branches: { project: '', ref: '' },
      },
    ]),
  levels: z
    .array(z.strictObject({ name: z.string().trim().min(1), label: labelName }))
    .min(1, 'needs at least one level')
    .refine((all) => noDoubles(all, (one) => one.label), 'gives two levels the same label')
    .default([
      { name: 'Level 1', label: 'level::1' },
      { name: 'Level 2', label: 'level::2' },
    ]),
  labels: z
    .strictObject({
      waiting: labelName.default('waiting'),
      noKpi: labelName.default('no-kpi'),
      notCounted: z.array(labelName).default(['spam', 'duplicate', 'test']),
    })
    .default({ waiting: 'waiting', noKpi: 'no-kpi', notCounted: ['spam', 'duplicate', 'test'] }),
  priorities: z
    .array(z.strictObject({ id: z.string().min(1), label: labelName.nullable().default(null) }))
    .min(1)
    .default([
      { id: 'normal', label: null },
      { id: 'high', label: 'priority::high' },
    ]),
  timeZone: timeZoneYaml.optional(),
  calendars: calendarsYaml.default({}),
  targets: targetsYaml.default([]),
  form: z
    .strictObject({
      public: z.boolean().default(true),
      emailDomains: z
        .array(z.string().regex(/^[^@\s]+$/u, 'must be domains such as "school.example"'))
        .default([]),
      maxFileMb: z.number().min(0).max(100).default(10),
    })
    .default({ public: true, emailDomains: [], maxFileMb: 10 }),
  mail: z
    .strictObject({
      language: z.enum(['en', 'de']).default('en'),
      reopenDays: z.number().min(0).max(3_650).default(14),
      templates: z.string().default(''),
      plusAddressing: z.boolean().default(true),
      folders: z
        .strictObject({
          done: z.string().min(1).default('Done'),
          quarantine: z.string().min(1).default('Quarantine'),
        })
        .default({ done: 'Done', quarantine: 'Quarantine' }),
    })
    .default({
      language: 'en',
      reopenDays: 14,
      templates: '',
      plusAddressing: true,
      folders: { done: 'Done', quarantine: 'Quarantine' },
    }),
  retention: z
    .strictObject({
      mailSourcesDays: days.default(usualRetention.mailSourcesDays),
      heldDays: days.default(usualRetention.heldDays),
      auditDays: days.default(usualRetention.auditDays),
      formKeyDays: days.default(usualRetention.formKeyDays),
      closedTicketPersonalDataDays: days.default(usualRetention.closedTicketPersonalDataDays),
    })
    .default(usualRetention),
  /** GitLab user ids of earlier bots of ours: what they wrote is still ours. */
  formerBots: z.array(z.number().int().positive()).default([]),
})

const yamlSchema = yamlShape.superRefine(checkNamesInTargets)

type Yaml = z.infer<typeof yamlSchema>

const deskOf = (yaml: Yaml, hours: HoursAndTargets, ownMail: boolean): Desk => ({
  categories: yaml.categories,
  levels: yaml.levels,
  labels: yaml.labels,
  priorities: yaml.priorities,
  calendars: hours.calendars,
  timeZone: hours.timeZone,
  targets: hours.targets,
  form: {
    public: yaml.form.public,
    emailDomains: yaml.form.emailDomains.map((domain) => domain.toLowerCase()),
    maxFileBytes: Math.round(yaml.form.maxFileMb * 1024 * 1024),
  },
  mail: {
    own: ownMail,
    language: yaml.mail.language,
    reopenWithin: yaml.mail.reopenDays * 86_400_000,
  },
})

const readYaml = (path: string, required: boolean, problems: string[]): Yaml => {
  const fallback = () => yamlSchema.parse({})
  if (!existsSync(path)) {
    if (required) problems.push(`BELAY_CONFIG names ${path}, and there is no such file.`)
    return fallback()
  }
  let raw: unknown
  try {
    raw = parse(readFileSync(path, 'utf8')) ?? {}
  } catch (error) {
    problems.push(
      `${path} is not valid YAML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
    )
    return fallback()
  }
  const result = yamlSchema.safeParse(raw)
  if (result.success) return result.data
  for (const issue of result.error.issues) {
    const where = issue.path.length === 0 ? '' : ` at "${issue.path.join('.')}"`
    problems.push(
      issue.code === 'unrecognized_keys'
        ? `${path}${where}: unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}; remove it or correct its spelling.`
        : `${path}${where}: ${issue.message}.`,
    )
  }
  return fallback()
}

// --- Environment -------------------------------------------------------------------------------

const secretNames = [
  'BELAY_SECRET',
  'DATABASE_URL',
  'GITLAB_TOKEN',
  'GITLAB_BRANCH_TOKEN',
  'GITLAB_WEBHOOK_SECRET',
  'GITLAB_OAUTH_CLIENT_SECRET',
  'SMTP_URL',
  'IMAP_URL',
  'METRICS_TOKEN',
]

const loopback = ['127.0.0.1', 'localhost', '::1']

type Environment = Readonly<Record<string, string | undefined>>

/** One variable, or the content of the file that its _FILE twin names. */
const reader =
  (environment: Environment, problems: string[]) =>
  (name: string): string | null => {
    const value = environment[name]?.trim()
    const file = secretNames.includes(name) ? environment[`${name}_FILE`]?.trim() : undefined
    if (value && file) problems.push(`${name} and ${name}_FILE are both set; keep one of them.`)
    if (value) return value
    if (!file) return null
    try {
      return readFileSync(file, 'utf8').trim() || null
    } catch {
      problems.push(`${name}_FILE names ${file}, which cannot be read; check the path and its permissions.`)
      return null
    }
  }

const httpUrl = (name: string, value: string | null, problems: string[]): string | null => {
  if (value === null) return null
  const url = URL.canParse(value) ? new URL(value) : null
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash || url.username) {
    // A name and password in it are not repeated: this goes to logs.
    const said = /@/u.test(value) ? 'without a name or password in it' : `not "${value}"`
    problems.push(`${name} must be an address such as https://gitlab.example.com, ${said}.`)
    return null
  }
  return value.replace(/\/+$/u, '')
}

const wholeNumber = (
  name: string,
  value: string | null,
  range: { min: number; max: number; fallback: number },
  problems: string[],
): number => {
  if (value === null) return range.fallback
  const number = Number(value)
  if (/^\d+$/u.test(value) && number >= range.min && number <= range.max) return number
  problems.push(`${name} must be a whole number from ${range.min} to ${range.max}, not "${value}".`)
  return range.fallback
}

const gitlabConfig = (
  get: (name: string) => string | null,
  required: boolean,
  problems: string[],
): GitlabConfig | null => {
  const url = httpUrl('GITLAB_URL', get('GITLAB_URL'), problems)
  const project = get('GITLAB_PROJECT')
  const token = get('GITLAB_TOKEN')
  if (required) {
    if (!get('GITLAB_URL'))
      problems.push('GITLAB_URL is missing: the address of your GitLab, such as https://gitlab.example.com.')
    if (!project)
      problems.push(
        'GITLAB_PROJECT is missing: the path or number of the project whose issues are the tickets, such as it/helpdesk.',
      )
    if (!token)
      problems.push(
        'GITLAB_TOKEN is missing: a project access token with the scope api (docs/gitlab-setup.md says how to make it).',
      )
  }
  const caFile = get('GITLAB_CA_FILE')
  if (caFile && !existsSync(caFile))
    problems.push(`GITLAB_CA_FILE names ${caFile}, and there is no such file.`)
  if (!url || !project || !token) return null
  return { url, project, token, branchToken: get('GITLAB_BRANCH_TOKEN'), caFile }
}

const serverUrl = (name: string, value: string, schemes: readonly string[], problems: string[]): boolean => {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url && schemes.includes(url.protocol) && url.hostname !== '') return true
  // It may hold a password: it is not repeated.
  problems.push(`${name} must be an address such as ${schemes.at(-1)}//name:password@mail.example.com.`)
  return false
}

/** `Help desk <help@school.example>`, or the address alone. */
const sender = (value: string): MailConfig['from'] | null => {
  const [, name = '', inBrackets, alone] = /^(?:(.*?)\s*<([^<>]+)>|([^<>]+))$/u.exec(value.trim()) ?? []
  const address = (inBrackets ?? alone ?? '').trim()
  return isPlainAddress(address) ? { name: name.replace(/^"(.*)"$/u, '$1'), address } : null
}

const templatesFolder = (yaml: Yaml['mail'], problems: string[]): string | null => {
  const templates = yaml.templates === '' ? null : resolve(yaml.templates)
  if (templates !== null && !existsSync(templates))
    problems.push(`mail.templates in belay.yaml names ${templates}, and there is no such folder.`)
  return templates
}

const mailConfig = (
  get: (name: string) => string | null,
  yaml: Yaml['mail'],
  templates: string | null,
  problems: string[],
): MailConfig | null => {
  const smtpUrl = get('SMTP_URL')
  const imapUrl = get('IMAP_URL')
  const from = get('MAIL_FROM')
  const address = from === null ? null : sender(from)
  const right = [
    smtpUrl === null || serverUrl('SMTP_URL', smtpUrl, ['smtp:', 'smtps:'], problems),
    imapUrl === null || serverUrl('IMAP_URL', imapUrl, ['imap:', 'imaps:'], problems),
  ]
  if (imapUrl !== null && smtpUrl === null)
    problems.push('IMAP_URL is set, but SMTP_URL is missing: who writes to the mailbox must get an answer.')
  if (smtpUrl !== null && from === null)
    problems.push(
      'MAIL_FROM is missing: the name and address of the desk, such as Help desk <help@school.example>.',
    )
  if (from !== null && address === null)
    problems.push(`MAIL_FROM must be an address such as Help desk <help@school.example>, not "${from}".`)
  if (smtpUrl === null || address === null || right.includes(false)) return null
  return {
    smtpUrl,
    imapUrl,
    from: address,
    templates,
    folders: yaml.folders,
    plusAddressing: yaml.plusAddressing,
  }
}

const refuseForSandbox = (environment: Environment, host: string, problems: string[]) => {
  for (const name of Object.keys(environment).filter((key) => key.startsWith('GITLAB_') && environment[key]))
    problems.push(
      `${name} is set, but --sandbox brings its own GitLab; unset it, or start without --sandbox.`,
    )
  if (!loopback.includes(host))
    problems.push(`HOST is ${host}, but the sandbox's desk only listens on 127.0.0.1; unset HOST.`)
  if (environment.NODE_ENV === 'production')
    problems.push('NODE_ENV is production, but the sandbox is for trying out; start without --sandbox.')
}

/** Throws ConfigProblems with a sentence for everything that is missing or wrong. */
export const readConfig = (need: Need, environment: Environment = process.env): Config => {
  const problems: string[] = []
  const get = reader(environment, problems)
  const host = get('HOST') ?? '127.0.0.1'
  const configFile = get('BELAY_CONFIG')
  const yaml = readYaml(resolve(configFile ?? 'belay.yaml'), configFile !== null, problems)
  const databaseUrl = get('DATABASE_URL')
  const secrets = (get('BELAY_SECRET') ?? '').split(/[\s,]+/u).filter((secret) => secret !== '')
  const clientId = get('GITLAB_OAUTH_CLIENT_ID')
  const clientSecret = get('GITLAB_OAUTH_CLIENT_SECRET')

  if (need === 'sandbox-desk') refuseForSandbox(environment, host, problems)
  if (secrets.some((secret) => secret.length < 32))
    problems.push('BELAY_SECRET must be at least 32 characters each; make one with: openssl rand -hex 32')
  if (databaseUrl && !/^postgres(ql)?:\/\//u.test(databaseUrl))
    problems.push('DATABASE_URL must begin with postgres://; leave it out to use SQLite in the data folder.')
  if (databaseUrl && secrets.length === 0 && need !== 'gitlab' && need !== 'data')
    problems.push(
      'BELAY_SECRET is missing: with PostgreSQL it must be given; make one with: openssl rand -hex 32',
    )
  const webhookSecret = get('GITLAB_WEBHOOK_SECRET')
  if (webhookSecret?.startsWith('whsec_') && !/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/u.test(webhookSecret))
    problems.push(
      'GITLAB_WEBHOOK_SECRET begins with whsec_ but is no signing key; copy it from GitLab again, all of it.',
    )
  const gitlab = gitlabConfig(get, ['serve', 'work', 'gitlab'].includes(need), problems)
  if (need === 'serve' && !clientId)
    problems.push(
      'GITLAB_OAUTH_CLIENT_ID is missing: the application with which agents sign in (docs/gitlab-setup.md says how to make it).',
    )
  if (need === 'serve' && !clientSecret)
    problems.push('GITLAB_OAUTH_CLIENT_SECRET is missing: the secret of that application.')

  const mailTemplates = templatesFolder(yaml.mail, problems)
  const mail = mailConfig(get, yaml.mail, mailTemplates, problems)

  const config: Config = {
    host,
    workPort:
      get('WORK_PORT') === null
        ? null
        : wholeNumber('WORK_PORT', get('WORK_PORT'), { min: 0, max: 65_535, fallback: 0 }, problems),
    port: wholeNumber('PORT', get('PORT'), { min: 0, max: 65_535, fallback: 3000 }, problems),
    baseUrl: httpUrl('BELAY_URL', get('BELAY_URL'), problems),
    trustProxy: get('TRUST_PROXY'),
    dataFolder: resolve(get('BELAY_DATA') ?? 'data'),
    secrets,
    databaseUrl,
    gitlab,
    oauth: clientId && clientSecret ? { clientId, clientSecret } : null,
    mail,
    mailTemplates,
    webhookSecret,
    pollMs:
      wholeNumber('POLL_SECONDS', get('POLL_SECONDS'), { min: 1, max: 3600, fallback: 15 }, problems) * 1_000,
    metricsToken: get('METRICS_TOKEN'),
    formerBots: yaml.formerBots,
    retention: yaml.retention,
    desk: deskOf(
      yaml,
      need === 'sandbox-desk' ? hoursAndTargetsToTry(yaml) : hoursAndTargetsOf(yaml),
      mail !== null,
    ),
  }
  if (problems.length > 0) throw new ConfigProblems(problems)
  return Object.freeze(config)
}

/** GitLab's settings of a config that was read with a need for them. */
export const gitlabOf = (config: Config): GitlabConfig => {
  if (!config.gitlab) throw new Error('these settings were read without a need for GitLab')
  return config.gitlab
}
