// What somebody types is kept in this browser until it was sent, so that a closed tab, a lost
// connection or an ended session costs nothing. It goes as soon as the next page says it arrived.
const prefix = 'belay draft '
const oldest = 14 * 24 * 60 * 60 * 1000
const named = 'textarea, input[type="text"], input[type="email"]'

const read = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null')
  } catch {
    return null
  }
}
const write = (key, draft) => {
  try {
    localStorage.setItem(key, JSON.stringify(draft))
  } catch {
    // Full or forbidden: then there are no drafts.
  }
}

let keys = []
try {
  keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix))
} catch {
  // Storage is forbidden here.
}
const arrived = document.querySelector('[data-flash="done"], [data-flash="saved"]') !== null
for (const key of keys) {
  const draft = read(key)
  if (!draft || Date.now() - draft.at > oldest || (draft.sent && (arrived || draft.sent === 'left')))
    localStorage.removeItem(key)
}

for (const form of document.querySelectorAll('form[data-draft]')) {
  const key = prefix + form.dataset.draft
  const fields = [...form.querySelectorAll(named)].filter((field) => field.name !== '')
  const draft = read(key)
  const fresh = fields.every((field) => field.value === field.defaultValue)
  const returned = form.querySelector('[aria-invalid]') !== null
  if (draft && fresh && !returned) {
    for (const field of fields) if (draft.values?.[field.name]) field.value = draft.values[field.name]
    const tab = document.querySelector(`input[data-writes="${fields[0]?.id}"]`)
    if (tab && draft.values?.[fields[0].name]) tab.checked = true
  }
  const keep = (sent) => {
    const values = Object.fromEntries(fields.map((field) => [field.name, field.value]))
    if (fields.every((field) => field.value === field.defaultValue) && !sent) localStorage.removeItem(key)
    else write(key, { at: Date.now(), values, sent })
  }
  form.addEventListener('input', () => keep(null))
  form.addEventListener('submit', () => keep('sent'))
}
