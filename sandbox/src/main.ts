import { readCommandLine, usage } from './command-line.ts'
import { startSandbox } from './start.ts'

const line = readCommandLine(process.argv.slice(2), process.env)

if ('help' in line) {
  process.stdout.write(usage)
} else if ('wrong' in line) {
  for (const sentence of line.wrong) process.stderr.write(`${sentence}\n`)
  process.exitCode = 2
} else {
  const { options, withParent } = line.run
  try {
    const sandbox = await startSandbox(options)
    let stopping = false
    const stop = () => {
      if (stopping) return
      stopping = true
      sandbox.stop().then(() => process.exit(0))
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    // No orphan: the channel to the parent, or without one standard input, closes when it dies, however it dies.
    if (withParent && process.connected) process.on('disconnect', stop)
    else if (withParent) process.stdin.on('end', stop).on('close', stop).on('error', stop).resume()
    const { url, smtp } = sandbox
    // In one piece: who waits for the first line has read the second one, too.
    const mail = smtp
      ? `Mail to ${smtp.address} is taken at smtp://${smtp.host}:${smtp.port} and on ${url}/-/sandbox/mail\n`
      : ''
    process.stdout.write(`GitLab sandbox is ready at ${url}\n${mail}`)
    // Made ones only: what was given need not be repeated where others may read it.
    if (!options.token) process.stdout.write(`Token of the bot: ${sandbox.token}\n`)
    if (!options.oauthSecret)
      process.stdout.write(`OAuth application belay, secret: ${sandbox.oauthSecret}\n`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      const taken = error instanceof Error && 'port' in error ? error.port : undefined
      const option = taken !== undefined && taken === options.smtpPort ? '--smtp-port' : '--port'
      process.stderr.write(`Port ${taken ?? options.port} is taken; choose another with ${option}.\n`)
    } else
      process.stderr.write(
        `The sandbox could not start: ${error instanceof Error ? error.message : error}.\n`,
      )
    process.exitCode = code === 'EADDRINUSE' ? 2 : 1
  }
}
