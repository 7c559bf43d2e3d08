// While an agent types a title: open tickets that sound alike. The answer is a piece of page that
// Belay made and escaped; without this script nothing is missing.
const field = document.querySelector('[data-similar]')
const place = field && document.getElementById(field.dataset.similar)
let timer
let asking

const ask = async () => {
  asking?.abort()
  const title = field.value.trim()
  if (title.length < 4) {
    place.replaceChildren()
    return
  }
  asking = new AbortController()
  try {
    const answer = await fetch(`/open-issue/similar?title=${encodeURIComponent(title)}`, {
      signal: asking.signal,
    })
    if (!answer.ok || answer.redirected) return
    const piece = new DOMParser().parseFromString(await answer.text(), 'text/html')
    place.replaceChildren(...piece.body.childNodes)
  } catch {
    // Gone on typing, or no network: the form works all the same.
  }
}

field?.addEventListener('input', () => {
  clearTimeout(timer)
  timer = setTimeout(ask, 350)
})
