// What somebody types is kept in this browser until it was sent, so that a closed tab, a lost
// connection or an ended session costs nothing. It goes as soon as a page says it arrived, and
// with signing out. Whoever is not signed in may sit at a shared computer: then only in this tab.
const prefix = 'belay draft '
const oldestMs = 14 * 24 * 60 * 60_000
const arrivesWithinMs = 120_000

const boxes = []
for (const name of ['localStorage', 'sessionStorage']) {
  try {
    boxes.push(globalThis[name])
  } catch {
    // Forbidden here: then there are no drafts.
  }
}
const keysOf = (box) => Object.keys(box).filter((key) => key.startsWith(prefix))
const read = (box, key) => {
  try {
    return JSON.parse(box.getItem(key) ?? 'null')
  } catch {
    return null
  }
}
const write = (box, key, draft) => {
  try {
    box.setItem(key, JSON.stringify(draft))
  } catch {
    // Full: the form itself still works.
  }
}

const arrived = document.querySelector('[data-flash="done"], [data-flash="saved"], [data-arrived]') !== null
for (const box of boxes)
  for (const key of keysOf(box)) {
    const draft = read(box, key)
    const sent = draft?.sentAt && Date.now() - draft.sentAt < arrivesWithinMs
    if (!draft || Date.now() - draft.at > oldestMs || (sent && arrived)) box.removeItem(key)
  }

const attend = (form, box) => {
  const key = prefix + form.dataset.draft
  const fields = [...form.querySelectorAll('textarea, input[type="text"], input[type="email"]')]
  const untouched = () => fields.every((field) => field.value === field.defaultValue)
  const keep = (sentAt) => {
    const values = Object.fromEntries(fields.map((field) => [field.name, field.value]))
    if (untouched()) box.removeItem(key)
    else write(box, key, { at: Date.now(), values, sentAt })
  }
  const draft = read(box, key)
  if (draft && untouched() && !form.querySelector('[aria-invalid]')) {
    for (const field of fields) field.value = draft.values?.[field.name] || field.value
    const tab = document.querySelector(`input[data-writes="${fields[0]?.id}"]`)
    if (tab && !untouched()) tab.checked = true
    keep(null)
  }
  form.addEventListener('input', () => keep(null))
  form.addEventListener('submit', () => keep(Date.now()))
}

for (const form of document.querySelectorAll('form[data-draft]')) {
  const box = boxes[form.hasAttribute('data-here') ? 1 : 0]
  if (box) attend(form, box)
}

document.querySelector('form[data-forget]')?.addEventListener('submit', () => {
  for (const box of boxes) for (const key of keysOf(box)) box.removeItem(key)
})
