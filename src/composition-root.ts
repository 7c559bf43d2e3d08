// The one file that knows all others: it puts store, GitLab, worker and pages together, and is
// the only place that reads the real clock.

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { v7 } from 'uuid'
import { drawChart } from './adapters/charts/draw.ts'
import type { CallReport, Client } from './adapters/gitlab/client.ts'
import { createClient } from './adapters/gitlab/client.ts'
import { createGateway } from './adapters/gitlab/gateway.ts'
import { createSetupProbe } from './adapters/gitlab/setup-probe.ts'
import { createSignIn } from './adapters/gitlab/sign-in.ts'
import { createTriageBoard } from './adapters/gitlab/triage-board.ts'
import { createMailParser, fingerprintOf } from './adapters/mail/parser.ts'
import type { MailTemplates } from './adapters/mail/templates.ts'
import { loadTemplates, TemplateProblems } from './adapters/mail/templates.ts'
import { createMailTokens } from './adapters/mail/tokens.ts'
import type { Manifest } from './adapters/store/backup-file.ts'
import type { Telling } from './adapters/store/copying.ts'
import { takeLock } from './adapters/store/lock.ts'
import { SchemaTooNew, SchemaTooOld } from './adapters/store/migrations.ts'
import { openPostgresFigures, openSqliteFigures } from './adapters/store/reading.ts'
import { openPostgresStore, openSqliteStore } from './adapters/store/store.ts'
import type { SetupParts } from './application/examine-setup.ts'
import type { Clock, Connection, Gateway, Parts, Store } from './application/ports.ts'
import type { Timings } from './application/push-operations.ts'
import { forgetRebuild } from './application/rebuild-index.ts'
import { createHooks, hookEvidence } from './application/receive-hook.ts'
import { ticketLinks } from './application/ticket-link.ts'
import { watchColleagues } from './colleagues.ts'
import type { Config, GitlabConfig, MailConfig } from './config.ts'
import { countingMails, timingWrites } from './counting.ts'
import type { Desk } from './domain/desk.ts'
import type { FloodLimits } from './domain/flood.ts'
import type { Duty } from './duty.ts'
import { keepDuty } from './duty.ts'
import { admitKey, admitMove, keepKey, secretsToBackUp } from './key-of-backup.ts'
import type { Keys } from './keys.ts'
import { keysOf, secretOfFolder } from './keys.ts'
import { openKpis } from './kpi-thread-door.ts'
import type { KpiData } from './kpi-thread-messages.ts'
import { openServer } from './listening-server.ts'
import type { MailWorker } from './mail-worker.ts'
import { startMailWorker } from './mail-worker.ts'
import { release } from './release.ts'
import { settling } from './settling.ts'
import { SetupProblem } from './setup-problem.ts'
import { stopWithin } from './stopping.ts'
import { createApp } from './web/app.ts'
import type { Metrics } from './web/metrics.ts'
import { createMetrics } from './web/metrics.ts'
import { probes } from './web/probe-server.ts'
import { askReadiness } from './web/readiness.ts'
import { requestInLog } from './web/request-id.ts'
import type { Worker } from './worker.ts'
import { startWorker } from './worker.ts'

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    try {
      if (milliseconds <= 0) return await turn()
      await wait(milliseconds, undefined, signal ? { signal } : {})
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  },
}

export const createLog = (level: 'info' | 'warn' | 'silent') =>
  // Of a request, each line says of which.
  pino({ level, base: null, ...requestInLog }, pino.destination({ fd: 2, sync: level !== 'info' }))

export type Log = ReturnType<typeof createLog>

export const openKeys = (config: Config): { keys: Keys; made: string | null } => {
  if (config.secrets.length > 0) return { keys: keysOf(config.secrets), made: null }
  const { secrets, made } = secretOfFolder(config.dataFolder)
  return { keys: keysOf(secrets), made }
}

const databaseFile = (config: Config): string => join(config.dataFolder, 'belay.sqlite')

/** Data that moved to PostgreSQL are not worked on any more, unless somebody says so. */
const refuseMoved = async (config: Config, store: Store): Promise<Store> => {
  const mark = await store.read((reader) => reader.setting('moved-to'))
  if (!mark) return store
  await store.close()
  const { movedSentence } = await import('./adapters/store/backup-file.ts')
  throw new SetupProblem(
    `${movedSentence(databaseFile(config), mark)} Set DATABASE_URL to go on there. To come back with all that has happened since: ./belay backup FILE with DATABASE_URL, then ./belay restore FILE --replace without it. To come back to these data as they were then: ./belay migrate --back-to-sqlite`,
    1,
  )
}

/** `log`: told when the others on the same data are not heard any more, and when they are again. */
export const openStore = async (config: Config, log?: Log): Promise<Store> => {
  if (config.databaseUrl)
    return openPostgresStore({ url: config.databaseUrl, desk: config.desk, ...(log ? { log } : {}) })
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
  return refuseMoved(config, await openSqliteStore({ file: databaseFile(config), desk: config.desk }))
}

const kpiData = (config: Config): KpiData =>
  config.databaseUrl ? { url: config.databaseUrl } : { file: databaseFile(config) }

/** Reports for a command, beside a desk that runs or none: nothing is written. Throws SetupProblem. */
export const openReports = async (config: Config, clock: Clock) => {
  const data = kpiData(config)
  if ('file' in data && !existsSync(data.file))
    throw new SetupProblem(
      `There are no data in ${config.dataFolder}: set BELAY_DATA, or start the desk first.`,
      2,
    )
  const opening = 'file' in data ? openSqliteFigures(data.file) : openPostgresFigures(data.url)
  const store = await opening.catch((error: unknown) => {
    throw error instanceof SchemaTooOld || error instanceof SchemaTooNew
      ? new SetupProblem(error.message, 1)
      : error
  })
  const kpis = openKpis({ open: 'here', store, desk: config.desk, clock, draw: drawChart })
  return {
    kpis,
    desk: config.desk,
    clock,
    measuring: async () => (await store.read((reader) => reader.figuresState())).measuring,
    close: async () => {
      await kpis.close()
      await store.close()
    },
  }
}

type Watched = {
  /** For one call, in milliseconds. */
  readonly deadline?: number
  /** Told of each call. */
  readonly onCall?: (report: CallReport) => void
}

export const openClient = (
  gitlab: GitlabConfig,
  token: string,
  clock: Clock,
  watched: Watched = {},
): Client =>
  createClient({
    url: gitlab.url,
    token,
    caFile: gitlab.caFile,
    clock,
    ...watched,
  })

export const openGateway = (
  config: Config,
  gitlab: GitlabConfig,
  keys: Keys,
  clock: Clock,
  store: Store,
  watched: Watched = {},
): Gateway => {
  const client = (token: string) => openClient(gitlab, token, clock, watched)
  return createGateway({
    client: client(gitlab.token),
    branchClient: gitlab.branchToken === null ? null : client(gitlab.branchToken),
    project: gitlab.project,
    keys: keys.forPurpose('marker').map(({ id, key }) => ({ id, secret: key })),
    desk: config.desk,
    formerBots: config.formerBots,
    fileBytes: (fileId) => store.read((reader) => reader.fileBytes(fileId)),
  })
}

/** Backing up, restoring and moving; sentences for a person become SetupProblem. */
export const openCare = async (config: Config) => {
  const [
    { writeBackup },
    { restoreIntoSqlite, restoreIntoPostgres, moveToPostgres, backToSqlite },
    { BackupProblem },
  ] = await Promise.all([
    import('./adapters/store/backup-file.ts'),
    import('./adapters/store/restoring.ts'),
    import('./adapters/store/backup-problem.ts'),
  ])
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      const known =
        error instanceof BackupProblem || error instanceof SchemaTooNew || error instanceof SchemaTooOld
      throw known ? new SetupProblem(error.message, 1) : error
    }
  }
  const { databaseUrl, dataFolder } = config
  const file = databaseFile(config)
  const toHere = () => mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const needData = () => {
    if (!existsSync(file))
      throw new SetupProblem(`There are no data in ${dataFolder}: set BELAY_DATA to the desk's folder.`, 2)
  }
  return {
    backup: (to: { readonly file: string; readonly force: boolean }, telling: Telling) => {
      if (databaseUrl === null) needData()
      const about = { release, now: realClock.now(), secrets: secretsToBackUp(config) }
      return explained(() =>
        writeBackup(databaseUrl === null ? { file } : { url: databaseUrl }, to, about, telling),
      )
    },
    restore: (from: { readonly file: string; readonly replace: boolean }, telling: Telling) => {
      toHere()
      const checks = {
        belongsTo: config.gitlab && belongingOf(config.gitlab),
        admit: (manifest: Manifest) => admitKey(config, manifest),
        keep: (manifest: Manifest) => keepKey(config, manifest),
      }
      const to = { replace: from.replace, now: realClock.now() }
      return explained(async () =>
        databaseUrl === null
          ? { ...(await restoreIntoSqlite(from.file, { ...to, file }, checks, telling)), warning: null }
          : {
              ...(await restoreIntoPostgres(
                from.file,
                { ...to, url: databaseUrl, part: `${file}.restoring` },
                checks,
                telling,
              )),
              kept: null,
            },
      )
    },
    move: (to: { readonly url: string; readonly where: string }, telling: Telling) => {
      needData()
      admitMove(config)
      return explained(() => moveToPostgres({ file }, { ...to, now: realClock.now() }, telling))
    },
    back: () => {
      needData()
      return explained(() => backToSqlite(file, realClock.now()))
    },
  }
}

/** The right to push and pull on this data; null while another process has it. PostgreSQL shares it by leases. */
export const holdData = (config: Config): { release(): void } | null => {
  if (config.databaseUrl) return { release: () => undefined }
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
  return takeLock(join(config.dataFolder, 'running.lock'))
}

/** What `belay triage` works on: GitLab and the categories, and nothing kept. */
export const openTriage = (config: Config, gitlab: GitlabConfig, clock: Clock) => ({
  board: createTriageBoard({ client: openClient(gitlab, gitlab.token, clock), project: gitlab.project }),
  desk: config.desk,
  clock,
})

/** What the desk's data tell of webhooks; they are not made where there are none yet. */
const webhookEvidence = async (config: Config): Promise<SetupParts['settings']['webhook']> => {
  const secret = config.webhookSecret !== null
  const nothing = { secret, lastDelivery: null, missed: 0 }
  if (config.databaseUrl === null && !existsSync(databaseFile(config))) return nothing
  try {
    const store = await openStore(config)
    try {
      return { secret, ...(await store.read(hookEvidence)) }
    } finally {
      await store.close()
    }
  } catch (error) {
    return { ...nothing, unreadable: error instanceof Error ? error.message : String(error) }
  }
}

/** Loaded only where mail is set up: a desk without it is smaller by some megabytes. */
const mailServers = async () => {
  const [{ createMailbox }, { createMailer }] = await Promise.all([
    import('./adapters/mail/imap.ts'),
    import('./adapters/mail/smtp.ts'),
  ])
  return { createMailbox, createMailer }
}

const noLog = { info: () => undefined, warn: () => undefined }

/** Tries both servers by themselves: nothing is sent, and what is fetched stays where it is. */
const examineMail = (mail: MailConfig, desk: Desk, clock: Clock): SetupParts['settings']['mail'] => {
  const nobody = createMailTokens([randomBytes(32)])
  const { imapUrl } = mail
  return {
    send: async () => {
      const parts = { tokens: nobody, linkFor: () => '', ticketUrl: () => '', desk, clock, baseUrl: '' }
      const { createMailer } = await mailServers()
      const mailer = createMailer({ config: mail, ...parts })
      await mailer.verify().finally(() => mailer.close())
    },
    fetch:
      imapUrl === null
        ? null
        : async () => {
            const { createMailbox } = await mailServers()
            const mailbox = createMailbox({ url: imapUrl, folders: mail.folders, log: noLog })
            const mails = mailbox.fetch({ signal: AbortSignal.timeout(20_000) })[Symbol.asyncIterator]()
            await mails.next().finally(() => mailbox.close())
          },
  }
}

/** What `belay doctor` looks at. */
export const openExamination = async (config: Config, gitlab: GitlabConfig, clock: Clock) => {
  const inFolder = existsSync(join(config.dataFolder, 'secret'))
  const known = config.secrets.length > 0 || inFolder
  const keys = known
    ? openKeys(config)
        .keys.forPurpose('marker')
        .map(({ id, key }) => ({ id, secret: key }))
    : []
  const probe = (token: string) =>
    createSetupProbe({ client: openClient(gitlab, token, clock), project: gitlab.project, keys })
  return {
    probe: probe(gitlab.token),
    branchProbe: gitlab.branchToken === null ? null : probe(gitlab.branchToken),
    desk: config.desk,
    clock,
    settings: {
      gitlabUrl: gitlab.url,
      project: gitlab.project,
      key: config.secrets.length > 0 ? ('setting' as const) : inFolder ? ('data folder' as const) : null,
      webhook: await webhookEvidence(config),
      pollSeconds: config.pollMs / 1_000,
      mail: config.mail === null ? null : examineMail(config.mail, config.desk, clock),
    },
  }
}

/** How many requests at most wait for GitLab at the same time. */
const mostWaiting = 10

/** How often to look for what other processes on the same data have done, should they not be heard (milliseconds). */
const look = 2_000

/** What data are tied to. */
export const belongingOf = ({ url, project }: Pick<GitlabConfig, 'url' | 'project'>): string =>
  `${url} project ${project}`

/** The data belongs to one GitLab project: another address or project is a mistake, not a move. */
export const checkBelonging = async (store: Store, belongsTo: string): Promise<void> => {
  const known = await store.read((reader) => reader.setting('belongs-to'))
  if (known === null) await store.write((writer) => writer.saveSetting('belongs-to', belongsTo))
  else if (known !== belongsTo)
    throw new SetupProblem(
      `This data folder belongs to ${known}, but the settings name ${belongsTo}. Use another BELAY_DATA, or correct GITLAB_URL and GITLAB_PROJECT.`,
      2,
    )
}

export type RunningDesk = {
  readonly url: string
  readonly parts: Parts
  /** null where another process sends and reads. */
  readonly worker: Worker | null
  readonly stop: () => Promise<void>
}

type Start = {
  readonly log: Log
  readonly sandbox: boolean
  readonly clock?: Clock
  /** What the data folder is tied to; the address and project by default. */
  readonly belongsTo?: string
  readonly readPauseMs?: number
  /** After each reading of the list; at the start where another process reads it. */
  readonly onListed?: () => void
  /** Other than the desk's own: for proofs that send more than people do. */
  readonly floodLimits?: FloodLimits
  /** Shorter waits, and a bug to be found: for proofs only. */
  readonly proof?: {
    readonly timings: Timings & { /** For one call to GitLab (milliseconds). */ readonly deadline: number }
    readonly gateway?: (gateway: Gateway) => Gateway
  }
}

/** The texts of mails, tried with believable values: a mistake in one is told before anything begins. */
const templatesOf = (config: Config): MailTemplates | null => {
  if (config.mail === null) return null
  try {
    return loadTemplates(config.mailTemplates)
  } catch (error) {
    if (error instanceof TemplateProblems) throw new SetupProblem(error.message, 2)
    throw error
  }
}

/** The data, and GitLab behind it: what pages and worker have in common. */
const openHouse = async (config: Config, gitlab: GitlabConfig, options: Start) => {
  const { log, clock = realClock, proof } = options
  const templates = templatesOf(config)
  const lock = holdData(config)
  if (!lock)
    throw new SetupProblem(
      `Another Belay is running on the data folder ${config.dataFolder}. Stop it first, or use another BELAY_DATA.`,
      1,
    )
  const { keys, made } = openKeys(config)
  if (made)
    log.info(
      {},
      `Made the key of this desk: ${made}. Keep a copy; without it, names and addresses in GitLab cannot be read again.`,
    )
  const metrics = createMetrics({ version: release, dataFolder: config.dataFolder })
  const store = timingWrites(await openStore(config, log), metrics.wrote)
  const close = async () => {
    await store.close()
    lock.release()
  }
  const stopEarly = async (error: unknown): Promise<never> => {
    await close()
    throw error
  }
  await checkBelonging(store, options.belongsTo ?? belongingOf(gitlab)).catch(stopEarly)
  await forgetRebuild({ store })
  const opened = openGateway(config, gitlab, keys, clock, store, {
    ...(proof ? { deadline: proof.timings.deadline } : {}),
    onCall: metrics.called,
  })
  return {
    /** Of this process, among those that share the data. */
    id: v7(),
    clock,
    keys,
    store,
    metrics,
    templates,
    gateway: proof?.gateway?.(opened) ?? opened,
    close,
    stopEarly,
  }
}

type House = Awaited<ReturnType<typeof openHouse>>

const beginWork = (
  config: Config,
  options: Start,
  { store, gateway, clock }: { readonly store: Store; readonly gateway: Gateway; readonly clock: Clock },
  onSettled: (ticketId: string) => void,
  onDuty: () => boolean,
): Worker =>
  startWorker({
    store,
    gateway,
    clock,
    desk: config.desk,
    newId: () => v7(),
    chance: Math.random,
    pollMs: config.pollMs,
    readPauseMs: options.readPauseMs ?? (options.sandbox ? 0 : 100),
    // No nudge comes from another process.
    ...(config.databaseUrl === null ? {} : { lookMs: look, shared: true }),
    onDuty,
    ...(options.proof ? { timings: options.proof.timings } : {}),
    hooked: config.webhookSecret !== null,
    retention: config.retention,
    log: options.log,
    onSettled,
    ...(options.onListed ? { onListed: options.onListed } : {}),
  })

type MailHouse = {
  readonly store: Store
  readonly metrics: Metrics
  readonly keys: Keys
  readonly clock: Clock
  readonly templates: MailTemplates | null
}

/** Mail, where the settings name a server for it: what came in, and what the desk has to say. */
const openMail = async (
  mail: MailConfig,
  desk: Desk,
  { store, keys, clock, templates, metrics }: MailHouse,
  baseUrl: string,
  log: Log,
) => {
  const { createMailbox, createMailer } = await mailServers()
  const tokens = createMailTokens(keys.forPurpose('mail-token').map(({ key }) => key))
  const links = ticketLinks(keys.forPurpose('ticket-link').map(({ key }) => key))
  const mailer = createMailer({
    config: mail,
    tokens,
    linkFor: async ({ id, requester }) => {
      const generation = await store.read((reader) => reader.linkGeneration(id))
      return `${baseUrl}/t/${links.tokenFor({ id, email: requester.email, generation })}`
    },
    ticketUrl: ({ id, iid }) => `${baseUrl}/issues/${iid ?? id}`,
    desk,
    clock,
    fileBytes: (fileId) => store.read((reader) => reader.fileBytes(fileId)),
    baseUrl,
    ...(templates ? { templates } : {}),
  })
  const mailbox =
    mail.imapUrl === null ? null : createMailbox({ url: mail.imapUrl, folders: mail.folders, log })
  const counted = { ...mailer, perform: countingMails(mailer.perform, metrics.mailed) }
  return { tokens, mailer: counted, mailbox, address: mail.from.address, fingerprintOf }
}

/** For links that prove an address: they are sent while somebody waits, by whoever shows the pages, and kept nowhere. */
const openSignInMail = async (
  mail: MailConfig,
  desk: Desk,
  { keys, clock, templates, metrics }: MailHouse,
  baseUrl: string,
) => {
  const { createMailer } = await mailServers()
  const mailer = createMailer({
    config: mail,
    tokens: createMailTokens(keys.forPurpose('mail-token').map(({ key }) => key)),
    linkFor: () => '',
    ticketUrl: () => '',
    desk,
    clock,
    baseUrl,
    ...(templates ? { templates } : {}),
  })
  return { ...mailer, sendSignInLink: countingMails(mailer.sendSignInLink, metrics.mailed) }
}

const openParser = (log: Log) => createMailParser({ log: (message) => log.warn({}, message) })

const beginMail = async (
  mail: MailConfig,
  config: Config,
  options: Start,
  house: MailHouse,
  baseUrl: string,
  worker: {
    readonly nudge: () => void
    readonly onSettled: (ticketId: string) => void
    readonly onDuty: () => boolean
  },
): Promise<MailWorker> =>
  startMailWorker({
    ...(await openMail(mail, config.desk, house, baseUrl, options.log)),
    parser: openParser(options.log),
    store: house.store,
    clock: house.clock,
    desk: config.desk,
    newId: () => v7(),
    chance: Math.random,
    nudge: worker.nudge,
    onSettled: worker.onSettled,
    pollMs: config.pollMs,
    // What a reading of GitLab has to tell rings no bell here.
    lookMs: config.databaseUrl === null ? 5_000 : look,
    shared: config.databaseUrl !== null,
    onDuty: worker.onDuty,
    ...(options.proof ? { timings: options.proof.timings } : {}),
    log: options.log,
  })

/** What works in the background of a process: it sends, and reads and keeps house while it is on duty. */
type Working = {
  readonly worker: Worker
  /** null where another worker knows better. */
  readonly connection: () => Connection | null
  readonly nudge: () => void
  readonly look: (iids: readonly number[]) => void
  readonly stop: () => Promise<void>
}

/** What one process tells the others about a ticket: to read it now. */
const lookTopic = 'look'

const beginWorking = async (
  config: Config,
  options: Start,
  house: House,
  said: {
    /** Where requesters find their tickets. */
    readonly baseUrl: string | null
    readonly onSettled: (ticketId: string) => void
  },
): Promise<Working> => {
  const { store, clock } = house
  const shared = config.databaseUrl !== null
  let mail: MailWorker | null = null
  let duty: Duty | null = null
  const onDuty = () => duty?.held() ?? false
  const settled = (id: string) => {
    said.onSettled(id)
    // Only what was told to GitLab may be told to people: the mails follow.
    mail?.nudge()
  }
  const worker = beginWork(config, options, house, settled, onDuty)
  if (config.mail && said.baseUrl !== null)
    mail = await beginMail(config.mail, config, options, house, said.baseUrl, {
      nudge: worker.nudge,
      onSettled: said.onSettled,
      onDuty,
    })
  const nudge = () => {
    worker.nudge()
    mail?.nudge()
  }
  duty = keepDuty({
    store,
    clock,
    log: options.log,
    id: house.id,
    release,
    report: () =>
      worker.turns() ? { gitlab: worker.connection(), mail: mail === null ? null : mail.connection() } : null,
    onTaken: () => {
      worker.begin()
      mail?.begin()
    },
  })
  const forget = shared
    ? [
        store.onChange(nudge),
        store.neighbours.onTold(lookTopic, (told) =>
          worker.look(told.split(' ').map(Number).filter(Number.isInteger)),
        ),
      ]
    : []
  return {
    worker,
    connection: () => {
      const own = worker.connection()
      // That GitLab is back is heard first by who is on duty.
      return onDuty() || (own.state !== 'up' && worker.rests()) ? own : null
    },
    nudge,
    look: worker.look,
    stop: async () => {
      for (const one of forget) one()
      await Promise.all([mail?.stop(), worker.stop()])
      await duty?.stop()
    },
  }
}

/** The worker alone, beside processes that show the pages. Throws SetupProblem as startDesk does. */
export const startWork = async (
  config: Config,
  options: Start,
): Promise<{
  readonly worker: Worker
  /** The port at which it answers probes; null = it does not. */
  readonly probesAt: number | null
  readonly stop: () => Promise<void>
}> => {
  const { gitlab } = config
  if (!gitlab) throw new Error('startWork needs GitLab settings')
  const house = await openHouse(config, gitlab, options)
  if (config.mail && config.baseUrl === null)
    return house.stopEarly(
      new SetupProblem(
        'BELAY_URL is missing: mails name the address at which requesters find their ticket.',
        2,
      ),
    )
  const answering =
    config.workPort === null
      ? null
      : await openServer(config.host, config.workPort, 'WORK_PORT').catch(house.stopEarly)
  const working = await beginWorking(config, options, house, {
    baseUrl: config.baseUrl,
    onSettled: () => undefined,
  })
  const { store, clock, metrics, gateway } = house
  const { log } = options
  const colleagues = watchColleagues(store, clock, log)
  const connection = (): Connection => working.connection() ?? colleagues.connection()
  let stopping = false
  answering?.answerBy(
    probes({
      readiness: askReadiness({ store, connection, stopping: () => stopping, log }),
      metrics,
      sources: {
        store,
        clock,
        desk: config.desk,
        gateway,
        connection,
        failed: (error, message) => log.error({ err: error }, message),
      },
      metricsToken: config.metricsToken,
    }),
  )
  return {
    worker: working.worker,
    probesAt: answering?.port ?? null,
    stop: async () => {
      stopping = true
      await stopWithin(clock, log, working.stop)
      await answering?.close(clock, log)
      await colleagues.stop()
      await house.close()
    },
  }
}

const workedElsewhere: Connection = { state: 'up', lastAnswerAt: null, reading: null }

/** Starts Belay: store, worker and pages. Throws SetupProblem with a sentence for the person at the keyboard. */
export const startDesk = async (
  config: Config,
  options: Start & {
    /** false: another process sends and reads. */
    readonly worker?: boolean
    readonly extend?: Parameters<typeof createApp>[0]['extend']
  },
): Promise<RunningDesk> => {
  const { log, sandbox } = options
  const { gitlab, oauth } = config
  if (!gitlab || !oauth) throw new Error('startDesk needs GitLab and OAuth settings')

  const house = await openHouse(config, gitlab, options)
  const { clock, keys, store, gateway, stopEarly } = house
  const shared = config.databaseUrl !== null
  const waiting = settling(store, clock, shared)

  const server = await openServer(config.host, config.port, 'PORT').catch(stopEarly)
  const { port } = server
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const url = config.baseUrl ?? `http://${host}:${port}`

  const working =
    options.worker === false
      ? null
      : await beginWorking(config, options, house, { baseUrl: url, onSettled: waiting.onSettled })
  const colleagues = shared ? watchColleagues(store, clock, log) : null
  if (!working) options.onListed?.()
  /** Only who is on duty reads GitLab's list, and knows best; without a worker of its own a process asks the others. */
  const connection = (): Connection => working?.connection() ?? colleagues?.connection() ?? workedElsewhere
  const look = (iids: readonly number[]) => {
    working?.look(iids)
    if (!shared) return
    store.neighbours
      .tell(lookTopic, iids.slice(0, 500).join(' '))
      .catch((error: unknown) => log.warn({ err: error }, 'the others were not told what GitLab said'))
  }
  // Without a secret nobody is believed to be GitLab.
  const hooks =
    config.webhookSecret === null ? null : createHooks({ store, clock, project: gitlab.project, look, log })
  // One for the pages alone: somebody who looks at a hostile mail holds up none that comes in.
  const mailParser = config.mail ? openParser(log) : null
  // Its own beside the worker's, which another process may have; none connects before there is something to send.
  let signInMail: ReturnType<typeof openSignInMail> | null = null
  const signInMailer = () => {
    if (config.mail) signInMail ??= openSignInMail(config.mail, config.desk, house, url)
    return signInMail
  }
  const parts: Parts = {
    store,
    gateway,
    clock,
    newId: () => v7(),
    desk: config.desk,
    retention: config.retention,
    nudge: () => working?.nudge(),
    settled: waiting.settled,
    ...(mailParser ? { mailParser } : {}),
    ...(config.mail ? { sendSignInLink: async (link) => (await signInMailer())?.sendSignInLink(link) } : {}),
    prompt: () =>
      (working === null ? connection().state === 'up' : working.worker.prompt()) &&
      waiting.waiters() < mostWaiting,
  }
  const signIn = createSignIn({
    gitlabUrl: gitlab.url,
    clientId: oauth.clientId,
    clientSecret: oauth.clientSecret,
    redirectUri: `${url}/auth/gitlab/callback`,
    caFile: gitlab.caFile,
  })
  const kpis = openKpis({ open: 'thread', data: kpiData(config), desk: config.desk })
  const stopped = new AbortController()
  server.answerBy(
    createApp({
      parts,
      kpis,
      signIn,
      connection,
      keys: {
        session: keys.forPurpose('session').map(({ key }) => key),
        ticketLink: keys.forPurpose('ticket-link').map(({ key }) => key),
        renderTime: keys.forPurpose('render-time').map(({ key }) => key),
        clientMark: keys.forPurpose('client-mark').map(({ key }) => key),
        requester: keys.forPurpose('requester-session').map(({ key }) => key),
      },
      ...(options.floodLimits ? { floodLimits: options.floodLimits } : {}),
      baseUrl: url,
      trustProxy: config.trustProxy,
      projectUrl: `${gitlab.url}/${gitlab.project}`,
      sandbox,
      metricsToken: config.metricsToken,
      metrics: house.metrics,
      ...(hooks ? { hooks: { secret: config.webhookSecret, receive: hooks.receive } } : {}),
      log,
      ...(options.extend ? { extend: options.extend } : {}),
      stopped: stopped.signal,
    }),
  )

  return {
    url,
    parts,
    worker: working?.worker ?? null,
    stop: async () => {
      stopped.abort()
      const work = working ? stopWithin(clock, log, working.stop) : null
      await server.close(clock, log)
      await hooks?.stop()
      await mailParser?.close()
      await (await signInMail)?.close()
      await work
      await colleagues?.stop()
      waiting.stop()
      await kpis.close()
      await house.close()
    },
  }
}

/** For a token or password that only this run needs. */
export const freshSecret = (): string => randomBytes(24).toString('base64url')
