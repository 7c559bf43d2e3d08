// Says how many tickets of this view are new since the page was read. Asks every fifteen seconds
// while somebody looks, and seldom while GitLab or the network does not answer.
const pill = document.querySelector('[data-news]')
const everyMs = 15_000
let failures = 0
let timer

const ask = async () => {
  clearTimeout(timer)
  if (document.visibilityState === 'visible') {
    try {
      const answer = await fetch(pill.dataset.news, { headers: { accept: 'application/json' } })
      // Signed out, or the page is of an older Belay: nothing more to ask.
      if (answer.redirected || (answer.status >= 400 && answer.status < 500 && answer.status !== 429)) return
      if (!answer.ok) throw new Error(String(answer.status))
      const { new: count } = await answer.json()
      failures = 0
      pill.hidden = !(count > 0)
      pill.textContent = count === 1 ? pill.dataset.one : pill.dataset.many.replace('{n}', count)
      document.title = document.title.replace(/^\(\d+\+?\) /, '')
      if (count > 0) document.title = `(${count}) ${document.title}`
    } catch {
      failures += 1
    }
  }
  timer = setTimeout(ask, everyMs * Math.min(2 ** failures, 20))
}

if (pill) {
  timer = setTimeout(ask, everyMs)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') ask()
  })
}
