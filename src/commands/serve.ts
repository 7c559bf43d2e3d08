// `belay serve`: the desk until it is told to stop. With --sandbox it starts the GitLab sandbox
// as a process of its own first, which ends when Belay does, and speaks to it over HTTP only.
// On PostgreSQL the two doors can be processes of their own: `serve --no-worker` and `work`.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { RunningDesk } from '../composition-root.ts'
import { createLog, freshSecret, startDesk, startWork } from '../composition-root.ts'
import type { Config } from '../config.ts'
import { readConfig } from '../config.ts'
import { SetupProblem } from '../setup-problem.ts'
import { beThrifty } from '../thrift.ts'

/** Whoever starts processes kills them when they have not ended after ten seconds (milliseconds). */
const mostStopping = 9_500

/**
 * Resolves when the process is asked to stop. From then on it ends in time, whatever happens; asked a second time, at
 * once. What is under way then is looked up at the next start, as after a crash.
 */
const askedToStop = (): Promise<void> =>
  new Promise((resolve) => {
    let asked = false
    const stop = () => {
      if (asked) process.exit(1)
      asked = true
      setTimeout(() => {
        process.stderr.write('Belay did not come to an end in time, and ends now.\n')
        process.exit(1)
      }, mostStopping).unref()
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  })

/**
 * Everything is written down and closed: a call to GitLab that is still not answered does not hold the process any
 * longer (milliseconds).
 */
const lettingGo = 250
const letGo = (code: number): number => {
  setTimeout(() => process.exit(code), lettingGo).unref()
  return code
}

/** What has started; where it was asked to stop before, the process ends: a start that is cut off has changed nothing. */
const unlessStopped = async <T extends object>(starting: Promise<T>, asked: Promise<void>): Promise<T> => {
  const started = await Promise.race([starting, asked])
  return started ?? process.exit(0)
}

const untilStopped = async (
  desk: RunningDesk,
  asked: Promise<void>,
  alsoWhen?: Promise<unknown>,
): Promise<number> => {
  process.stdout.write(`Belay is ready at ${desk.url}\n`)
  const cause = await Promise.race([asked, ...(alsoWhen ? [alsoWhen] : [])])
  await desk.stop()
  return letGo(cause === undefined ? 0 : 1)
}

/** Only PostgreSQL can be shared: SQLite's one writer is one process. */
const shared = (config: Config, command: string): Config => {
  if (config.databaseUrl !== null) return config
  throw new SetupProblem(
    `${command} needs PostgreSQL, which several processes can share: set DATABASE_URL. With SQLite, ./belay serve does both.`,
    2,
  )
}

export const serve = async (options: { readonly worker: boolean }): Promise<number> => {
  const config = readConfig('serve')
  if (!options.worker) shared(config, './belay serve --no-worker')
  const { worker } = options
  const asked = askedToStop()
  const starting = startDesk(config, { log: createLog('info'), sandbox: false, worker, onListed: beThrifty })
  return untilStopped(await unlessStopped(starting, asked), asked)
}

export const work = async (): Promise<number> => {
  const config = shared(readConfig('work'), './belay work')
  const asked = askedToStop()
  const working = await unlessStopped(
    startWork(config, { log: createLog('info'), sandbox: false, onListed: beThrifty }),
    asked,
  )
  process.stdout.write('Belay is at work\n')
  if (working.probesAt !== null)
    process.stdout.write(`Probes are answered at http://${config.host}:${working.probesAt}\n`)
  await asked
  await working.stop()
  return letGo(0)
}

const readyLine = /^GitLab sandbox is ready at (\S+)$/u

const sandboxReady = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    if (!child.stdout) return reject(new Error('the sandbox has no output'))
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      const address = readyLine.exec(line)?.[1]
      if (address || line.startsWith('Mail to ')) process.stdout.write(`${line}\n`)
      if (address) resolve(address)
    })
    child.once('exit', () =>
      reject(
        new SetupProblem(
          'The GitLab sandbox did not start; the line above says why. If its port is in use, start with: ./belay serve --sandbox --sandbox-port 0',
          1,
        ),
      ),
    )
  })

export const serveWithSandbox = async (program: string, port: string): Promise<number> => {
  const config = readConfig('sandbox-desk')
  const token = freshSecret()
  const oauthSecret = freshSecret()
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      program,
      '--with-parent',
      '--port',
      port,
      '--smtp-port',
      'auto',
      '--data',
      join(config.dataFolder, 'gitlab-sandbox'),
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { SANDBOX_TOKEN: token, SANDBOX_OAUTH_SECRET: oauthSecret },
      // Ctrl-C reaches the whole group: the sandbox must outlive Belay's last calls to it.
      detached: true,
    },
  )
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
  try {
    const url = await sandboxReady(child)
    const desk = await startDesk(
      {
        ...config,
        dataFolder: join(config.dataFolder, 'sandbox-desk'),
        databaseUrl: null,
        gitlab: { url, project: 'demo/helpdesk', token, branchToken: null, caFile: null },
        oauth: { clientId: 'belay', clientSecret: oauthSecret },
        pollMs: Math.min(config.pollMs, 5_000),
      },
      {
        log: createLog('warn'),
        sandbox: true,
        belongsTo: 'the GitLab sandbox, project demo/helpdesk',
        onListed: beThrifty,
      },
    )
    return await untilStopped(desk, askedToStop(), ended)
  } finally {
    child.kill('SIGTERM')
  }
}
