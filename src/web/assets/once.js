// A form counts once: its button rests after it was sent. Coming back by the back button wakes it.
const rest = (form, resting) => {
  for (const button of form.querySelectorAll('button:not([type="button"])')) button.disabled = resting
  form.toggleAttribute('aria-busy', resting)
}

addEventListener('submit', (event) => {
  const { target: form } = event
  if (!(form instanceof HTMLFormElement) || form.method !== 'post') return
  // After the form's own data was gathered: a disabled button is not sent along.
  setTimeout(() => {
    if (!event.defaultPrevented) rest(form, true)
  })
})

addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[aria-busy]')) rest(form, false)
})
