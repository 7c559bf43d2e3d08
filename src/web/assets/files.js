// Says at once that a file is too large, instead of after it was sent.
for (const input of document.querySelectorAll('input[type="file"][data-max-bytes]')) {
  const problem = document.getElementById(`problem-${input.id}`)
  input.addEventListener('change', () => {
    const large = [...input.files].some((file) => file.size > Number(input.dataset.maxBytes))
    input.setCustomValidity(large ? input.dataset.tooLarge : '')
    input.toggleAttribute('aria-invalid', large)
    if (large) input.setAttribute('aria-invalid', 'true')
    problem.hidden = !large
    problem.textContent = large ? input.dataset.tooLarge : ''
  })
}
