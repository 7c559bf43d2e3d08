// A form counts once: it rests after it was sent, whichever way. Coming back by the back button wakes it.
const rest = (form, resting) => {
  form.toggleAttribute('data-resting', resting)
  for (const button of form.querySelectorAll('button:not([type="button"])')) button.disabled = resting
}

addEventListener('submit', (event) => {
  const { target: form } = event
  if (!(form instanceof HTMLFormElement) || form.method !== 'post') return
  if (form.hasAttribute('data-resting')) {
    event.preventDefault()
    return
  }
  if (event.defaultPrevented) return
  form.setAttribute('data-resting', '')
  // Its data are gathered after this event, and a disabled button would not be among them.
  setTimeout(() => rest(form, true))
})

addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-resting]')) rest(form, false)
})
