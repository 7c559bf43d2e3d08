import { parseArgs } from 'node:util'
import type { SandboxOptions } from './start.ts'

export type Started = { options: SandboxOptions; withParent: boolean }
export type CommandLine = { run: Started } | { help: true } | { wrong: string[] }

export const usage = `Usage: node sandbox/src/main.ts [options]

  --port N           where to listen on 127.0.0.1 (8929; 0 picks a free port)
  --data DIR         where the state lies (./data/sandbox)
  --token T          the bot's token (or SANDBOX_TOKEN; else made and printed)
  --oauth-secret S   the OAuth application's secret (or SANDBOX_OAUTH_SECRET; else made and printed)
  --issues N         fill with N believable issues instead of the small desk
  --empty            people, project and repository only
  --smtp-port P      take mail for the help desk at smtp://127.0.0.1:P (0 picks a free port; auto: 2525 or a free one)
  --no-service-desk  the help desk's project has no Service Desk (switch it on again on the page of mail)
  --with-parent      end when the parent process does (its channel or standard input closes)
`

/** Reads the command line; every mistake is one sentence, all of them at once. */
export function readCommandLine(
  args: readonly string[],
  environment: Record<string, string | undefined>,
): CommandLine {
  let values: Record<string, string | boolean | undefined>
  try {
    values = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        token: { type: 'string' },
        'oauth-secret': { type: 'string' },
        'smtp-port': { type: 'string' },
        'no-service-desk': { type: 'boolean' },
        issues: { type: 'string' },
        empty: { type: 'boolean' },
        'with-parent': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    // Node's own message names the option; its advice about `--` does not help here.
    const message = error instanceof Error ? (error.message.split(/\.\s|\n/)[0] ?? '') : String(error)
    return { wrong: [message.endsWith('.') ? message : `${message}.`] }
  }
  if (values.help) return { help: true }
  const wrong: string[] = []
  const number = (name: string, least: number, most: number, fallback: number) => {
    const given = values[name]
    if (given === undefined) return fallback
    const value = Number(given)
    if (typeof given === 'string' && /^\d+$/.test(given) && value >= least && value <= most) return value
    wrong.push(`--${name} must be a whole number from ${least} to ${most}.`)
    return fallback
  }
  const options: SandboxOptions = {
    port: number('port', 0, 65_535, 8929),
    data: String(values.data ?? 'data/sandbox'),
  }
  const issues = number('issues', 0, 2_000_000, 0)
  if (issues > 0) options.issues = issues
  if (values.empty) options.empty = true
  if (issues === 0 && !values.empty) options.year = true
  if (issues > 0 && values.empty) wrong.push('--issues and --empty exclude each other.')
  if (values['smtp-port'] === 'auto') options.smtpPort = 'auto'
  else if (values['smtp-port'] !== undefined) {
    const smtpPort = number('smtp-port', 0, 65_535, 0)
    if (smtpPort !== 0 && smtpPort === options.port) wrong.push('--port and --smtp-port must differ.')
    options.smtpPort = smtpPort
  }
  if (values['no-service-desk']) options.serviceDesk = false
  const token = values.token ?? environment.SANDBOX_TOKEN
  if (token !== undefined) {
    if (typeof token === 'string' && /^[\w.-]{8,255}$/.test(token)) options.token = token
    else wrong.push('The token must be 8 to 255 letters, digits, dots, dashes or underscores.')
  }
  const secret = values['oauth-secret'] ?? environment.SANDBOX_OAUTH_SECRET
  if (secret !== undefined) {
    if (typeof secret === 'string' && /^\S{8,255}$/.test(secret)) options.oauthSecret = secret
    else wrong.push('The OAuth secret must be 8 to 255 characters without blanks.')
  }
  if (wrong.length > 0) return { wrong }
  return { run: { options, withParent: values['with-parent'] === true } }
}
