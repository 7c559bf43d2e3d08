// A choice in a list takes effect at once; the button beside it is for those without scripts.
document.documentElement.classList.add('scripted')

// Typing ahead or arrowing through a closed list changes it step by step, so keys only count on Enter.
let byKey = false
addEventListener('keydown', (event) => {
  byKey = event.target instanceof HTMLSelectElement && event.key !== 'Tab'
})
addEventListener('pointerdown', () => {
  byKey = false
})

addEventListener('change', ({ target }) => {
  if (!(target instanceof HTMLSelectElement) || byKey) return
  if (target.form?.id === 'filters' || 'submit' in target.dataset) target.form?.requestSubmit()
})
addEventListener('keydown', (event) => {
  const { target } = event
  if (event.key === 'Enter' && target instanceof HTMLSelectElement) {
    event.preventDefault()
    target.form?.requestSubmit()
  }
})

// An address without what was left open is shorter to read and to send on.
document.getElementById('filters')?.addEventListener('formdata', ({ formData }) => {
  for (const [name, value] of [...formData]) if (value === '') formData.delete(name)
})
