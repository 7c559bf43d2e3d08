// The doctor looks at an installation the way a careful colleague would: can GitLab be reached,
// who are we there, what may we do, what is missing, and where exactly to mend it. Each finding
// stands for itself; one that cannot be looked at says which other one to mend first.

import type { Desk } from '../domain/desk.ts'
import { GatewayError } from './gateway-error.ts'

export type Finding = {
  readonly check: Check
  readonly ok: boolean
  /** What was found, in one sentence. */
  readonly found: string
  /** What to do, with the place in GitLab; '' when there is nothing to do. */
  readonly mend: string
}

export type Check =
  | 'address'
  | 'token'
  | 'version'
  | 'scopes'
  | 'expiry'
  | 'project'
  | 'privacy'
  | 'uploads'
  | 'role'
  | 'labels'
  | 'branches'
  | 'key'
  | 'webhook'
  | 'clock'
  | 'mail'

export type ProjectFacts = {
  readonly id: number
  readonly path: string
  readonly url: string
  /** private, internal or public; null = GitLab does not say. */
  readonly visibility: string | null
  readonly archived: boolean
  readonly emptyRepository: boolean
  readonly defaultBranch: string | null
  readonly issuesEnabled: boolean
  /** Whether uploaded files ask for a sign-in; null = GitLab does not say. */
  readonly uploadsProtected: boolean | null
}

/** What the doctor needs of GitLab. All of it throws GatewayError. */
export type SetupProbe = {
  version(): Promise<string>
  account(): Promise<{ readonly id: number; readonly username: string; readonly name: string }>
  /** null when GitLab tells nothing of this kind of token. `expiresOn`: YYYY-MM-DD. */
  token(): Promise<{ readonly scopes: readonly string[]; readonly expiresOn: string | null } | null>
  project(): Promise<ProjectFacts>
  /** GitLab's access level of an account in the project; 0 = not a member. */
  accessLevel(userId: number): Promise<number>
  labels(): Promise<readonly string[]>
  /** Patterns of protected branches to which Developers may not push; null = may not look. */
  closedBranches(): Promise<readonly string[] | null>
  /** The newest marks of ours: how many of them this installation's keys can read. */
  marks(): Promise<{ readonly readable: number; readonly unreadable: number }>
  /** GitLab's clock minus ours, in milliseconds, by its last answer; null = it did not say. */
  skew(): number | null
}

export type SetupParts = {
  readonly probe: SetupProbe
  /** The same with GITLAB_BRANCH_TOKEN, null where there is none. */
  readonly branchProbe: SetupProbe | null
  readonly desk: Desk
  readonly clock: { now(): number }
  readonly settings: {
    readonly gitlabUrl: string
    readonly project: string
    /** Where the key material comes from; null = there is none yet. */
    readonly key: 'setting' | 'data folder' | null
    readonly webhook: {
      /** Whether GITLAB_WEBHOOK_SECRET is set: without it every delivery is refused. */
      readonly secret: boolean
      /** UTC ms of the last valid delivery; null = none known. */
      readonly lastDelivery: number | null
      /** Changes that polling found since then and no delivery had told of. */
      readonly missed: number
      /** Why the desk's data could not be read. */
      readonly unreadable?: string
    }
    readonly pollSeconds: number
    /** Connects and signs in, and changes nothing; throws GatewayError. null = no mail server of our own. */
    readonly mail: {
      readonly send: () => Promise<void>
      /** null: mails are not fetched. */
      readonly fetch: (() => Promise<void>) | null
    } | null
  }
}

const oldest = { major: 17, minor: 4 } as const
const soon = 30
const day = 86_400_000
const tolerance = 30_000

const reporter = 20
const planner = 15
const developer = 30

const roleNames: Readonly<Record<number, string>> = {
  0: 'no role',
  5: 'Minimal Access',
  10: 'Guest',
  15: 'Planner',
  20: 'Reporter',
  30: 'Developer',
  40: 'Maintainer',
  50: 'Owner',
}
const roleName = (level: number): string => roleNames[level] ?? `access level ${level}`

const good = (check: Check, found: string): Finding => ({ check, ok: true, found, mend: '' })
const bad = (check: Check, found: string, mend: string): Finding => ({ check, ok: false, found, mend })

const waitsFor = (check: Check, other: Check): Finding =>
  bad(check, 'Not looked at.', `Mend "${other}" first, then run the doctor again.`)

const tokenPlace =
  'GitLab > the project > Settings > Access tokens (on GitLab.com Free: the bot account > Edit profile > Access > Personal access tokens)'

/** `undefined` where it failed; the failure is put among the findings. */
const attempt = async <T>(
  findings: Finding[],
  check: Check,
  work: () => Promise<T>,
  told: (error: GatewayError) => Finding,
): Promise<T | undefined> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    findings.push(
      error.status === null
        ? bad(
            check,
            sentence(error.message),
            'Run the doctor again; if it stays so, look at the network between this machine and GitLab.',
          )
        : told(error),
    )
    return undefined
  }
}

const sentence = (text: string): string => {
  const trimmed = text.trim().replace(/\.$/, '')
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}.`
}

const unexpected =
  (check: Check) =>
  (error: GatewayError): Finding =>
    bad(
      check,
      sentence(error.message),
      `Open the project in GitLab as the token's account and see whether it may do this; then run the doctor again.`,
    )

const addressOf = (error: GatewayError, url: string): Finding | null => {
  if (error.status === null)
    return bad(
      'address',
      sentence(error.message),
      `Check GITLAB_URL (${url}), that GitLab runs, and that this machine may reach it; for an own certificate authority set GITLAB_CA_FILE.`,
    )
  if (error.kind === 'transient' && error.status >= 500)
    return bad(
      'address',
      `${url} answers, but GitLab is not well (${error.status}).`,
      'Wait a minute and run the doctor again; if it stays so, ask who runs GitLab.',
    )
  if (error.status === 404 || error.status < 400)
    return bad(
      'address',
      `${url} answers, but not as GitLab's API does.`,
      'Check GITLAB_URL: it is the address of GitLab itself, such as https://gitlab.example.com, without the project.',
    )
  return null
}

const versionFinding = (version: string): Finding => {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const fits = major > oldest.major || (major === oldest.major && minor >= oldest.minor)
  return fits
    ? good('version', `GitLab ${version}.`)
    : bad(
        'version',
        `GitLab ${version} is older than ${oldest.major}.${oldest.minor}.`,
        `Upgrade GitLab to ${oldest.major}.${oldest.minor} or newer; Belay relies on calls that older ones do not have.`,
      )
}

const expiryFinding = (expiresOn: string | null, now: number): Finding => {
  if (expiresOn === null) return good('expiry', 'The token does not end by itself.')
  const left = Math.ceil((Date.parse(`${expiresOn}T00:00:00Z`) - now) / day)
  if (left > soon) return good('expiry', `The token ends on ${expiresOn}, in ${left} days.`)
  return bad(
    'expiry',
    left > 0
      ? `The token ends on ${expiresOn}, in ${left} day${left === 1 ? '' : 's'}.`
      : `The token ended on ${expiresOn}.`,
    `Rotate it in ${tokenPlace} and put the new value into GITLAB_TOKEN; do not make a new token instead, since that would be a new bot user.`,
  )
}

const scopesFinding = (scopes: readonly string[]): Finding =>
  scopes.includes('api')
    ? good(
        'scopes',
        `The token has the scope api${scopes.length > 1 ? ` (and ${scopes.filter((scope) => scope !== 'api').join(', ')})` : ''}.`,
      )
    : bad(
        'scopes',
        `The token has ${scopes.length === 0 ? 'no scopes' : `only ${scopes.join(', ')}`}.`,
        `Make a token with the scope api in ${tokenPlace} and put it into GITLAB_TOKEN.`,
      )

const deskLabels = (desk: Desk): { categories: string[]; others: string[] } => ({
  categories: desk.categories.map((category) => category.label.name),
  others: [...desk.levels.map((level) => level.label), desk.labels.waiting],
})

const labelsFinding = (present: readonly string[], desk: Desk): Finding => {
  const { categories, others } = deskLabels(desk)
  const missingCategories = categories.filter((label) => !present.includes(label))
  const missingOthers = others.filter((label) => !present.includes(label))
  const missing = [...missingCategories, ...missingOthers]
  if (missing.length === 0) return good('labels', 'Every label of the desk is there.')
  const ways = [
    ...(missingCategories.length > 0 ? [`run ./belay triage for ${missingCategories.join(', ')}`] : []),
    ...(missingOthers.length > 0
      ? [`make ${missingOthers.join(', ')} in GitLab > the project > Manage > Labels`]
      : []),
  ]
  return bad('labels', `Missing: ${missing.join(', ')}.`, sentence(ways.join('; ')))
}

/** Whether a branch such as 42-dark-screen falls under a protected pattern. */
const covers = (pattern: string): boolean => {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test('42-confidential-issue')
}

const branchesFinding = async (
  parts: SetupParts,
  project: ProjectFacts,
  ownLevel: number,
): Promise<Finding> => {
  const { branchProbe, desk } = parts
  const inOwnProject = desk.categories.some((category) => category.branches?.project === '')
  if (!desk.categories.some((category) => category.branches !== null))
    return good('branches', 'No category makes branches.')
  if (!inOwnProject)
    return good(
      'branches',
      'All branches are made in other projects; they are looked at when the first one is made.',
    )
  if (project.archived)
    return bad(
      'branches',
      'The project is archived, so nothing can be pushed.',
      'Unarchive it in GitLab > the project > Settings > General > Advanced.',
    )
  if (project.emptyRepository || project.defaultBranch === null)
    return bad(
      'branches',
      'The repository is empty, so there is nothing to branch from; escalating works, without a branch.',
      'Add a first file in GitLab > the project > Code > Repository, or set "branches: none" for the categories in belay.yaml.',
    )
  const level = branchProbe ? await branchProbe.accessLevel((await branchProbe.account()).id) : ownLevel
  const whose = branchProbe ? 'The account of GITLAB_BRANCH_TOKEN' : "The token's account"
  if (level < developer)
    return bad(
      'branches',
      `${whose} has the role ${roleName(level)}, which may not push.`,
      'Give it the role Developer in GitLab > the project > Manage > Members, or set GITLAB_BRANCH_TOKEN to a token that has it.',
    )
  const closed =
    level >= 40 ? [] : ((await (branchProbe ?? parts.probe).closedBranches()) ?? []).filter(covers)
  if (closed.length > 0)
    return bad(
      'branches',
      `The protected pattern ${closed.join(', ')} covers the branches of tickets.`,
      'Allow Developers to push and merge there in GitLab > the project > Settings > Repository > Protected branches.',
    )
  return good('branches', `Branches are made from ${project.defaultBranch} as ${roleName(level)}.`)
}

const keyFindings = async (parts: SetupParts): Promise<Finding> => {
  const { key } = parts.settings
  if (key === null)
    return bad(
      'key',
      'There is no key yet.',
      'Start Belay once (./belay serve makes it in the data folder), or set BELAY_SECRET.',
    )
  const { readable, unreadable } = await parts.probe.marks()
  const where = key === 'setting' ? 'from BELAY_SECRET' : 'in the data folder; keep a copy of it'
  if (unreadable > 0)
    return bad(
      'key',
      `${unreadable} of the newest ${readable + unreadable} tickets were signed with another key: who asked cannot be read there.`,
      'Put the former key behind the present one in BELAY_SECRET (the first writes, all read), or restore the data folder that held it.',
    )
  return good(
    'key',
    readable === 0
      ? `The key is ${where}; no ticket is signed with it yet.`
      : `The key is ${where}; it reads the newest ${readable} ticket${readable === 1 ? '' : 's'}.`,
  )
}

/** A delivery can be on its way when a poll finds the same change first: so few say nothing. */
const fewMissed = 2

const hookPlace = 'GitLab > the project > Settings > Webhooks'

const webhookFinding = ({ settings, clock }: SetupParts): Finding => {
  const { secret, lastDelivery, missed, unreadable } = settings.webhook
  const polling = `Belay asks GitLab every ${settings.pollSeconds} s and needs no webhook`
  if (unreadable !== undefined)
    return bad(
      'webhook',
      sentence(`The desk's data could not be read: ${unreadable}`),
      'See whether the database runs and DATABASE_URL or BELAY_DATA is right.',
    )
  if (!secret)
    return {
      check: 'webhook',
      ok: true,
      found: `GITLAB_WEBHOOK_SECRET is not set, so deliveries are refused. ${polling}.`,
      mend: `To see changes sooner, set it and add a webhook in ${hookPlace}: address BELAY_URL/hooks/gitlab, the same secret, issue, confidential issue, comment and confidential comment events.`,
    }
  const minutes = lastDelivery === null ? 0 : Math.max(0, Math.round((clock.now() - lastDelivery) / 60_000))
  const last =
    lastDelivery === null
      ? 'No valid delivery is known'
      : `The last valid delivery came ${minutes} minute${minutes === 1 ? '' : 's'} ago`
  const since = lastDelivery === null ? '' : ' since'
  const alone = `polling alone found ${missed} change${missed === 1 ? '' : 's'}${since}`
  if (missed > fewMissed)
    return bad(
      'webhook',
      `${last}; ${alone}, so deliveries do not arrive. Nothing is lost: ${polling}.`,
      `Look at the webhook's recent events in ${hookPlace}: address BELAY_URL/hooks/gitlab, the secret of GITLAB_WEBHOOK_SECRET, issue, confidential issue, comment and confidential comment events; after many failures GitLab switches it off.`,
    )
  return good('webhook', `${last}; ${alone}.${lastDelivery === null ? ` ${polling}.` : ''}`)
}

const clockFinding = (skew: number | null): Finding => {
  if (skew === null) return good('clock', 'GitLab did not say its time.')
  const seconds = Math.round(Math.abs(skew) / 1000)
  return Math.abs(skew) <= tolerance
    ? good('clock', 'This clock and GitLab’s agree.')
    : bad(
        'clock',
        `This clock is ${seconds} s ${skew > 0 ? 'behind' : 'ahead of'} GitLab’s.`,
        'Set this machine’s clock by the network (timedatectl set-ntp true), or the one of GitLab.',
      )
}

const privacyFinding = (project: ProjectFacts): Finding =>
  project.visibility === null || project.visibility === 'private'
    ? good('privacy', 'The project is private.')
    : bad(
        'privacy',
        `The project is ${project.visibility}: its files and every ticket that is not confidential can be read by outsiders.`,
        'Set it to Private in GitLab > the project > Settings > General > Visibility, project features, permissions.',
      )

const uploadsFinding = (project: ProjectFacts): Finding => {
  if (project.uploadsProtected === false)
    return bad(
      'uploads',
      'Images in tickets can be seen by anyone who has their address.',
      'Turn on "Require authentication to view media files" in GitLab > the project > Settings > General > Visibility, project features, permissions.',
    )
  return good(
    'uploads',
    project.uploadsProtected === null
      ? 'GitLab does not say whether uploaded images ask for a sign-in.'
      : 'Uploaded files ask for a sign-in.',
  )
}

const whyNot = async (attempt: () => Promise<void>): Promise<string | null> => {
  try {
    await attempt()
    return null
  } catch (error) {
    if (error instanceof GatewayError) return error.message
    throw error
  }
}

const mailFinding = async ({ settings: { mail } }: SetupParts): Promise<Finding> => {
  if (mail === null)
    return good(
      'mail',
      "Mail is not set up here: GitLab's Service Desk mails requesters where it is on, and all follow their tickets on the web page.",
    )
  const sending = await whyNot(mail.send)
  if (sending !== null)
    return bad(
      'mail',
      `Mails cannot be sent: ${sending}`,
      'Correct SMTP_URL (name, password, host, port), or ask whoever keeps the mail server.',
    )
  if (mail.fetch === null)
    return good(
      'mail',
      'Mails can be sent. None are fetched: set IMAP_URL so that requesters can answer by mail.',
    )
  const fetching = await whyNot(mail.fetch)
  return fetching === null
    ? good('mail', 'Mails can be sent and fetched.')
    : bad(
        'mail',
        `Mails can be sent, but not fetched: ${fetching}`,
        'Correct IMAP_URL (name, password, host, port, mailbox), or ask whoever keeps the mail server.',
      )
}

/** Every check once, in reading order. Never throws for what GitLab does or says. */
export const examineSetup = async (parts: SetupParts): Promise<readonly Finding[]> => {
  const { probe, settings, desk, clock } = parts
  const findings: Finding[] = []
  const local = async (): Promise<Finding[]> => [webhookFinding(parts), await mailFinding(parts)]
  const rest = (reason: Check, checks: readonly Check[]): void => {
    for (const check of checks) findings.push(waitsFor(check, reason))
  }

  // The first call tells three things at once: whether there is an answer, whether it is GitLab, whether it knows us.
  let version: string | null = null
  let refused = false
  try {
    version = await probe.version()
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const address = addressOf(error, settings.gitlabUrl)
    if (address) {
      findings.push(address)
      rest('address', [
        'token',
        'version',
        'scopes',
        'expiry',
        'project',
        'privacy',
        'uploads',
        'role',
        'labels',
        'branches',
        'key',
        'clock',
      ])
      return [...findings, ...(await local())]
    }
    refused = error.kind === 'unauthorised'
  }
  findings.push(good('address', `${settings.gitlabUrl} answers.`))
  const clockCheck = clockFinding(probe.skew())

  const account = refused
    ? undefined
    : await attempt(
        findings,
        'token',
        () => probe.account(),
        (error) => (error.kind === 'unauthorised' ? tokenRefused() : unexpected('token')(error)),
      )
  if (refused) findings.push(tokenRefused())
  if (account === undefined) {
    rest('token', [
      'version',
      'scopes',
      'expiry',
      'project',
      'privacy',
      'uploads',
      'role',
      'labels',
      'branches',
      'key',
    ])
    return [...findings, clockCheck, ...(await local())]
  }
  findings.push(good('token', `Belay acts as ${account.name} (@${account.username}).`))
  findings.push(
    version === null
      ? bad(
          'version',
          'GitLab does not tell this token its version.',
          `Give the token the scope api in ${tokenPlace}.`,
        )
      : versionFinding(version),
  )

  const token = await attempt(findings, 'scopes', () => probe.token(), unexpected('scopes'))
  if (token === undefined) findings.push(waitsFor('expiry', 'scopes'))
  else if (token === null)
    findings.push(
      good('scopes', 'GitLab tells nothing of this kind of token; what it may do shows below.'),
      good('expiry', 'GitLab does not tell when this kind of token ends.'),
    )
  else findings.push(scopesFinding(token.scopes), expiryFinding(token.expiresOn, clock.now()))

  const project = await attempt(
    findings,
    'project',
    () => probe.project(),
    (error) =>
      error.kind === 'missing'
        ? bad(
            'project',
            `GitLab shows no project ${settings.project} to @${account.username}.`,
            'Check GITLAB_PROJECT (the number under "Copy project ID" at GitLab > the project > ⋮), and that the account is a member in GitLab > the project > Manage > Members.',
          )
        : unexpected('project')(error),
  )
  if (project === undefined) {
    rest('project', ['privacy', 'uploads', 'role', 'labels', 'branches', 'key'])
    return [...findings, clockCheck, ...(await local())]
  }
  findings.push(
    project.archived
      ? bad(
          'project',
          `${project.path} is archived: nothing can be written.`,
          'Unarchive it in GitLab > the project > Settings > General > Advanced.',
        )
      : project.issuesEnabled
        ? good('project', `${project.path} (id ${project.id}).`)
        : bad(
            'project',
            `${project.path} has its issues turned off.`,
            'Turn issues on in GitLab > the project > Settings > General > Visibility, project features, permissions.',
          ),
    privacyFinding(project),
    uploadsFinding(project),
  )

  const level = await attempt(findings, 'role', () => probe.accessLevel(account.id), unexpected('role'))
  if (level !== undefined)
    findings.push(
      level === planner || level >= reporter
        ? good('role', `The account has the role ${roleName(level)}.`)
        : bad(
            'role',
            `The account has the role ${roleName(level)}, which may not work on confidential issues.`,
            'Give it the role Reporter, or Developer if it makes the branches too, in GitLab > the project > Manage > Members.',
          ),
    )

  const labels = await attempt(findings, 'labels', () => probe.labels(), unexpected('labels'))
  if (labels !== undefined) findings.push(labelsFinding(labels, desk))

  if (level === undefined) findings.push(waitsFor('branches', 'role'))
  else {
    const branches = await attempt(
      findings,
      'branches',
      () => branchesFinding(parts, project, level),
      (error) =>
        error.kind === 'unauthorised'
          ? bad(
              'branches',
              'GitLab does not accept GITLAB_BRANCH_TOKEN.',
              'Rotate or renew that token where it was made and set GITLAB_BRANCH_TOKEN again.',
            )
          : unexpected('branches')(error),
    )
    if (branches) findings.push(branches)
  }

  const key = await attempt(findings, 'key', () => keyFindings(parts), unexpected('key'))
  if (key) findings.push(key)
  return [...findings, clockCheck, ...(await local())]
}

const tokenRefused = (): Finding =>
  bad(
    'token',
    'GitLab does not accept the token.',
    `See whether it has ended or was revoked in ${tokenPlace}; rotate it there if you can, else make one with the scope api, and set GITLAB_TOKEN.`,
  )
