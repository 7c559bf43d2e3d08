// The command line: `belay serve`, `work`, `triage`, `doctor`, `audit`, `kpi`, `sync`, `rebuild`, `preview-mail`,
// `sandbox`, `migrate`, `backup`, `restore`.
// Exit codes: 0 done, 1 found or refused something, 2 wrong use or settings.

import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { ParseArgsOptionsConfig } from 'node:util'
import { parseArgs } from 'node:util'
import { SetupProblem } from './setup-problem.ts'

const usage = `Belay: a help desk where every ticket is a GitLab issue.

  belay serve [--sandbox]                 the desk: web server and worker
  belay serve --no-worker, belay work     each of the two alone (PostgreSQL only)
  belay triage [--dry-run] [--json] [--service-desk-only]
                                          add the category labels that titles ask for
  belay doctor [--json]                   check the installation and say how to mend it
  belay audit [--json] [--hash H]         follow the chain of the audit log, and look for a hash kept elsewhere
  belay kpi [--period P | --from DAY --to DAY] [--category C] [--level N] [--agent U]
            [--by category|level|agent|day|week|month] [--format table|json|csv]
                                          the figures of a period, beside a desk that runs or none
  belay sync [--full]                     read what changed in GitLab now
  belay rebuild                           make the index again from GitLab, with a checksum before and after
  belay preview-mail [--notice N] [--language en|de] [--html]
                                          show the mails that Belay writes, with your templates
  belay sandbox [--port N] [--data DIR] [--token T] [--oauth-secret S] [--issues N] [--empty]
                [--smtp-port P]           the GitLab sandbox alone
  belay migrate                           bring the database up to date
  belay migrate --to-postgres             move the desk from BELAY_DATA to the database of DATABASE_URL
  belay migrate --back-to-sqlite          work on the data in BELAY_DATA again, as they were when they moved
  belay backup FILE [--force]             the whole desk in one verified file, with its key; beside a desk that runs
  belay restore FILE [--replace]          the desk as it was then; --replace: in place of the data that are there

Settings come from the environment and belay.yaml: see README.md.
`

class WrongUse extends Error {}

const flags = <T extends ParseArgsOptionsConfig>(args: string[], options: T) => {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : String(error))
  }
}

/** For commands on one file. */
const fileAndFlags = <T extends ParseArgsOptionsConfig>(command: string, args: string[], options: T) => {
  const names = args.filter((arg) => !arg.startsWith('--'))
  const [file] = names
  if (file === undefined || names.length > 1) throw new WrongUse(`Name one file: belay ${command} FILE.`)
  const rest = args.filter((arg) => arg !== file)
  return { file, values: flags(rest, options) }
}

const sandboxProgram = join(import.meta.dirname, '..', 'sandbox', 'src', 'main.ts')

/** The sandbox is a program of its own; its arguments and exit code are passed through. */
const runSandbox = (args: string[]): Promise<number> =>
  new Promise((resolve) => {
    const child = fork(sandboxProgram, args, { stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    child.once('exit', (code) => resolve(code ?? 1))
  })

const commands: Record<string, (args: string[]) => Promise<number>> = {
  serve: async (args) => {
    const values = flags(args, {
      sandbox: { type: 'boolean' },
      'sandbox-port': { type: 'string' },
      'no-worker': { type: 'boolean' },
    })
    if (values.sandbox && values['no-worker'])
      throw new WrongUse('--sandbox is one process with both; leave --no-worker out.')
    const { serve, serveWithSandbox } = await import('./commands/serve.ts')
    return values.sandbox
      ? serveWithSandbox(sandboxProgram, values['sandbox-port'] ?? '8929')
      : serve({ worker: !values['no-worker'] })
  },
  work: async (args) => {
    flags(args, {})
    const { work } = await import('./commands/serve.ts')
    return work()
  },
  triage: async (args) => {
    const values = flags(args, {
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
      'service-desk-only': { type: 'boolean' },
    })
    const [{ runTriage }, { openTriage, realClock }, { gitlabOf, readConfig }] = await Promise.all([
      import('./commands/triage.ts'),
      import('./composition-root.ts'),
      import('./config.ts'),
    ])
    const config = readConfig('gitlab')
    return runTriage(
      {
        dryRun: values['dry-run'] ?? false,
        json: values.json ?? false,
        serviceDeskOnly: values['service-desk-only'] ?? false,
      },
      {
        ...openTriage(config, gitlabOf(config), realClock),
        stdout: process.stdout,
        stderr: process.stderr,
      },
    )
  },
  doctor: async (args) => {
    const values = flags(args, { json: { type: 'boolean' } })
    const [{ runDoctor }, { openExamination, realClock }, { gitlabOf, readConfig }] = await Promise.all([
      import('./commands/doctor.ts'),
      import('./composition-root.ts'),
      import('./config.ts'),
    ])
    const config = readConfig('gitlab')
    const parts = await openExamination(config, gitlabOf(config), realClock)
    return runDoctor({ json: values.json ?? false }, { ...parts, stdout: process.stdout })
  },
  audit: async (args) => {
    const values = flags(args, { json: { type: 'boolean' }, hash: { type: 'string' } })
    const [{ runAudit }, { openStore }, { readConfig }] = await Promise.all([
      import('./commands/audit.ts'),
      import('./composition-root.ts'),
      import('./config.ts'),
    ])
    const store = await openStore(readConfig('desk'))
    try {
      const options = { json: values.json ?? false, expected: values.hash ?? null }
      return await runAudit(options, { store, stdout: process.stdout })
    } finally {
      await store.close()
    }
  },
  kpi: async (args) => {
    const { format, ...said } = flags(args, {
      period: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      category: { type: 'string' },
      level: { type: 'string' },
      agent: { type: 'string' },
      by: { type: 'string' },
      format: { type: 'string' },
    })
    const [{ runKpi }, { openReports, realClock }, { readConfig }, { csvLine }] = await Promise.all([
      import('./commands/kpi.ts'),
      import('./composition-root.ts'),
      import('./config.ts'),
      import('./web/csv.ts'),
    ])
    const { close, ...reports } = await openReports(readConfig('desk'), realClock)
    try {
      const problem = await runKpi({ ...said, format }, { ...reports, csvLine, stdout: process.stdout })
      if (problem !== null) throw new WrongUse(problem)
      return 0
    } finally {
      await close()
    }
  },
  sync: async (args) => {
    const values = flags(args, { full: { type: 'boolean' } })
    const { runSync } = await import('./commands/sync.ts')
    return runSync({ full: values.full ?? false })
  },
  rebuild: async (args) => {
    flags(args, {})
    const { runRebuild } = await import('./commands/rebuild.ts')
    return runRebuild()
  },
  migrate: async (args) => {
    const values = flags(args, { 'to-postgres': { type: 'boolean' }, 'back-to-sqlite': { type: 'boolean' } })
    if (values['to-postgres'] && values['back-to-sqlite'])
      throw new WrongUse('--to-postgres and --back-to-sqlite are two ways; choose one.')
    const { runBack, runMigrate, runMove } = await import('./commands/migrate.ts')
    if (values['to-postgres']) return runMove()
    return values['back-to-sqlite'] ? runBack() : runMigrate()
  },
  backup: async (args) => {
    const { file, values } = fileAndFlags('backup', args, { force: { type: 'boolean' } })
    const { runBackup } = await import('./commands/backup.ts')
    return runBackup({ file, force: values.force ?? false })
  },
  restore: async (args) => {
    const { file, values } = fileAndFlags('restore', args, { replace: { type: 'boolean' } })
    const { runRestore } = await import('./commands/restore.ts')
    return runRestore({ file, replace: values.replace ?? false })
  },
  'preview-mail': async (args) => {
    const values = flags(args, {
      notice: { type: 'string' },
      language: { type: 'string' },
      html: { type: 'boolean' },
    })
    const [{ previewMail }, { openMailPreview, TemplateProblems }, { readConfig }] = await Promise.all([
      import('./commands/preview-mail.ts'),
      import('./adapters/mail/templates.ts'),
      import('./config.ts'),
    ])
    const { mailTemplates, desk } = readConfig('desk')
    try {
      const problem = previewMail(
        {
          notice: values.notice ?? null,
          language: values.language ?? desk.mail.language,
          html: values.html ?? false,
        },
        { ...openMailPreview(mailTemplates, desk), stdout: process.stdout },
      )
      if (problem !== null) throw new WrongUse(problem)
      return 0
    } catch (error) {
      throw error instanceof TemplateProblems ? new SetupProblem(error.message, 2) : error
    }
  },
  sandbox: runSandbox,
}

const main = async (): Promise<number> => {
  const [name, ...args] = process.argv.slice(2)
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage)
    return name === undefined ? 2 : 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new WrongUse(`There is no command "${name}".`)
  return command(args)
}

try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof WrongUse) process.stderr.write(`${error.message} See: belay --help\n`)
  else if (error instanceof SetupProblem) process.stderr.write(`${error.message}\n`)
  else throw error
  process.exitCode = error instanceof SetupProblem ? error.exitCode : 2
}
