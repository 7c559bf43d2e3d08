// Says how many tickets of this view are new since the page was read. The desk tells when something has changed, by
// a stream that is open while somebody looks; then, and now and then without it, the page asks what that means here.
const pill = document.querySelector('[data-news]')
/** Milliseconds: while the stream tells of changes, and where it does not. */
const everyMs = { told: 60_000, alone: 15_000 }
let failures = 0
let timer
let soon
let stream = null
let version = pill?.dataset.version
// Signed out, the page is of an older Belay, or this browser has too many of them open: no stream any more.
let unwanted = version === undefined || !('EventSource' in window)

const isTold = () => stream !== null && stream.readyState === EventSource.OPEN

const close = () => {
  stream?.close()
  stream = null
}
const leave = () => {
  unwanted = true
  clearTimeout(timer)
  close()
}

// A browser keeps six connections to one desk: who does not look leaves them to who does.
const listen = () => {
  if (stream !== null || unwanted || document.visibilityState !== 'visible') return
  stream = new EventSource(`${pill.dataset.stream}?since=${version}`)
  stream.addEventListener('change', (event) => {
    version = event.data
    // Not every page that is open in the same moment.
    soon ??= setTimeout(ask, 100 + 400 * Math.random())
  })
  stream.addEventListener('enough', leave)
  // Where it is not closed the browser comes again by itself.
  stream.addEventListener('error', () => stream?.readyState === EventSource.CLOSED && close())
}

const ask = async () => {
  clearTimeout(timer)
  clearTimeout(soon)
  soon = undefined
  if (document.visibilityState === 'visible') {
    try {
      const answer = await fetch(pill.dataset.news, { headers: { accept: 'application/json' } })
      // Signed out, or the page is of an older Belay: nothing more to ask.
      if (answer.redirected || (answer.status >= 400 && answer.status < 500 && answer.status !== 429))
        return leave()
      if (!answer.ok) throw new Error(String(answer.status))
      const { new: count } = await answer.json()
      failures = 0
      pill.hidden = !(count > 0)
      pill.textContent = count === 1 ? pill.dataset.one : pill.dataset.many.replace('{n}', count)
      document.title = document.title.replace(/^\(\d+\+?\) /, '')
      if (count > 0) document.title = `(${count}) ${document.title}`
      listen()
    } catch {
      failures += 1
    }
  }
  clearTimeout(timer)
  timer = setTimeout(ask, (isTold() ? everyMs.told : everyMs.alone) * Math.min(2 ** failures, 20))
}

if (pill) {
  timer = setTimeout(ask, everyMs.alone)
  listen()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') {
      listen()
      ask()
    } else close()
  })
  // A page that the browser puts by, to show it again when somebody goes back.
  window.addEventListener('pagehide', close)
  window.addEventListener('pageshow', listen)
}
