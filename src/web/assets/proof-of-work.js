// A little work that costs one person a moment and a flood very much: a number is looked for which, hashed with the
// form's signed time, begins with so many zero bits. It begins when somebody starts to fill the form in, in small
// slices, so that typing stays quick. Without this script the form is sent all the same; where very many come in, a
// person looks at it first.
import { firstBits } from './sha256.js'

const sliceMs = 12

const attend = (form) => {
  const stamp = form.querySelector('input[name="rendered"]').value
  const proof = form.querySelector('input[name="proof"]')
  const waiting = document.getElementById('working')
  const most = 2 ** (32 - Number(form.dataset.workBits))
  if (proof.value !== '' || stamp.length > 42) return
  let number = 0
  let begun = false
  let sending = null

  const slice = () => {
    const until = performance.now() + sliceMs
    while (performance.now() < until)
      for (let tries = 0; tries < 50; tries++, number++) {
        const text = number.toString(36)
        if (firstBits(`${stamp} ${text}`) >= most) continue
        proof.value = text
        if (waiting) waiting.hidden = true
        if (sending) form.requestSubmit(sending.submitter ?? undefined)
        return
      }
    setTimeout(slice)
  }
  const begin = () => {
    if (begun) return
    begun = true
    setTimeout(slice)
  }
  form.addEventListener('input', begin)
  form.addEventListener('focusin', begin)
  form.addEventListener('submit', (event) => {
    if (!form.hasAttribute('data-work-needed') || proof.value !== '') return
    event.preventDefault()
    sending = event
    if (waiting) waiting.hidden = false
    begin()
  })
}

for (const form of document.querySelectorAll('form[data-work-bits]')) attend(form)
