// The way in is the sketch page itself: its markup is taken from there, so that it is written once.

const response = await fetch(new URL('./sketch/index.html', import.meta.url))
const sketch = new DOMParser().parseFromString(await response.text(), 'text/html')
document.body.replaceChildren(...sketch.body.children)
await import('./sketch/main.js')
