// The image's health check: 0 while the desk answers, 1 when it does not. No curl in the image, so it is Node that asks.
// A container of `belay work` answers too where WORK_PORT is what PORT is.
const port = process.env.PORT || '3000'
try {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) })
  process.exitCode = answer.ok ? 0 : 1
} catch {
  process.exitCode = 1
}
