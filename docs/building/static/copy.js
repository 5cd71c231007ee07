// A button on every example that copies what one would type: without prompts, and without what was answered.
for (const block of document.querySelectorAll('div.highlight > pre')) {
  const button = document.createElement('button');
  button.className = 'copy';
  button.type = 'button';
  button.textContent = 'Copy';
  block.parentElement.append(button);
  button.addEventListener('click', async () => {
    const lines = block.innerText.split('\n');
    const typed = lines.filter((line) => /^(>>> |\.\.\. |\$ |>>>$|\.\.\.$)/.test(line));
    const text = typed.length ? typed.map((line) => line.replace(/^(>>>|\.\.\.|\$) ?/, '')) : lines;
    await navigator.clipboard.writeText(text.join('\n').trimEnd() + '\n');
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
}
