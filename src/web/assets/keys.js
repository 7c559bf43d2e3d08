// Keys for those who live here: j k o in the queue, r n e b s on a ticket, / to search, ? for help.
// They do nothing while somebody types, nor with Ctrl, Alt or Meta, and never anything a click cannot.
const lines = () => [...document.querySelectorAll('.c-title a')]

const step = (by) => {
  const all = lines()
  const here = all.indexOf(document.activeElement)
  const next =
    all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1)]
  next?.focus()
  next?.closest('tr')?.scrollIntoView({ block: 'nearest' })
}

const write = (key) => {
  const tab = document.querySelector(`input[type="radio"][data-key="${key}"]`)
  if (!tab) return false
  tab.click()
  const text = document.getElementById(tab.dataset.writes)
  text?.focus()
  text?.closest('.composer')?.scrollIntoView({ block: 'nearest' })
  return true
}

const deeds = {
  j: () => step(1),
  k: () => step(-1),
  o: () => {
    const all = lines()
    if (all.includes(document.activeElement)) document.activeElement.click()
    else all[0]?.click()
  },
  '/': () => {
    const field = document.querySelector('[data-key="/"]')
    field?.focus()
    field?.select()
  },
  '?': () => document.getElementById('keys')?.togglePopover(),
}

const typing = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches('textarea, select, input:not([type="radio"], [type="checkbox"])'))

addEventListener('keydown', (event) => {
  const { key, target } = event
  if (key === 'Enter' && (event.ctrlKey || event.metaKey) && target instanceof HTMLTextAreaElement) {
    event.preventDefault()
    if (!event.repeat) target.form?.requestSubmit()
    return
  }
  if (key === 'Escape' && typing(target)) target.blur()
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || typing(target)) return
  const deed = Object.hasOwn(deeds, key) ? deeds[key] : null
  if (deed) deed()
  else if (!/^[a-z]$/.test(key) || !write(key)) return
  event.preventDefault()
})

document.documentElement.classList.add('scripted')
